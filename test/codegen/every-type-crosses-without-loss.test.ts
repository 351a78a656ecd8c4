import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MethodSchema } from '../../runtime/schema/schema.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { EchoSchema } from '../golden/every-type/expected/all.schema.js'
import { methodsCodecs } from '../golden/methods/expected/methods.codec.js'
import { MethodsSchema } from '../golden/methods/expected/methods.schema.js'
import { expectEqual } from '../support/equal.js'
import { anyValue } from './any-value.js'
import { bytesOf, readBack } from './bytes.js'
import { judge } from './judge.js'

/** Values per message: each holds every type in one position. */
const numRuns = 1000

describe('every type crosses without loss', () => {
  const codecs = echoCodecs()

  it.each(EchoSchema.methods.map((method, i) => [method.name, i] as const))('%s: through our own bytes', (_, i) => {
    const { result } = EchoSchema.methods[i] as MethodSchema
    const shape = codecs[i]?.result
    if (!result || !shape) throw new Error('no result')
    fc.assert(
      fc.property(anyValue(EchoSchema.types, result), (value) => {
        expectEqual(readBack(shape, bytesOf(shape, value)), value)
      }),
      { numRuns },
    )
  })

  it.each(EchoSchema.methods.map((method, i) => [method.name, i] as const))('%s: judged by protobufjs', (_, i) => {
    const { result } = EchoSchema.methods[i] as MethodSchema
    const shape = codecs[i]?.result
    if (result?.kind !== 'ref' || !shape) throw new Error('no result')
    const other = judge(EchoSchema.types, result.name)
    fc.assert(
      fc.property(anyValue(EchoSchema.types, result), (value) => {
        expectEqual(other.decode(bytesOf(shape, value)), other.plain(value))
        expectEqual(readBack(shape, other.encode(value)), value)
      }),
      { numRuns },
    )
  })
})

describe('arguments, items and results of every kind of method cross without loss', () => {
  const codecs = methodsCodecs()

  it.each(MethodsSchema.methods.map((method, i) => [method.name, method, i] as const))('%s', (_, method, i) => {
    const codec = codecs[i]
    if (!codec) throw new Error('no codec')
    const { types } = MethodsSchema
    const args = method.params.map((param, at) => {
      if (at === method.stream) return fc.constant(undefined)
      return param.optional ? fc.option(anyValue(types, param.type), { nil: undefined }) : anyValue(types, param.type)
    })
    fc.assert(
      fc.property(fc.tuple(...args), (values) => {
        const back = readBack(codec.args, bytesOf(codec.args, values))
        expectEqual([...back, ...values.slice(back.length)], values)
      }),
      { numRuns: 50 },
    )
    const { result } = method
    const anyResult = result ? anyValue(types, result) : fc.constant(undefined)
    fc.assert(
      fc.property(method.optionalResult ? fc.option(anyResult, { nil: undefined }) : anyResult, (value) => {
        expectEqual(readBack(codec.result, bytesOf(codec.result, value)), value)
      }),
      { numRuns: 50 },
    )
    const item = method.params[method.stream ?? -1]
    expect(codec.item !== undefined).toBe(item !== undefined)
    if (!item || !codec.item) return
    const shape = codec.item
    fc.assert(
      fc.property(anyValue(types, item.type), (value) => {
        expectEqual(readBack(shape, bytesOf(shape, value)), value)
      }),
      { numRuns: 50 },
    )
  })

  it('declared errors come back as their class, with their fields', async () => {
    const { Failed, FailedWithoutFields } = await import('../golden/methods/expected/methods.js')
    const risky = codecs[MethodsSchema.methods.findIndex((m) => m.name === 'risky')]
    const shape = risky?.error(Failed.type)
    if (!risky || !shape) throw new Error('no shape')
    const full = readBack(
      shape,
      bytesOf(shape, new Failed({ attempts: 3, at: { name: 'x' }, message: 'not sent here' })),
    )
    expect(full).toBeInstanceOf(Failed)
    expect(full).toMatchObject({
      attempts: 3,
      at: { name: 'x' },
      code: 'failed_precondition',
      type: Failed.type,
      message: '',
    })
    const bare = readBack(shape, bytesOf(shape, new Failed({ attempts: 1 })))
    expect(Object.hasOwn(bare, 'at')).toBe(false)
    expect(String(new Failed({ attempts: 1, message: 'out of luck' }))).toBe('Failed: out of luck')
    expect(risky.error(FailedWithoutFields.type)).toBeDefined()
    for (const unknown of ['golden.methods.Other', '__proto__', 'constructor', ''])
      expect(risky.error(unknown)).toBeUndefined()
  })
})

describe('presence', () => {
  const shape = echoCodecs()[1]?.result
  if (!shape) throw new Error('no shape')

  it('tells a left-out property from a present one that is empty', () => {
    const value = { present: undefined, strings: [], numbers: [0], string: '', bytes: new Uint8Array(), message: {} }
    const back = readBack(shape, bytesOf(shape, value)) as object
    expect(back).toStrictEqual(value)
    expect(Object.keys(back)).not.toContain('both')
  })

  it('reads an empty body as nothing but what is always there', () => {
    expect(readBack(shape, new Uint8Array())).toStrictEqual({ present: undefined })
  })
})
