import { type ComponentChildren, createContext } from 'preact'
import { useContext, useEffect, useId, useState } from 'preact/hooks'
import { fromJson, JsonMismatch } from '../../../runtime/schema/json-value.ts'
import type {
  EnumDeclaration,
  MessageDeclaration,
  Scalar,
  ServiceSchema,
  Type,
  UnionDeclaration,
} from '../../../runtime/schema/schema.ts'
import { lastName, typeText } from '../../../runtime/schema/type-text.ts'
import { Icon } from '../part/icon.tsx'
import { Wrong } from '../part/notice.tsx'
import { Segments } from '../part/tabs.tsx'
import { t } from '../text.ts'
import { blank } from './blank.ts'
import { memberOfJson, unwrapped, wrapped } from './member.ts'

/*
 * A value of a contract's type as fields. The value is in the JSON form of contracts at all times, so what is written as JSON
 * and what is filled in are one thing; what doesn't fit its type is kept as it was typed, and said to be wrong where it stands.
 */

/** What all fields of a form know. */
export interface FormContext {
  readonly types: ServiceSchema['types']
  /** Doc comments by `<full name>.<member>`. */
  readonly comments: Readonly<Record<string, string>>
  /** What the server said about one place. */
  readonly wrong: { readonly path: string; readonly message: string } | undefined
}

export const Form = createContext<FormContext>({ types: {}, comments: {}, wrong: undefined })

interface Editing {
  readonly type: Type
  readonly value: unknown
  readonly onChange: (value: unknown) => void
  /** As errors name it: `request.passengers[2].name` */
  readonly path: string
}

/** A named value: a parameter, a property, an item. `undefined` is one that is left out. */
export function ValueField(
  props: Editing & {
    readonly label: string
    readonly optional?: boolean
    readonly comment?: string | undefined
    readonly onRemove?: (() => void) | undefined
  },
) {
  const { types, wrong } = useContext(Form)
  const { type, value, onChange, path, label, optional = false, comment, onRemove } = props
  const id = useId()
  const absent = value === undefined
  const mismatch = absent || isCompound(types, type) ? undefined : mismatchOf(types, type, value)
  const told = wrong?.path === path ? wrong.message : undefined
  const head = (
    <span class="value-head">
      <span class="value-name">{label}</span>
      <span class="value-type">
        {typeText(type)}
        {optional && ' ?'}
      </span>
      {comment && <span class="value-comment">{comment}</span>}
    </span>
  )
  const tool = absent ? (
    <button
      type="button"
      class="button small"
      aria-label={`${t('value.add')} ${label}`}
      onClick={() => onChange(blank(types, type))}
    >
      <Icon name="plus" size={11} />
      {t('value.add')}
    </button>
  ) : (
    (optional || onRemove) && (
      <button
        type="button"
        class="button icon quiet small"
        aria-label={t(optional ? 'value.leaveOut' : 'value.remove', { name: label })}
        title={t(optional ? 'value.leaveOut' : 'value.remove', { name: label })}
        onClick={() => (onRemove ? onRemove() : onChange(undefined))}
      >
        <Icon name="close" size={12} />
      </button>
    )
  )
  const problem = told ?? mismatch
  const control = !absent && (
    <Control
      type={type}
      value={value}
      onChange={onChange}
      path={path}
      id={id}
      invalid={problem !== undefined}
      describedBy={problem ? `${id}-wrong` : undefined}
    />
  )
  return isCompound(types, type) ? (
    <fieldset class="typed compound" aria-label={label}>
      <div class="value-line">
        {head}
        {tool}
      </div>
      {control}
      {problem && <Wrong id={`${id}-wrong`}>{problem}</Wrong>}
    </fieldset>
  ) : (
    <div class="typed">
      <div class="value-line">
        {absent ? head : <label for={id}>{head}</label>}
        {absent && tool}
      </div>
      {!absent && (
        <div class="value-line">
          {control}
          {tool}
        </div>
      )}
      {problem && <Wrong id={`${id}-wrong`}>{problem}</Wrong>}
    </div>
  )
}

interface ControlProps extends Editing {
  readonly id: string
  readonly invalid: boolean
  readonly describedBy: string | undefined
}

