import { decimalPattern, halfPair } from '../schema/explain.js'
import { jsonText, jsonValue } from '../schema/json.js'
import { malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/**
 * The functions of `scalar.ts` on protobufjs's own Writer and Reader, for code that was generated with
 * `--codec protobufjs`: the same values, the same bytes, the same refusals, and nothing in common but the checks.
 */

export function writeDouble(writer: ProtobufWriter, value: number): void {
  if (typeof value !== 'number') throw mismatch
  writer.double(value)
}

export function readDouble(reader: ProtobufReader): number {
  return reader.double()
}

/** Finite numbers that a float can't hold are refused; digits it can't hold are lost, as in every float. */
export function writeFloat(writer: ProtobufWriter, value: number): void {
  if (typeof value !== 'number') throw mismatch
  if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw mismatch
  writer.float(value)
}

export function readFloat(reader: ProtobufReader): number {
  return reader.float()
}

export function writeInt32(writer: ProtobufWriter, value: number): void {
  if ((value | 0) !== value) throw mismatch
  writer.int32(value)
}

export function readInt32(reader: ProtobufReader): number {
  return reader.int32()
}

export function writeUint32(writer: ProtobufWriter, value: number): void {
  if (value >>> 0 !== value) throw mismatch
  writer.uint32(value)
}

export function readUint32(reader: ProtobufReader): number {
  return reader.uint32()
}

export function writeSint32(writer: ProtobufWriter, value: number): void {
  if ((value | 0) !== value) throw mismatch
  writer.sint32(value)
}

export function readSint32(reader: ProtobufReader): number {
  return reader.sint32()
}

export function writeFixed32(writer: ProtobufWriter, value: number): void {
  if (value >>> 0 !== value) throw mismatch
  writer.fixed32(value)
}

export function readFixed32(reader: ProtobufReader): number {
  return reader.fixed32()
}

export function writeSfixed32(writer: ProtobufWriter, value: number): void {
  if ((value | 0) !== value) throw mismatch
  writer.sfixed32(value)
}

export function readSfixed32(reader: ProtobufReader): number {
  return reader.sfixed32()
}

export function writeBoolean(writer: ProtobufWriter, value: boolean): void {
  if (typeof value !== 'boolean') throw mismatch
  writer.bool(value)
}

export function readBoolean(reader: ProtobufReader): boolean {
  return reader.bool()
}

export function writeString(writer: ProtobufWriter, value: string): void {
  if (typeof value !== 'string') throw mismatch
  const start = writer.pos
  writer.string(value)
  // Half a surrogate pair has no UTF-8: it would come back as another character. ASCII needs no look.
  if (writer.pos - start !== asciiLength(value.length) && halfPair.test(value)) throw mismatch
}

export function readString(reader: ProtobufReader): string {
  return reader.string()
}

export function writeBytes(writer: ProtobufWriter, value: Uint8Array): void {
  if (!(value instanceof Uint8Array)) throw mismatch
  writer.bytes(value)
}

/** A copy: the reader's buffer is used again for later frames. */
export function readBytes(reader: ProtobufReader): Uint8Array {
  return new Uint8Array(reader.bytes())
}

/** JSON text. Values that JSON would change are refused. */
export function writeJson(writer: ProtobufWriter, value: unknown): void {
  const text = jsonText(value)
  if (text === undefined) throw mismatch
  writer.string(text)
}

export function readJson(reader: ProtobufReader): unknown {
  const value = jsonValue(reader.string())
  if (value === undefined) throw malformed('a JSON value is broken, or nests too deeply')
  return value
}

export function writeDecimal(writer: ProtobufWriter, value: string): void {
  if (typeof value !== 'string' || !decimalPattern.test(value)) throw mismatch
  writer.string(value)
}

export function readDecimal(reader: ProtobufReader): string {
  const text = reader.string()
  if (!decimalPattern.test(text)) throw malformed('a decimal is not a number in digits')
  return text
}

/** How many bytes a text of that length takes with its length before it, if it is all ASCII. */
function asciiLength(length: number): number {
  return length + (length < 1 << 7 ? 1 : length < 1 << 14 ? 2 : length < 1 << 21 ? 3 : 4)
}
