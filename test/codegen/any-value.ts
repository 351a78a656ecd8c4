import fc, { type Arbitrary } from 'fast-check'
import { distinctKey } from '../../runtime/schema/explain.js'
import type { Field, Scalar, ServiceSchema, Type } from '../../runtime/schema/schema.js'

type Types = ServiceSchema['types']

/** Any value of a contract's type. `undefined` stands for a left-out property only where the property is optional. */
export function anyValue(types: Types, type: Type, depth = 0): Arbitrary<unknown> {
  const inner = (of: Type) => anyValue(types, of, depth + 1)
  const deep = depth > 3
  const maxLength = deep ? 0 : depth > 2 ? 1 : 4
  switch (type.kind) {
    case 'scalar':
      return anyScalar[type.scalar]
    case 'array':
      return deep ? fc.constant([]) : fc.array(inner(type.item), { maxLength })
    case 'set':
      return fc.array(inner(type.item), { maxLength: 4 }).map((items) => new Set(distinct(type.item, items)))
    case 'map': {
      if (deep) return fc.constant(type.form === 'map' ? new Map() : {})
      const entries = fc.array(fc.tuple(inner(type.key), inner(type.value)), { maxLength })
      if (type.form === 'map') {
        return entries.map((all) => {
          const keys = distinct(
            type.key,
            all.map(([key]) => key),
          )
          return new Map(keys.map((key, i) => [key, all[i]?.[1]]))
        })
      }
      // Object.fromEntries makes own properties, of `__proto__` too.
      return entries.map((all) => Object.fromEntries(all.map(([key, value]) => [String(key), value])))
    }
    case 'tuple':
      return anyTuple(types, type, depth)
    case 'nullable':
      return deep ? fc.constant(null) : fc.option(inner(type.of), { nil: null })
    case 'literal':
      return fc.constant(type.value)
    case 'ref': {
      const declaration = types[type.name]
      if (!declaration) throw new Error(`the schema lacks ${type.name}`)
      if (declaration.kind === 'enum') return fc.constantFrom(...declaration.members.map((member) => member.value))
      if (declaration.kind !== 'union') return anyMessage(types, declaration.fields, depth)
      // The first member of a recursive union ends it.
      const members = deep ? declaration.members.slice(0, 1) : declaration.members
      return fc.oneof(...members.map((member) => inner(member.type)))
    }
  }
}

function anyTuple(types: Types, type: Type & { kind: 'tuple' }, depth: number): Arbitrary<unknown> {
  const items = type.items.map((item) => anyValue(types, item.type, depth + 1))
  const least = type.items.filter((item) => !item.optional).length
  const rest = type.rest ? fc.array(anyValue(types, type.rest, depth + 1), { maxLength: 3 }) : fc.constant([])
  return fc.tuple(fc.tuple(...items), fc.integer({ min: least, max: items.length }), rest).map(([all, count, more]) =>
    // What is left out in front of others would be a hole.
    count < all.length ? all.slice(0, count) : [...all, ...more],
  )
}

/** Items of which no two are one on the wire. */
function distinct(type: Type, items: readonly unknown[]): unknown[] {
  return [...new Map(items.map((item) => [distinctKey(type, item), item])).values()]
}

function anyMessage(types: Types, fields: readonly Field[], depth: number): Arbitrary<unknown> {
  const entries = fields.map((field) => {
    if (depth > 3 && field.optional) return [field.name, fc.constant(undefined)] as const
    const value = anyValue(types, field.type, depth + 1)
    return [field.name, field.optional ? fc.option(value, { nil: undefined }) : value] as const
  })
  return fc.record(Object.fromEntries(entries))
}

const text = fc.string({ unit: 'grapheme', maxLength: 200 })
const int32 = fc.oneof(fc.integer(), fc.constantFrom(0, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31)))
const uint32 = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 31, 2 ** 32 - 1))
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(0n, -1n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 32n, 2n ** 31n),
)
const uint64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.constantFrom(0n, 2n ** 53n + 1n, 2n ** 63n, 2n ** 64n - 1n),
)

const anyScalar: Readonly<Record<Scalar, Arbitrary<unknown>>> = {
  double: fc.double(),
  float: fc.float(),
  int32,
  uint32,
  sint32: int32,
  fixed32: uint32,
  sfixed32: int32,
  int53: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER)),
  int64,
  uint64,
  sint64: int64,
  fixed64: uint64,
  sfixed64: int64,
  boolean: fc.boolean(),
  string: text,
  bytes: fc.uint8Array({ maxLength: 300 }).map((bytes) => new Uint8Array(bytes)),
  date: fc.oneof(fc.date({ noInvalidDate: true }), fc.constantFrom(new Date(0), new Date(-1), new Date(8.64e15))),
  json: fc.jsonValue(),
  decimal: fc
    .tuple(fc.bigInt(), fc.option(fc.nat()), fc.option(fc.integer()))
    .map(
      ([whole, part, exponent]) =>
        `${whole}${part === null ? '' : `.${part}`}${exponent === null ? '' : `e${exponent}`}`,
    ),
}
