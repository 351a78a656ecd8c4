import protobuf from 'protobufjs/minimal.js'
import { RpcError } from '../error.js'
import { slabBytes, takeSlab } from './slab.js'

/**
 * Cursors into a buffer that belongs to somebody else: they write into the middle of a connection's slab and read frames
 * in place.
 *
 * They extend protobufjs's, so that code printed for it (`codegen --codec protobufjs`) and our own work on one and the
 * same cursor, message by message. Its Writer (8.x) is a flat buffer with a position; `buf`, `pos`, `len` and `view` are
 * half-private, so `test/protobufjs-cursors.test.ts` fails when a release changes them. Whatever every message passes
 * through is our own: tags, lengths, room.
 */

/** Writes protobuf wire format at `pos` of `buf`; replaces `buf` by a larger copy when it needs room. */
export class ProtobufWriter extends protobuf.BufferWriter {
  declare buf: Uint8Array
  declare pos: number
  declare view: DataView | null
  declare states: number[] | null
  /** How many messages are open around `pos`. */
  depth = 0
  /** The last place with `spareBytes` behind it, or one before that: protobufjs's code goes over to larger buffers, too. */
  private spareAt = -1

  /** How protobufjs makes a larger buffer. */
  static override alloc(size: number): Buffer {
    return size < slabBytes ? Buffer.allocUnsafeSlow(size) : takeSlab(size)
  }

  /** Goes on writing at `pos` of another buffer. */
  aim(buf: Uint8Array, pos: number): this {
    if (buf !== this.buf) {
      this.buf = buf
      this.view = null
    }
    this.pos = pos
    this.spareAt = buf.length - spareBytes
    this.depth = 0
    return this
  }

  /** For numbers of several bytes. Slabs come back again and again, so that it is made for few of them. */
  newView(): DataView {
    this.view = viewOf(this.buf)
    return this.view
  }

  /**
   * The buffer, with `spareBytes` free at `at`, from where on printed code writes by itself: tags of its own and what `putInt32`
   * and the like write. Where it is when it is done it says by `pos`.
   */
  spare(at: number): Uint8Array {
    return at > this.spareAt ? this.grown(at) : this.buf
  }

  private grown(at: number): Uint8Array {
    this.pos = at
    this.room(spareBytes)
    this.spareAt = this.buf.length - spareBytes
    return this.buf
  }

  /** Makes sure that `bytes` fit behind `pos`. Read `buf` anew after it. */
  room(bytes: number): void {
    // Our own look first: growing is the exception, and its code is large.
    if (this.pos + bytes > this.buf.length) (this as unknown as { _reserve(bytes: number): void })._reserve(bytes)
  }

  /** Writes a varint of up to 32 bits: a tag or a length. */
  varint(value: number): void {
    this.room(5)
    const { buf } = this
    let at = this.pos
    for (; value > 127; value >>>= 7) buf[at++] = (value & 127) | 128
    buf[at] = value
    this.pos = at + 1
  }

  /** Writes a field's tag (number << 3 | wire type). */
  tag(tag: number): this {
    const { buf, pos } = this
    // Small enough to be compiled into whatever calls it: most tags are one byte, and there is room for it.
    if (tag > 127 || pos >= buf.length) this.varint(tag)
    else {
      buf[pos] = tag
      this.pos = pos + 1
    }
    return this
  }

  /** Begins a nested message (or packed list) in field `tag`. Returns its place for `close`. */
  open(tag: number): number {
    if (++this.depth > maxDepth) throw mismatch
    this.tag(tag)
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
    if (length < 128) this.buf[start - 1] = length
    else this.moveUp(start, length)
  }

  private moveUp(start: number, length: number): void {
    const more = length < 1 << 14 ? 1 : length < 1 << 21 ? 2 : length < 1 << 28 ? 3 : 4
    const end = this.skip(more) + more
    this.buf.copyWithin(start + more, start, end - more)
    this.pos = start - 1
    this.varint(length)
    this.pos = end
  }

  /** Takes back what was written behind `pos`, open length prefixes included. */
  back(pos: number): void {
    this.pos = pos
    this.states = null
  }

