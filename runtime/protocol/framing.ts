import { now } from '../clock.js'
import { type Head, newHead, type Wire } from '../wire/wire.js'
import type { ConnectionOptions } from './protocol.js'

/** Whoever takes whole frames out of a byte stream, and holds what has come of the next one. */
export interface FrameTaker {
  /** For `Framing` alone: an idle stream has none, and no object of its own to keep it. */
  partial: PartialFrame | undefined
  /** Takes no more frames, not even those of the chunk that is being read. */
  readonly deaf: boolean
  /**
   * The frame's bytes are `start` to `end` of `buffer`, and gone after it returns; unless `owned`: then the buffer holds
   * nothing else, and is whoever's wants it. Nor may `head` be kept.
   */
  take(head: Head, buffer: Buffer, start: number, end: number, owned: boolean): void
}

/** Frames are taken one after the other, whatever stream they came in. */
const head = newHead()

/** From a first chunk of 64 KiB, or half of one, to a frame of 1 MiB and its head in one step: a second would copy it all. */
const growth = 40
/** Frames from here on are read into their own buffer straight from the socket, where it can do that. */
const directBytes = 32 * 1024

/** A frame, or the head of one, whose rest is still to come. */
export interface PartialFrame {
  /** It grows in steps of `growth` with what has really arrived: a peer that announces 8 MiB has to send them. */
  buffer: Buffer
  filled: number
  /** The head's bytes while no more than that is known. */
  wanted: number
  /** What was filled when `progressOf` was asked last; undefined: it began since then. */
  seen: number | undefined
}

/**
 * Cuts byte streams into frames: one for all connections of a protocol. Frames are read in place in the chunk they came in;
 * only one that straddles chunks is gathered.
 */
export class Framing {
  readonly wire: Wire
  readonly options: ConnectionOptions

  constructor(wire: Wire, options: ConnectionOptions) {
    this.wire = wire
    this.options = options
  }

  /** Takes in the first `end` bytes of a chunk. Throws RpcError when they are no frame; the stream can't be read on. */
  push(to: FrameTaker, chunk: Buffer, end: number): void {
    head.arrivedAt = now()
    const { wire, options } = this
    let at = 0
    while (at < end && !to.deaf) {
      if (to.partial !== undefined) {
        at = this.complete(to, to.partial, chunk, at, end)
        continue
      }
      const length = wire.head(chunk, at, end, options.maxFrameBytes, head)
      if (length === 0 || at + length > end) {
        this.begin(to, length === 0 ? wire.headBytes : length, chunk, at, end)
        return
      }
      to.take(head, chunk, at, at + length, false)
      at += length
    }
  }

  /** So many bytes were read into `roomIn` of its partial frame. Throws as `push` does. */
  took(to: FrameTaker, bytes: number): void {
    const { partial } = to
    if (!partial) return
    head.arrivedAt = now()
    partial.filled += bytes
    if (partial.filled === partial.wanted) this.whole(to, partial)
  }

  private begin(to: FrameTaker, wanted: number, chunk: Buffer, at: number, end: number): void {
    const buffer = Buffer.allocUnsafe(Math.max(this.wire.headBytes, Math.min(wanted, (end - at) * growth)))
    to.partial = { buffer, filled: chunk.copy(buffer, 0, at, end), wanted, seen: undefined }
  }

  /** Copies what the partial frame lacks; hands it over once it is whole. Returns where the chunk goes on. */
  private complete(to: FrameTaker, partial: PartialFrame, chunk: Buffer, at: number, end: number): number {
    const next = Math.min(end, at + partial.wanted - partial.filled)
    makeRoom(partial, partial.filled + next - at)
    partial.filled += chunk.copy(partial.buffer, partial.filled, at, next)
    if (partial.filled === partial.wanted) this.whole(to, partial)
    // Garbage is known by its first bytes: don't wait for a whole head of it.
    else if (partial.wanted === this.wire.headBytes) this.headOf(partial)
    return next
  }

  /** All that was wanted is there: the frame, or only its head. */
  private whole(to: FrameTaker, partial: PartialFrame): void {
    const length = this.headOf(partial)
    if (length > partial.filled) {
      partial.wanted = length
      return
    }
    to.partial = undefined
    const { buffer } = partial
    // Small buffers are parts of larger ones.
    to.take(head, buffer, 0, length, buffer.length >= directBytes)
  }

  private headOf({ buffer, filled }: PartialFrame): number {
    return this.wire.head(buffer, 0, filled, this.options.maxFrameBytes, head)
  }
}

/**
 * How many bytes of a frame have come since this was asked last; undefined where none is under way, or it began since then.
 */
export function progressOf(partial: PartialFrame | undefined): number | undefined {
  if (!partial) return undefined
  const { filled, seen } = partial
  partial.seen = filled
  return seen === undefined ? undefined : filled - seen
}

/** In the middle of a large frame. */
export function isLarge(partial: PartialFrame | undefined): boolean {
  return partial !== undefined && partial.wanted >= directBytes
}

/** Where the next bytes belong, if that is in the middle of a large frame: `took` is to be told how many there are. */
export function roomIn(partial: PartialFrame | undefined): Buffer | undefined {
  if (!partial || partial.wanted - partial.filled < directBytes) return undefined
  makeRoom(partial, partial.filled + 1)
  return partial.buffer.subarray(partial.filled)
}

/** Gives a partial frame room for so many bytes of it. */
function makeRoom(partial: PartialFrame, bytes: number): void {
  const { buffer, filled, wanted } = partial
  if (bytes <= buffer.length) return
  partial.buffer = Buffer.allocUnsafe(Math.min(wanted, bytes * growth))
  buffer.copy(partial.buffer, 0, 0, filled)
}
