import type { Field, Scalar, ServiceSchema, Type } from './schema.js'
import { declarationOf, type SameDeclaration, type Side } from './wire-reading.js'

type Types = ServiceSchema['types']

/**
 * The same question as WireReading's for JSON: members by name, enums and literals as their values, 64-bit integers as
 * text, bytes in base64, dates in ISO 8601, a Map as pairs and a record as an object. Whatever is required has to be
 * there, lists included; unknown members are passed over.
 */
export class JsonReading {
  readonly #reader: Types
  readonly #writer: Types
  readonly #same: SameDeclaration
  readonly #known = new Map<string, boolean>()

  constructor(reader: Side, writer: Side, same: SameDeclaration) {
    this.#reader = reader.types
    this.#writer = writer.types
    this.#same = same
  }

  fields(reader: readonly Field[], writer: readonly Field[]): boolean {
    const sent = new Map(writer.map((field) => [field.name, field]))
    return reader.every((wanted) => this.field(wanted, sent.get(wanted.name)))
  }

  field(reader: Omit<Field, 'name' | 'number'>, writer: Omit<Field, 'name' | 'number'> | undefined): boolean {
    if (!writer) return reader.optional
    return (reader.optional || !writer.optional) && this.value(reader.type, writer.type)
  }

  value(reader: Type, writer: Type): boolean {
    if (reader.kind === 'ref' && writer.kind === 'ref' && this.#same(reader.name, writer.name)) return true
    if (reader.kind === 'scalar' && reader.scalar === 'json') return true
    if (writer.kind === 'nullable') return reader.kind === 'nullable' && this.value(reader.of, writer.of)
    if (reader.kind === 'nullable') return this.value(reader.of, writer)
    const wanted = declarationOf(reader, this.#reader)
    const sent = declarationOf(writer, this.#writer)
    const values = sent?.kind === 'enum' ? sent.members.map((m) => m.value) : undefined
    if (values) return values.every((value) => this.#takes(reader, value))
    if (writer.kind === 'literal') return this.#takes(reader, writer.value)
    if (wanted?.kind === 'enum' || reader.kind === 'literal') return false
    if (wanted?.kind === 'union' || sent?.kind === 'union') {
      const to = wanted?.kind === 'union' ? wanted.members.map((m) => m.type) : [reader]
      const from = sent?.kind === 'union' ? sent.members.map((m) => m.type) : [writer]
      return from.every((type) => to.some((other) => this.value(other, type)))
    }
    if (wanted && sent && reader.kind === 'ref' && writer.kind === 'ref') {
      const key = `${reader.name} ${writer.name}`
      const known = this.#known.get(key)
      if (known !== undefined) return known
      this.#known.set(key, true)
      const answer = 'fields' in wanted && 'fields' in sent && this.fields(wanted.fields, sent.fields)
      this.#known.set(key, answer)
      return answer
    }
    if (reader.kind === 'scalar' && writer.kind === 'scalar') return readsScalar(reader.scalar, writer.scalar)
    return this.#lists(reader, writer)
  }

  #lists(reader: Type, writer: Type): boolean {
    if (reader.kind === 'map' && writer.kind === 'map') {
      return reader.form === writer.form && this.value(reader.key, writer.key) && this.value(reader.value, writer.value)
    }
    if (reader.kind === 'tuple' && writer.kind === 'tuple') {
      const items = reader.items.every((item, i) => {
        const sent = writer.items[i] ?? (writer.rest && { type: writer.rest, optional: true })
        return sent ? (item.optional || !sent.optional) && this.value(item.type, sent.type) : item.optional
      })
      const more = [
        ...writer.items.slice(reader.items.length).map((i) => i.type),
        ...(writer.rest ? [writer.rest] : []),
      ]
      return items && more.every((type) => reader.rest !== undefined && this.value(reader.rest, type))
    }
    const item = reader.kind === 'array' || reader.kind === 'set' ? reader.item : undefined
    if (!item) return false
    if (writer.kind === 'tuple') {
      const all = [...writer.items.map((i) => i.type), ...(writer.rest ? [writer.rest] : [])]
      return reader.kind === 'array' && all.every((type) => this.value(item, type))
    }
    const sent = writer.kind === 'array' || writer.kind === 'set' ? writer.item : undefined
    return sent !== undefined && (reader.kind === 'array' || writer.kind === 'set') && this.value(item, sent)
  }

  /** A reader's type and one value. */
  #takes(reader: Type, value: string | number | boolean): boolean {
    if (reader.kind === 'literal') return reader.value === value
    if (reader.kind === 'nullable') return this.#takes(reader.of, value)
    const declaration = declarationOf(reader, this.#reader)
    if (declaration?.kind === 'enum') return declaration.members.some((m) => m.value === value)
    if (declaration?.kind === 'union') return declaration.members.some((m) => this.#takes(m.type, value))
    if (reader.kind !== 'scalar') return false
    if (typeof value !== 'number') return reader.scalar === (typeof value === 'string' ? 'string' : 'boolean')
    const range = Object.hasOwn(ranges, reader.scalar) ? ranges[reader.scalar] : undefined
    if (range) return Number.isInteger(value) && value >= range[0] && value <= range[1]
    return reader.scalar === 'double' || (reader.scalar === 'float' && Math.fround(value) === value)
  }
}

/** Integers that are numbers in JavaScript. */
const ranges: Partial<Record<Scalar, readonly [from: number, to: number]>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  sint32: [-(2 ** 31), 2 ** 31 - 1],
  sfixed32: [-(2 ** 31), 2 ** 31 - 1],
  uint32: [0, 2 ** 32 - 1],
  fixed32: [0, 2 ** 32 - 1],
  int53: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

const signed64: readonly Scalar[] = ['int64', 'sint64', 'sfixed64']
const unsigned64: readonly Scalar[] = ['uint64', 'fixed64']

function readsScalar(reader: Scalar, writer: Scalar): boolean {
  if (reader === writer) return true
  const wanted = Object.hasOwn(ranges, reader) ? ranges[reader] : undefined
  const sent = Object.hasOwn(ranges, writer) ? ranges[writer] : undefined
  if (wanted && sent) return wanted[0] <= sent[0] && sent[1] <= wanted[1]
  if (reader === 'double') return sent !== undefined || writer === 'float'
  const alike = (group: readonly Scalar[]) => group.includes(reader) && group.includes(writer)
  // A decimal is text that happens to be a number.
  return alike(signed64) || alike(unsigned64) || (reader === 'string' && writer === 'decimal')
}
