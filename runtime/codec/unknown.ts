import { skipField } from './field.js'
import { mismatch, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/**
 * Where a message that was read keeps the fields its contract doesn't know, as bytes, if its code was generated with
 * `--keep-unknown`: whoever passes it on, a copy by `{ ...message }` too, passes them on. JSON leaves them out.
 */
export const unknownFields: unique symbol = Symbol.for('tsubo.unknown')

/** Passes over a field like `skipField`, but takes a copy of it, tag and all. */
export function keepField(reader: ProtobufReader, tag: number, kept: Uint8Array[] = []): Uint8Array[] {
  const start = reader.pos
  skipField(reader, tag)
  kept.push(tagBytes(tag), new Uint8Array(reader.buf.subarray(start, reader.pos)))
  return kept
}

/** Hangs what was kept onto the message. */
export function withUnknown<T extends object>(value: T, kept: readonly Uint8Array[] | undefined): T {
  if (kept) (value as { [unknownFields]?: Uint8Array })[unknownFields] = joined(kept)
  return value
}

/** Writes what an earlier reader kept, behind the fields that the contract knows. */
export function writeUnknown(writer: ProtobufWriter, value: object): void {
  const bytes = (value as { readonly [unknownFields]?: unknown })[unknownFields]
  if (bytes === undefined) return
  if (!(bytes instanceof Uint8Array)) throw mismatch
  const start = writer.skip(bytes.length)
  writer.buf.set(bytes, start)
}

function tagBytes(tag: number): Uint8Array {
  const bytes: number[] = []
  let rest = tag >>> 0
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128)
  return new Uint8Array([...bytes, rest])
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