function Control(props: ControlProps) {
  const { types } = useContext(Form)
  const { type } = props
  switch (type.kind) {
    case 'scalar':
      return <ScalarControl {...props} scalar={type.scalar} />
    case 'literal':
      return (
        <output id={props.id} class="chip">
          {JSON.stringify(type.value)}
        </output>
      )
    case 'nullable':
      return <NullableControl {...props} of={type.of} />
    case 'array':
    case 'set':
      return <ListControl {...props} item={type.item} />
    case 'map':
      return type.form === 'map' ? (
        <MapControl {...props} keyType={type.key} valueType={type.value} />
      ) : (
        <RecordControl {...props} valueType={type.value} />
      )
    case 'tuple':
      return <TupleControl {...props} tuple={type} />
    case 'ref': {
      const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
      if (!declaration) return <Wrong>{t('value.unknownType', { name: type.name })}</Wrong>
      if (declaration.kind === 'enum') return <EnumControl {...props} declaration={declaration} />
      if (declaration.kind === 'union') return <UnionControl {...props} name={type.name} union={declaration} />
      return <MessageControl {...props} name={type.name} message={declaration} />
    }
  }
}

function ScalarControl(props: ControlProps & { readonly scalar: Scalar }) {
  const { scalar, value, onChange, id, invalid, describedBy } = props
  const shared = { id, 'aria-invalid': invalid, 'aria-describedby': describedBy } as const
  switch (scalar) {
    case 'boolean':
      return (
        <select {...shared} value={String(value)} onChange={(event) => onChange(event.currentTarget.value === 'true')}>
          <option value="false">false</option>
          <option value="true">true</option>
        </select>
      )
    case 'date':
      return <DateControl {...props} />
    case 'bytes':
      return <BytesControl {...props} />
    case 'json':
      return <JsonControl {...props} />
    case 'string':
    case 'decimal': {
      const text = textOf(value)
      return text.includes('\n') ? (
        <textarea {...shared} class="mono" value={text} onInput={(event) => onChange(event.currentTarget.value)} />
      ) : (
        <input
          {...shared}
          type="text"
          value={text}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => onChange(event.currentTarget.value)}
        />
      )
    }
    default:
      return <NumberControl {...props} />
  }
}

/** What is typed stays as it is typed: `1.` is on its way to 1.5. */
function NumberControl({
  scalar,
  value,
  onChange,
  id,
  invalid,
  describedBy,
}: ControlProps & { readonly scalar: Scalar }) {
  const read = (text: string): unknown => (bigScalars.has(scalar) ? text.trim() : numberOf(text))
  const [text, setText] = useState(textOf(value))
  const shown = read(text) === value ? text : textOf(value)
  return (
    <input
      id={id}
      type="text"
      class="mono"
      inputMode={scalar === 'double' || scalar === 'float' ? 'decimal' : 'numeric'}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      value={shown}
      spellcheck={false}
      autocomplete="off"
      onInput={(event) => {
        setText(event.currentTarget.value)
        onChange(read(event.currentTarget.value))
      }}
    />
  )
}

