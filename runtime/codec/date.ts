import { skipField } from './field.js'
import { readInt53, writeInt53 } from './int64.js'
import { malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'
import { readInt32, writeUint32 } from './scalar.js'

/** The first and last millisecond a Date can hold. */
const maxTime = 8.64e15

/**
 * A google.protobuf.Timestamp, without tag: `{ int64 seconds = 1; int32 nanos = 2 }`, zeros left out as every protobuf
 * writer does. An invalid Date is a mismatch.
 */
export function writeDate(writer: ProtobufWriter, value: Date): void {
  if (!(value instanceof Date)) throw mismatch
  const time = value.getTime()
  if (Number.isNaN(time)) throw mismatch
  const seconds = Math.floor(time / 1000)
  const nanos = (time - seconds * 1000) * 1_000_000
  const length = writer.skip(1)
  if (seconds !== 0) writeInt53(writer.tag(8), seconds)
  if (nanos !== 0) writeUint32(writer.tag(16), nanos)
  writer.buf[length] = writer.pos - length - 1
}

/** Millisecond precision: what is finer is cut off. */
export function readDate(reader: ProtobufReader): Date {
  const outer = reader.enter()
  let seconds = 0
  let nanos = 0
  if (reader.next(8)) seconds = readInt53(reader)
  if (reader.next(16)) nanos = readInt32(reader)
  while (reader.pos < reader.len) {
    const tag = reader.tag()
    if (tag === 8) seconds = readInt53(reader)
    else if (tag === 16) nanos = readInt32(reader)
    else skipField(reader, tag)
  }
  if (nanos < 0 || nanos > 999_999_999) throw malformed('the nanoseconds of a timestamp are not within one second')
  const time = seconds * 1000 + Math.trunc(nanos / 1_000_000)
  if (time < -maxTime || time > maxTime) throw malformed('a timestamp is outside of what a Date holds')
  return reader.leave(outer, new Date(time))
}
