import { distinctKey } from '../schema/explain.js'
import type { Type } from '../schema/schema.js'
import { classOf } from '../schema/union.js'
import { none } from './field.js'
import { mismatch } from './protobuf.js'

/** What generated codecs need for sets, maps, records and tuples. Everything here throws the bare `mismatch`. */

/** The items of a set. */
export function itemsOf<T>(value: ReadonlySet<T>): readonly T[] {
  if (!(value instanceof Set)) throw mismatch
  return [...(value as ReadonlySet<T>)]
}

/** The same for items that JavaScript tells apart though they are one on the wire: dates, bytes, floats. */
export function distinctItems<T>(value: ReadonlySet<T>, isFloat: boolean): readonly T[] {
  const items = itemsOf(value)
  expectDistinct(items, isFloat)
  return items
}

/** The set of such items as read: equal ones are folded into one. */
export function distinctSet<T>(items: readonly T[]): Set<T> {
  return new Set(new Map(items.map((item) => [distinctKey(anything, item), item])).values())
}

/** The entries of a Map. */
export function entriesOf<K, V>(value: ReadonlyMap<K, V>): Iterable<readonly [K, V]> {
  if (!(value instanceof Map)) throw mismatch
  return value as ReadonlyMap<K, V>
}

/** The same for keys that JavaScript tells apart though they are one on the wire. */
export function distinctEntries<K, V>(value: ReadonlyMap<K, V>, isFloat: boolean): Iterable<readonly [K, V]> {
  if (!(value instanceof Map)) throw mismatch
  expectDistinct([...(value as ReadonlyMap<K, V>).keys()], isFloat)
  return value as ReadonlyMap<K, V>
}

/** The properties of a record. */
export function recordEntries<V>(value: Readonly<Record<string, V>>): [string, V][] {
  if (classOf(value) !== 'object') throw mismatch
  return Object.entries(value)
}

/** The properties of a record of numbers: names are numbers as JavaScript writes them. */
export function numberEntries<V>(value: Readonly<Record<number, V>>): [number, V][] {
  return recordEntries(value as Readonly<Record<string, V>>).map(([name, item]) => {
    const key = Number(name)
    if (String(key) !== name) throw mismatch
    return [key, item]
  })
}

/** Puts a property that came over the wire into a record: an own one, whatever it is called or Object.prototype has. */
export function put<V>(record: Record<string, V>, key: string | number, value: V): void {
  if (key in none) {
    Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true })
  } else record[key] = value
}

/** An array with `least` to `most` items. */
export function expectTuple(value: readonly unknown[], least: number, most: number): void {
  if (!Array.isArray(value) || value.length < least || value.length > most) throw mismatch
}

/** A tuple as read: what is undefined at its end, behind `least` items, was left out. */
export function trimmed(items: unknown[], least: number): unknown[] {
  while (items.length > least && items[items.length - 1] === undefined) items.pop()
  return items
}

const anything: Type = { kind: 'scalar', scalar: 'string' }
const float: Type = { kind: 'scalar', scalar: 'float' }

function expectDistinct(items: readonly unknown[], isFloat: boolean): void {
  const keys = new Set(items.map((item) => distinctKey(isFloat ? float : anything, item)))
  if (keys.size !== items.length) throw mismatch
}
