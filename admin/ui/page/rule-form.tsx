import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import type { ConditionForm, OverrideForm, ParameterMatch, RuleForm, RuleKind, TagForm } from '../../api.ts'
import { Icon } from '../part/icon.tsx'
import { t } from '../text.ts'

/** A rule as fields. What has no field here is kept as it is. */
export function RuleFormFields(props: {
  readonly kind: RuleKind
  readonly form: RuleForm
  readonly readOnly: boolean
  readonly onChange: (form: RuleForm) => void
}) {
  const { kind, form, onChange } = props
  return (
    <fieldset class="stack" disabled={props.readOnly}>
      <legend class="unseen">{t('rule.form')}</legend>
      <div class="row wide-gap">
        <label class="check">
          <input
            type="checkbox"
            checked={form.enabled !== false}
            onChange={(event) => onChange({ ...form, enabled: event.currentTarget.checked })}
          />
          {t('rule.enabled')}
        </label>
        {kind !== 'configurators' && (
          <label class="check" title={t('rule.forceHint')}>
            <input
              type="checkbox"
              checked={form.force === true}
              onChange={(event) => onChange({ ...form, force: event.currentTarget.checked })}
            />
            {t('rule.force')}
          </label>
        )}
        {kind === 'condition-router' && (
          <label class="check">
            {t('rule.priority')}
            <input
              type="number"
              class="narrow"
              value={form.priority ?? 0}
              onInput={(event) => onChange({ ...form, priority: Math.trunc(event.currentTarget.valueAsNumber || 0) })}
            />
          </label>
        )}
      </div>
      {kind === 'configurators' && <Overrides form={form as OverrideForm} onChange={onChange} />}
      {kind === 'condition-router' && <Conditions form={form as ConditionForm} onChange={onChange} />}
      {kind === 'tag-router' && <Tags form={form as TagForm} onChange={onChange} />}
    </fieldset>
  )
}

function Overrides({
  form,
  onChange,
}: {
  readonly form: OverrideForm
  readonly onChange: (form: OverrideForm) => void
}) {
  const configs = form.configs ?? []
  const known = useId()
  return (
    <>
      <datalist id={known}>
        {parameterNames.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {configs.map((config, i) => {
        const change = (to: Partial<typeof config>): void =>
          onChange({ ...form, configs: replaced(configs, i, { ...config, ...to }) })
        const texts = (key: 'addresses' | 'providerAddresses' | 'applications' | 'services') => ({
          value: config[key] ?? [],
          onChange: (value: string[]) => change({ [key]: value }),
        })
        return (
          <Item
            key={i}
            title={t('rule.config', { n: i + 1 })}
            onRemove={() => onChange({ ...form, configs: without(configs, i) })}
          >
            <div class="grid-2 tight">
              <Select
                label={t('rule.side')}
                value={config.side ?? ''}
                options={[
                  ['', t('rule.side.both')],
                  ['consumer', t('rule.side.consumer')],
                  ['provider', t('rule.side.provider')],
                ]}
                onChange={(value) => {
                  const { side: _side, ...rest } = config
                  onChange({
                    ...form,
                    configs: replaced(configs, i, value ? { ...rest, side: value as 'consumer' | 'provider' } : rest),
                  })
                }}
              />
              <Texts label={t('rule.addresses')} placeholder="10.0.0.5:20880, 10.0.1.*" {...texts('addresses')} />
              <Texts label={t('rule.applications')} placeholder="web, reports" {...texts('applications')} />
              <Texts label={t('rule.services')} placeholder="com.example.OrderService" {...texts('services')} />
            </div>
            <div class="field">
              <span class="label">{t('rule.parameters')}</span>
              {Object.entries(config.parameters ?? {}).map(([name, value], at, all) => {
                const rename = (to: readonly [string, unknown]): void =>
                  change({ parameters: Object.fromEntries(replaced(all, at, to as [string, string])) })
                return (
                  <div key={at} class="pair">
                    <input
                      class="mono"
                      list={known}
                      aria-label={t('rule.parameterName', { n: at + 1 })}
                      value={name}
                      spellcheck={false}
                      onChange={(event) => rename([event.currentTarget.value.trim(), value])}
                    />
                    <input
                      class="mono"
                      aria-label={t('rule.parameterValue', { name })}
                      value={String(value)}
                      spellcheck={false}
                      onInput={(event) => rename([name, parameterOf(event.currentTarget.value)])}
                    />
                    <Remove
                      label={t('rule.removeParameter', { name })}
                      onClick={() => change({ parameters: Object.fromEntries(without(all, at)) })}
                    />
                  </div>
                )
              })}
              <Add
                label={t('rule.addParameter')}
                onClick={() => change({ parameters: { ...config.parameters, [freeName(config.parameters)]: '' } })}
              />
            </div>
            {config.match !== undefined && <p class="hint">{t('rule.matchKept')}</p>}
          </Item>
        )
      })}
      <Add
        label={t('rule.addConfig')}
        onClick={() =>
          onChange({ ...form, configs: [...configs, { side: 'consumer', parameters: { timeout: 1000 } }] })
        }
      />
    </>
  )
}

const parameterNames = [
  'weight',
  'disabled',
  'timeout',
  'retries',
  'cluster',
  'loadbalance',
  'sticky',
  'forks',
  'attempt.timeout',
  'hedge.delay',
  'actives',
  'tps',
  'tps.interval',
  'breaker',
  'mock',
]

function freeName(taken: Readonly<Record<string, unknown>> = {}): string {
  return parameterNames.find((name) => !Object.hasOwn(taken, name)) ?? 'parameter'
}

/** What YAML would make of it. */
function parameterOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,6})?$/.test(text) ? Number(text) : text
}

