import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HessianReader } from '../../runtime/codec/hessian2/reader.js'
import { anything, JavaObject } from '../../runtime/codec/hessian2/value.js'
import { HessianWriter } from '../../runtime/codec/hessian2/writer.js'

/** npm's hessian.js, 2.11.0: as far as its values reach (no bigint, no lists of any length, objects by `$class`). */
interface HessianJs {
  encode(value: unknown, version: '2.0'): Buffer
  decode(bytes: Buffer, version: '2.0', withType?: boolean): unknown
}
const other = createRequire(import.meta.url)('hessian.js') as HessianJs

function ours(value: unknown): Buffer {
  const out = new HessianWriter().aim({ buf: new Uint8Array(16), pos: 0 })
  anything.write(out, value)
  return Buffer.from(out.buf.subarray(0, out.pos))
}

function read(buf: Buffer): unknown {
  const from = new HessianReader().aim({ buf, pos: 0, len: buf.length })
  const value = anything.read(from)
  expect(from.pos).toBe(buf.length)
  return value
}

const scalar = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer(),
  // Whole numbers beyond int32 it writes as long.
  fc.double({ noNaN: true }).filter((value) => !Number.isInteger(value)),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.date({ noInvalidDate: true, min: new Date('1900-01-01'), max: new Date('2100-01-01') }),
)

describe('hessian.js', () => {
  const value = fc.letrec<{ any: unknown }>((tie) => ({
    any: fc.oneof({ depthSize: 'small' }, scalar, fc.array(tie('any'), { maxLength: 10 })),
  })).any

  it('reads what we write', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(other.decode(ours(given), '2.0')).toEqual(given)
      }),
    )
  })

  it('writes what we read', () => {
    fc.assert(
      fc.property(value, (given) => {
        expect(read(other.encode(given, '2.0'))).toEqual(given)
      }),
    )
  })

  it.each([2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n, 0n, 5_000_000_000n])('long %d goes both ways', (long) => {
    expect(read(other.encode({ $class: 'java.lang.Long', $: String(long) }, '2.0'))).toBe(long)
    expect(String(other.decode(ours(long), '2.0'))).toBe(String(long))
  })

  it('maps, typed lists, objects and what they share', () => {
    const car = { $class: 'example.Car', $: { color: 'red', doors: 4 } }
    const list = { $class: 'java.util.LinkedList', $: [car, car, { $class: 'java.util.LinkedList', $: [] }] }
    const mine = new JavaObject('example.Car', Object.assign(Object.create(null), { color: 'red', doors: 4 }))
    const back = read(other.encode(list, '2.0')) as unknown[]
    expect(back).toEqual([mine, mine, []])
    expect(back[1]).toBe(back[0])
    expect(other.decode(ours([mine, mine]), '2.0')).toEqual([car.$, car.$])
    const map = new Map<unknown, unknown>([
      [1, 'one'],
      ['two', new Map([[true, null]])],
    ])
    expect(read(other.encode(map, '2.0'))).toEqual(map)
    expect(other.decode(ours(map), '2.0')).toMatchObject({ 1: 'one' })
  })

  it('binary in chunks', () => {
    const bytes = Buffer.alloc(100_000, 7)
    expect(Buffer.from(read(other.encode(bytes, '2.0')) as Uint8Array).equals(bytes)).toBe(true)
    expect((other.decode(ours(bytes), '2.0') as Buffer).equals(bytes)).toBe(true)
  })
})
