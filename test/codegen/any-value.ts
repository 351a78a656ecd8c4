import fc, { type Arbitrary } from 'fast-check'
import type { Field, Scalar, ServiceSchema, Type } from '../../runtime/schema/schema.js'

type Types = ServiceSchema['types']

/** Any value of a contract's type. `undefined` stands for a left-out property only where the property is optional. */
export function anyValue(types: Types, type: Type, depth = 0): Arbitrary<unknown> {
  if (type.kind === 'scalar') return anyScalar[type.scalar]
  if (type.kind === 'array') return fc.array(anyValue(types, type.item, depth + 1), { maxLength: depth > 3 ? 1 : 5 })
  const declaration = type.kind === 'ref' ? types[type.name] : undefined
  if (!declaration || declaration.kind === 'union') throw new Error(`no values for ${type.kind}`)
  if (declaration.kind === 'enum') return fc.constantFrom(...declaration.members.map((member) => member.value))
  return anyMessage(types, declaration.fields, depth)
}

function anyMessage(types: Types, fields: readonly Field[], depth: number): Arbitrary<unknown> {
  const entries = fields.map((field) => {
    if (depth > 3 && field.type.kind === 'array') return [field.name, fc.constant([])] as const
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
