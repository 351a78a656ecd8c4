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

/** A frame, or the head of one, whose rest is still to come. */
interface PartialFrame {
  /** It grows in steps of `growth` with what has really arrived: a peer that announces 8 MiB has to send them. */
  buffer: Buffer
  filled: number
  /** The head's bytes while no more than that is known. */
  wanted: number
  /** What was filled when `progress` was asked last; undefined: it began since then. */
  seen: number | undefined
}

/**
 * Cuts a byte stream into frames. Frames are read in place in the chunk they came in; only one that straddles chunks
 * is gathered.
 */
export class Inbox {
  readonly #wire: Wire
  readonly #maxFrameBytes: number
  readonly #to: FrameTaker
  #partial: PartialFrame | undefined = undefined
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
        at = this.#complete(this.#partial, chunk, at, end)
        continue
      }
      const length = this.#wire.head(chunk, at, end, this.#maxFrameBytes, head)
      if (length === 0 || at + length > end) {
        this.#begin(length === 0 ? this.#wire.headBytes : length, chunk, at, end)
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
    const partial = this.#partial
    if (!partial) return undefined
    const { filled, seen } = partial
    partial.seen = filled
    return seen === undefined ? undefined : filled - seen
  }

  /** In the middle of a large frame. */
  get gathers(): boolean {
    return this.#partial !== undefined && this.#partial.wanted >= directBytes
  }

  /** Where the next bytes belong, if that is in the middle of a large frame: to be told by `took` how many there are. */
  get room(): Buffer | undefined {
    const partial = this.#partial
    if (!partial || partial.wanted - partial.filled < directBytes) return undefined
    makeRoom(partial, partial.filled + 1)
    return partial.buffer.subarray(partial.filled)
  }

  /** So many bytes were read into `room`. Throws as `push` does. */
  took(bytes: number): void {
    const partial = this.#partial
    if (!partial) return
    head.arrivedAt = now()
    partial.filled += bytes
    if (partial.filled === partial.wanted) this.#whole(partial)
  }

  #begin(wanted: number, chunk: Buffer, at: number, end: number): void {
    const { headBytes } = this.#wire
    const buffer = Buffer.allocUnsafe(Math.max(headBytes, Math.min(wanted, (end - at) * growth)))
    this.#partial = { buffer, filled: chunk.copy(buffer, 0, at, end), wanted, seen: undefined }
  }

  /** Copies what the partial frame lacks; hands it over once it is whole. Returns where the chunk goes on. */
  #complete(partial: PartialFrame, chunk: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + partial.wanted - partial.filled)
    makeRoom(partial, partial.filled + next - at)
    partial.filled += chunk.copy(partial.buffer, partial.filled, at, next)
    if (partial.filled === partial.wanted) this.#whole(partial)
    // Garbage is known by its first bytes: don't wait for a whole head of it.
    else if (partial.wanted === this.#wire.headBytes) this.#headOf(partial)
    return next
  }

  /** All that was wanted is there: the frame, or only its head. */
  #whole(partial: PartialFrame): void {
    const length = this.#headOf(partial)
    if (length > partial.filled) {
      partial.wanted = length
      return
    }
    this.#partial = undefined
    const { buffer } = partial
    // Small buffers are parts of larger ones.
    this.#to.take(head, buffer, 0, length, buffer.length >= directBytes)
  }

  #headOf({ buffer, filled }: PartialFrame): number {
    return this.#wire.head(buffer, 0, filled, this.#maxFrameBytes, head)
  }
}

/** Gives a partial frame room for so many bytes of it. */
function makeRoom(partial: PartialFrame, bytes: number): void {
  const { buffer, filled, wanted } = partial
  if (bytes <= buffer.length) return
  partial.buffer = Buffer.allocUnsafe(Math.min(wanted, bytes * growth))
  buffer.copy(partial.buffer, 0, 0, filled)
}
