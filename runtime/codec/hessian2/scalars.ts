import { decimalPattern } from '../../schema/explain.js'
import { jsonText } from '../../schema/json.js'
import type { Scalar } from '../../schema/schema.js'
import { put } from '../container.js'
import { mismatch } from '../protobuf.js'
import { kindOf } from './code.js'
import { momentOf, textOf } from './java-time.js'
import { Misread, shown } from './misread.js'
import type { HessianReader } from './reader.js'
import { anything, JavaObject } from './value.js'
import { ClassDefinition, type HessianWriter, TypeName } from './writer.js'

/** Writes and reads one value of a contract's type. A null is none: what may be null or absent is wrapped. */
export interface Coder {
  /** Throws the bare `mismatch` at a value of another type. */
  write(out: HessianWriter, value: unknown): void
  /** Throws `Misread` at bytes that are none. */
  read(from: HessianReader): unknown
}

const bigDecimal = new ClassDefinition('java.math.BigDecimal', ['value'])
const bigInteger = new ClassDefinition('java.math.BigInteger', ['signum', 'mag'])
const intArray = new TypeName('[int')

function readInteger(from: HessianReader, least: number, most: number): number {
  const given = from.number()
  const value = typeof given === 'number' ? given : Number(given)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new Misread(`expected a whole number from ${least} to ${most}, got ${value}`)
}

const int32: Coder = {
  write(out, value) {
    if (((value as number) | 0) !== value) throw mismatch
    out.int(value as number)
  },
  read: (from) => readInteger(from, -0x80000000, 0x7fffffff),
}

/** More than Java's int holds: a long. */
const uint32: Coder = {
  write(out, value) {
    if ((value as number) >>> 0 !== value) throw mismatch
    out.long(value as number)
  },
  read: (from) => readInteger(from, 0, 0xffffffff),
}

