import { useId, useState } from 'preact/hooks'
import type { Page, RuleKind, RuleRow } from '../../api.ts'
import { dateTime } from '../format.ts'
import { useLoad } from '../load.ts'
import { Badge } from '../part/badge.tsx'
import { Card, PageHead } from '../part/card.tsx'
import { Dialog } from '../part/dialog.tsx'
import { FilterField, FilterSelect } from '../part/filter.tsx'
import { Icon } from '../part/icon.tsx'
import { Empty, Problem } from '../part/notice.tsx'
import { PagedTable } from '../part/paged-table.tsx'
import type { Column } from '../part/table.tsx'
import { api, session } from '../request.ts'
import { go, route, to } from '../route.ts'
import { t } from '../text.ts'
import { keyText } from './key-text.ts'

const limit = 50
export const ruleKinds: readonly RuleKind[] = ['configurators', 'condition-router', 'tag-router']

/** All rules that are in force, in Dubbo's forms. */
export function Rules() {
  const { query } = route.value
  const asked = (name: string): string | undefined => query.get(name) ?? undefined
  const path = api(['rules'], { q: asked('q'), kind: asked('kind'), offset: Number(asked('offset') ?? 0) || 0, limit })
  const list = useLoad<Page<RuleRow>>(path, ['rule'], 'rules')
  const { error, again } = list
  const [making, setMaking] = useState(false)
  const may = typeof session.value === 'object' && session.value.user.role !== 'viewer'
  return (
    <>
      <PageHead
        title={t('nav.rules')}
        actions={
          may && (
            <button type="button" class="button primary" onClick={() => setMaking(true)}>
              <Icon name="plus" size={13} />
              {t('rules.new')}
            </button>
          )
        }
      >
        <p>{t('rules.note')}</p>
      </PageHead>
      {error && <Problem error={error} again={again} />}
      <Card flush>
        <div class="card-head filters">
          <FilterField name="q" label={t('rules.search')} placeholder={t('rules.search')} />
          <FilterSelect
            name="kind"
            label={t('rules.kind')}
            all={t('rules.anyKind')}
            options={ruleKinds}
            title={(kind) => t(`rules.kind.${kind}`)}
          />
        </div>
        <PagedTable
          caption={t('nav.rules')}
          columns={columns()}
          list={list}
          id={(row) => row.key}
          empty={
            <Empty icon="rules" title={t(asked('q') || asked('kind') ? 'rules.noneFound' : 'rules.none')}>
              {t('rules.noneNote')}
            </Empty>
          }
        />
      </Card>
      {making && <NewRule onClose={() => setMaking(false)} />}
    </>
  )
}

function columns(): Column<RuleRow>[] {
  return [
    {
      key: 'key',
      title: t('rules.governs'),
      main: true,
      cell: (row) => (
        <>
          <a href={to('rules', row.key)}>{row.service ? keyText(row.service) : (row.application ?? row.key)}</a>
          <div class="under mono">{row.key}</div>
        </>
      ),
    },
    { key: 'kind', title: t('rules.kind'), cell: (row) => t(`rules.kind.${row.kind}`) },
    {
      key: 'state',
      title: t('column.status'),
      cell: (row) =>
        row.invalid !== undefined ? (
          <Badge tone="bad" title={row.invalid}>
            {t('rule.invalid')}
          </Badge>
        ) : row.enabled ? (
          <Badge tone="ok">{t('rule.enabled')}</Badge>
        ) : (
          <Badge tone="idle">{t('rule.disabled')}</Badge>
        ),
    },
    { key: 'revision', title: t('rule.revision'), cell: (row) => <span class="chip">{row.revision}</span> },
    {
      key: 'changed',
      title: t('rule.changedAt'),
      end: true,
      cell: (row) => <span class="nowrap">{dateTime(row.changedAt)}</span>,
    },
  ]
}

/** A rule's name says whom it governs and how. */
function NewRule({ onClose }: { readonly onClose: () => void }) {
  const [kind, setKind] = useState<RuleKind>('configurators')
  const [about, setAbout] = useState<'service' | 'application'>('service')
  const [name, setName] = useState('')
  const [version, setVersion] = useState('')
  const [group, setGroup] = useState('')
  const id = useId()
  const ofService = about === 'service' && kind !== 'tag-router'
  const key = `${ofService ? `${name.trim()}:${version.trim()}:${group.trim()}` : name.trim()}.${kind}`
  const valid = /^[^\s/:]{1,200}$/.test(name.trim())
  const submit = (): void => {
    if (valid) go(to('rules', key))
  }
  return (
    <Dialog
      title={t('rules.new')}
      onClose={onClose}
      onSubmit={submit}
      footer={
        <>
          <button type="button" class="button" onClick={onClose}>
            {t('action.cancel')}
          </button>
          <button type="submit" class="button primary" disabled={!valid}>
            {t('rules.write')}
          </button>
        </>
      }
    >
      <div class="field">
        <label for={`${id}-kind`}>{t('rules.kind')}</label>
        <select id={`${id}-kind`} value={kind} onChange={(event) => setKind(event.currentTarget.value as RuleKind)}>
          {ruleKinds.map((each) => (
            <option key={each} value={each}>
              {t(`rules.kind.${each}`)}
            </option>
          ))}
        </select>
        <p class="hint">{t(`rules.about.${kind}`)}</p>
      </div>
      {kind !== 'tag-router' && (
        <fieldset class="row">
          <legend class="unseen">{t('rules.governs')}</legend>
          {(['service', 'application'] as const).map((each) => (
            <label key={each} class="check">
              <input type="radio" name={`${id}-about`} checked={about === each} onChange={() => setAbout(each)} />
              {t(`rules.of.${each}`)}
            </label>
          ))}
        </fieldset>
      )}
      <div class="field">
        <label for={`${id}-name`}>{t(ofService ? 'column.service' : 'column.application')}</label>
        <input
          id={`${id}-name`}
          class="mono"
          value={name}
          spellcheck={false}
          autocomplete="off"
          placeholder={ofService ? 'com.example.OrderService' : 'shop'}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </div>
      {ofService && (
        <div class="grid-2 tight">
          <div class="field">
            <label for={`${id}-version`}>{t('column.version')}</label>
            <input
              id={`${id}-version`}
              value={version}
              placeholder="1.0.0"
              onInput={(event) => setVersion(event.currentTarget.value)}
            />
          </div>
          <div class="field">
            <label for={`${id}-group`}>{t('column.group')}</label>
            <input id={`${id}-group`} value={group} onInput={(event) => setGroup(event.currentTarget.value)} />
          </div>
        </div>
      )}
      <p class="small soft break">
        {t('rule.writesTo')} <code>{key}</code>
      </p>
    </Dialog>
  )
}
