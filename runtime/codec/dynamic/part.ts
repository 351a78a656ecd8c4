import type { Type } from '../../schema/schema.js'
import {
  distinctEntries,
  distinctItems,
  distinctSet,
  entriesOf,
  itemsOf,
  numberEntries,
  put,
  recordEntries,
} from '../container.js'
import { list, missing, readPacked, skipField, writePacked } from '../field.js'
import { mismatch, type ProtobufReader, type ProtobufWriter } from '../protobuf.js'
import { type Coder, readValue, writeField } from './coder.js'

/**
 * One value within a message: a property, a parameter, an item of a tuple, the value a wrapper is around. While a message
 * is read, its parts have a slot each.
 */
export interface Part {
  /** Tags it comes under. */
  readonly tags: readonly number[]
  /** Writes the value, or nothing where it may be absent and is. */
  write(writer: ProtobufWriter, value: unknown): void
  /** What the slot holds before anything came. */
  start(): unknown
  /** Reads what stands behind the tag; returns what the slot holds from then on. */
  take(reader: ProtobufReader, tag: number, slot: unknown): unknown
  /** The value, once all has come. */
  value(slot: unknown): unknown
  /** Nothing stands in for it where it didn't come: a slot that is still undefined is an error. */
  readonly mustCome: boolean
}

/** A value that is there or not: `absent` stands for not. */
export function single(coder: Coder, number: number, optional: boolean, absent: undefined | null = undefined): Part {
  return {
    tags: [number * 8 + coder.wire],
    write(writer, value) {
      if (!optional || value !== absent) writeField(writer, coder, number, value)
    },
    start: () => absent,
    take: (reader) => readValue(reader, coder),
    value: (slot) => slot,
    mustCome: !optional,
  }
}

/** The one value that the contract knows: nothing goes over the wire. */
export function literal(value: string | number | boolean): Part {
  return {
    tags: [],
    write(_writer, given) {
      if (given !== value) throw mismatch
    },
    start: () => undefined,
    take: (_reader, _tag, slot) => slot,
    value: () => value,
    mustCome: false,
  }
}

/** The items of an array or a set. */
export function repeated(type: Type & { kind: 'array' | 'set' }, coder: Coder, number: number): Part {
  const packed = coder.wire !== 2
  const tag = number * 8 + coder.wire
  const packedTag = number * 8 + 2
  const isSet = type.kind === 'set'
  const isFloat = isScalar(type.item, ['float'])
  const distinct = isSet && isScalar(type.item, ['date', 'bytes', 'float'])
  const itemsIn = (value: unknown): readonly unknown[] => {
    if (distinct) return distinctItems(value as ReadonlySet<unknown>, isFloat)
    return isSet ? itemsOf(value as ReadonlySet<unknown>) : list(value as readonly unknown[])
  }
  const read = (reader: ProtobufReader) => coder.read(reader)
  return {
    tags: packed ? [packedTag, tag] : [tag],
    write(writer, value) {
      const items = itemsIn(value)
      if (packed) writePacked(writer, packedTag, items, (out, item) => coder.write(out, item))
      else for (const item of items) writeField(writer, coder, number, item)
    },
    start: () => [],
    take(reader, of, slot) {
      const items = slot as unknown[]
      if (packed && of === packedTag) readPacked(reader, items, read)
      else items.push(readValue(coder.nested ? reader : reader.counted(), coder))
      return items
    },
    value(slot) {
      const items = slot as unknown[]
      if (!isSet) return items
      return distinct && !isFloat ? distinctSet(items) : new Set(items)
    },
    mustCome: false,
  }
}

/** The entries of a Map or record: messages `{ 1: key, 2: value }`. */
export function entries(type: Type & { kind: 'map' }, key: Coder, item: Coder, number: number): Part {
  const tag = number * 8 + 2
  const isRecord = type.form === 'record'
  const isFloat = isScalar(type.key, ['float'])
  const distinct = isScalar(type.key, ['date', 'bytes', 'float'])
  const isText = isScalar(type.key, ['string', 'decimal'])
  const entriesIn = (value: unknown): Iterable<readonly [unknown, unknown]> => {
    const record = value as Record<string, unknown>
    if (isRecord) return isText ? recordEntries(record) : numberEntries(record)
    const map = value as ReadonlyMap<unknown, unknown>
    return distinct ? distinctEntries(map, isFloat) : entriesOf(map)
  }
  const readEntry = (reader: ProtobufReader, into: unknown): void => {
    let k = key.initial
    let v = item.initial
    while (reader.pos < reader.len) {
      const of = reader.tag()
      if (of === 8 + key.wire) k = readValue(reader, key)
      else if (of === 16 + item.wire) v = readValue(reader, item)
      else skipField(reader, of)
    }
    if (k === undefined) throw missing('an entry of a map', 'key')
    if (v === undefined) throw missing('an entry of a map', 'value')
    if (isRecord) put(into as Record<string, unknown>, k as string | number, v)
    else (into as Map<unknown, unknown>).set(k, v)
  }
  return {
    tags: [tag],
    write(writer, value) {
      for (const [k, v] of entriesIn(value)) {
        const start = writer.open(tag)
        writeField(writer, key, 1, k)
        writeField(writer, item, 2, v)
        writer.close(start)
      }
    },
    start: () => (isRecord ? {} : new Map()),
    take(reader, _tag, slot) {
      reader.leave(reader.enter(), readEntry(reader, slot))
      return slot
    },
    value: (slot) => slot,
    mustCome: false,
  }
}

function isScalar(type: Type, of: readonly string[]): boolean {
  return type.kind === 'scalar' && of.includes(type.scalar)
}