  /** Makes room for `bytes` and returns the position before them; the caller fills them in. */
  skip(bytes: number): number {
    this.room(bytes)
    const start = this.pos
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
  /** `buf` holds this message alone and will not be used again: large parts of it needn't be copied out. */
  owned = false
  /** How many messages `buf` has had while it has no `view`. */
  private messages = 0

  constructor() {
    super(empty)
  }

  /** Goes on reading elsewhere. */
  aim(buf: Buffer, pos: number, len: number): this {
    if (buf !== this.buf) {
      this.buf = buf
      this.view = null
      this.messages = 0
    } else if (this.view === null) this.aimedAgain(buf)
    this.pos = pos
    this.len = len
    this.depth = 0
    this.items = 0
    this.owned = false
    return this
  }

  /** To make a view costs as much as a message does without one, and many a buffer holds one and no more. */
  private aimedAgain(buf: Buffer): void {
    if (++this.messages >= 4) this.view = viewOf(buf)
  }

  /**
   * Does the field `tag` come next? Then its tag is read. This is how fields are read in the order in which they are
   * written as a rule; whatever comes otherwise is left to a loop over `tag`.
   */
  next(tag: number): boolean {
    if (tag > 127) return this.nextLong(tag)
    const { pos } = this
    if (pos >= this.len || this.buf[pos] !== tag) return false
    this.pos = pos + 1
    return true
  }

  /** Tags of two bytes; longer ones are left to the loop. */
  private nextLong(tag: number): boolean {
    const { buf, pos } = this
    if (tag >= 1 << 14 || pos + 1 >= this.len) return false
    if (buf[pos] !== ((tag & 127) | 128) || buf[pos + 1] !== tag >>> 7) return false
    this.pos = pos + 2
    return true
  }

  /** Reads a field's tag. */
  override tag(): number {
    const { pos } = this
    const byte = pos < this.len ? (this.buf[pos] as number) : 128
    if (byte > 127) return super.tag()
    this.pos = pos + 1
    return byte
  }

  /**
   * The end of the length-delimited value that begins here. Throws when it would lie behind the end of the message
   * around it, so that no nested length can reach into the next frame.
   */
  end(): number {
    const { pos } = this
    let length = pos < this.len ? (this.buf[pos] as number) : 128
    if (length < 128) this.pos = pos + 1
    else length = this.size()
    const end = this.pos + length
    if (end > this.len) throw tooLong(length, end - this.len)
    return end
  }

  /**
   * A list for the fields `tag`, all of them length-delimited, that come next one after the other: made with room for so many,
   * where one that grows would set aside 17 places for its first.
   */
  list<T>(tag: number): T[] {
    const items = this.ahead(tag)
    return items === 0 ? [] : new Array<T>(items)
  }

  /** How many fields `tag` come next, as far as that can be told by looking ahead: reading them finds out the rest. */
  private ahead(tag: number): number {
    const { buf, len } = this
    let items = 0
    // Tags of two bytes, from field 16 on, are left to grow.
    if (tag > 127) return 0
    for (let at = this.pos; at + 1 < len && buf[at] === tag && items < maxItems; items++) {
      let length = buf[++at] as number
      if (length > 127) {
        length &= 127
        for (let shift = 7; ; shift += 7) {
          const byte = buf[++at] as number
          if (shift > 21) return items
          length |= (byte & 127) << shift
          if (byte < 128) break
        }
      }
      at += 1 + length
    }
    return items
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

/** The same bytes as numbers of several bytes. To make one takes 140 ns. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength)
}

const empty = Buffer.alloc(0)

/** Room for some fields of fixed length with their tags, or for a short text. Printed code counts on it: never less in a later version. */
export const spareBytes = 64

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

/** A value whose last byte would lie behind the end of its message. The shape around it adds where. */
export function cutOff(): RangeError {
  return new RangeError('a value reaches past its message')
}

function tooLong(length: number, past: number): RpcError {
  return malformed(`a length of ${length} bytes reaches ${past} bytes past its message`)
}

function tooMany(): RpcError {
  return malformed(`it holds more than ${maxItems} items`)
}
