import type { ProtobufReader, ProtobufWriter } from '../protobuf.js'

/** Writes and reads one value behind its tag, as a generated pair of functions does. */
export interface Coder {
  write(writer: ProtobufWriter, value: unknown): void
  read(reader: ProtobufReader): unknown
  /** Protobuf's wire type of the tag (https://protobuf.dev/programming-guides/encoding/#structure). */
  readonly wire: 0 | 1 | 2 | 5
  /** A message: its length is put before it, and `read` reads to the end of that. */
  readonly nested: boolean
  /** What a map's key or value is that isn't on the wire; undefined where it has to be there. */
  readonly initial: unknown
}

/** Writes a value with its tag. */
export function writeField(writer: ProtobufWriter, coder: Coder, number: number, value: unknown): void {
  if (coder.nested) writer.close(writer.open(number * 8 + 2), coder.write(writer, value))
  else coder.write(writer.tag(number * 8 + coder.wire), value)
}

/** Reads the value whose tag was read. */
export function readValue(reader: ProtobufReader, coder: Coder): unknown {
  return coder.nested ? reader.leave(reader.enter(), coder.read(reader)) : coder.read(reader)
}
