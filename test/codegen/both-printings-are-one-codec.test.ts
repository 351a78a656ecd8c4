import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { EchoSchema } from '../golden/every-type/expected/all.schema.js'
import { genericsCodecs } from '../golden/generics/expected/g.codec.js'
import { GenericsSchema } from '../golden/generics/expected/g.schema.js'
import { literalsCodecs } from '../golden/literals/expected/l.codec.js'
import { LiteralsSchema } from '../golden/literals/expected/l.schema.js'
import { mapsCodecs } from '../golden/maps-and-sets/expected/m.codec.js'
import { MapsSchema } from '../golden/maps-and-sets/expected/m.schema.js'
import { methodsCodecs } from '../golden/methods/expected/methods.codec.js'
import { MethodsSchema } from '../golden/methods/expected/methods.schema.js'
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
import { codecsOnProtobufjs } from './printings.js'

/*
 * Straight-line code and protobufjs are each other's judges: the same bytes for every value, the same value for every bytes,
 * the same words for what fits neither. What one has written, the other reads.
 */
type Service = readonly [ServiceSchema, readonly MethodCodec[], golden: string, module: string, codecs: string]
const services: readonly Service[] = [
  [EchoSchema, echoCodecs(), 'every-type', 'all', 'echoCodecs'],
  [MethodsSchema, methodsCodecs(), 'methods', 'methods', 'methodsCodecs'],
  [NullablesSchema, nullablesCodecs(), 'nullables', 'n', 'nullablesCodecs'],
  [LiteralsSchema, literalsCodecs(), 'literals', 'l', 'literalsCodecs'],
  [MapsSchema, mapsCodecs(), 'maps-and-sets', 'm', 'mapsCodecs'],
  [TuplesSchema, tuplesCodecs(), 'tuples', 't', 'tuplesCodecs'],
  [UnionsSchema, unionsCodecs(), 'unions', 'u', 'unionsCodecs'],
  [GenericsSchema, genericsCodecs(), 'generics', 'g', 'genericsCodecs'],
  [RecursionSchema, recursionCodecs(), 'recursion', 'r', 'recursionCodecs'],
]

describe.each(services)('$name', (schema, codecs, golden, module, name) => {
  it('the same bytes, the same values, the same refusals', { timeout: 60_000 }, async () => {
    const others = (await codecsOnProtobufjs<MethodCodec[]>(`test/golden/${golden}/idl`, module, name))()
    for (const [i, method] of schema.methods.entries()) {
      const [codec, other] = [codecs[i], others[i]] as [MethodCodec, MethodCodec]
      agree(
        codec.args,
        other.args,
        anyArguments(schema, method),
        wrong.map((value) => [value, value]),
      )
      if (method.result) agree(codec.result, other.result, anyValue(schema.types, method.result))
      const item = method.params[method.stream ?? -1]
      if (item) agree(codec.item, other.item, anyValue(schema.types, item.type))
      for (const error of method.errors) {
        const value = anyValue(schema.types, { kind: 'ref', name: error })
        agree(codec.error(error), other.error(error), value)
      }
    }
  })
})

const wrong: readonly unknown[] = [
  undefined,
  null,
  5,
  'text',
  [],
  [undefined],
  [7, {}],
  {},
  { id: 5 },
  new Map([[{}, 1]]),
]

function agree(one: unknown, two: unknown, values: fc.Arbitrary<unknown>, misfits = wrong): void {
  const [ours, theirs] = [one, two] as [Shape<unknown>, Shape<unknown>]
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 })
  fc.assert(
    fc.property(values, damage, fc.nat(), (value, changes, cut) => {
      const bytes = bytesOf(ours, value)
      expectEqual(bytesOf(theirs, value), bytes)
      expectEqual(read(theirs, bytes), read(ours, bytes))
      for (const [at, byte] of changes) if (bytes.length > 0) bytes[at % bytes.length] = byte
      const part = cut % 3 === 0 ? bytes.subarray(0, cut % (bytes.length + 1)) : bytes
      expectEqual(read(theirs, part), read(ours, part))
    }),
    { numRuns: 25 },
  )
  for (const misfit of misfits) {
    expect(refusal(() => bytesOf(theirs, misfit))).toBe(refusal(() => bytesOf(ours, misfit)))
  }
}

/** The value, or that there is none: what says why may use other words. */
function read(shape: Shape<unknown>, bytes: Uint8Array): unknown {
  try {
    const value = readBack(shape, bytes)
    return value instanceof Error ? { ...value, message: value.message } : value
  } catch (error) {
    if (!(error instanceof RpcError)) return `stopped at ${(error as Error).message}`
    expect(error.message).toMatch(/^malformed message: /)
    return error.code
  }
}

function refusal(encode: () => unknown): string {
  try {
    encode()
    return 'none'
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    return (error as RpcError).message
  }
}

function anyArguments({ types }: ServiceSchema, method: MethodSchema): fc.Arbitrary<unknown> {
  return fc.tuple(
    ...method.params.map((param, i) => {
      if (i === method.stream) return fc.constant(undefined)
      const value = anyValue(types, param.type)
      return param.optional ? fc.option(value, { nil: undefined }) : value
    }),
  )
}
