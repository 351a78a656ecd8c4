import { formats } from './format.js'
import type { Constraints, Field, ServiceSchema, Type } from './schema.js'
import { memberOf } from './union.js'

/** The part of a value that a rule looks at. */
export type Measure = 'length' | 'size' | 'keys' | 'number' | 'bigint' | 'pattern' | 'format'

/** One constraint of one value, taken apart. */
export interface Rule {
  /** What is looked at: `length` of texts, bytes and lists, `size` of Set and Map, `keys` of a record. */
  readonly measure: Measure
  readonly atLeast?: number
  readonly atMost?: number
  /** A regular expression's source, or a format's name. */
  readonly text?: string
  /** What the value should be: `at most 40 characters`. */
  readonly says: string
}

/** The constraints that a value and, of a list, its items have to keep. */
export interface Rules {
  readonly own: readonly Rule[]
  readonly items: readonly Rule[]
}

/** How many characters a text with a pattern may have where no `@maxLength` says less: matching takes bounded time. */
export const patternLength = 1000

/**
 * The constraints of a field as rules. On a list or set `minItems` and `maxItems` are about the list, everything else is
 * about each item; null is always allowed where the type allows it.
 */
export function rulesOf(type: Type, constraints: Constraints): Rules {
  const whole = withoutNull(type)
  const [least, most] = [own(constraints, 'minItems'), own(constraints, 'maxItems')]
  if (whole.kind !== 'array' && whole.kind !== 'set' && whole.kind !== 'map') {
    return { own: valueRules(whole, constraints), items: [] }
  }
  const measure = whole.kind === 'array' ? 'length' : whole.kind === 'map' && whole.form === 'record' ? 'keys' : 'size'
  const unit = whole.kind === 'map' ? ['entry', 'entries'] : ['item', 'items']
  const items = whole.kind === 'map' ? [] : valueRules(withoutNull(whole.item), constraints)
  return { own: bounds(measure, least, most, unit), items }
}

/** What a type is apart from null. */
export function withoutNull<T extends { readonly kind: string }>(type: T | (T & { kind: 'nullable'; of: T })): T {
  return type.kind === 'nullable' ? (type as T & { of: T }).of : type
}

function valueRules(type: Type, constraints: Constraints): Rule[] {
  if (type.kind !== 'scalar') return []
  if (type.scalar === 'string' || type.scalar === 'bytes') {
    const unit = type.scalar === 'string' ? ['character', 'characters'] : ['byte', 'bytes']
    const pattern = own(constraints, 'pattern')
    const format = own(constraints, 'format')
    const most = own(constraints, 'maxLength') ?? (pattern === undefined ? undefined : patternLength)
    const rules = bounds('length', own(constraints, 'minLength'), most, unit)
    if (pattern !== undefined) rules.push({ measure: 'pattern', text: pattern, says: `text that matches ${pattern}` })
    const known = format !== undefined && Object.hasOwn(formats, format) ? formats[format] : undefined
    if (format !== undefined && known) rules.push({ measure: 'format', text: format, says: known.says })
    return rules
  }
  const measure = bigints.has(type.scalar) ? 'bigint' : 'number'
  return bounds(measure, own(constraints, 'minimum'), own(constraints, 'maximum'), undefined)
}

function bounds(
  measure: Measure,
  least: number | undefined,
  most: number | undefined,
  unit: readonly string[] | undefined,
): Rule[] {
  const counted = (n: number) => (unit ? `${n} ${n === 1 ? unit[0] : unit[1]}` : String(n))
  return [
    ...(least === undefined ? [] : [{ measure, atLeast: least, says: `at least ${counted(least)}` }]),
    ...(most === undefined ? [] : [{ measure, atMost: most, says: `at most ${counted(most)}` }]),
  ]
}

/** A property that may be absent: a polluted prototype has no say. */
function own<K extends keyof Constraints>(of: Constraints, key: K): Constraints[K] | undefined {
  return Object.hasOwn(of, key) ? of[key] : undefined
}

const bigints: ReadonlySet<string> = new Set(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64'])

/**
 * Which constraint a value of the type breaks first, with its path, or undefined: `request.passengers[2].name: at most 40
 * characters`. The value fits its type. Generated code does the same in straight lines; this is for those that have only
 * the schema.
 */
export function brokenRule(
  schema: Pick<ServiceSchema, 'types'>,
  field: Pick<Field, 'type' | 'optional' | 'constraints'>,
  value: unknown,
  path: string,
): string | undefined {
  if (value === undefined || value === null) return undefined
  const rules = field.constraints ? rulesOf(field.type, field.constraints) : { own: [], items: [] }
  return breach(rules.own, value, path) ?? brokenWithin(schema, withoutNull(field.type), rules.items, value, path)
}

function brokenWithin(
  schema: Pick<ServiceSchema, 'types'>,
  type: Type,
  rules: readonly Rule[],
  value: unknown,
  path: string,
): string | undefined {
  const inner = (of: Type, item: unknown, at: string) =>
    (item === null ? undefined : breach(rules, item, at)) ?? brokenRule(schema, { type: of, optional: true }, item, at)
  switch (type.kind) {
    case 'array':
      return first(value as readonly unknown[], (item, i) => inner(type.item, item, `${path}[${i}]`))
    case 'set':
      return first([...(value as ReadonlySet<unknown>)], (item, i) => inner(type.item, item, `${path}[${i}]`))
    case 'map': {
      const values: readonly unknown[] = value instanceof Map ? [...value.values()] : Object.values(value as object)
      return first(values, (item, i) => inner(type.value, item, `${path}: value ${i + 1}`))
    }
    case 'tuple':
      return first(value as readonly unknown[], (item, i) => {
        const of = type.items[i]?.type ?? type.rest
        return of && inner(of, item, `${path}[${i}]`)
      })
    case 'ref': {
      const declaration = Object.hasOwn(schema.types, type.name) ? schema.types[type.name] : undefined
      if (declaration?.kind === 'union') {
        const member = memberOf(schema.types, declaration, value)
        return member && brokenRule(schema, { type: member.type, optional: true }, value, path)
      }
      if (!declaration || declaration.kind === 'enum') return undefined
      const record = value as Readonly<Record<string, unknown>>
      return first(declaration.fields, (f) => brokenRule(schema, f, record[f.name], `${path}.${f.name}`))
    }
    default:
      return undefined
  }
}

function breach(rules: readonly Rule[], value: unknown, path: string): string | undefined {
  const broken = rules.find((rule) => !keeps(rule, value))
  return broken && `${path}: ${broken.says}`
}

function keeps({ measure, atLeast, atMost, text = '' }: Rule, value: unknown): boolean {
  switch (measure) {
    case 'pattern':
      return new RegExp(text, 'u').test(value as string)
    case 'format':
      return formats[text]?.pattern.test(value as string) ?? true
    default: {
      const measured =
        measure === 'length'
          ? (value as string).length
          : measure === 'size'
            ? (value as ReadonlySet<unknown>).size
            : measure === 'keys'
              ? Object.keys(value as object).length
              : (value as number | bigint)
      return (atLeast === undefined || measured >= atLeast) && (atMost === undefined || measured <= atMost)
    }
  }
}

function first<T>(items: readonly T[], find: (item: T, index: number) => string | undefined): string | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = find(items[i] as T, i)
    if (found !== undefined) return found
  }
  return undefined
}
