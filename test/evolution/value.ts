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
  if (from.kind === 'array' || to.kind === 'array') {
    if (to.kind !== 'array') return lost
    const items = from.kind === 'array' ? (value as unknown[]) : [value]
    const item = from.kind === 'array' ? from.item : from
    const found = items.map((one) => translated(writer, item, reader, to.item, one))
    return found.includes(lost) ? lost : found
  }
  const [sent, wanted] = [declaration(writer, from), declaration(reader, to)]
  if (sent && 'fields' in sent && wanted && 'fields' in wanted) {
    return translatedFields(
      writer,
      sent.fields,
      reader,
      wanted.fields,
      (field) => (value as Record<string, unknown>)[field.name],
    )
  }
  const number = sent?.kind === 'enum' ? sent.members.find((m) => m.value === value)?.number : value
  if (wanted?.kind === 'enum') {
    const member = wanted.members.find((m) => BigInt(m.number) === asBigInt(number))
    return member ? member.value : lost
  }
  if (to.kind !== 'scalar') return lost
  return scalar(to.scalar, number)
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
    if (!sent || value === undefined) {
      return [field.name, field.optional ? undefined : field.type.kind === 'array' ? [] : lost]
    }
    return [field.name, translated(writer, sent.type, reader, field.type, value)]
  })
  if (found.some(([, value]) => value === lost)) return lost
  return Object.fromEntries(found)
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
