import type { Field, MethodSchema, Scalar, ServiceSchema, Type, TypeDeclaration } from './schema.js'

type Types = ServiceSchema['types']

/** A type of one of two schemas. */
export interface Side {
  readonly types: Types
}

/**
 * Whether two names stand for one declaration, reader's first. What it answers yes to counts as readable: such pairs are
 * compared on their own.
 */
export type SameDeclaration = (reader: string, writer: string) => boolean

/** A field as the wire sees it. */
export interface Slot {
  /** Absent where it has none: items of tuples, entries of maps. */
  readonly name?: string
  readonly number: number
  readonly type: Type
  readonly optional: boolean
}

/** Parts of a body, by number: fields of a message, items of a tuple, parameters. */
export type Slots = readonly Slot[]

/**
 * Answers whether every value one schema's writer can send arrives as that value at another schema's reader, as our
 * protobuf codecs read and write: required fields have to come, unknown enum members are refused, integers that the
 * reader's type can't hold would be cut off. Where the JavaScript type changes (5 for 5n, 'a' for ['a']) the value is the same
 * if no information is lost.
 */
export class WireReading {
  readonly #reader: Types
  readonly #writer: Types
  readonly #same: SameDeclaration
  /** Pairs under way count as readable: a type that contains itself is as good as its other parts. */
  readonly #known = new Map<string, boolean>()

  constructor(reader: Side, writer: Side, same: SameDeclaration) {
    this.#reader = reader.types
    this.#writer = writer.types
    this.#same = same
  }

  /** A body, or any message. */
  slots(reader: Slots, writer: Slots): boolean {
    const sent = new Map(writer.map((slot) => [slot.number, slot]))
    const places = new Map(writer.map((slot) => [slot.name, slot.number]))
    return reader.every((wanted) => {
      // Under another number its value arrives as another property's.
      const number = wanted.name === undefined ? undefined : places.get(wanted.name)
      return (number ?? wanted.number) === wanted.number && this.field(wanted, sent.get(wanted.number))
    })
  }

  /** A field of a message; `writer` is undefined where the writer's contract has no such number. */
  field(reader: Pick<Slot, 'type' | 'optional'>, writer: Pick<Slot, 'type' | 'optional'> | undefined): boolean {
    // A literal's reader knows the value without being sent one, and takes no other.
    if (reader.type.kind === 'literal') return !writer || writer.type.kind === 'literal'
    const many = isRepeated(reader)
    if (!writer || writer.type.kind === 'literal') return reader.optional || many
    if (many) {
      if (isRepeated(writer)) return this.#repeated(reader.type, writer.type)
      // A list takes a single field for a list of one, unless that is a list in a wrapper.
      return !isList(writer.type) && this.#item(reader.type, writer.type)
    }
    if (isRepeated(writer)) return false
    if (writer.optional && !reader.optional) return false
    return this.value(reader.type, writer.type)
  }

