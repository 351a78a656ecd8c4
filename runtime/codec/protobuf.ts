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
  /** How many messages are open around `pos`. */
  depth = 0

  /** How protobufjs makes a larger buffer. */
  static override alloc(size: number): Buffer {
    return Buffer.allocUnsafeSlow(size)
  }

  /** Goes on writing at `pos` of another buffer. */
  aim(buf: Uint8Array, pos: number): this {
    this.buf = buf
    this.pos = pos
    this.view = null
    this.depth = 0
    return this
  }

  /** Writes a field's tag (number << 3 | wire type). */
  tag(tag: number): this {
    this.uint32(tag)
    return this
  }

  /** Begins a nested message (or packed list) in field `tag`. Returns its place for `close`. */
  open(tag: number): number {
    if (++this.depth > maxDepth) throw mismatch
    this.uint32(tag)
    return this.skip(1) + 1
  }

  /**
   * Ends what `open` began at `start`: the length goes into the byte kept free, or the content moves up by the bytes a
   * longer length needs. `written` only puts the writing of the content between the two calls:
   * `writer.close(writer.open(18), writeMoney(writer, value.price))`.
   */
  close(start: number, _written?: unknown): void {
    this.depth--
    const length = this.pos - start
    if (length < 128) {
      this.buf[start - 1] = length
      return
    }
    const more = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4
    const end = this.skip(more) + more
    this.buf.copyWithin(start + more, start, end - more)
    this.pos = start - 1
    this.uint32(length)
    this.pos = end
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
  /** How many messages are open around `pos`. */
  depth = 0
  /** How many items and messages came so far. */
  items = 0

  constructor() {
    super(empty)
  }

  /** Goes on reading elsewhere. */
  aim(buf: Buffer, pos: number, len: number): this {
    this.buf = buf
    this.pos = pos
    this.len = len
    this.view = null
    this.depth = 0
    this.items = 0
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

  /** Counts one item of a list. */
  counted(): this {
    if (++this.items > maxItems) throw tooMany()
    return this
  }

  /** Goes into the length-delimited value that begins here. Returns the end of what is around it, for `leave`. */
  enter(): number {
    if (++this.depth > maxDepth) throw malformed(`it nests deeper than ${maxDepth} messages`)
    if (++this.items > maxItems) throw tooMany()
    const outer = this.len
    this.len = this.end()
    return outer
  }

  /** Comes back out: `reader.leave(reader.enter(), readMoney(reader))`. */
  leave<T>(outer: number, value: T): T {
    this.depth--
    this.len = outer
    return value
  }
}

const empty = Buffer.alloc(0)

/** How many messages may lie in one another, written or read; deeper ones are refused before they cost a stack. */
export const maxDepth = 100

/**
 * How many items and messages one body may hold, in all its lists together: a list of empty messages takes two bytes an
 * item on the wire and many times that in memory. What is larger belongs into a stream.
 */
export const maxItems = 1 << 20

/**
 * What writing code throws at a value that doesn't fit: bare, because it runs for every value of every call. The shape
 * around it catches it and explains (`schema/explain.ts`).
 */
export const mismatch: unique symbol = Symbol('mismatch')

/** Bytes that are not what the contract says. */
export function malformed(what: string): RpcError {
  return new RpcError('internal', `malformed message: ${what}`)
}

function tooMany(): RpcError {
  return malformed(`it holds more than ${maxItems} items`)
}