const bigScalars: ReadonlySet<Scalar> = new Set<Scalar>(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'])

/** In UTC, as contracts say it, so that no clock's zone is in between. */
function DateControl({ value, onChange, id, invalid, describedBy }: ControlProps) {
  const time = typeof value === 'string' ? Date.parse(value) : Number.NaN
  const shown = Number.isNaN(time) ? '' : new Date(time).toISOString().replace('Z', '')
  return (
    <span class="joined">
      <input
        id={id}
        type="datetime-local"
        step="0.001"
        aria-invalid={invalid}
        aria-describedby={describedBy}
        value={shown}
        onInput={(event) => {
          const text = event.currentTarget.value
          const parsed = Date.parse(`${text}Z`)
          onChange(Number.isNaN(parsed) ? '' : new Date(parsed).toISOString())
        }}
      />
      <span class="faint small">UTC</span>
      <button type="button" class="button small" onClick={() => onChange(new Date().toISOString())}>
        {t('value.now')}
      </button>
    </span>
  )
}

const mostFileBytes = 512 * 1024

function BytesControl({ value, onChange, id, invalid, describedBy }: ControlProps) {
  const [problem, setProblem] = useState<string | undefined>(undefined)
  const text = textOf(value)
  const take = async (file: File | undefined): Promise<void> => {
    if (!file) return
    if (file.size > mostFileBytes) {
      setProblem(t('value.fileTooLarge', { n: mostFileBytes / 1024 }))
      return
    }
    setProblem(undefined)
    let binary = ''
    for (const byte of new Uint8Array(await file.arrayBuffer())) binary += String.fromCharCode(byte)
    onChange(btoa(binary))
  }
  return (
    <span class="joined">
      <input
        id={id}
        type="text"
        class="mono"
        placeholder="base64"
        aria-invalid={invalid}
        aria-describedby={describedBy}
        value={text}
        spellcheck={false}
        onInput={(event) => onChange(event.currentTarget.value.trim())}
      />
      <label class="button small">
        {t('value.file')}
        <input type="file" class="unseen" onChange={(event) => void take(event.currentTarget.files?.[0])} />
      </label>
      {problem && <Wrong>{problem}</Wrong>}
    </span>
  )
}

function JsonControl({ value, onChange, id }: ControlProps) {
  const [text, setText] = useState(() => JSON.stringify(value, undefined, 2))
  const [problem, setProblem] = useState(false)
  // It may be changed from outside: where the whole call is written as JSON.
  useEffect(() => {
    if (!problem && !sameJson(text, value)) setText(JSON.stringify(value, undefined, 2))
  }, [value])
  return (
    <span class="joined">
      <textarea
        id={id}
        class="mono"
        rows={2}
        aria-invalid={problem}
        value={text}
        spellcheck={false}
        onInput={(event) => {
          const written = event.currentTarget.value
          setText(written)
          try {
            onChange(JSON.parse(written))
            setProblem(false)
          } catch {
            setProblem(true)
          }
        }}
      />
      {problem && <Wrong>{t('value.noJson')}</Wrong>}
    </span>
  )
}

function NullableControl(props: ControlProps & { readonly of: Type }) {
  const { types } = useContext(Form)
  const { of, value, onChange, path } = props
  return (
    <div class="value-inner">
      <Segments
        label={t('value.nullable')}
        options={[
          { key: 'null', title: 'null' },
          { key: 'value', title: typeText(of) },
        ]}
        chosen={value === null ? 'null' : 'value'}
        onChoose={(key) => onChange(key === 'null' ? null : value === null ? blank(types, of) : value)}
      />
      {value !== null && <Inner type={of} value={value} onChange={onChange} path={path} label={typeText(of)} />}
    </div>
  )
}

/** A value that has the name of what is around it. */
function Inner(props: Editing & { readonly label: string }) {
  const { types, wrong } = useContext(Form)
  const id = useId()
  const mismatch = isCompound(types, props.type) ? undefined : mismatchOf(types, props.type, props.value)
  const problem = isCompound(types, props.type)
    ? undefined
    : (mismatch ?? (wrong?.path === props.path ? wrong.message : undefined))
  return (
    <div class="typed">
      {!isCompound(types, props.type) && (
        <label class="unseen" for={id}>
          {props.label}
        </label>
      )}
      <Control {...props} id={id} invalid={problem !== undefined} describedBy={problem ? `${id}-wrong` : undefined} />
      {problem && <Wrong id={`${id}-wrong`}>{problem}</Wrong>}
    </div>
  )
}

function ListControl(props: ControlProps & { readonly item: Type }) {
  const { types } = useContext(Form)
  const { item, onChange, path } = props
  const list = listOf(props.value)
  return (
    <div class="value-inner">
      {list.map((each, i) => (
        <ValueField
          key={i}
          label={`[${i}]`}
          type={item}
          value={each}
          path={`${path}[${i}]`}
          onChange={(value) => onChange(replaced(list, i, value))}
          onRemove={() => onChange(without(list, i))}
        />
      ))}
      <AddButton label={t('value.addItem')} path={path} onClick={() => onChange([...list, blank(types, item)])} />
    </div>
  )
}

function MapControl(props: ControlProps & { readonly keyType: Type; readonly valueType: Type }) {
  const { types } = useContext(Form)
  const { keyType, valueType, onChange, path } = props
  const pairs = listOf(props.value).map((pair) => listOf(pair))
  return (
    <div class="value-inner">
      {pairs.map(([key, value], i) => (
        <div key={i} class="value-pair">
          <ValueField
            label={t('value.key', { n: i + 1 })}
            type={keyType}
            value={key}
            path={`${path}[${i}][0]`}
            onChange={(next) => onChange(replaced(pairs, i, [next, value]))}
          />
          <ValueField
            label={t('value.valueOf', { n: i + 1 })}
            type={valueType}
            value={value}
            path={`${path}[${i}][1]`}
            onChange={(next) => onChange(replaced(pairs, i, [key, next]))}
            onRemove={() => onChange(without(pairs, i))}
          />
        </div>
      ))}
      <AddButton
        label={t('value.addEntry')}
        path={path}
        onClick={() => onChange([...pairs, [blank(types, keyType), blank(types, valueType)]])}
      />
    </div>
  )
}

function RecordControl(props: ControlProps & { readonly valueType: Type }) {
  const { types } = useContext(Form)
  const { valueType, onChange, path } = props
  const entries = Object.entries(objectOf(props.value))
  const change = (next: readonly (readonly [string, unknown])[]): void => onChange(Object.fromEntries(next))
  const freeKey = (): string => {
    for (let n = entries.length + 1; ; n++) if (!entries.some(([key]) => key === `key${n}`)) return `key${n}`
  }
  return (
    <div class="value-inner">
      {entries.map(([key, value], i) => (
        <div key={i} class="value-pair">
          <div class="typed">
            <input
              type="text"
              class="mono"
              aria-label={t('value.key', { n: i + 1 })}
              value={key}
              spellcheck={false}
              onChange={(event) => change(replaced(entries, i, [event.currentTarget.value, value]))}
            />
          </div>
          <ValueField
            label={t('value.valueOf', { n: i + 1 })}
            type={valueType}
            value={value}
            path={`${path}[${JSON.stringify(key)}]`}
            onChange={(next) => change(replaced(entries, i, [key, next]))}
            onRemove={() => change(without(entries, i))}
          />
        </div>
      ))}
      <AddButton
        label={t('value.addEntry')}
        path={path}
        onClick={() => change([...entries, [freeKey(), blank(types, valueType)]])}
      />
    </div>
  )
}

function TupleControl(props: ControlProps & { readonly tuple: Extract<Type, { kind: 'tuple' }> }) {
  const { types } = useContext(Form)
  const { tuple, onChange, path } = props
  const list = listOf(props.value)
  const next = tuple.items[list.length] ?? (tuple.rest && { type: tuple.rest, optional: true })
  const least = tuple.items.filter(({ optional }) => !optional).length
  return (
    <div class="value-inner">
      {list.map((each, i) => {
        const type = tuple.items[i]?.type ?? tuple.rest
        if (!type) return null
        return (
          <ValueField
            key={i}
            label={`[${i}]`}
            type={type}
            value={each}
            path={`${path}[${i}]`}
            onChange={(value) => onChange(replaced(list, i, value))}
            onRemove={i >= least && i === list.length - 1 ? () => onChange(list.slice(0, -1)) : undefined}
          />
        )
      })}
      {next && (
        <AddButton
          label={t('value.addItem')}
          path={path}
          onClick={() => onChange([...list, blank(types, next.type)])}
        />
      )}
    </div>
  )
}

function EnumControl(props: ControlProps & { readonly declaration: EnumDeclaration }) {
  const { declaration, value, onChange, id, invalid, describedBy } = props
  const at = declaration.members.findIndex((member) => member.value === value)
  return (
    <select
      id={id}
      aria-invalid={invalid}
      aria-describedby={describedBy}
      value={String(at)}
      onChange={(event) => onChange(declaration.members[Number(event.currentTarget.value)]?.value)}
    >
      {at < 0 && <option value="-1">{textOf(value)}</option>}
      {declaration.members.map((member, i) => (
        <option key={member.number} value={String(i)}>
          {member.name === String(member.value) ? member.name : `${member.name} (${JSON.stringify(member.value)})`}
        </option>
      ))}
    </select>
  )
}

function UnionControl(props: ControlProps & { readonly name: string; readonly union: UnionDeclaration }) {
  const { types } = useContext(Form)
  const { union, value, onChange, path, name } = props
  const member = memberOfJson(types, union, value)
  const id = useId()
  return (
    <div class="value-inner">
      <select
        id={id}
        aria-label={t('value.member', { name: lastName(name) })}
        aria-invalid={member === undefined}
        value={String(member?.number ?? '')}
        onChange={(event) => {
          const chosen = union.members.find(({ number }) => String(number) === event.currentTarget.value)
          if (chosen)
            onChange(wrapped(types, chosen, withDiscriminator(union, chosen.value, blank(types, chosen.type))))
        }}
      >
        {member === undefined && <option value="">–</option>}
        {union.members.map((each) => (
          <option key={each.number} value={String(each.number)}>
            {each.value !== undefined ? `${union.discriminator}: ${JSON.stringify(each.value)}` : typeText(each.type)}
          </option>
        ))}
      </select>
      {member && member.type.kind !== 'literal' && (
        <Inner
          key={member.number}
          type={member.type}
          value={unwrapped(types, member, value)}
          path={path}
          label={typeText(member.type)}
          onChange={(next) => onChange(wrapped(types, member, next))}
        />
      )}
    </div>
  )
}

function withDiscriminator(union: UnionDeclaration, value: unknown, json: unknown): unknown {
  if (value === undefined || union.discriminator === undefined || typeof json !== 'object' || json === null) return json
  return { ...json, [union.discriminator]: value }
}

function MessageControl(props: ControlProps & { readonly name: string; readonly message: MessageDeclaration }) {
  const { comments } = useContext(Form)
  const { message, name, onChange, path } = props
  const value = objectOf(props.value)
  return (
    <div class="value-inner">
      {message.fields.length === 0 && <p class="faint small">{t('value.noFields')}</p>}
      {message.fields.map((field) => {
        // The contract says it; nobody can say anything else.
        if (field.type.kind === 'literal') return null
        const key = `${name}.${field.name}`
        return (
          <ValueField
            key={field.name}
            label={field.name}
            type={field.type}
            optional={field.optional}
            comment={Object.hasOwn(comments, key) ? comments[key] : undefined}
            value={Object.hasOwn(value, field.name) ? value[field.name] : undefined}
            path={`${path}.${field.name}`}
            onChange={(next) => {
              // In the order of the contract, whatever came first.
              const all = message.fields.map(({ name: each }): [string, unknown] => [
                each,
                each === field.name ? next : Object.hasOwn(value, each) ? value[each] : undefined,
              ])
              onChange(Object.fromEntries(all.filter(([, each]) => each !== undefined)))
            }}
          />
        )
      })}
    </div>
  )
}

function AddButton(props: { readonly label: string; readonly path: string; readonly onClick: () => void }) {
  return (
    <div>
      <button type="button" class="button small" aria-label={`${props.label}: ${props.path}`} onClick={props.onClick}>
        <Icon name="plus" size={11} />
        {props.label as ComponentChildren}
      </button>
    </div>
  )
}

/** Whether it is made of other fields. */
function isCompound(types: ServiceSchema['types'], type: Type): boolean {
  if (type.kind === 'scalar' || type.kind === 'literal') return false
  if (type.kind !== 'ref') return true
  const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
  return declaration?.kind !== 'enum'
}

function mismatchOf(types: ServiceSchema['types'], type: Type, value: unknown): string | undefined {
  try {
    fromJson(types, type, value, '')
    return undefined
  } catch (error) {
    return error instanceof JsonMismatch ? error.message.replace(/^: /, '') : undefined
  }
}

function numberOf(text: string): number | string {
  const trimmed = text.trim()
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value)
}

function sameJson(text: string, value: unknown): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === JSON.stringify(value)
  } catch {
    return false
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : {}
}

function replaced<T>(list: readonly T[], at: number, by: T): T[] {
  return list.map((each, i) => (i === at ? by : each))
}

function without<T>(list: readonly T[], at: number): T[] {
  return list.filter((_, i) => i !== at)
}
