import { mismatch } from '../protobuf.js'
import { kindOf } from './code.js'
import { expected, within } from './misread.js'
import type { HessianReader } from './reader.js'
import type { HessianWriter } from './writer.js'

/** An object of a Java class that no contract describes: its class's name and its fields, and no more than that. */
export class JavaObject {
  readonly className: string
  /** Without a prototype: any field's name is only a name. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(className: string, fields: Readonly<Record<string, unknown>>) {
    this.className = className
    this.fields = fields
  }
}

/**
 * Values without a contract: attachments, generic calls, what `unknown` carries. Long is bigint, int and double are number,
 * binary is Uint8Array; lists are arrays, maps are Map, objects JavaObject. Shared values stay shared; circles are refused.
 */
export const anything = {
  write(out: HessianWriter, value: unknown): void {
    switch (typeof value) {
      case 'boolean':
        out.boolean(value)
        return
      case 'number':
        if ((value | 0) === value && !Object.is(value, -0)) out.int(value)
        else out.double(value)
        return
      case 'bigint':
        if (BigInt.asIntN(64, value) !== value) throw mismatch
        out.long(value)
        return
      case 'string':
        out.string(value)
        return
      case 'undefined':
        out.nil()
        return
      case 'object':
        if (value === null) out.nil()
        else writeObject(out, value)
        return
      default:
        throw mismatch
    }
  },

  read(from: HessianReader): unknown {
    switch (kindOf(from.peek())) {
      case 'null':
        from.nil()
        return null
      case 'boolean':
        return from.boolean()
      case 'int':
        return from.int()
      case 'double':
        return from.double()
      case 'long':
        return BigInt(from.long())
      case 'date':
        return new Date(from.date())
      case 'string':
        return from.string()
      case 'binary':
        return from.bytes()
      case 'reference':
        return from.shared(anything)
      case 'list':
        return readList(from)
      case 'map':
        return readMap(from)
      case 'object':
        return readObject(from)
      default:
        throw expected('a value', from.peek())
    }
  },
}

function writeObject(out: HessianWriter, value: object): void {
  if (value instanceof Date) {
    const time = value.getTime()
    if (Number.isNaN(time)) throw mismatch
    out.date(time)
    return
  }
  if (value instanceof Uint8Array) {
    out.bytes(value)
    return
  }
  if (out.shared(value, anything)) return
  if (Array.isArray(value)) {
    out.list(value.length)
    for (const item of value) anything.write(out, item)
  } else if (value instanceof JavaObject) {
    const names = Object.keys(value.fields)
    out.object(out.definition(value.className, names))
    for (const name of names) anything.write(out, value.fields[name])
  } else {
    out.map()
    for (const [key, item] of value instanceof Map ? value : Object.entries(value)) {
      anything.write(out, key)
      anything.write(out, item)
    }
    out.end()
  }
  out.close()
}

function readList(from: HessianReader): unknown[] {
  const slot = from.open(anything)
  const length = from.list()
  const items: unknown[] = []
  try {
    for (let i = 0; length < 0 ? !from.ends() : i < length; i++) {
      from.counted(1)
      items.push(anything.read(from))
    }
  } catch (thrown) {
    throw within(thrown, `[${items.length}]`)
  }
  return from.close(slot, items)
}

function readMap(from: HessianReader): Map<unknown, unknown> {
  const slot = from.open(anything)
  from.map()
  const map = new Map<unknown, unknown>()
  try {
    while (!from.ends()) {
      from.counted(1)
      const key = anything.read(from)
      map.set(key, anything.read(from))
    }
  } catch (thrown) {
    throw within(thrown, `{${map.size}}`)
  }
  return from.close(slot, map)
}

function readObject(from: HessianReader): JavaObject {
  const slot = from.open(anything)
  const { name, fields } = from.object()
  const values: Record<string, unknown> = Object.create(null)
  for (const field of fields) {
    try {
      values[field] = anything.read(from)
    } catch (thrown) {
      throw within(thrown, `.${field}`)
    }
  }
  return from.close(slot, new JavaObject(name, values))
}
