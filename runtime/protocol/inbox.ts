import { now } from '../clock.js'
import { type Head, newHead, type Wire } from '../wire/wire.js'

/** Takes a whole frame: its bytes are `start` to `end` of `buffer`, and gone after it returns. */
export type OnFrame = (head: Head, buffer: Buffer, start: number, end: number) => void

/**
 * Cuts a byte stream into frames. Frames are read in place in the chunk they came in; only one that straddles chunks
 * is copied, into a buffer that grows with what has really arrived: a peer that announces 8 MiB has to send them.
 */
export class Inbox {
  readonly #wire: Wire
  readonly #maxFrameBytes: number
  readonly #onFrame: OnFrame
  readonly #head = newHead()
  /** The beginning of a frame whose rest is still to come. */
  #partial: Buffer | undefined
  #filled = 0
  #wanted = 0
  #closed = false

  constructor(wire: Wire, maxFrameBytes: number, onFrame: OnFrame) {
    this.#wire = wire
    this.#maxFrameBytes = maxFrameBytes
    this.#onFrame = onFrame
  }

  /** No more frames, not even the rest of the chunk that is being read. */
  close(): void {
    this.#closed = true
    this.#partial = undefined
  }

  /** Throws RpcError when the bytes are no frame; the stream can't be read on. */
  push(chunk: Buffer): void {
    this.#head.arrivedAt = now()
    let at = 0
    while (at < chunk.length && !this.#closed) {
      if (this.#partial) {
        at = this.#complete(this.#partial, chunk, at)
        continue
      }
      const length = this.#wire.head(chunk, at, chunk.length, this.#maxFrameBytes, this.#head)
      if (length === 0 || at + length > chunk.length) {
        this.#keep(chunk, at, length === 0 ? this.#wire.headBytes : length)
        return
      }
      this.#onFrame(this.#head, chunk, at, at + length)
      at += length
    }
  }

  #keep(chunk: Buffer, at: number, wanted: number): void {
    this.#filled = chunk.length - at
    this.#wanted = wanted
    this.#partial = Buffer.allocUnsafe(Math.max(this.#wire.headBytes, Math.min(wanted, this.#filled * 2)))
    chunk.copy(this.#partial, 0, at)
  }

  /** Copies what the partial frame lacks; hands it over once it is whole. Returns where the chunk goes on. */
  #complete(partial: Buffer, chunk: Buffer, at: number): number {
    const take = Math.min(this.#wanted - this.#filled, chunk.length - at)
    if (this.#filled + take > partial.length) {
      const larger = Buffer.allocUnsafe(Math.min(this.#wanted, Math.max(partial.length * 2, this.#filled + take)))
      partial.copy(larger, 0, 0, this.#filled)
      this.#partial = larger
    }
    const buffer = this.#partial as Buffer
    chunk.copy(buffer, this.#filled, at, at + take)
    this.#filled += take
    if (this.#filled < this.#wanted) {
      // Garbage is known by its first bytes: don't wait for a whole head of it.
      if (this.#wanted === this.#wire.headBytes) {
        this.#wire.head(buffer, 0, this.#filled, this.#maxFrameBytes, this.#head)
      }
      return at + take
    }
    const length = this.#wire.head(buffer, 0, this.#filled, this.#maxFrameBytes, this.#head)
    if (length > this.#filled) {
      this.#wanted = length
      return at + take
    }
    this.#partial = undefined
    this.#filled = 0
    this.#onFrame(this.#head, buffer, 0, length)
    return at + take
  }
}
