import type { OnReadOpts, Socket } from 'node:net'
import { ProtobufReader } from '../codec/protobuf.js'
import { RpcError } from '../error.js'
import type { Shape } from '../method.js'
import { frameKind, type Head, type WireState } from '../wire/wire.js'
import { type FrameTaker, type Framing, isLarge, type PartialFrame, progressOf, roomIn } from './framing.js'
import { type Beating, heartOf } from './heart.js'
import { Outbox } from './outbox.js'
import type { ConnectionOptions } from './protocol.js'
import { release } from './release.js'
import { own, ownerOf, type SocketOwner } from './socket-owner.js'

/** What a connection or a session does with what its link brings. */
export interface LinkEvents {
  /** A whole frame that isn't the link's own business. `reader` stands at its body and may not be kept. */
  frame(head: Head, reader: ProtobufReader, link: Link): void
  /** The socket is gone, for whatever reason; called exactly once. */
  closed(reason: RpcError, link: Link): void
}

/** Chunks from here on are worth giving back at once: what large messages come in. */
const bulkBytes = 32 * 1024

/**
 * How fast a frame that has begun has to go on, in bytes a second, seen over two intervals of the heartbeat: slower than any
 * line, faster than somebody who only wants it to stay open.
 */
const leastBytesPerSecond = 200

/** Pings are answered up to so many bytes that wait for the other side. */
const unreadBytes = 64 * 1024

/**
 * What an interval of the heartbeat has brought: any bytes; too little of the frame that is under way, in the one before; our
 * question whether somebody is still there, at the end of the one before.
 */
const pulse = { heard: 1, slow: 2, pinged: 4 } as const

// Frames are decoded one after the other and each wholly before its call is run, so one cursor serves the process.
const reader = new ProtobufReader()
/** Of the chunk that is being read, for chunks are read one after the other, too; between them 0. */
let frames = 0

/**
 * One live socket with its framing, its batching and its heartbeat: what both ends of the framed protocol share.
 * After any fault in the byte stream it says why (`goaway`) and destroys this socket; no other is touched.
 */
export class Link implements FrameTaker, Beating, SocketOwner {
  nextBeating: Beating | undefined = undefined
  previousBeating: Beating | undefined = undefined
  readonly outbox = new Outbox()
  readonly state: WireState
  readonly socket: Socket
  /** @internal */
  partial: PartialFrame | undefined = undefined
  /** @internal After a fault, too. */
  deaf = false
  readonly #framing: Framing
  readonly #events: LinkEvents
  #reason: RpcError | undefined = undefined
  #closed = false
  /** What the interval has brought so far: a sum of `pulse`. */
  #pulse: number = pulse.heard

  constructor(socket: Socket, framing: Framing, events: LinkEvents) {
    const { wire, options } = framing
    this.socket = socket
    this.#events = events
    this.state = wire.open(options)
    this.#framing = framing
    heartOf(options.keepaliveMs).add(this)
    socket.setNoDelay(true)
    own(socket, this)
  }

  /** The frame that is taken came alone, as far as can be told, and so did those before it. */
  get lone(): boolean {
    return frames <= 1 && this.outbox.lone
  }

  get closed(): boolean {
    return this.#closed
  }

  get options(): ConnectionOptions {
    return this.#framing.options
  }

  /** Takes in bytes that arrived: the first `end` of the chunk. */
  push(chunk: Buffer, end: number = chunk.length): void {
    this.#pulse |= pulse.heard
    frames = 0
    this.outbox.arriving()
    try {
      this.#framing.push(this, chunk, end)
    } catch (thrown) {
      this.fault(RpcError.from(thrown, 'internal'))
    }
    this.outbox.arrived(frames)
    frames = 0
  }

  /** @internal From the socket. */
  data(chunk: Buffer): void {
    const gathered = isLarge(this.partial)
    this.push(chunk)
    // Whatever of it is still wanted was copied: nobody else has it. Many small frames leave it to the next collection, which
    // costs less.
    if (chunk.length >= bulkBytes && (gathered || isLarge(this.partial))) release(chunk)
  }

  /** Where the next bytes are best read to, in the middle of a large frame; how many came there `took` is told. */
  get room(): Buffer | undefined {
    return roomIn(this.partial)
  }

  took(bytes: number): void {
    this.#pulse |= pulse.heard
    try {
      this.#framing.took(this, bytes)
    } catch (thrown) {
      this.fault(RpcError.from(thrown, 'internal'))
    }
  }

