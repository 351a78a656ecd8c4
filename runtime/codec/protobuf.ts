import protobuf from 'protobufjs/minimal.js'
import { RpcError } from '../error.js'

/**
 * protobufjs's cursors, made to write into and read from the middle of a buffer that belongs to somebody else.
 *
 * Its Writer (8.x) is a flat buffer with a position; `buf`, `pos`, `len` and `view` are half-private, so
 * `test/protobufjs-cursors.test.ts` fails when a release changes them.
 */

/** Writes protobuf wire format at `pos` of `buf`; replaces `buf` by a larger copy when it needs room. */
export class ProtobufWriter extends protobuf.BufferWriter {
  declare buf: Uint8Array
  declare pos: number
  declare view: DataView | null
  declare states: number[] | null

  /** How protobufjs makes a larger buffer. */
  static override alloc(size: number): Buffer {
    return Buffer.allocUnsafeSlow(size)
  }

  /** Goes on writing at `pos` of another buffer. */
  aim(buf: Uint8Array, pos: number): this {
    this.buf = buf
    this.pos = pos
    this.view = null
    return this
  }

  /** Takes back what was written behind `pos`, open length prefixes included. */
  back(pos: number): void {
    this.pos = pos
    this.states = null
  }

  /** Makes room for `bytes` and returns the position before them; the caller fills them in. */
  skip(bytes: number): number {
    const start = this.pos
    ;(this as unknown as { _reserve(bytes: number): void })._reserve(bytes)
    this.pos = start + bytes
    return start
  }
}

/** Reads protobuf wire format from `pos` to `len` of `buf`. */
export class ProtobufReader extends protobuf.BufferReader {
  declare buf: Buffer
  declare pos: number
  declare len: number
  declare view: DataView | null

  constructor() {
    super(empty)
  }

  /** Goes on reading elsewhere. */
  aim(buf: Buffer, pos: number, len: number): this {
    this.buf = buf
    this.pos = pos
    this.len = len
    this.view = null
    return this
  }

  /**
   * The end of the length-delimited value that begins here. Throws when it would lie behind the end of the message
   * around it, so that no nested length can reach into the next frame.
   */
  end(): number {
    const length = this.uint32()
    const end = this.pos + length
    if (end > this.len) throw malformed(`a length of ${length} bytes reaches ${end - this.len} bytes past its message`)
    return end
  }
}

const empty = Buffer.alloc(0)

/** Bytes that are not what the contract says. */
export function malformed(what: string): RpcError {
  return new RpcError('internal', `malformed message: ${what}`)
}
