import { now } from '../clock.js'
import { type Head, newHead, type Wire } from '../wire/wire.js'

/** Whoever takes whole frames. */
export interface FrameTaker {
  /**
   * The frame's bytes are `start` to `end` of `buffer`, and gone after it returns; unless `owned`: then the buffer holds
   * nothing else, and is whoever's wants it. Nor may `head` be kept.
   */
  take(head: Head, buffer: Buffer, start: number, end: number, owned: boolean): void
}

/** Frames are taken one after the other, whatever inbox they came in. */
const head = newHead()

/** From a first chunk of 64 KiB, or half of one, to a frame of 1 MiB and its head in one step: a second would copy it all. */
const growth = 40
/** Frames from here on are read into their own buffer straight from the socket, where it can do that. */
const directBytes = 32 * 1024

/**
 * Cuts a byte stream into frames. Frames are read in place in the chunk they came in; only one that straddles chunks
 * is gathered, in a buffer that grows in steps of `growth` with what has really arrived: a peer that announces 8 MiB
 * has to send them.
 */
export class Inbox {
  readonly #wire: Wire
  readonly #maxFrameBytes: number
  readonly #to: FrameTaker
  /** The beginning of a frame whose rest is still to come. */
  #partial: Buffer | undefined = undefined
  #filled = 0
  #wanted = 0
  /** Counts the frames that straddled chunks: which one `#partial` is. */
  #begun = 0
  /** Where things stood when `progress` was asked last. */
  #askedOf = 0
  #askedAt = 0
  #closed = false

  constructor(wire: Wire, maxFrameBytes: number, to: FrameTaker) {
    this.#wire = wire
    this.#maxFrameBytes = maxFrameBytes
    this.#to = to
  }

  /** No more frames, not even the rest of the chunk that is being read. */
  close(): void {
    this.#closed = true
    this.#partial = undefined
  }

  /** Takes in the first `end` bytes of a chunk. Throws RpcError when they are no frame; the stream can't be read on. */
  push(chunk: Buffer, end: number = chunk.length): void {
    head.arrivedAt = now()
    let at = 0
    while (at < end && !this.#closed) {
      if (this.#partial) {
        at = this.#complete(chunk, at, end)
        continue
      }
      const length = this.#wire.head(chunk, at, end, this.#maxFrameBytes, head)
      if (length === 0 || at + length > end) {
        this.#wanted = length === 0 ? this.#wire.headBytes : length
        this.#gather(chunk, at, end)
        return
      }
      this.#to.take(head, chunk, at, at + length, false)
      at += length
    }
  }

  /**
   * How many bytes of the frame that is under way have come since this was asked last; undefined where none is, or it began
   * since then.
   */
  progress(): number | undefined {
    const goesOn = this.#partial !== undefined && this.#begun === this.#askedOf
    const bytes = this.#filled - this.#askedAt
    this.#askedOf = this.#partial ? this.#begun : 0
    this.#askedAt = this.#filled
    return goesOn ? bytes : undefined
  }

  /** In the middle of a large frame. */
  get gathers(): boolean {
    return this.#partial !== undefined && this.#wanted >= directBytes
  }

  /** Where the next bytes belong, if that is in the middle of a large frame: to be told by `took` how many there are. */
  get room(): Buffer | undefined {
    if (!this.#partial || this.#wanted - this.#filled < directBytes) return undefined
    return this.#make(this.#filled + 1).subarray(this.#filled)
  }

  /** So many bytes were read into `room`. Throws as `push` does. */
  took(bytes: number): void {
    if (!this.#partial) return
    head.arrivedAt = now()
    this.#filled += bytes
    if (this.#filled === this.#wanted) this.#whole(this.#partial)
  }

  /** Copies what the partial frame lacks; hands it over once it is whole. Returns where the chunk goes on. */
  #complete(chunk: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + this.#wanted - this.#filled)
    const partial = this.#gather(chunk, at, next)
    if (this.#filled === this.#wanted) this.#whole(partial)
    // Garbage is known by its first bytes: don't wait for a whole head of it.
    else if (this.#wanted === this.#wire.headBytes) this.#headOf(partial)
    return next
  }

  #gather(chunk: Buffer, at: number, end: number): Buffer {
    const partial = this.#make(this.#filled + end - at)
    chunk.copy(partial, this.#filled, at, end)
    this.#filled += end - at
    return partial
  }

  /** The buffer of the partial frame, with room for so many bytes of it. */
  #make(bytes: number): Buffer {
    if (this.#partial && bytes <= this.#partial.length) return this.#partial
    if (!this.#partial) this.#begun++
    const larger = Buffer.allocUnsafe(Math.max(this.#wire.headBytes, Math.min(this.#wanted, bytes * growth)))
    this.#partial?.copy(larger, 0, 0, this.#filled)
    this.#partial = larger
    return larger
  }

  /** All that was wanted is there: the frame, or only its head. */
  #whole(partial: Buffer): void {
    const length = this.#headOf(partial)
    if (length > this.#filled) {
      this.#wanted = length
      return
    }
    this.#partial = undefined
    this.#filled = 0
    // Small buffers are parts of larger ones.
    this.#to.take(head, partial, 0, length, partial.length >= directBytes)
  }

  #headOf(partial: Buffer): number {
    return this.#wire.head(partial, 0, this.#filled, this.#maxFrameBytes, head)
  }
}