  /** Writes a control frame; a burst may take it along. */
  control(kind: number, id = 0, reason?: RpcError): void {
    if (this.#closed) return
    const out = this.outbox.begin()
    const start = out.pos
    if (id === 0 && !reason) this.state.writeControl(out, kind)
    else this.state.writeControl(out, kind, { id, ...(reason && { reason }) })
    if (out.pos > start) this.outbox.commit()
    else this.outbox.rollback()
  }

  /** Server: asks for the contract behind this number. Client: answers. */
  declare(method: number): void {
    if (this.#closed) return
    this.state.writeControl(this.outbox.begin(), frameKind.declare, { method })
    this.outbox.commit()
  }

  /** A cursor over bytes that were kept; like that of a frame it may not be kept itself. */
  readKept(bytes: Buffer): ProtobufReader {
    return reader.aim(bytes, 0, bytes.length)
  }

  /** Gives the other side room for `bytes` more of a stream. */
  credit(id: number, bytes: number): void {
    if (this.#closed) return
    this.state.writeControl(this.outbox.begin(), frameKind.credit, { id, bytes })
    this.outbox.commit()
  }

  /** Sends one item of a stream; returns its bytes. Throws RpcError, with the frames around it untouched. */
  item(shape: Shape<unknown>, id: number, value: unknown): number {
    if (this.#closed) throw this.#reason ?? new RpcError('unavailable', 'the connection is closed')
    const out = this.outbox.begin()
    const start = out.pos
    try {
      this.state.writeItem(out, shape, id, value)
    } catch (thrown) {
      this.outbox.rollback()
      throw thrown
    }
    const bytes = out.pos - start
    this.outbox.commitItem()
    return bytes
  }

  /** Sends what waits, then closes in good order. */
  end(reason?: RpcError): void {
    this.#reason ??= reason
    this.outbox.flush()
    this.socket.end()
  }

  /** Ends the socket at once. */
  destroy(reason: RpcError): void {
    this.#reason ??= reason
    this.socket.destroy()
  }

  /** The byte stream is broken: tells the other side why, as far as that still goes, and ends the socket. */
  fault(reason: RpcError): void {
    this.#reason ??= reason
    this.hearNoMore()
    this.control(frameKind.goaway, 0, reason)
    this.outbox.flush()
    this.socket.destroySoon()
  }

  /** @internal From its framing. */
  take(head: Head, buffer: Buffer, start: number, end: number, owned: boolean): void {
    frames++
    this.state.takeIn?.(head)
    if (head.kind === frameKind.ping || head.kind === frameKind.pong) {
      this.beaten(head)
      return
    }
    reader.aim(buffer, start + head.headBytes, end)
    reader.owned = owned
    this.#events.frame(head, reader, this)
  }

  private beaten({ kind, id }: Head): void {
    // Whoever leaves that much unread hears from us without it, once it reads.
    if (kind === frameKind.ping && this.outbox.waitingBytes < unreadBytes) this.control(frameKind.pong, id)
  }

  private hearNoMore(): void {
    this.deaf = true
    this.partial = undefined
  }

  /** @internal Once in each `keepaliveMs`. */
  beat(keepaliveMs: number): void {
    const before = this.#pulse
    const progress = progressOf(this.partial)
    const slow = progress !== undefined && progress < (leastBytesPerSecond * keepaliveMs) / 1000
    if (slow && before & pulse.slow) {
      const text = `a frame came at less than ${leastBytesPerSecond} bytes a second for ${2 * keepaliveMs} ms`
      this.fault(new RpcError('deadline_exceeded', text))
      return
    }
    this.#pulse = slow ? pulse.slow : 0
    if (before & pulse.heard) return
    if (before & pulse.pinged) {
      this.destroy(new RpcError('unavailable', `no sign of life for more than ${2 * keepaliveMs} ms`))
      return
    }
    this.#pulse |= pulse.pinged
    this.control(frameKind.ping)
    // At once: of thousands that beat in this turn, each would hold a slab until its end.
    this.outbox.flush()
  }

  /** @internal From the socket, which then closes. */
  failed(error: Error): void {
    this.#reason ??= new RpcError('unavailable', error.message, { cause: error })
  }

  /** @internal From the socket. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    heartOf(this.options.keepaliveMs).remove(this)
    this.hearNoMore()
    this.outbox.close()
    this.#events.closed(this.#reason ?? new RpcError('unavailable', 'the other side closed the connection'), this)
  }
}

/**
 * What all sockets of this process read into, but for large frames: a chunk is taken in before the next one is read.
 * A buffer for each read, Node's way, costs more than the read.
 */
let shared: Buffer | undefined
/** Who has just taken in a chunk: right after that Node asks where its next one is to go. */
let latest: Link | undefined

/** How a socket that belongs to a link reads where it can be told: straight into a large frame's own buffer while one arrives. */
export const onread = {
  buffer() {
    const room = latest?.room
    latest = undefined
    shared ??= Buffer.allocUnsafeSlow(64 * 1024)
    return room ?? shared
  },
  // Node calls it as a method of the socket: so one serves all of them.
  callback(this: Socket, bytes: number, buffer: Uint8Array) {
    const link = ownerOf(this) as Link | undefined
    if (buffer === shared) link?.push(shared as Buffer, bytes)
    else link?.took(bytes)
    latest = link
    return true
  },
} as OnReadOpts
