import { decimalPattern, halfPair } from '../schema/explain.js'
import { jsonText, jsonValue } from '../schema/json.js'
import { asciiText, shortText } from './ascii.js'
import { cutOff, malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'
import { recurringBytes, recurringText } from './recurring-text.js'

/**
 * One pair per scalar of 32 bits or less, text and bytes: `write` checks the value and writes it without a tag, `read`
 * reads it. Each makes its own room and looks once whether it stayed within its message: a read may look at bytes behind
 * the end, but nothing is made of them. Writing throws the bare `mismatch`; reading throws RangeError or `malformed`, both
 * made good by the shape. `protobufjs.ts` has the same functions on protobufjs.
 *
 * For those that messages are mostly made of there is `put` as well: it writes to `at` of a buffer that has room for it
 * (`ProtobufWriter.spare`) and returns where it ends, so that printed code looks for room once for several fields and keeps its place
 * in a variable of its own.
 */

/** Eight bytes that are a float or a double, too: turning one into the other costs no call. */
const scratch = new DataView(new ArrayBuffer(8))
const scratchBytes = new Uint8Array(scratch.buffer)

export function writeDouble(writer: ProtobufWriter, value: number): void {
  writer.spare(writer.pos)
  writer.pos = putDouble(writer, writer.pos, value)
}

export function putDouble(writer: ProtobufWriter, at: number, value: number): number {
  if (typeof value !== 'number') throw mismatch
  const view = writer.view ?? writer.newView()
  view.setFloat64(at, value, true)
  return at + 8
}

export function readDouble(reader: ProtobufReader): number {
  const { pos } = reader
  if (pos + 8 > reader.len) throw cutOff()
  reader.pos = pos + 8
  const { view } = reader
  return view === null ? doubleAt(reader.buf, pos) : view.getFloat64(pos, true)
}

function doubleAt(buf: Uint8Array, at: number): number {
  scratchBytes[0] = buf[at] as number
  scratchBytes[1] = buf[at + 1] as number
  scratchBytes[2] = buf[at + 2] as number
  scratchBytes[3] = buf[at + 3] as number
  scratchBytes[4] = buf[at + 4] as number
  scratchBytes[5] = buf[at + 5] as number
  scratchBytes[6] = buf[at + 6] as number
  scratchBytes[7] = buf[at + 7] as number
  return scratch.getFloat64(0, true)
}

/** Finite numbers that a float can't hold are refused; digits it can't hold are lost, as in every float. */
export function writeFloat(writer: ProtobufWriter, value: number): void {
  if (typeof value !== 'number') throw mismatch
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw mismatch
  scratch.setFloat32(0, value, true)
  writeFixed32(writer, scratch.getUint32(0, true))
}

export function readFloat(reader: ProtobufReader): number {
  scratch.setUint32(0, readFixed32(reader), true)
  return scratch.getFloat32(0, true)
}

export function writeInt32(writer: ProtobufWriter, value: number): void {
  writer.pos = putInt32(writer.spare(writer.pos), writer.pos, value)
}

export function putInt32(buf: Uint8Array, at: number, value: number): number {
  if ((value | 0) !== value) throw mismatch
  if (value < 0) return putNegative(buf, at, value)
  // `putVarint` once more: in one piece it becomes one with the code around it.
  for (; value > 127; value >>>= 7) buf[at++] = (value & 127) | 128
  buf[at] = value
  return at + 1
}

/** They are sent as 64 bits: ten bytes, whatever the value. */
function putNegative(buf: Uint8Array, at: number, value: number): number {
  buf[at] = value | 128
  buf[at + 1] = (value >> 7) | 128
  buf[at + 2] = (value >> 14) | 128
  buf[at + 3] = (value >> 21) | 128
  buf[at + 4] = (value >> 28) | 128
  buf.fill(255, at + 5, at + 9)
  buf[at + 9] = 1
  return at + 10
}

/** Up to 32 bits, unsigned. */
function putVarint(buf: Uint8Array, at: number, value: number): number {
  for (; value > 127; value >>>= 7) buf[at++] = (value & 127) | 128
  buf[at] = value
  return at + 1
}

export function readInt32(reader: ProtobufReader): number {
  return readVarint(reader) | 0
}

export function writeUint32(writer: ProtobufWriter, value: number): void {
  writer.pos = putUint32(writer.spare(writer.pos), writer.pos, value)
}

export function putUint32(buf: Uint8Array, at: number, value: number): number {
  if (value >>> 0 !== value) throw mismatch
  return putVarint(buf, at, value)
}

export function readUint32(reader: ProtobufReader): number {
  return readVarint(reader) >>> 0
}

export function writeSint32(writer: ProtobufWriter, value: number): void {
  writer.pos = putSint32(writer.spare(writer.pos), writer.pos, value)
}

export function putSint32(buf: Uint8Array, at: number, value: number): number {
  if ((value | 0) !== value) throw mismatch
  return putVarint(buf, at, ((value << 1) ^ (value >> 31)) >>> 0)
}

export function readSint32(reader: ProtobufReader): number {
  const zigzag = readVarint(reader)
  return (zigzag >>> 1) ^ -(zigzag & 1)
}

export function writeFixed32(writer: ProtobufWriter, value: number): void {
  if (value >>> 0 !== value) throw mismatch
  const at = writer.skip(4)
  const { buf } = writer
  buf[at] = value
  buf[at + 1] = value >>> 8
  buf[at + 2] = value >>> 16
  buf[at + 3] = value >>> 24
}

export function readFixed32(reader: ProtobufReader): number {
  return readSfixed32(reader) >>> 0
}

export function writeSfixed32(writer: ProtobufWriter, value: number): void {
  if ((value | 0) !== value) throw mismatch
  writeFixed32(writer, value >>> 0)
}

export function readSfixed32(reader: ProtobufReader): number {
  const { buf, pos } = reader
  if (pos + 4 > reader.len) throw cutOff()
  reader.pos = pos + 4
  return (
    (buf[pos] as number) |
    ((buf[pos + 1] as number) << 8) |
    ((buf[pos + 2] as number) << 16) |
    ((buf[pos + 3] as number) << 24)
  )
}

export function writeBoolean(writer: ProtobufWriter, value: boolean): void {
  writer.pos = putBoolean(writer.spare(writer.pos), writer.pos, value)
}

export function putBoolean(buf: Uint8Array, at: number, value: boolean): number {
  if (typeof value !== 'boolean') throw mismatch
  buf[at] = value ? 1 : 0
  return at + 1
}

export function readBoolean(reader: ProtobufReader): boolean {
  const { pos } = reader
  const byte = pos < reader.len ? (reader.buf[pos] as number) : 128
  if (byte > 127) return reader.bool()
  reader.pos = pos + 1
  return byte !== 0
}

export function writeString(writer: ProtobufWriter, value: string): void {
  writer.spare(writer.pos)
  writer.pos = putString(writer, writer.pos, value)
}

/** With the writer, for a long text may need another buffer: ask `writer.spare` for it anew. */
export function putString(writer: ProtobufWriter, at: number, value: string): number {
  if (typeof value !== 'string') throw mismatch
  const { length } = value
  if (length > shortText) return putText(writer, at, value)
  const { buf } = writer
  let to = at
  buf[to++] = length
  let i = 0
  let all = 0
  if ((length & 1) === 1) {
    all = value.charCodeAt(i++)
    buf[to++] = all
  }
  // By twos: what V8 does for a turn of the loop costs as much as what it does for a character.
  while (i < length) {
    const one = value.charCodeAt(i++)
    const other = value.charCodeAt(i++)
    all |= one | other
    buf[to++] = one
    buf[to++] = other
  }
  return all > 127 ? putText(writer, at, value) : to
}

function putText(writer: ProtobufWriter, at: number, value: string): number {
  writer.pos = at
  writeText(writer, value)
  return writer.pos
}

export function readString(reader: ProtobufReader): string {
  const { buf, pos } = reader
  // Most texts are short: their length is one byte, and all of them is here. Behind the end there is any byte, or none.
  const length = buf[pos] as number
  const end = pos + 1 + length
  if (length > shortText || !(end <= reader.len)) return readText(reader)
  reader.pos = end
  const { view } = reader
  if (view !== null && length <= recurringBytes && pos + 1 + recurringBytes <= buf.length) {
    const text = recurringText(buf, view, pos + 1, length)
    if (text !== undefined) return text
  }
  return asciiText(buf, pos + 1, length) ?? (buf as Utf8Buffer).utf8Slice(pos + 1, end)
}

/** Text that is long, or cut off. */
function readText(reader: ProtobufReader): string {
  const end = reader.end()
  const { buf, pos } = reader
  reader.pos = end
  return (buf as Utf8Buffer).utf8Slice(pos, end)
}

export function writeBytes(writer: ProtobufWriter, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw mismatch
  const { length } = value
  writer.varint(length)
  const at = writer.skip(length)
  writer.buf.set(value, at)
}

/**
 * A copy: the reader's buffer is used again for later frames. One that isn't is kept for the sake of its larger part; of the
 * memory behind it, that is, for Node cuts small buffers from one that others write into.
 */
export function readBytes(reader: ProtobufReader): Uint8Array {
  const end = reader.end()
  const { buf, pos } = reader
  reader.pos = end
  const length = end - pos
  if (reader.owned && length * 2 > buf.buffer.byteLength) {
    return new Uint8Array(buf.buffer, buf.byteOffset + pos, length)
  }
  return new Uint8Array(buf.subarray(pos, end))
}

/** JSON text. Values that JSON would change are refused. */
export function writeJson(writer: ProtobufWriter, value: unknown): void {
  const text = jsonText(value)
  if (text === undefined) throw mismatch
  writeString(writer, text)
}

export function readJson(reader: ProtobufReader): unknown {
  const value = jsonValue(readString(reader))
  if (value === undefined) throw malformed('a JSON value is broken, or nests too deeply')
  return value
}

export function writeDecimal(writer: ProtobufWriter, value: string): void {
  if (typeof value !== 'string' || !decimalPattern.test(value)) throw mismatch
  writeString(writer, value)
}

export function readDecimal(reader: ProtobufReader): string {
  const text = readString(reader)
  if (!decimalPattern.test(text)) throw malformed('a decimal is not a number in digits')
  return text
}

/** Node's buffers have these, and have had them since its first versions; its types leave them out. */
interface Utf8Buffer extends Buffer {
  utf8Write(text: string, at: number): number
  utf8Slice(start: number, end: number): string
}

/** Up to here three bytes a character are set aside, which is the most UTF-8 takes; longer texts are measured first. */
const roomForAll = 4096

/** Text that is long or not all ASCII. */
function writeText(writer: ProtobufWriter, value: string): void {
  const { length } = value
  // As many bytes for its length as it takes if it is all ASCII.
  const bytes = length > roomForAll ? Buffer.byteLength(value) : length
  const start = writer.pos
  writer.room(5 + (length > roomForAll ? bytes : length * 3))
  writer.varint(bytes)
  const at = writer.pos
  const written = (writer.buf as Utf8Buffer).utf8Write(value, at)
  writer.pos = at + written
  if (written === length) return
  // Half a surrogate pair has no UTF-8: it would come back as another character.
  if (halfPair.test(value)) throw mismatch
  if (written === bytes) return
  writer.pos = start
  writer.varint(written)
  if (writer.pos !== at) writer.buf.copyWithin(writer.pos, at, at + written)
  writer.pos += written
}

/** A varint's lower 32 bits, signed. Longer ones are cut short, as protobuf has it for numbers of 32 bits. */
function readVarint(reader: ProtobufReader): number {
  const { buf } = reader
  let at = reader.pos
  let byte = buf[at++] as number
  let value = byte & 127
  if (byte > 127) {
    byte = buf[at++] as number
    value |= (byte & 127) << 7
    if (byte > 127) {
      byte = buf[at++] as number
      value |= (byte & 127) << 14
      if (byte > 127) {
        byte = buf[at++] as number
        value |= (byte & 127) << 21
        if (byte > 127) {
          byte = buf[at++] as number
          value |= byte << 28
          if (byte > 127) at = endOfVarint(reader, at)
        }
      }
    }
  }
  if (at > reader.len) throw cutOff()
  reader.pos = at
  return value
}

/** Where a varint ends whose first five bytes are over: ten are the most. */
function endOfVarint({ buf }: ProtobufReader, from: number): number {
  for (let at = from; at < from + 5; at++) if ((buf[at] as number) < 128) return at + 1
  throw malformed('a varint is longer than 10 bytes')
}
