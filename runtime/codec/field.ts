import type { RpcError } from '../error.js'
import { malformed, mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/** The checks and loops that generated codecs share. */

/** An object to take properties from; a mismatch otherwise. */
export function expectObject(value: unknown): void {
  if (typeof value !== 'object' || value === null) throw mismatch
}

/** An object that has nothing of its own: what it has nevertheless, somebody put on Object.prototype. */
export const none: Readonly<Record<string, unknown>> = Object.freeze({})

/**
 * Does an optional property that was found belong to the object or to a class of the application's? `inherited` is
 * `none[name]`, by which compiled code knows without looking that nothing can be inherited.
 */
export function isOwn(value: object, name: string, inherited: unknown): boolean {
  return inherited === undefined || Object.hasOwn(value, name)
}

/** The array itself; a mismatch where it is none. */
export function list<T>(value: readonly T[]): readonly T[] {
  if (!Array.isArray(value)) throw mismatch
  return value
}

/** Writes numbers, booleans or enums as one packed field; an empty list writes nothing. */
export function writePacked<T>(
  writer: ProtobufWriter,
  tag: number,
  items: readonly T[],
  write: (writer: ProtobufWriter, item: T) => void,
): void {
  if (list(items).length === 0) return
  const start = writer.open(tag)
  for (const item of items) write(writer, item)
  writer.close(start)
}

/** Reads a packed field behind what `items` already holds. */
export function readPacked<T>(reader: ProtobufReader, items: T[], read: (reader: ProtobufReader) => T): void {
  const outer = reader.enter()
  while (reader.pos < reader.len) items.push(read(reader.counted()))
  reader.leave(outer, undefined)
}

/** Passes over a field that this contract doesn't know, from a newer one. */
export function skipField(reader: ProtobufReader, tag: number): void {
  const number = tag >>> 3
  if (number === 0) throw malformed('a field has the number 0')
  reader.skipType(tag & 7, 0, number)
}

/** The error for a message without one of its required fields. */
export function missing(message: string, field: string): RpcError {
  return malformed(`${message} came without its required "${field}"`)
}

/** The error for a union none of whose members came: the sender's contract is newer. */
export function unknownUnion(name: string): RpcError {
  return malformed(`${name} came without a member that this contract knows; is the sender's contract newer?`)
}

/** The error for a number that no member of the enum has: the sender's contract is newer. */
export function unknownMember(name: string, number: number): RpcError {
  return malformed(`${number} is no member of ${name}; is the sender's contract newer?`)
}
