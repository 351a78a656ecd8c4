import { jsonText } from '../../runtime/schema/json.js'
import type { Field, ServiceSchema, Type } from '../../runtime/schema/schema.js'

type Types = ServiceSchema['types']

/** A contract's types, as one side has them. */
export interface Side {
  readonly types: Types
}

/** Stands for a value that the reader's type can't hold: whatever is read then is wrong. */
export const lost: unique symbol = Symbol('lost')

/**
 * What a reader should find of a value that a writer sent, by numbers alone: the judge of the evolution table, which knows
 * nothing of compare(). Members the reader doesn't know are gone; a number stays the same number as a bigint; one value
 * is a list of one.
 */
export function translated(writer: Side, from: Type, reader: Side, to: Type, value: unknown): unknown {
  const inner = (sent: Type, wanted: Type, one: unknown) => translated(writer, sent, reader, wanted, one)
  if (from.kind === 'nullable' || to.kind === 'nullable') {
    if (from.kind !== 'nullable' || to.kind !== 'nullable') return lost
    return value === null ? null : inner(from.of, to.of, value)
  }
  if (from.kind === 'map' && to.kind === 'map') {
    const entries = value instanceof Map ? [...value] : Object.entries(value as object)
    const found = entries.map(([key, one]) => [
      inner(from.key, to.key, from.form === 'map' ? key : plainKey(from.key, key)),
      inner(from.value, to.value, one),
    ])
    if (found.flat().includes(lost)) return lost
    return to.form === 'map' ? new Map(found as [unknown, unknown][]) : Object.fromEntries(found)
  }
  if (from.kind === 'tuple' && to.kind === 'tuple') {
    const sent = value as unknown[]
    const count = Math.min(sent.length, to.items.length)
    if (to.items.some((item, i) => i >= count && !item.optional)) return lost
    return to.items.slice(0, count).map((item, i) => inner(from.items[i]?.type as Type, item.type, sent[i]))
  }
  if (isRepeated(from) || isRepeated(to)) {
    if (!isRepeated(to)) return lost
    const items = isRepeated(from) ? [...(value as Iterable<unknown>)] : [value]
    const item = isRepeated(from) ? from.item : from
    const found = items.map((one) => inner(item, to.item, one))
    if (found.includes(lost)) return lost
    if (to.kind === 'array') return found
    const set = new Set(found)
    return set.size < found.length ? lost : set
  }
  const [sent, wanted] = [declaration(writer, from), declaration(reader, to)]
  if (sent && 'fields' in sent && wanted && 'fields' in wanted) {
    const record = value as Record<string, unknown>
    return translatedFields(writer, sent.fields, reader, wanted.fields, (field) => record[field.name])
  }
  if (sent?.kind === 'union' || wanted?.kind === 'union') {
    if (sent?.kind !== 'union' || wanted?.kind !== 'union') return lost
    const member = sent.members.find(({ type }) => belongs(writer, type, value))
    const other = wanted.members.find(({ number }) => number === member?.number)
    return member && other ? inner(member.type, other.type, value) : lost
  }
  const number = sent?.kind === 'enum' ? sent.members.find((m) => m.value === value)?.number : value
  if (wanted?.kind === 'enum') {
    const member = wanted.members.find((m) => BigInt(m.number) === asBigInt(number))
    return member ? member.value : lost
  }
  if (to.kind !== 'scalar') return lost
  if (from.kind === 'scalar' && from.scalar === 'json' && to.scalar === 'json') return value
  return from.kind === 'scalar' && from.scalar === 'json' && to.scalar !== 'json'
    ? jsonText(value)
    : scalar(to.scalar, number)
}

/** Whether a value is of this member of a union: objects by a literal property, everything else by its JavaScript type. */
function belongs(side: Side, type: Type, value: unknown): boolean {
  const of = declaration(side, type)
  if (of && 'fields' in of) {
    if (typeof value !== 'object' || value === null) return false
    const record = value as Record<string, unknown>
    return of.fields.every((f) => f.type.kind !== 'literal' || record[f.name] === f.type.value)
  }
  if (type.kind !== 'scalar') return false
  const named = type.scalar === 'string' || type.scalar === 'boolean' ? type.scalar : undefined
  return typeof value === (named ?? (/64$/.test(type.scalar) ? 'bigint' : 'number'))
}

function isRepeated(type: Type): type is Type & { kind: 'array' | 'set' } {
  return type.kind === 'array' || type.kind === 'set'
}

/** A record's keys are text, whatever they say. */
function plainKey(type: Type, key: string): unknown {
  return type.kind === 'scalar' && type.scalar !== 'string' && type.scalar !== 'decimal' ? Number(key) : key
}

/** The same for the fields of a message or the parameters of a method: by name. */
export function translatedFields(
  writer: Side,
  from: readonly Field[],
  reader: Side,
  to: readonly Field[],
  valueIn: (field: Field) => unknown,
): unknown {
  const found = to.map((field): [string, unknown] => {
    const sent = from.find((other) => other.number === field.number)
    // The same property under another number arrives nowhere.
    const moved = from.find((other) => other.name === field.name)
    const value = sent && valueIn(sent)
    if (!sent && moved && valueIn(moved) !== undefined) return [field.name, lost]
    if (sent && moved && sent !== moved) return [field.name, lost]
    if (field.type.kind === 'literal') {
      return [field.name, sent && sent.type.kind !== 'literal' ? lost : field.type.value]
    }
    if (!sent || value === undefined || sent.type.kind === 'literal') {
      return [field.name, field.optional ? undefined : (empty(field.type) ?? lost)]
    }
    // An optional list has a wrapper that a required one has not.
    const wrapped = (f: Field) => f.optional && empty(f.type) !== undefined
    if (wrapped(sent) !== wrapped(field)) return [field.name, lost]
    return [field.name, translated(writer, sent.type, reader, field.type, value)]
  })
  if (found.some(([, value]) => value === lost)) return lost
  return Object.fromEntries(found)
}

/** What a required list is that doesn't come. */
function empty(type: Type): unknown {
  if (type.kind === 'array') return []
  if (type.kind === 'set') return new Set()
  return type.kind === 'map' ? (type.form === 'map' ? new Map() : {}) : undefined
}

function scalar(to: string, value: unknown): unknown {
  if (typeof value === 'string') return to === 'bytes' ? new TextEncoder().encode(value) : value
  if (to === 'boolean' || typeof value === 'boolean') {
    if (typeof value === 'boolean') return to === 'boolean' ? value : ofKind(to, BigInt(value))
    const number = asBigInt(value)
    return number === 0n ? false : number === 1n ? true : lost
  }
  const number = asBigInt(value)
  return number === undefined ? value : ofKind(to, number, value)
}

/** An integer as the reader's JavaScript type; a number that is none stays as it is. */
function ofKind(to: string, number: bigint, original: unknown = number): unknown {
  if (/^(u|s)?(int|fixed)64$|^sfixed64$/.test(to)) return number
  return typeof original === 'number' ? original : Number.isSafeInteger(Number(number)) ? Number(number) : lost
}

function asBigInt(value: unknown): bigint | undefined {
  if (typeof value === 'bigint') return value
  return typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : undefined
}

function declaration({ types }: Side, type: Type) {
  return type.kind === 'ref' ? types[type.name] : undefined
}