function Conditions({
  form,
  onChange,
}: {
  readonly form: ConditionForm
  readonly onChange: (form: ConditionForm) => void
}) {
  const conditions = form.conditions ?? []
  return (
    <>
      {conditions.map((condition, i) => {
        const [when = '', where = ''] = condition.split('=>').map((part) => part.trim())
        const change = (text: string): void => onChange({ ...form, conditions: replaced(conditions, i, text) })
        return (
          <Item
            key={i}
            title={t('rule.condition', { n: i + 1 })}
            onRemove={() => onChange({ ...form, conditions: without(conditions, i) })}
          >
            <div class="grid-2 tight">
              <Text
                label={t('rule.when')}
                placeholder="method=find* & host=10.20.*"
                value={when}
                onInput={(value) => change(`${value} => ${where}`)}
              />
              <Text
                label={t('rule.where')}
                placeholder="region=hangzhou"
                value={where}
                onInput={(value) => change(`${when} => ${value}`)}
              />
            </div>
          </Item>
        )
      })}
      <Add
        label={t('rule.addCondition')}
        onClick={() => onChange({ ...form, conditions: [...conditions, 'method=* => host=*'] })}
      />
    </>
  )
}

function Tags({ form, onChange }: { readonly form: TagForm; readonly onChange: (form: TagForm) => void }) {
  const tags = form.tags ?? []
  return (
    <>
      {tags.map((tag, i) => {
        const change = (to: Partial<typeof tag>): void =>
          onChange({ ...form, tags: replaced(tags, i, { ...tag, ...to }) })
        const matches = tag.match ?? []
        const matched = (next: readonly ParameterMatch[]): void => {
          const { match: _match, ...rest } = tag
          onChange({ ...form, tags: replaced(tags, i, next.length > 0 ? { ...rest, match: next } : rest) })
        }
        return (
          <Item
            key={i}
            title={t('rule.tag', { name: tag.name })}
            onRemove={() => onChange({ ...form, tags: without(tags, i) })}
          >
            <div class="grid-2 tight">
              <Text label={t('rule.tagName')} value={tag.name} onInput={(name) => change({ name })} />
              <Texts
                label={t('rule.addresses')}
                placeholder="10.0.0.5:20880, 10.0.1.*"
                value={tag.addresses ?? []}
                onChange={(addresses) => change({ addresses })}
              />
            </div>
            <div class="field">
              <span class="label">{t('rule.match')}</span>
              {matches.map((match, at) => {
                const [how = 'exact', value = ''] = Object.entries(match.value)[0] ?? []
                const set = (to: Partial<{ key: string; how: string; value: string }>): void => {
                  const next = { key: match.key, how, value, ...to }
                  matched(replaced(matches, at, { key: next.key, value: { [next.how]: next.value } }))
                }
                return (
                  <div key={at} class="triple">
                    <input
                      class="mono"
                      aria-label={t('rule.matchKey', { n: at + 1 })}
                      value={match.key}
                      onInput={(event) => set({ key: event.currentTarget.value })}
                    />
                    <select
                      aria-label={t('rule.matchHow', { n: at + 1 })}
                      value={how}
                      onChange={(event) => set({ how: event.currentTarget.value })}
                    >
                      {['exact', 'prefix', 'wildcard', 'noempty', 'empty'].map((each) => (
                        <option key={each} value={each}>
                          {each}
                        </option>
                      ))}
                    </select>
                    <input
                      class="mono"
                      aria-label={t('rule.matchValue', { n: at + 1 })}
                      value={value}
                      onInput={(event) => set({ value: event.currentTarget.value })}
                    />
                    <Remove
                      label={t('rule.removeMatch', { n: at + 1 })}
                      onClick={() => matched(without(matches, at))}
                    />
                  </div>
                )
              })}
              <Add
                label={t('rule.addMatch')}
                onClick={() => matched([...matches, { key: 'region', value: { exact: '' } }])}
              />
            </div>
          </Item>
        )
      })}
      <Add
        label={t('rule.addTag')}
        onClick={() => onChange({ ...form, tags: [...tags, { name: `tag-${tags.length + 1}`, addresses: [] }] })}
      />
    </>
  )
}

