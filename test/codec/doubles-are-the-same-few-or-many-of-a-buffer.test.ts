import { expect, test } from 'vitest'
import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { readDouble, writeDouble } from '../../runtime/codec/scalar.js'

/** Behind 16 of them a buffer has a view, and a writer makes one with its first: neither may outlive its buffer. */
const doubles = [
  0,
  -0,
  1.5,
  -1e-300,
  Number.MAX_VALUE,
  Number.NEGATIVE_INFINITY,
  Math.PI,
  ...Array.from({ length: 40 }, (_, i) => i / 3),
]

test('they come back from any place of any buffer, by one and the same cursors', () => {
  const writer = new ProtobufWriter()
  const reader = new ProtobufReader()
  for (const offset of [0, 3, 5]) {
    const buffer = Buffer.alloc(1024).subarray(offset)
    for (const count of [1, 16, doubles.length, 2]) {
      writer.aim(buffer, 1)
      for (const value of doubles.slice(0, count)) writeDouble(writer, value)
      reader.aim(buffer, 1, writer.pos)
      expect(doubles.slice(0, count).map(() => readDouble(reader))).toEqual(doubles.slice(0, count))
      expect(buffer.readDoubleLE(1)).toBe(doubles[0])
    }
  }
})

test('they follow a writer into a larger buffer', () => {
  const small = Buffer.alloc(80)
  const writer = new ProtobufWriter().aim(small, 0)
  for (const value of doubles) writeDouble(writer, value)
  expect(writer.buf).not.toBe(small)
  expect(doubles.map((_, i) => (writer.buf as Buffer).readDoubleLE(i * 8))).toEqual(doubles)
})

test('one that is cut off is an error, with a view or without', () => {
  const buffer = Buffer.alloc(400)
  const reader = new ProtobufReader().aim(buffer, 0, 399)
  for (let i = 0; i < 49; i++) expect(readDouble(reader)).toBe(0)
  expect(() => readDouble(reader)).toThrow(RangeError)
  expect(() => readDouble(reader.aim(Buffer.alloc(7), 0, 7))).toThrow(RangeError)
})
