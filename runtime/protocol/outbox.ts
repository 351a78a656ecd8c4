import type { Socket } from 'node:net'
import { now } from '../clock.js'
import { ProtobufWriter } from '../codec/protobuf.js'
import { giveSlab, slabBytes, takeSlab } from '../codec/slab.js'

/*
 * Frames are written straight into one slab, and the slab goes out in one write per burst: a write on a socket costs
 * some 3 to 7 us, a frame in the slab 0.2 us. It goes out at the end of the turn, or of the chunk whose frames are answered
 * in it, or at once when half of the calls under way, three quarters as many replies as requests came together, or so many
 * bytes wait: then the other can begin while this one still writes, and the two don't take turns with one of them idle. Where
 * so many requests came together that the other side is still busy making more of them, all are answered in one write. What
 * is alone doesn't wait for the end of the turn.
 *
 *   slab  | frame | frame | frame |  <- pos          slabs come from a pool and go back when the kernel took all:
 *                                                    an idle connection holds none
 */
const frameLimits = { least: 8, most: 256 } as const
/** In bytes. Larger frames take longer to be made, too; in a stream nobody waits for any of them. */
const byteLimits = { calls: 24 * 1024, stream: 40 * 1024 } as const
/** So many requests that came together are answered together. */
const crowd = 64
const none = Buffer.alloc(0)

/** What goes out in one write: made when its first frame is written. */
class Burst {
  readonly out = new ProtobufWriter().aim(none, 0)
  /** What `out` began with; it goes on in a larger one where a frame needs that. */
  slab: Buffer = none
  frames = 0
  /** When it was young; 0: nobody has asked yet. */
  begunAt = 0

  begin(): this {
    this.slab = takeSlab()
    this.out.aim(this.slab, 0)
    return this
  }

  /** Ends with the slab that was written to, which is the caller's now. */
  end(): Buffer {
    const { out } = this
    const slab = out.buf as Buffer
    // A large one is not to be held by nobody. The small one it had may be the next one, too, and its view is made.
    if (slab !== this.slab) {
      giveSlab(this.slab)
      out.aim(none, 0)
    }
    this.slab = none
    this.frames = 0
    this.begunAt = 0
    return slab
  }
}

/** What an outbox has while nothing waits in it: one for all, and a few that go from hand to hand. */
const idle = new Burst()
const bursts: Burst[] = []
const burstsLimit = 64

export class Outbox {
  /** Counts bursts: a frame that was written in burst n has left this process once `burst` is greater than n. */
  burst = 0
  /** The burst that frames are written into. */
  #next = idle
  #socket: Socket | undefined = undefined
  /** What the socket had in its queue after the last write: since then that has only become less. */
  #queuedBytes = 0
  #scheduled = false
  /** The last chunk that was read held one frame at most. */
  lone = true
  /** So many frames make a burst where nobody says how many calls are under way. */
  #burstFrames: number = frameLimits.least

  /** Where the next frame goes. Follow it by `commit`, or by `rollback` if writing threw. */
  begin(): ProtobufWriter {
    if (this.#next === idle) this.#next = (bursts.pop() ?? new Burst()).begin()
    return this.#next.out
  }

  /** A time since which the burst's frames were written, all but its first, on `now()`'s clock, rounded down: one look for all of them. */
  get begunAt(): number {
    const { begunAt } = this.#next
    return begunAt === 0 ? this.look() : begunAt
  }

  /**
   * `underWay`: how many calls the two sides work on. A client knows, a server only when it is one; without it what arrived last
   * decides.
   */
  commit(underWay?: number): void {
    const frames = underWay === undefined ? this.#burstFrames : underWay === 1 ? 1 : burstOf(underWay >> 1)
    this.wrote(frames, byteLimits.calls)
  }

  /** Frames are taken in now: what is written meanwhile goes out when that is done, for which no end of a turn is needed. */
  arriving(): void {
    this.#scheduled = true
  }

  /** So many frames came together: the other side has work again when most of them are answered. */
  arrived(frames: number): void {
    this.lone = frames <= 1
    this.#burstFrames = burstOf(frames > crowd ? frames : (3 * frames) >> 2)
    this.turnEnds()
  }

  /** For an item of a stream: nobody waits for the one before it, so that only bytes make a burst full. */
  commitItem(): void {
    this.wrote(Number.POSITIVE_INFINITY, byteLimits.stream)
  }

  private look(): number {
    // A whole number: a fraction would be an object of its own each time that it is read.
    const at = Math.floor(now())
    if (this.#next !== idle) this.#next.begunAt = at
    return at
  }

  private wrote(frameLimit: number, byteLimit: number): void {
    const next = this.#next
    next.frames++
    if (this.#socket === undefined) return
    if (next.frames >= frameLimit || next.out.pos >= byteLimit) this.flush()
    else if (!this.#scheduled) {
      this.#scheduled = true
      // Not a microtask: a stream's producer runs in those, and each of its items would go out in a write of its own.
      process.nextTick(flushScheduled, this)
    }
  }

  /** After a frame that couldn't be written: the wire has left only whole frames before it, maybe none. */
  rollback(): void {
    if (this.#next !== idle && this.#next.out.pos === 0) giveSlab(this.leave())
  }

  /** Frames written before this wait in the slab; from here on they leave. */
  open(socket: Socket): void {
    this.#socket = socket
    this.flush()
  }

  /** Forgets the socket and what was not sent. */
  close(): void {
    this.#socket = undefined
    if (this.#next !== idle) giveSlab(this.leave())
  }

  /** Bytes that wait in this process: in the slab and in the socket's own queue. */
  get waitingBytes(): number {
    return this.#next.out.pos + (this.#socket?.writableLength ?? 0)
  }

  /** Do more than so many wait? Asked for each frame, the socket's queue is looked at only where it may matter. */
  holdsMoreThan(bytes: number): boolean {
    return this.#next.out.pos + this.#queuedBytes > bytes && this.waitingBytes > bytes
  }

  flush(): void {
    const { pos } = this.#next.out
    const socket = this.#socket
    if (pos === 0 || socket === undefined) return
    this.burst++
    const slab = this.leave()
    const frames = slab.subarray(0, pos)
    if (pos >= slabBytes / 2) {
      // Too much to copy, and mostly too much for the kernel to take at once.
      socket.write(frames, () => giveSlab(slab))
    } else if ('encrypted' in socket || socket.writableLength > 0) {
      // Behind a slow peer small bursts queue up: copied, so that none of them holds a whole slab.
      // TLS never takes all at once, so that its small bursts are copied, too.
      socket.write(Buffer.from(frames))
      giveSlab(slab)
    } else {
      socket.write(frames)
      // Nothing queued: the kernel has taken it all and the slab is free. Otherwise it belongs to the socket now.
      if (socket.writableLength === 0) giveSlab(slab)
    }
    this.#queuedBytes = socket.writableLength
  }

  /** @internal The end of the turn has come, or that of a chunk. */
  turnEnds(): void {
    this.#scheduled = false
    this.flush()
  }

  /** Nothing waits any more. Returns the slab of what did. */
  private leave(): Buffer {
    const last = this.#next
    this.#next = idle
    const slab = last.end()
    if (bursts.length < burstsLimit) bursts.push(last)
    return slab
  }
}

function burstOf(frames: number): number {
  return Math.min(Math.max(frames, frameLimits.least), frameLimits.most)
}

function flushScheduled(outbox: Outbox): void {
  outbox.turnEnds()
}