const int53: Coder = {
  write(out, value) {
    if (!Number.isSafeInteger(value)) throw mismatch
    out.long(value as number)
  },
  read: (from) => readInteger(from, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
}

/** A long in any form, a double without fraction, or a BigInteger. */
function readBigint(from: HessianReader): bigint {
  if (comesAsObject(from)) return readObject(from, 'a number', bigintOf)
  const value = from.number()
  if (typeof value === 'number' && !Number.isInteger(value)) throw new Misread(`expected a whole number, got ${value}`)
  return BigInt(value)
}

const int64: Coder = {
  write(out, value) {
    if (typeof value !== 'bigint' || BigInt.asIntN(64, value) !== value) throw mismatch
    out.long(value)
  },
  read(from) {
    const value = readBigint(from)
    if (BigInt.asIntN(64, value) !== value) throw new Misread('a number does not fit into 64 bits')
    return value
  },
}

/** A BigInteger: its sign, and its magnitude in words of 32 bits, the highest first. */
export function writeBigInteger(out: HessianWriter, value: bigint): void {
  const words: number[] = []
  for (let rest = value < 0n ? -value : value; rest > 0n; rest >>= 32n) words.unshift(Number(rest & 0xffffffffn) | 0)
  out.numbered()
  out.object(bigInteger)
  out.int(value === 0n ? 0 : value < 0n ? -1 : 1)
  out.numbered()
  out.list(words.length, intArray)
  for (const word of words) out.int(word)
}

/** More than Java's long holds: a BigInteger. */
const uint64: Coder = {
  write(out, value) {
    if (typeof value !== 'bigint' || BigInt.asUintN(64, value) !== value) throw mismatch
    writeBigInteger(out, value)
  },
  read(from) {
    const value = readBigint(from)
    if (BigInt.asUintN(64, value) !== value) throw new Misread('a number does not fit into 64 bits without a sign')
    return value
  },
}

/**
 * The number of a BigInteger: its sign and its magnitude. Its other fields are the JDK's own, and differ from version to
 * version.
 */
function bigintOf({ className, fields }: JavaObject): bigint | undefined {
  const { signum, mag } = fields
  if (className !== bigInteger.name || typeof signum !== 'number' || !Array.isArray(mag)) return undefined
  // 4,096 bits: nobody's number, and what is longer costs the square of its length.
  if (mag.length > 128) throw new Misread('a number has more than 4096 bits')
  let size = 0n
  for (const word of mag as unknown[]) {
    if (typeof word !== 'number') return undefined
    size = (size << 32n) | BigInt(word >>> 0)
  }
  return signum < 0 ? -size : size
}

const double: Coder = {
  write(out, value) {
    if (typeof value !== 'number') throw mismatch
    out.double(value)
  },
  read: (from) => (kindOf(from.peek()) === 'double' ? from.double() : Number(from.number())),
}

const float: Coder = {
  write(out, value) {
    if (typeof value !== 'number') throw mismatch
    if (Number.isFinite(value) && !Number.isFinite(Math.fround(value))) throw mismatch
    out.double(value)
  },
  read: (from) => Math.fround(Number(from.number())),
}

const boolean: Coder = {
  write(out, value) {
    if (typeof value !== 'boolean') throw mismatch
    out.boolean(value)
  },
  read: (from) => from.boolean(),
}

/** Text. Objects that have one are read as theirs: LocalDate, UUID, an enum. */
const string: Coder = {
  write(out, value) {
    if (typeof value !== 'string') throw mismatch
    out.string(value)
  },
  read(from) {
    return !from.shortString && comesAsObject(from) ? readObject(from, 'a string', textOf) : from.string()
  },
}

const bytes: Coder = {
  write(out, value) {
    if (!(value instanceof Uint8Array)) throw mismatch
    out.bytes(value)
  },
  read: (from) => from.bytes(),
}

/** java.util.Date. What else is a moment is read, too: java.sql's and java.time's. */
const date: Coder = {
  write(out, value) {
    if (!(value instanceof Date) || Number.isNaN(value.getTime())) throw mismatch
    out.date(value.getTime())
  },
  read(from) {
    return new Date(comesAsObject(from) ? readObject(from, 'a date', momentOf) : from.date())
  },
}

/** A BigDecimal, by its digits. */
export function writeDecimal(out: HessianWriter, text: string): void {
  out.numbered()
  out.object(bigDecimal)
  out.string(text)
}

/** BigDecimal. Numbers and text of other kinds are read, too. */
const decimal: Coder = {
  write(out, value) {
    if (typeof value !== 'string' || !decimalPattern.test(value)) throw mismatch
    writeDecimal(out, value)
  },
  read(from) {
    const text = decimalText(from)
    if (!decimalPattern.test(text)) throw new Misread('expected a number in digits')
    return text
  },
}

/** The digits of a number in any form. */
export function decimalText(from: HessianReader): string {
  switch (kindOf(from.peek())) {
    case 'int':
    case 'long':
    case 'double':
      return String(from.number())
    case 'object':
    case 'reference':
      return readObject(from, 'a number', (object) => bigintOf(object)?.toString() ?? textOf(object))
    default:
      return from.string()
  }
}

function comesAsObject(from: HessianReader): boolean {
  const kind = kindOf(from.peek())
  return kind === 'object' || kind === 'reference'
}

/** An object that stands for a simple value. */
function readObject<T>(from: HessianReader, what: string, of: (object: JavaObject) => T | undefined): T {
  const object = anything.read(from)
  const value = object instanceof JavaObject ? of(object) : undefined
  if (value !== undefined) return value
  const name = object instanceof JavaObject ? `an object of class ${shown(object.className)}` : 'another value'
  throw new Misread(`expected ${what}, got ${name}`)
}

/** Any JSON value, as Java has it without a type: lists, maps by text, numbers. */
const json: Coder = {
  write(out, value) {
    if (jsonText(value) === undefined) throw mismatch
    anything.write(out, value)
  },
  read: (from) => plain(anything.read(from)),
}

/**
 * What came as JSON has it: maps and objects by their keys' text, longs as numbers where that loses nothing, else as text;
 * dates and binary as text.
 */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(plain)
  const record: Record<string, unknown> = {}
  const entries = value instanceof Map ? value : Object.entries((value as JavaObject).fields)
  for (const [key, item] of entries) {
    if (typeof key === 'object' && key !== null) throw new Misread('a map has keys that are no text: JSON has no such')
    put(record, String(key), plain(item))
  }
  return record
}

export const scalarCoders: Readonly<Record<Scalar, Coder>> = {
  double,
  float,
  int32,
  sint32: int32,
  sfixed32: int32,
  uint32,
  fixed32: uint32,
  int53,
  int64,
  sint64: int64,
  sfixed64: int64,
  uint64,
  fixed64: uint64,
  boolean,
  string,
  bytes,
  date,
  decimal,
  json,
}
