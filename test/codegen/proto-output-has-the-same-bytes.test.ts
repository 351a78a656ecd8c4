import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputsCodecs } from '../golden/outputs/expected/all.codec.js'
import { OutputsSchema } from '../golden/outputs/expected/all.schema.js'
import { expectEqual } from '../support/equal.js'
import { anyValue } from './any-value.js'
import { bytesOf, readBack } from './bytes.js'
import { loadProtos, protoJudge } from './proto-judge.js'

const root = loadProtos(join(import.meta.dirname, '..', 'golden', 'outputs', 'expected'))
const { types } = OutputsSchema
const codecs = outputsCodecs()
const cases = OutputsSchema.methods.flatMap(({ name, result }, i) => {
  const shape = codecs[i]?.result
  return result?.kind === 'ref' && types[result.name]?.kind === 'message' && shape
    ? [{ name, type: result, shape }]
    : []
})

describe('protobufjs with the emitted .proto and our codecs understand each other', () => {
  it.each(cases)('$name: 1,000 values', ({ type, shape }) => {
    const judge = protoJudge(root, types, type.name)
    fc.assert(
      fc.property(anyValue(types, type), (value) => {
        expectEqual(judge.decode(bytesOf(shape, value)), judge.plain(value))
        expectEqual(readBack(shape, judge.encode(value)), value)
      }),
      { numRuns: 1000 },
    )
  })

  it('covers every message of the contract that methods answer with', () => {
    expect(cases.map(({ name }) => name)).toEqual(['containers', 'unions', 'nested', 'words', 'scalars', 'page'])
  })
})
