import { distinctKey } from '../../schema/explain.js'
import type { Type } from '../../schema/schema.js'
import {
  distinctEntries,
  distinctItems,
  entriesOf,
  expectTuple,
  itemsOf,
  numberEntries,
  put,
  recordEntries,
  trimmed,
} from '../container.js'
import { list } from '../field.js'
import { Misread, within } from './misread.js'
import type { HessianReader } from './reader.js'
import type { Coder } from './scalars.js'
import { type HessianWriter, TypeName } from './writer.js'

const none: readonly Coder[] = []

export const hashSet = new TypeName('java.util.HashSet')

/** A value that may be null or absent, which is null in Java: `absent` is what it is here. */
export function optional(coder: Coder, absent: undefined | null): Coder {
  return {
    write(out, value) {
      if (value === absent) out.nil()
      else coder.write(out, value)
    },
    read: (from) => (from.nil() ? absent : coder.read(from)),
  }
}

/** What may be null and may be left out is one null in Java: it is read as null. */
export function optionalNullable(coder: Coder): Coder {
  return {
    write(out, value) {
      if (value === undefined) out.nil()
      else coder.write(out, value)
    },
    read: (from) => coder.read(from),
  }
}

/** The items of a list, whatever its sender calls it; those behind `first` by the coder `rest`, if there is one. */
function readItems(from: HessianReader, rest: Coder | undefined, first: readonly Coder[] = none): unknown[] {
  const length = from.list()
  // Room for all of a short list. Long ones grow: by their word alone no memory is given away.
  const items = length > 0 && length <= 64 ? new Array<unknown>(length) : []
  let i = 0
  try {
    for (; length < 0 ? !from.ends() : i < length; i++) {
      from.counted(1)
      const coder = i < first.length ? first[i] : rest
      // A newer contract may have more.
      items[i] = coder === undefined ? from.skip() : coder.read(from)
    }
  } catch (thrown) {
    throw within(thrown, `[${i}]`)
  }
  return items
}

/** An array: java.util.ArrayList, or what `type` names. Any list is read. */
export class ArrayCoder implements Coder {
  readonly #item: Coder
  readonly #type: TypeName | undefined

  constructor(item: Coder, type?: TypeName) {
    this.#item = item
    this.#type = type
  }

  write(out: HessianWriter, value: unknown): void {
    const items = list(value as readonly unknown[])
    if (out.shared(items, this)) return
    out.list(items.length, this.#type)
    for (let i = 0; i < items.length; i++) this.#item.write(out, items[i])
    out.close()
  }

  read(from: HessianReader): unknown {
    if (from.refers()) return from.shared(this)
    const slot = from.open(this)
    return from.close(slot, readItems(from, this.#item))
  }
}

/** A Set: java.util.HashSet, or what `listType` names. Any list is read; equal items are folded into one. */
export class SetCoder implements Coder {
  readonly #type: Type
  readonly #item: Coder
  readonly #distinct: boolean
  readonly #listType: TypeName | undefined

  constructor(type: Type, item: Coder, listType: TypeName | undefined) {
    this.#type = type
    this.#item = item
    this.#listType = listType
    this.#distinct = needsKey(type)
  }

  write(out: HessianWriter, value: unknown): void {
    const set = value as ReadonlySet<unknown>
    const items = this.#distinct ? distinctItems(set, isFloat(this.#type)) : itemsOf(set)
    if (out.shared(set, this)) return
    out.list(items.length, this.#listType)
    for (const item of items) this.#item.write(out, item)
    out.close()
  }

  read(from: HessianReader): unknown {
    if (from.refers()) return from.shared(this)
    const slot = from.open(this)
    const items = readItems(from, this.#item)
    const set = this.#distinct ? new Map(items.map((item) => [distinctKey(this.#type, item), item])).values() : items
    return from.close(slot, new Set(set))
  }
}

/** A Map or record: java.util.HashMap, or what `mapType` names. Any map is read. */
export class MapCoder implements Coder {
  readonly #type: Type & { readonly kind: 'map' }
  readonly #key: Coder
  readonly #value: Coder
  readonly #distinct: boolean
  readonly #mapType: TypeName | undefined

  constructor(type: Type & { readonly kind: 'map' }, key: Coder, value: Coder, mapType?: TypeName) {
    this.#mapType = mapType
    this.#type = type
    this.#key = key
    this.#value = value
    this.#distinct = needsKey(type.key)
  }

  write(out: HessianWriter, value: unknown): void {
    const entries = this.#entries(value)
    if (out.shared(value as object, this)) return
    out.map(this.#mapType)
    for (const [key, item] of entries) {
      this.#key.write(out, key)
      this.#value.write(out, item)
    }
    out.end()
    out.close()
  }

  read(from: HessianReader): unknown {
    if (from.refers()) return from.shared(this)
    const slot = from.open(this)
    from.map()
    const record: Record<string, unknown> = {}
    const map = new Map<unknown, unknown>()
    let count = 0
    try {
      for (; !from.ends(); count++) {
        from.counted(1)
        const key = this.#key.read(from)
        const value = this.#value.read(from)
        if (this.#type.form === 'record') put(record, key as string | number, value)
        else map.set(key, value)
      }
    } catch (thrown) {
      throw within(thrown, `{entry ${count + 1}}`)
    }
    return from.close(slot, this.#type.form === 'record' ? record : map)
  }

  #entries(value: unknown): Iterable<readonly [unknown, unknown]> {
    if (this.#type.form === 'record') {
      const { key } = this.#type
      const isText = key.kind === 'scalar' && (key.scalar === 'string' || key.scalar === 'decimal')
      const record = value as Record<string, unknown>
      return isText ? recordEntries(record) : numberEntries(record)
    }
    const map = value as ReadonlyMap<unknown, unknown>
    return this.#distinct ? distinctEntries(map, isFloat(this.#type.key)) : entriesOf(map)
  }
}

/** A tuple: java.util.ArrayList of its items, or what `type` names. What is left out at its end is left out of the list. */
export class TupleCoder implements Coder {
  readonly #items: readonly Coder[]
  readonly #least: number
  readonly #rest: Coder | undefined
  readonly #type: TypeName | undefined

  constructor(items: readonly Coder[], least: number, rest: Coder | undefined, type?: TypeName) {
    this.#type = type
    this.#items = items
    this.#least = least
    this.#rest = rest
  }

  write(out: HessianWriter, value: unknown): void {
    const given = value as readonly unknown[]
    expectTuple(given, this.#least, this.#rest ? Number.POSITIVE_INFINITY : this.#items.length)
    if (out.shared(given, this)) return
    out.list(given.length, this.#type)
    for (let i = 0; i < given.length; i++) (this.#items[i] ?? (this.#rest as Coder)).write(out, given[i])
    out.close()
  }

  read(from: HessianReader): unknown {
    if (from.refers()) return from.shared(this)
    const slot = from.open(this)
    const items = readItems(from, this.#rest, this.#items)
    if (items.length < this.#least) throw new Misread(`expected ${this.#least} items, got ${items.length}`)
    if (!this.#rest) items.length = Math.min(items.length, this.#items.length)
    return from.close(slot, trimmed(items, this.#least))
  }
}

function isFloat(type: Type): boolean {
  return type.kind === 'scalar' && type.scalar === 'float'
}

/** Items that JavaScript tells apart though they are one in Java. */
function needsKey(type: Type): boolean {
  return type.kind === 'scalar' && ['date', 'bytes', 'float'].includes(type.scalar)
}
