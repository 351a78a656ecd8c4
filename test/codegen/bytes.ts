import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import type { Shape } from '../../runtime/method.js'

/** A shape's bytes for a value, written into the middle of a buffer that is full of something else, and mostly too small. */
export function bytesOf<T>(shape: Shape<T>, value: T, room = 33): Uint8Array {
  const writer = new ProtobufWriter().aim(Buffer.alloc(7 + room, 0xee), 7)
  shape.write(writer, value)
  return new Uint8Array(writer.buf.subarray(7, writer.pos))
}

/** The value of bytes that lie in the middle of a buffer with something else before and behind them. */
export function readBack<T>(shape: Shape<T>, bytes: Uint8Array): T {
  const buffer = Buffer.alloc(bytes.length + 20, 0xee)
  buffer.set(bytes, 10)
  const reader = new ProtobufReader().aim(buffer, 10, 10 + bytes.length)
  const value = shape.read(reader)
  if (reader.pos !== 10 + bytes.length) throw new Error(`read up to ${reader.pos - 10} of ${bytes.length} bytes`)
  buffer.fill(0xee)
  return value
}
