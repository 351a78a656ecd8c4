import { malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/**
 * 64-bit integers without loss. protobufjs's own 64-bit writers take a bigint for 0 and its readers answer with Long or
 * a rounded number, so these go by halves: `low` and `high`, unsigned 32 bits each.
 */

const mask = 0xffffffffn

export function writeInt64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  writeVarint(writer, Number(value & mask), Number((value >> 32n) & mask))
}

export function readInt64(reader: ProtobufReader): bigint {
  return BigInt.asIntN(64, readVarint(reader))
}

export function writeUint64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw mismatch
  writeVarint(writer, Number(value & mask), Number(value >> 32n))
}

export function readUint64(reader: ProtobufReader): bigint {
  return readVarint(reader)
}

/** Zigzag: small negative values stay small. */
export function writeSint64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  writeVarint(writer, Number(zigzag & mask), Number(zigzag >> 32n))
}

export function readSint64(reader: ProtobufReader): bigint {
  const zigzag = readVarint(reader)
  return (zigzag >> 1n) ^ -(zigzag & 1n)
}

export function writeFixed64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw mismatch
  writer.fixed32(Number(value & mask))
  writer.fixed32(Number(value >> 32n))
}

export function readFixed64(reader: ProtobufReader): bigint {
  const low = reader.fixed32()
  return (BigInt(reader.fixed32()) << 32n) | BigInt(low)
}

export function writeSfixed64(writer: ProtobufWriter, value: bigint): void {
  if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
  writer.fixed32(Number(value & mask))
  writer.fixed32(Number((value >> 32n) & mask))
}

export function readSfixed64(reader: ProtobufReader): bigint {
  return BigInt.asIntN(64, readFixed64(reader))
}

/** An int64 that a `number` holds exactly; everything else is refused, both ways. */
export function writeInt53(writer: ProtobufWriter, value: number): void {
  if (!Number.isSafeInteger(value)) throw mismatch
  const high = Math.floor(value / 4294967296)
  writeVarint(writer, value >>> 0, high >>> 0)
}

export function readInt53(reader: ProtobufReader): number {
  readHalves(reader)
  const value = (high | 0) * 4294967296 + low
  if (!Number.isSafeInteger(value)) throw malformed('an int53 is outside of what a number holds exactly')
  return value
}

function writeVarint(writer: ProtobufWriter, low: number, high: number): void {
  let at = writer.skip(10)
  const { buf } = writer
  while (high !== 0) {
    buf[at++] = (low & 127) | 128
    low = ((low >>> 7) | (high << 25)) >>> 0
    high >>>= 7
  }
  while (low > 127) {
    buf[at++] = (low & 127) | 128
    low >>>= 7
  }
  buf[at++] = low
  writer.pos = at
}

let low = 0
let high = 0

/** Leaves the halves of the varint in `low` and `high`: two returned numbers would cost an object. */
function readHalves(reader: ProtobufReader): void {
  const { buf, len } = reader
  let at = reader.pos
  low = 0
  high = 0
  for (let shift = 0; shift < 70; shift += 7) {
    if (at >= len) throw malformed('a varint reaches past its message')
    const byte = buf[at++] as number
    const bits = byte & 127
    if (shift < 28) low |= bits << shift
    else if (shift === 28) {
      low |= bits << 28
      high = bits >>> 4
    } else if (shift < 63) high |= bits << (shift - 32)
    else high |= (bits & 1) << 31
    if (byte < 128) {
      low >>>= 0
      high >>>= 0
      reader.pos = at
      return
    }
  }
  throw malformed('a varint is longer than 10 bytes')
}

function readVarint(reader: ProtobufReader): bigint {
  readHalves(reader)
  return high === 0 ? BigInt(low) : (BigInt(high) << 32n) | BigInt(low)
}
