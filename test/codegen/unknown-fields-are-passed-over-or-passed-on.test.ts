import { describe, expect, it } from 'vitest'
import type { Shape } from '../../runtime/method.js'
import { inlineCodecs } from '../golden/inline-objects/expected/o.codec.js'
import { proxy1Codecs } from '../golden/keeps-unknown-fields/expected/k.codec.js'
import { bytesOf, readBack } from './bytes.js'

const [pass, old] = proxy1Codecs()
const newer = pass?.result as Shape<unknown>
const older = old?.result as Shape<object>
const message = {
  id: 'a',
  part: { x: 1, label: 'part' },
  unknown: 2n ** 60n,
  more: [{ id: 'b', part: { x: 2 }, tags: [] }],
  tags: ['1', '2'],
}

describe('fields that a contract does not know', () => {
  it('travel on with what was read, in the message and in its parts', () => {
    const seen = readBack(older, bytesOf(newer, message)) as object
    expect(JSON.stringify(seen)).toBe('{"id":"a","part":{"x":1}}')
    expect(readBack(newer, bytesOf(older, seen))).toEqual(message)
  })

  it('travel on with a copy that has another value', () => {
    const seen = readBack(older, bytesOf(newer, message))
    expect(readBack(newer, bytesOf(older, { ...seen, id: 'changed' }))).toEqual({ ...message, id: 'changed' })
  })

  it('leave no trace where there are none', () => {
    const plain = { id: 'a', part: { x: 1 } }
    expect(readBack(older, bytesOf(older, plain))).toStrictEqual(plain)
  })

  it('are passed over where codegen was not told to keep them', () => {
    const [search] = inlineCodecs()
    const result = search?.result as Shape<unknown>
    const known = { hits: [], more: true }
    const bytes = new Uint8Array([...bytesOf(result, known), 0xfa, 0x7f, 3, 1, 2, 3])
    expect(readBack(result, bytes)).toStrictEqual(known)
  })
})
