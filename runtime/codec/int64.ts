import { cutOff, malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/**
 * 64-bit integers without loss. protobufjs's own 64-bit writers take a bigint for 0 and its readers answer with Long or
 * a rounded number, so these go by halves: `low` and `high`, 32 bits each.
 */

/** Eight bytes that are a bigint, too: its own arithmetic would make a new one at each step. */
const scratch = new DataView(new ArrayBuffer(8))

export function writeInt64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  scratch.setBigInt64(0, value, true)
  writeVarint(writer, scratch.getUint32(0, true), scratch.getUint32(4, true))
}

export function readInt64(reader: ProtobufReader): bigint {
  readHalves(reader)
  return signed()
}

export function writeUint64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw mismatch
  scratch.setBigUint64(0, value, true)
  writeVarint(writer, scratch.getUint32(0, true), scratch.getUint32(4, true))
}

export function readUint64(reader: ProtobufReader): bigint {
  readHalves(reader)
  return unsigned()
}

/** Zigzag: small negative values stay small. */
export function writeSint64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  scratch.setBigInt64(0, value, true)
  const bits = scratch.getUint32(0, true)
  const upper = scratch.getInt32(4, true)
  const sign = upper >> 31
  writeVarint(writer, ((bits << 1) ^ sign) >>> 0, (((upper << 1) | (bits >>> 31)) ^ sign) >>> 0)
}

export function readSint64(reader: ProtobufReader): bigint {
  readHalves(reader)
  const sign = -(low & 1)
  low = ((low >>> 1) | (high << 31)) ^ sign
  high = (high >>> 1) ^ sign
  return signed()
}

export function writeFixed64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw mismatch
  scratch.setBigUint64(0, value, true)
  writeEight(writer)
}

export function readFixed64(reader: ProtobufReader): bigint {
  readEight(reader)
  return unsigned()
}

export function writeSfixed64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  scratch.setBigInt64(0, value, true)
  writeEight(writer)
}

export function readSfixed64(reader: ProtobufReader): bigint {
  readEight(reader)
  return signed()
}

/** An int64 that a `number` holds exactly; everything else is refused, both ways. */
export function writeInt53(writer: ProtobufWriter, value: number): void {
  writer.pos = putInt53(writer.spare(writer.pos), writer.pos, value)
}

/** As `put` in `scalar.ts`. */
export function putInt53(buf: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value)) throw mismatch
  let low = value >>> 0
  let high = Math.floor(value / 4294967296) >>> 0
  // `putVarint` once more: in one piece it becomes one with the code around it.
  for (; high !== 0; high >>>= 7) {
    buf[at++] = (low & 127) | 128
    low = ((low >>> 7) | (high << 25)) >>> 0
  }
  for (; low > 127; low >>>= 7) buf[at++] = (low & 127) | 128
  buf[at] = low
  return at + 1
}

export function readInt53(reader: ProtobufReader): number {
  const { buf } = reader
  let at = reader.pos
  let byte = buf[at++] as number
  // Two times 28 bits: what takes more bytes is negative, or not exact.
  let lower = byte & 127
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = buf[at++] as number
    lower |= (byte & 127) << shift
  }
  let upper = 0
  for (let shift = 0; byte > 127 && shift < 28; shift += 7) {
    byte = buf[at++] as number
    upper |= (byte & 127) << shift
  }
  const value = upper * 2 ** 28 + lower
  if (byte > 127 || value > Number.MAX_SAFE_INTEGER) return readLongInt53(reader)
  if (at > reader.len) throw cutOff()
  reader.pos = at
  return value
}

function readLongInt53(reader: ProtobufReader): number {
  readHalves(reader)
  const value = high * 4294967296 + (low >>> 0)
  if (!Number.isSafeInteger(value)) throw malformed('an int53 is outside of what a number holds exactly')
  return value
}

/** Both halves unsigned. */
function writeVarint(writer: ProtobufWriter, low: number, high: number): void {
  writer.pos = putVarint(writer.spare(writer.pos), writer.pos, low, high)
}

function putVarint(buf: Uint8Array, at: number, low: number, high: number): number {
  for (; high !== 0; high >>>= 7) {
    buf[at++] = (low & 127) | 128
    low = ((low >>> 7) | (high << 25)) >>> 0
  }
  for (; low > 127; low >>>= 7) buf[at++] = (low & 127) | 128
  buf[at] = low
  return at + 1
}

function writeEight(writer: ProtobufWriter): void {
  const at = writer.skip(8)
  const { buf } = writer
  for (let i = 0; i < 8; i++) buf[at + i] = scratch.getUint8(i)
}

let low = 0
let high = 0

/** Leaves the halves of the varint in `low` and `high`, signed: two returned numbers would cost an object. */
function readHalves(reader: ProtobufReader): void {
  const { buf } = reader
  let at = reader.pos
  let byte = buf[at++] as number
  let lower = byte & 127
  let upper = 0
  for (let shift = 7; byte > 127 && shift < 28; shift += 7) {
    byte = buf[at++] as number
    lower |= (byte & 127) << shift
  }
  if (byte > 127) {
    byte = buf[at++] as number
    lower |= byte << 28
    upper = (byte & 127) >>> 4
    for (let shift = 3; byte > 127; shift += 7) {
      // The tenth byte has one bit of the 64; there is no eleventh.
      if (shift > 31) throw malformed('a varint is longer than 10 bytes')
      byte = buf[at++] as number
      upper |= (byte & 127) << shift
    }
  }
  if (at > reader.len) throw cutOff()
  reader.pos = at
  low = lower
  high = upper
}

function readEight(reader: ProtobufReader): void {
  const { buf, pos } = reader
  if (pos + 8 > reader.len) throw cutOff()
  low =
    (buf[pos] as number) |
    ((buf[pos + 1] as number) << 8) |
    ((buf[pos + 2] as number) << 16) |
    ((buf[pos + 3] as number) << 24)
  high =
    (buf[pos + 4] as number) |
    ((buf[pos + 5] as number) << 8) |
    ((buf[pos + 6] as number) << 16) |
    ((buf[pos + 7] as number) << 24)
  reader.pos = pos + 8
}

/** The halves as one number. */
function signed(): bigint {
  scratch.setInt32(0, low, true)
  scratch.setInt32(4, high, true)
  return scratch.getBigInt64(0, true)
}

function unsigned(): bigint {
  scratch.setInt32(0, low, true)
  scratch.setInt32(4, high, true)
  return scratch.getBigUint64(0, true)
}