  /** A value in a field of its own, or anywhere inside. */
  value(reader: Type, writer: Type): boolean {
    if (reader.kind === 'ref' && writer.kind === 'ref' && this.#same(reader.name, writer.name)) return true
    if (isList(reader) || isList(writer)) return isList(reader) && isList(writer) && this.#repeated(reader, writer)
    if (reader.kind === 'nullable' || writer.kind === 'nullable') {
      return reader.kind === 'nullable' && writer.kind === 'nullable' && this.value(reader.of, writer.of)
    }
    const numbers = numbersOf(reader, this.#reader)
    const sent = numbersOf(writer, this.#writer)
    if (numbers || sent) return numbers !== undefined && sent !== undefined && holds(numbers, sent)
    if (reader.kind === 'scalar' || writer.kind === 'scalar') {
      return reader.kind === 'scalar' && writer.kind === 'scalar' && readsText(reader.scalar, writer.scalar)
    }
    const key = reader.kind === 'ref' && writer.kind === 'ref' ? `${reader.name} ${writer.name}` : undefined
    const known = key === undefined ? undefined : this.#known.get(key)
    if (known !== undefined) return known
    if (key !== undefined) this.#known.set(key, true)
    const answer = this.#messages(reader, writer)
    if (key !== undefined) this.#known.set(key, answer)
    return answer
  }

  #messages(reader: Type, writer: Type): boolean {
    const wanted = declarationOf(reader, this.#reader)
    const sent = declarationOf(writer, this.#writer)
    if (wanted?.kind === 'union' || sent?.kind === 'union') {
      if (wanted?.kind !== 'union' || sent?.kind !== 'union') return false
      const members = new Map(wanted.members.map((m) => [m.number, m.type]))
      return sent.members.every((member) => {
        const type = members.get(member.number)
        return type !== undefined && this.#member(type, member.type)
      })
    }
    return this.slots(slotsOf(reader, this.#reader), slotsOf(writer, this.#writer))
  }

  /** A literal member of a union is an empty message. */
  #member(reader: Type, writer: Type): boolean {
    if (reader.kind === 'literal' || writer.kind === 'literal') return reader.kind === writer.kind
    return this.value(reader, writer)
  }

  #repeated(reader: Type, writer: Type): boolean {
    // What the reader keeps once, the writer has to send once.
    if (isUnique(reader) && !isUnique(writer)) return false
    return this.#items(reader, writer)
  }

  #items(reader: Type, writer: Type): boolean {
    if (reader.kind === 'map' && writer.kind === 'map') {
      return this.value(reader.key, writer.key) && this.value(reader.value, writer.value)
    }
    if (writer.kind === 'map') return this.#entries(reader, writer)
    return (writer.kind === 'array' || writer.kind === 'set') && this.#item(reader, writer.item)
  }

  /** A map that was an array of messages, or becomes one: an entry is a message { key = 1; value = 2 }. */
  #entries(reader: Type, writer: Type & { kind: 'map' }): boolean {
    const item = reader.kind === 'array' ? declarationOf(reader.item, this.#reader) : undefined
    if (item?.kind !== 'message') return false
    return this.slots(item.fields, entrySlots(writer))
  }

  #item(reader: Type, writer: Type): boolean {
    if (reader.kind === 'array' || reader.kind === 'set') return this.value(reader.item, writer)
    const item = declarationOf(writer, this.#writer)
    return reader.kind === 'map' && item?.kind === 'message' && this.slots(entrySlots(reader), item.fields)
  }
}

/** The request body of a method. */
export function requestSlots({ params, stream, body }: MethodSchema, types: Types): Slots {
  const inBody = params.filter((_, i) => i !== stream)
  const [only] = inBody
  return body === 'bare' && only ? slotsOf(only.type, types) : inBody
}

/** The body of a result or of an item: a message as it is, everything else as field 1. */
export function resultSlots(type: Type | undefined, optional: boolean, types: Types): Slots {
  if (!type) return []
  if (!optional && declarationOf(type, types)?.kind === 'message') return slotsOf(type, types)
  return [{ number: 1, type, optional }]
}

/** The declaration behind a reference, asked for by own name. */
export function declarationOf(type: Type, types: Types): TypeDeclaration | undefined {
  return type.kind === 'ref' && Object.hasOwn(types, type.name) ? types[type.name] : undefined
}

/** The fields of a message, error or tuple. */
function slotsOf(type: Type, types: Types): Slots {
  if (type.kind === 'tuple') {
    const items = type.items.map((item, i) => ({ number: i + 1, ...item }))
    if (!type.rest) return items
    return [...items, { number: items.length + 1, type: { kind: 'array', item: type.rest }, optional: false }]
  }
  const declaration = declarationOf(type, types)
  return declaration?.kind === 'message' || declaration?.kind === 'error' ? declaration.fields : []
}

function entrySlots({ key, value }: Type & { kind: 'map' }): Slots {
  return [
    { number: 1, type: key, optional: false },
    { number: 2, type: value, optional: false },
  ]
}

function isList(type: Type): boolean {
  return type.kind === 'array' || type.kind === 'set' || type.kind === 'map'
}

/** Repeated fields are never absent. */
export function isRepeated({ type, optional }: Pick<Field, 'type' | 'optional'>): boolean {
  return isList(type) && !optional
}

function isUnique(type: Type): boolean {
  return type.kind === 'set' || type.kind === 'map'
}

/** The numbers a type puts on the wire, in one way of writing them. */
interface Numbers {
  /** Writings that don't share one never read each other. */
  readonly writing: 'varint' | 'zigzag' | 'fixed32' | 'fixed64' | 'float' | 'double'
  readonly from: bigint
  readonly to: bigint
  /** An enum's: only these. */
  readonly only?: ReadonlySet<bigint>
}

function numbersOf(type: Type, types: Types): Numbers | undefined {
  if (type.kind === 'scalar') return Object.hasOwn(scalarNumbers, type.scalar) ? scalarNumbers[type.scalar] : undefined
  const declaration = declarationOf(type, types)
  if (declaration?.kind !== 'enum') return undefined
  return { writing: 'varint', ...signed(32), only: new Set(declaration.members.map((m) => BigInt(m.number))) }
}

function holds(reader: Numbers, writer: Numbers): boolean {
  if (reader.writing !== writer.writing) return false
  if (writer.only) return [...writer.only].every((n) => (reader.only ? reader.only.has(n) : isWithin(n, reader)))
  return !reader.only && isWithin(writer.from, reader) && isWithin(writer.to, reader)
}

function isWithin(number: bigint, { from, to }: Numbers): boolean {
  return number >= from && number <= to
}

function signed(bits: number): { from: bigint; to: bigint } {
  return { from: -(2n ** BigInt(bits - 1)), to: 2n ** BigInt(bits - 1) - 1n }
}

function unsigned(bits: number): { from: bigint; to: bigint } {
  return { from: 0n, to: 2n ** BigInt(bits) - 1n }
}

/** Negative numbers are sign-extended to 64 bits, so a varint means the same to every reader whose type holds it. */
const scalarNumbers: Partial<Record<Scalar, Numbers>> = {
  boolean: { writing: 'varint', from: 0n, to: 1n },
  int32: { writing: 'varint', ...signed(32) },
  uint32: { writing: 'varint', ...unsigned(32) },
  int53: { writing: 'varint', from: -(2n ** 53n - 1n), to: 2n ** 53n - 1n },
  int64: { writing: 'varint', ...signed(64) },
  uint64: { writing: 'varint', ...unsigned(64) },
  sint32: { writing: 'zigzag', ...signed(32) },
  sint64: { writing: 'zigzag', ...signed(64) },
  fixed32: { writing: 'fixed32', ...unsigned(32) },
  sfixed32: { writing: 'fixed32', ...signed(32) },
  fixed64: { writing: 'fixed64', ...unsigned(64) },
  sfixed64: { writing: 'fixed64', ...signed(64) },
  float: { writing: 'float', from: 0n, to: 0n },
  double: { writing: 'double', from: 0n, to: 0n },
}

/** Text is bytes, and decimals and JSON are text; nothing holds the other way round. A date is only a date. */
function readsText(reader: Scalar, writer: Scalar): boolean {
  if (reader === writer) return true
  if (writer === 'string') return reader === 'bytes'
  return (writer === 'decimal' || writer === 'json') && (reader === 'string' || reader === 'bytes')
}
