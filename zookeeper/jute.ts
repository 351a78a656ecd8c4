import { code, KeeperError } from './protocol.js'

/*
 * Jute, ZooKeeper's serialization: big-endian, fields in order, no tags.
 *
 *   int 4 B · long 8 B · boolean 1 B · buffer and string: int length, bytes · vector: int count, items
 *   a length or count of -1 is null, here undefined
 */

/** Reads one frame. What doesn't fit into it throws a KeeperError, never anything else. */
export class JuteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4))
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8))
  }

  boolean(): boolean {
    return this.#bytes[this.#take(1)] !== 0
  }

  /** A copy: the frame's memory may go on to hold others. */
  buffer(): Buffer | undefined {
    const length = this.#length()
    return length < 0 ? undefined : Buffer.from(this.#bytes.subarray(this.#take(length), this.#at))
  }

  string(): string | undefined {
    const length = this.#length()
    return length < 0 ? undefined : this.#bytes.toString('utf8', this.#take(length), this.#at)
  }

  /** A string that must be there. */
  text(): string {
    const text = this.string()
    if (text === undefined) throw new KeeperError(code.marshallingError, 'null where a string is needed')
    return text
  }

  /** null is an empty one. An item takes at least a byte, so a count beyond what is left is refused at once. */
  vector<T>(item: () => T): T[] {
    const count = this.int()
    if (count < -1 || count > this.left) throw new KeeperError(code.marshallingError, `a vector of ${count} items`)
    return Array.from({ length: Math.max(0, count) }, item)
  }

  #length(): number {
    const length = this.int()
    if (length < -1) throw new KeeperError(code.marshallingError, `a length of ${length}`)
    return length
  }

  #take(bytes: number): number {
    const from = this.#at
    if (bytes > this.left) throw new KeeperError(code.marshallingError, 'the frame ends too early')
    this.#at += bytes
    return from
  }
}

/** Writes one frame. */
export class JuteWriter {
  #bytes = Buffer.allocUnsafe(256)
  #at = 4

  int(value: number): this {
    const at = this.#grow(4)
    this.#bytes.writeInt32BE(value, at)
    return this
  }

  long(value: number | bigint): this {
    const at = this.#grow(8)
    this.#bytes.writeBigInt64BE(BigInt(value), at)
    return this
  }

  boolean(value: boolean): this {
    const at = this.#grow(1)
    this.#bytes[at] = value ? 1 : 0
    return this
  }

  buffer(value: Uint8Array | undefined): this {
    if (value === undefined) return this.int(-1)
    this.int(value.length)
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  string(value: string): this {
    const length = Buffer.byteLength(value)
    this.int(length)
    const at = this.#grow(length)
    this.#bytes.write(value, at)
    return this
  }

  vector<T>(items: Iterable<T>, write: (item: T) => void): this {
    const start = this.#grow(4)
    let count = 0
    for (const item of items) {
      write(item)
      count++
    }
    this.#bytes.writeInt32BE(count, start)
    return this
  }

  /** All of it, behind its length. */
  frame(): Buffer {
    this.#bytes.writeInt32BE(this.#at - 4, 0)
    return this.#bytes.subarray(0, this.#at)
  }

  /** Makes room, perhaps in other memory, and says where. */
  #grow(bytes: number): number {
    const from = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#at, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, from)
      this.#bytes = larger
    }
    return from
  }
}
