import type { Scalar } from '../../schema/schema.js'
import { readDate, writeDate } from '../date.js'
import {
  readFixed64,
  readInt53,
  readInt64,
  readSfixed64,
  readSint64,
  readUint64,
  writeFixed64,
  writeInt53,
  writeInt64,
  writeSfixed64,
  writeSint64,
  writeUint64,
} from '../int64.js'
import {
  readBoolean,
  readBytes,
  readDecimal,
  readDouble,
  readFixed32,
  readFloat,
  readInt32,
  readJson,
  readSfixed32,
  readSint32,
  readString,
  readUint32,
  writeBoolean,
  writeBytes,
  writeDecimal,
  writeDouble,
  writeFixed32,
  writeFloat,
  writeInt32,
  writeJson,
  writeSfixed32,
  writeSint32,
  writeString,
  writeUint32,
} from '../scalar.js'
import type { Read, Write } from '../shape.js'
import type { Coder } from './coder.js'

/** The functions that generated code calls for each scalar, and protobuf's wire type of its tag. */
export const scalarCoders: Readonly<Record<Scalar, Coder>> = {
  double: coder(writeDouble, readDouble, 1, 0),
  float: coder(writeFloat, readFloat, 5, 0),
  int32: coder(writeInt32, readInt32, 0, 0),
  uint32: coder(writeUint32, readUint32, 0, 0),
  sint32: coder(writeSint32, readSint32, 0, 0),
  fixed32: coder(writeFixed32, readFixed32, 5, 0),
  sfixed32: coder(writeSfixed32, readSfixed32, 5, 0),
  int53: coder(writeInt53, readInt53, 0, 0),
  int64: coder(writeInt64, readInt64, 0, 0n),
  uint64: coder(writeUint64, readUint64, 0, 0n),
  sint64: coder(writeSint64, readSint64, 0, 0n),
  fixed64: coder(writeFixed64, readFixed64, 1, 0n),
  sfixed64: coder(writeSfixed64, readSfixed64, 1, 0n),
  boolean: coder(writeBoolean, readBoolean, 0, false),
  string: coder(writeString, readString, 2, ''),
  bytes: coder(writeBytes, readBytes, 2, new Uint8Array()),
  date: coder(writeDate, readDate, 2, undefined),
  decimal: coder(writeDecimal, readDecimal, 2, undefined),
  json: coder(writeJson, readJson, 2, undefined),
}

function coder<T>(write: Write<T>, read: Read<T>, wire: Coder['wire'], initial: T | undefined): Coder {
  return { write: write as Write<unknown>, read, wire, nested: false, initial }
}