function Item(props: { readonly title: string; readonly onRemove: () => void; readonly children: ComponentChildren }) {
  return (
    <fieldset class="item" aria-label={props.title}>
      <div class="row">
        <h2 class="minor grow break">{props.title}</h2>
        <Remove label={t('rule.remove', { what: props.title })} onClick={props.onRemove} />
      </div>
      {props.children}
    </fieldset>
  )
}

function Text(props: {
  readonly label: string
  readonly value: string
  readonly placeholder?: string
  readonly onInput: (value: string) => void
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="mono"
        value={props.value}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        onInput={(event) => props.onInput(event.currentTarget.value)}
      />
    </div>
  )
}

/** Several texts in one field, with commas between them. */
function Texts(props: {
  readonly label: string
  readonly value: readonly string[]
  readonly placeholder?: string
  readonly onChange: (value: string[]) => void
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <input
        id={id}
        class="mono"
        value={props.value.join(', ')}
        placeholder={props.placeholder}
        spellcheck={false}
        autocomplete="off"
        onChange={(event) =>
          props.onChange(
            event.currentTarget.value
              .split(/[,，\s]+/)
              .map((each) => each.trim())
              .filter(Boolean),
          )
        }
      />
    </div>
  )
}

function Select(props: {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <select id={id} value={props.value} onChange={(event) => props.onChange(event.currentTarget.value)}>
        {props.options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
    </div>
  )
}

export function Add({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <div>
      <button type="button" class="button small" onClick={onClick}>
        <Icon name="plus" size={12} />
        {label}
      </button>
    </div>
  )
}

export function Remove({ label, onClick }: { readonly label: string; readonly onClick: () => void }) {
  return (
    <button type="button" class="button icon quiet small" aria-label={label} title={label} onClick={onClick}>
      <Icon name="trash" size={13} />
    </button>
  )
}

function replaced<T>(list: readonly T[], at: number, by: T): T[] {
  return list.map((each, i) => (i === at ? by : each))
}

function without<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, i) => i !== at)
}
