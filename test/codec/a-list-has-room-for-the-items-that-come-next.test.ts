import { expect, test } from 'vitest'
import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'

const tag = 26

function fieldsOf(lengths: readonly number[]): Buffer {
  const writer = new ProtobufWriter().aim(Buffer.alloc(64), 0)
  for (const length of lengths) {
    writer.varint(tag)
    writer.varint(length)
    writer.skip(length)
  }
  return Buffer.from(writer.buf.subarray(0, writer.pos))
}

const room = (bytes: Buffer, end = bytes.length): number => new ProtobufReader().aim(bytes, 0, end).list(tag).length

test.each([
  { lengths: [] },
  { lengths: [0] },
  { lengths: [3, 0, 127] },
  { lengths: [128, 1, 16_383, 16_384, 2] },
  { lengths: [2 ** 21, 5] },
])('$lengths bytes', ({ lengths }) => {
  expect(room(fieldsOf(lengths))).toBe(lengths.length)
})

test('fields with numbers of two bytes are not looked for', () => {
  const [long, one] = [130, 1]
  expect(new ProtobufReader().aim(Buffer.from([long, one, 0, long, one, 0]), 0, 6).list(long)).toEqual([])
})

test('it ends where another field begins', () => {
  expect(room(Buffer.concat([fieldsOf([1, 2]), Buffer.from([32, 1]), fieldsOf([3])]))).toBe(2)
})

test('bytes that were cut off or say too much make no more room than they have bytes for', () => {
  const whole = fieldsOf([2, 130, 4])
  for (let end = 0; end <= whole.length; end++) expect(room(whole, end)).toBeLessThanOrEqual(Math.ceil(end / 2))
  for (const length of [[255, 255, 255, 255, 15], [255, 255, 255, 127], [128], [255]]) {
    expect(room(Buffer.from([tag, ...length, tag, 1, 0]))).toBeLessThanOrEqual(2)
  }
})
