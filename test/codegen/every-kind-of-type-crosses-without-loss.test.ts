import fc from 'fast-check'
import { describe, it } from 'vitest'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { genericsCodecs } from '../golden/generics/expected/g.codec.js'
import { GenericsSchema } from '../golden/generics/expected/g.schema.js'
import { inheritanceCodecs } from '../golden/inheritance/expected/i.codec.js'
import { InheritanceSchema } from '../golden/inheritance/expected/i.schema.js'
import { inlineCodecs } from '../golden/inline-objects/expected/o.codec.js'
import { InlineSchema } from '../golden/inline-objects/expected/o.schema.js'
import { literalsCodecs } from '../golden/literals/expected/l.codec.js'
import { LiteralsSchema } from '../golden/literals/expected/l.schema.js'
import { mapsCodecs } from '../golden/maps-and-sets/expected/m.codec.js'
import { MapsSchema } from '../golden/maps-and-sets/expected/m.schema.js'
import { nullablesCodecs } from '../golden/nullables/expected/n.codec.js'
import { NullablesSchema } from '../golden/nullables/expected/n.schema.js'
import { recursionCodecs } from '../golden/recursion/expected/r.codec.js'
import { RecursionSchema } from '../golden/recursion/expected/r.schema.js'
import { tuplesCodecs } from '../golden/tuples/expected/t.codec.js'
import { TuplesSchema } from '../golden/tuples/expected/t.schema.js'
import { unionsCodecs } from '../golden/unions/expected/u.codec.js'
import { UnionsSchema } from '../golden/unions/expected/u.schema.js'
import { expectEqual } from '../support/equal.js'
import { anyValue } from './any-value.js'
import { bytesOf, readBack } from './bytes.js'

/** Values per place of a type: each message of these contracts holds every type of its kind. */
const numRuns = 1000

const services: readonly [ServiceSchema, readonly MethodCodec[]][] = [
  [NullablesSchema, nullablesCodecs()],
  [LiteralsSchema, literalsCodecs()],
  [MapsSchema, mapsCodecs()],
  [TuplesSchema, tuplesCodecs()],
  [UnionsSchema, unionsCodecs()],
  [InheritanceSchema, inheritanceCodecs()],
  [GenericsSchema, genericsCodecs()],
  [RecursionSchema, recursionCodecs()],
  [InlineSchema, inlineCodecs()],
]

describe.each(services)('$name', ({ methods, types }, codecs) => {
  it.each(methods.map((method, i) => [method.name, method, codecs[i] as MethodCodec] as const))(
    '%s: arguments, result and items come back as they were',
    (_, method, codec) => {
      crosses(codec.args as Shape<unknown>, anyArguments(types, method), (back, sent) =>
        // Parameters that were left out at the end may be missing.
        expectEqual([...(back as unknown[]), ...(sent as unknown[]).slice((back as unknown[]).length)], sent),
      )
      if (method.result) {
        const value = anyValue(types, method.result)
        crosses(codec.result, method.optionalResult ? fc.option(value, { nil: undefined }) : value)
      }
      const item = method.params[method.stream ?? -1]
      if (item && codec.item) crosses(codec.item, anyValue(types, item.type))
    },
  )
})

function crosses(
  shape: Shape<unknown>,
  values: fc.Arbitrary<unknown>,
  same: (back: unknown, sent: unknown) => void = expectEqual,
): void {
  fc.assert(
    fc.property(values, (value) => {
      same(readBack(shape, bytesOf(shape, value)), value)
    }),
    { numRuns },
  )
}

function anyArguments(types: ServiceSchema['types'], method: MethodSchema): fc.Arbitrary<unknown> {
  return fc.tuple(
    ...method.params.map((param, i) => {
      if (i === method.stream) return fc.constant(undefined)
      const value = anyValue(types, param.type)
      return param.optional ? fc.option(value, { nil: undefined }) : value
    }),
  )
}
