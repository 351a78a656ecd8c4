import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BytePattern } from '../../runtime/codec/byte-pattern.js'
import { HessianReader } from '../../runtime/codec/hessian2/reader.js'
import { HessianWriter } from '../../runtime/codec/hessian2/writer.js'
import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { readString, writeString } from '../../runtime/codec/scalar.js'

/** A buffer that messages come in again and again has a view, and only then texts are looked for that came before. */
const shared = Buffer.alloc(64 * 1024)
const reader = new ProtobufReader()

function through(texts: readonly string[], buffer = shared): string[] {
  const writer = new ProtobufWriter().aim(buffer, 0)
  for (const text of texts) writeString(writer, text)
  reader.aim(writer.buf as Buffer, 0, writer.pos)
  return texts.map(() => readString(reader))
}

function throughHessian(texts: readonly string[]): string[] {
  const writer = new HessianWriter().aim({ buf: shared, pos: 0 })
  for (const text of texts) writer.string(text)
  const from = new HessianReader().aim({ buf: writer.buf, pos: 0, len: writer.pos })
  from.begins(nothing)
  return texts.map(() => from.string())
}
const nothing = new BytePattern(new Uint8Array(0))

test('whatever they are', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 14 }),
    fc.string({ maxLength: 14, unit: 'grapheme' }),
    fc.constantFrom(
      '',
      'a',
      'a\0',
      'a\0\0',
      '\0',
      'abcd',
      'abcd\0',
      'abcdefgh',
      'abcdefgh\0',
      'abcdefghijkl',
      'é',
      '在注册中心',
      '\u007f',
    ),
  )
  fc.assert(
    fc.property(fc.array(text, { maxLength: 50 }), (texts) => {
      for (let time = 0; time < 3; time++) {
        expect(through(texts)).toEqual(texts)
        expect(throughHessian(texts)).toEqual(texts)
      }
    }),
    { numRuns: 300 },
  )
})

test('thousands of them, which cannot all be kept', () => {
  const texts = Array.from({ length: 5000 }, (_, i) => `t${(i * 7919) % 5000}`)
  for (let time = 0; time < 3; time++) expect(through(texts)).toEqual(texts)
})

test('at the end of a buffer, with nothing behind them', () => {
  for (const text of ['', 'a', 'abcdefgh', 'abcdefghijkl']) {
    const buffer = Buffer.alloc(13)
    const exact = buffer.subarray(0, text.length + 1)
    exact.writeUInt8(text.length)
    exact.write(text, 1)
    for (let time = 0; time < 8; time++) expect(readString(reader.aim(exact, 0, exact.length))).toBe(text)
  }
})

test('what is behind them plays no part', () => {
  for (let behind = 0; behind < 256; behind++) {
    shared.fill(behind, 0, 40)
    shared.writeUInt8(3)
    shared.write('abc', 1)
    expect(readString(reader.aim(shared, 0, 4))).toBe('abc')
  }
})
