import type { OnReadOpts, Socket } from 'node:net'
import { type Address, formatHostPort } from '../address.js'
import type { Attempt, Call, Sink } from '../call.js'
import { now } from '../clock.js'
import type { ProtobufReader } from '../codec/protobuf.js'
import { RpcError } from '../error.js'
import { type Shape, streamsIn, streamsOut } from '../method.js'
import { frameKind, type Head } from '../wire/wire.js'
import { backoffMs } from './backoff.js'
import { Alarm, type Deadline, hang, unhang } from './deadline.js'
import type { Framing } from './framing.js'
import { Inflow, overrun } from './inflow.js'
import { Link, type LinkEvents, onread } from './link.js'
import { asStream, Outflow } from './outflow.js'
import type { Connection, ConnectionState, ConnectOptions } from './protocol.js'
import { explainTls } from './tls.js'

/*
 * A call's id is its slot's number and that slot's generation, so that a reply that comes too late finds a slot
 * of another generation and is dropped:
 *
 *   | 0 | generation: 11 bits | slot: 20 bits |    slot 0 is never used: id 0 means "no reply wanted"
 */
const slotBits = 20
const slotMask = 2 ** slotBits - 1
const idMask = 2 ** 31 - 1

/**
 * Where an attempt waits for its reply, or for the end of its streams. Slots are used again and again, because V8 takes longer
 * for what is new than for all that is done with it.
 */
class Slot implements Deadline, Attempt {
  next: Deadline | undefined = undefined
  previous: Deadline | undefined = undefined
  /** Of the attempt; undefined while the slot is free. */
  sink: Sink | undefined = undefined
  /** Of a call that has any; few do, and many slots lie idle. */
  streams: Streams | undefined = undefined
  /** Of its call, or else of the next one. */
  id: number
  /** The burst that the request went out with. */
  burst = 0
  /** The one that is taken after this one, while both are free. */
  nextFree: Slot | undefined = undefined
  readonly #owner: FramedConnection

  constructor(owner: FramedConnection, number: number) {
    this.#owner = owner
    this.id = 2 ** slotBits + number
  }

  /** What comes back, once the reply has opened it. */
  get inflow(): Inflow | undefined {
    return this.streams?.inflow
  }

  cancel(reason: RpcError): void {
    this.#owner.abandon(this.id, reason)
  }

  expire(): void {
    const { sink, streams, inflow } = this as Taken
    const { call } = sink
    const { idleTimeoutMs, deadline } = call
    if (streams && inflow && idleTimeoutMs !== undefined) {
      // One deadline for a burst of items: when it comes, the last of them decides.
      const idleAt = streams.heardAt + idleTimeoutMs
      const time = now()
      if (time < idleAt && (call.byDefault || time < deadline)) {
        hang(this, Math.min(idleAt, boundOf(call)))
        return
      }
    }
    this.fail(deadlineExceeded(call, this.#owner.address, inflow))
  }

  /** The reply has opened the stream: from here on only a deadline that was asked for counts, and silence. */
  opened(inflow: Inflow): void {
    const { call } = (this as Taken).sink
    const streams = this.streaming()
    streams.inflow = inflow
    streams.heardAt = now()
    unhang(this)
    hang(this, Math.min(boundOf(call), streams.heardAt + (call.idleTimeoutMs ?? Number.POSITIVE_INFINITY)))
  }

  /** Its streams, from when it has one. */
  streaming(): Streams {
    this.streams ??= new Streams()
    return this.streams
  }

  /** A sign that the provider takes part: the default deadline has done its work. */
  accepted(): void {
    if (this.sink?.call.byDefault) unhang(this)
  }

  /** Ends it from this side: the server is told, then whoever waits. */
  fail(error: RpcError): void {
    const { sink, inflow } = this
    if (this.#owner.abandon(this.id, error) && !inflow) sink?.fail(error)
  }
}

/** The streams of an attempt. */
class Streams {
  /** What comes back, once the reply has opened it. */
  inflow: Inflow | undefined = undefined
  /** What goes out, once the socket is connected. */
  outflow: Outflow | undefined = undefined
  /** When the last item of `inflow` came. */
  heardAt = 0
}

/** One that an attempt waits in. */
type Taken = Slot & { readonly sink: Sink }

/** How long a stream that is open may take. */
function boundOf(call: Call): number {
  return call.byDefault ? Number.POSITIVE_INFINITY : call.deadline
}

function deadlineExceeded(call: Call, to: Address, open?: Inflow): RpcError {
  const where = formatHostPort(to.host, to.port)
  const ms = Math.round(call.deadline - call.startedAt)
  const text = !open
    ? `got no reply from ${where} within ${ms} ms`
    : now() < call.deadline || call.byDefault
      ? `brought nothing from ${where} for ${call.idleTimeoutMs} ms`
      : `was not over at ${where} within ${ms} ms`
  return new RpcError('deadline_exceeded', `${call.method.path} ${text}`)
}

/** What a connection has before its first call. With a second slot comes room for 17, and many connections are idle. */
const noSlots: Slot[] = []
const settled: Attempt = { cancel() {} }
const exportsNothing = () => new RpcError('unimplemented', 'a client exports nothing')

/** What a connection keeps that may not be idle for ever. */
class Idleness {
  readonly limitMs: number
  /** When the last call ended, or the socket was connected. */
  since = 0
  timer: NodeJS.Timeout | undefined = undefined
  /** The link that idleness closed, until its socket is gone. */
  resting: Link | undefined = undefined

  constructor(limitMs: number) {
    this.limitMs = limitMs
  }
}

/** Starts to connect a socket that reads as it is told, or by `data` events where it can't. */
export type Dial = (address: Address, onread: OnReadOpts) => Socket

/** The client's end of the framed protocol: one address, one socket at a time, any number of calls under way. */
export class FramedConnection implements Connection, LinkEvents {
  readonly address: Address
  readonly #framing: Framing
  readonly #dial: Dial
  /** Connections are encrypted. */
  readonly #secure: boolean
  /** By number, which begins with 1. */
  #slots: Slot[] = noSlots
  #free: Slot | undefined
  #state: ConnectionState = 'idle'
  #link: Link | undefined
  #pending = 0
  /** A one-way call lies in the slab of a socket that isn't connected yet; nobody waits for it, but it shall go out. */
  #onewayWaits = false
  #failures = 0
  /** Why the last connect failed or the last socket ended. */
  #lastFailure: RpcError | undefined
  #retry: NodeJS.Timeout | undefined
  #retryAt = 0
  /** Bounds the connect that is under way. */
  #dialling: Alarm | undefined
  /** The provider has said hello on this link: it reads what is sent. */
  #greeted = false
  readonly #idleness: Idleness | undefined
  #onClosed: (() => void) | undefined

  constructor(address: Address, framing: Framing, dial: Dial, wanted: ConnectOptions) {
    this.address = address
    this.#framing = framing
    this.#dial = wanted.secure ?? dial
    this.#secure = wanted.secure !== undefined
    this.#idleness = wanted.idleLimitMs === undefined ? undefined : new Idleness(wanted.idleLimitMs)
  }

  get state(): ConnectionState {
    return this.#state
  }

  get available(): boolean {
    const state = this.#state
    return state === 'ready' || state === 'idle' || (state === 'connecting' && this.#failures === 0)
  }

  send(call: Call, sink: Sink): Attempt {
    if (this.#state === 'idle') this.connect()
    const link = this.#link
    if (link === undefined || (this.#state !== 'ready' && this.#state !== 'connecting')) {
      sink.fail(this.unreachable())
      return settled
    }
    const { outbox } = link
    let remainingMs = call.deadline - Math.max(outbox.begunAt, call.startedAt)
    // While it connects a burst may wait for long; else it goes out within this turn, and only the last milliseconds are worth a
    // closer look.
    if (this.#state !== 'ready' || remainingMs < 2) remainingMs = call.deadline - now()
    if (remainingMs <= 0) {
      sink.fail(deadlineExceeded(call, this.address))
      return settled
    }
    if (
      this.#pending >= this.#framing.options.maxPending ||
      outbox.holdsMoreThan(this.#framing.options.maxPendingBytes)
    ) {
      sink.fail(this.full(link))
      return settled
    }
    const { oneway, kind } = call.method.schema
    const slot = oneway ? undefined : this.takeSlot()
    // A stream that is only bound by default is not bound on the other side. Rounded up, as it will travel: a fraction that is
    // handed on is an object of its own. What subtracting left of 1000 ms, 1000.0000000001, is no 1001.
    const bound = kind !== 'unary' && call.byDefault ? Number.POSITIVE_INFINITY : Math.ceil(remainingMs - 1e-6)
    const error = this.write(link, call, slot === undefined ? 0 : slot.id, bound)
    if (error !== undefined) {
      if (slot !== undefined) this.giveSlot(slot)
      sink.fail(error)
      return settled
    }
    if (slot === undefined) {
      this.#onewayWaits = this.#state === 'connecting'
      if (this.#idleness) this.#idleness.since = now()
      outbox.commit()
      sink.reply(undefined)
      return settled
    }
    slot.sink = sink
    slot.burst = outbox.burst
    this.#pending++
    hang(slot, Math.ceil(call.deadline))
    outbox.commit(this.#pending)
    if (this.#state === 'ready' && streamsIn(call.method)) this.startOutflow(link, slot as Taken)
    return slot
  }

  /** Gives up the attempt that has this id and tells the server. False when it is over already. */
  abandon(id: number, reason: RpcError): boolean {
    const slot = this.at(id)
    if (!slot) return false
    const { inflow } = slot
    this.release(slot)
    this.#link?.control(frameKind.cancel, id, reason)
    inflow?.end(reason)
    this.afterOne()
    return true
  }

  async close(graceMs = 10_000): Promise<void> {
    if (this.#state === 'closed') return
    const connecting = this.#state === 'connecting'
    this.#state = 'closed'
    clearTimeout(this.#retry)
    clearTimeout(this.#idleness?.timer)
    this.#idleness?.resting?.destroy(new RpcError('cancelled', 'closed'))
    const link = this.#link
    if (!link) return
    if (connecting && this.#pending === 0 && !this.#onewayWaits) {
      return link.destroy(new RpcError('cancelled', 'closed'))
    }
    const timer = setTimeout(() => {
      link.destroy(new RpcError('unavailable', 'the client was closed before the reply came'))
    }, graceMs)
    await new Promise<void>((resolve) => {
      this.#onClosed = resolve
      if (!connecting) this.afterOne()
    })
    clearTimeout(timer)
  }

  /** Writes the request; returns why it couldn't be written, with the frames around it untouched. */
  private write(link: Link, call: Call, id: number, remainingMs: number): RpcError | undefined {
    try {
      const out = link.outbox.begin()
      const start = out.pos
      link.state.writeRequest(out, call, id, remainingMs)
      call.bytesOut += out.pos - start
      return undefined
    } catch (thrown) {
      return this.unwritten(link, call, thrown)
    }
  }

  private unwritten(link: Link, call: Call, thrown: unknown): RpcError {
    link.outbox.rollback()
    const cause = RpcError.from(thrown, 'invalid_argument')
    return new RpcError(cause.code, `the request of ${call.method.path} can't be sent: ${cause.message}`, { cause })
  }

  private full({ outbox: { waitingBytes } }: Link): RpcError {
    const where = formatHostPort(this.address.host, this.address.port)
    const text =
      this.#pending < this.#framing.options.maxPending
        ? `${where} doesn't read: ${waitingBytes} bytes wait (maxPendingBytes)`
        : `${this.#pending} calls wait for ${where} already (maxPending)`
    return new RpcError('resource_exhausted', text, { retryable: true })
  }

  private connect(): void {
    this.#state = 'connecting'
    this.#greeted = !this.#framing.wire.greets
    const socket = this.#dial(this.address, onread)
    const link = new Link(socket, this.#framing, this)
    this.#link = link
    link.control(frameKind.hello)
    const { connectTimeoutMs } = this.#framing.options
    this.#dialling = new Alarm(() => {
      link.destroy(new RpcError('unavailable', `no connection within ${connectTimeoutMs} ms`))
    })
    this.#dialling.set(connectTimeoutMs)
    socket.once(this.#secure ? 'secureConnect' : 'connect', () => {
      this.dialled()
      if (this.#state === 'connecting') this.#state = 'ready'
      link.outbox.open(socket)
      for (const slot of this.#slots) {
        if (slot.sink && streamsIn(slot.sink.call.method)) this.startOutflow(link, slot as Taken)
      }
      this.#onewayWaits = false
      if (this.#idleness) this.watch(this.#idleness)
      this.afterOne()
    })
  }

  private dialled(): void {
    this.#dialling?.stop()
    this.#dialling = undefined
  }

  /** @internal From its link. */
  frame(head: Head, reader: ProtobufReader, link: Link): void {
    // What a link that was let go still says is about nothing any more.
    if (this.#link !== link) return
    // A connect counts as a success once the peer has said something: an accepting but broken one keeps its back-off.
    this.#failures = 0
    // Apart from all others: what a call passes has to be small, or V8 doesn't make one piece of it.
    if (head.kind === frameKind.reply) this.reply(link, head, reader)
    else this.other(link, head, reader)
  }

  private other(link: Link, head: Head, reader: ProtobufReader): void {
    switch (head.kind) {
      case frameKind.error:
        this.error(link, head, reader)
        break
      case frameKind.item:
        this.item(link, head, reader)
        break
      case frameKind.end:
        this.end(head.id)
        break
      case frameKind.credit: {
        const slot = this.at(head.id)
        slot?.accepted()
        slot?.streams?.outflow?.add(link.state.readCredit(reader))
        break
      }
      case frameKind.hello:
      case frameKind.declare:
      case frameKind.goaway:
        this.control(link, head, reader)
    }
    // Other kinds are a newer provider's.
  }

  private control(link: Link, head: Head, reader: ProtobufReader): void {
    const news = link.state.readControl(reader, head, exportsNothing)
    if (head.kind === frameKind.hello) this.#greeted = true
    if (news?.kind === 'goaway') {
      this.#lastFailure = news.reason
      // Who doesn't even greet has read no request: it takes no connection like this one.
      if (!this.#greeted) link.destroy(new RpcError(news.reason.code, news.reason.message, { retryable: true }))
      if (this.#state === 'ready') this.#state = 'draining'
      this.afterOne()
    } else if (news?.kind === 'asked') {
      link.declare(news.method)
      // An answer is larger than its question: who asks without reading has no use for it.
      const { waitingBytes } = link.outbox
      if (waitingBytes > this.#framing.options.maxPendingBytes) {
        const text = `the provider doesn't read: ${waitingBytes} bytes wait for it`
        link.destroy(new RpcError('resource_exhausted', text))
      }
    }
  }

  private reply(link: Link, head: Head, reader: ProtobufReader): void {
    const slot = this.at(head.id)
    if (slot === undefined || slot.streams?.inflow !== undefined) return
    const { sink } = slot
    const { call } = sink
    if (streamsOut(call.method)) {
      this.openStream(link, head, reader, slot)
      return
    }
    this.release(slot)
    call.bytesIn += head.headBytes + reader.len - reader.pos
    call.answeredAt = head.arrivedAt
    link.state.readReply(reader, head, sink)
    this.afterOne()
  }

  /** Apart from `reply`, in which these closures would cost every call their scope. */
  private openStream(link: Link, head: Head, reader: ProtobufReader, slot: Taken): void {
    const { sink, id } = slot
    const inflow = new Inflow({
      credit: (bytes) => link.credit(id, bytes),
      stop: (reason) => this.abandon(id, reason),
    })
    const metadata = link.state.readOpening(reader, head)
    slot.opened(inflow)
    sink.reply(inflow, metadata)
  }

  private error(link: Link, head: Head, reader: ProtobufReader): void {
    const slot = this.at(head.id)
    if (!slot) return
    const { inflow } = slot
    const { call } = slot.sink
    const sink: Sink = inflow ? { call, reply() {}, fail: (error) => inflow.end(error) } : slot.sink
    this.release(slot)
    call.answeredAt = head.arrivedAt
    link.state.readReply(reader, head, sink)
    this.afterOne()
  }

  private item(link: Link, head: Head, reader: ProtobufReader): void {
    const slot = this.at(head.id)
    const streams = slot?.streams
    const inflow = streams?.inflow
    if (!slot || !inflow) return
    const { call } = slot.sink
    if (inflow.full) {
      link.fault(overrun(call))
      return
    }
    const bytes = head.headBytes + reader.len - reader.pos
    call.bytesIn += bytes
    if (call.idleTimeoutMs !== undefined) streams.heardAt = now()
    try {
      inflow.push(link.state.readItem(reader, call.method.codec.result), bytes)
    } catch (thrown) {
      slot.fail(RpcError.from(thrown, 'internal'))
    }
  }

  private end(id: number): void {
    const slot = this.at(id)
    if (!slot) return
    const { sink, inflow } = slot
    this.release(slot)
    if (inflow) inflow.end()
    else sink.fail(new RpcError('internal', `${sink.call.method.path}: its stream ended before it was opened`))
    this.afterOne()
  }

  private startOutflow(link: Link, slot: Taken): void {
    const { id } = slot
    const { call } = slot.sink
    const { schema, codec } = call.method
    call.pulled = true
    try {
      const items = asStream(
        call.args[schema.stream as number],
        `${call.method.path}: ${schema.params[schema.stream as number]?.name}`,
      )
      const outflow = new Outflow(items, {
        item(value) {
          const bytes = link.item(codec.item as Shape<unknown>, id, value)
          call.bytesOut += bytes
          return bytes
        },
        end: (thrown) => {
          if (thrown === undefined) link.control(frameKind.end, id)
          else this.at(id)?.fail(RpcError.from(thrown, 'cancelled'))
        },
      })
      slot.streaming().outflow = outflow
      void outflow.run()
    } catch (thrown) {
      slot.fail(RpcError.from(thrown, 'invalid_argument'))
    }
  }

  /** Where the attempt waits that has this id; undefined when it is over. */
  private at(id: number): Taken | undefined {
    const slot = this.#slots[(id & slotMask) - 1]
    return slot !== undefined && slot.id === id && slot.sink !== undefined ? (slot as Taken) : undefined
  }

  private takeSlot(): Slot {
    const slot = this.#free
    if (slot === undefined) return this.newSlot()
    this.#free = slot.nextFree
    return slot
  }

  private giveSlot(slot: Slot): void {
    slot.nextFree = this.#free
    this.#free = slot
  }

  private newSlot(): Slot {
    const slot = new Slot(this, this.#slots.length + 1)
    if (this.#slots === noSlots) this.#slots = [slot]
    else this.#slots.push(slot)
    return slot
  }

  /** The attempt that waits there is over: the slot is free, for one of its next generation. */
  private release(slot: Slot): void {
    unhang(slot)
    slot.streams?.outflow?.stop()
    slot.sink = undefined
    slot.streams = undefined
    slot.id = (slot.id + 2 ** slotBits) & idMask
    this.giveSlot(slot)
    this.#pending--
  }

  /** When the last call of a connection that takes no more is over, its socket can go. */
  private afterOne(): void {
    if (this.#pending > 0) return
    if (this.#idleness) this.#idleness.since = now()
    if (this.#state === 'draining' || this.#state === 'closed') this.#link?.end(this.#lastFailure)
  }

  /** One timer per connection, however many calls: when it comes, it asks since when there was none. */
  private watch(idleness: Idleness): void {
    clearTimeout(idleness.timer)
    idleness.since = now()
    this.look(idleness, idleness.limitMs)
  }

  private look(idleness: Idleness, inMs: number): void {
    const { limitMs } = idleness
    idleness.timer = setTimeout(() => {
      const leftMs = this.#pending > 0 ? limitMs : idleness.since + limitMs - now()
      if (leftMs > 0) this.look(idleness, leftMs)
      else this.rest(idleness)
    }, inMs).unref()
  }

  /** Closes the socket in good order; the next call connects anew, and needn't wait for the old one to be gone. */
  private rest(idleness: Idleness): void {
    idleness.timer = undefined
    if (this.#state !== 'ready') return
    this.#state = 'idle'
    idleness.resting = this.#link
    this.#link = undefined
    idleness.resting?.end()
  }

  /** @internal From its link. */
  closed(reason: RpcError, link: Link): void {
    if (this.#link === link) this.lost(reason, link)
    else if (this.#idleness?.resting === link) this.#idleness.resting = undefined
  }

  private lost(cause: RpcError, link: Link): void {
    this.dialled()
    const connected = this.#state !== 'connecting'
    const reason = this.#secure && !this.#greeted ? explainTls(cause) : cause
    clearTimeout(this.#idleness?.timer)
    this.#link = undefined
    this.#lastFailure = reason
    if (this.#state !== 'closed') this.backOff()
    const where = formatHostPort(this.address.host, this.address.port)
    for (const slot of this.#slots.slice()) {
      const { sink, inflow, burst } = slot
      if (!sink) continue
      this.release(slot)
      // What still waited in the slab never left this process; of the rest nobody knows.
      const unsent = !connected || reason.retryable || burst === link.outbox.burst
      const error = lostError(sink.call, where, reason, unsent)
      if (inflow) inflow.end(error)
      else sink.fail(error)
    }
    this.#onClosed?.()
  }

  private backOff(): void {
    this.#state = 'backoff'
    this.#failures++
    const waitMs = backoffMs(this.#failures)
    this.#retryAt = now() + waitMs
    this.#retry = setTimeout(() => this.connect(), waitMs)
    // Trying again is no reason for a process to stay: whoever waits for it holds it by something else.
    this.#retry.unref()
  }

  private unreachable(): RpcError {
    const where = formatHostPort(this.address.host, this.address.port)
    if (this.#state === 'closed') return new RpcError('cancelled', `the client of ${where} is closed`)
    const why = this.#lastFailure?.message ?? 'not connected'
    const next = this.#state === 'backoff' ? `; next try in ${Math.max(0, Math.round(this.#retryAt - now()))} ms` : ''
    const options = { retryable: true, ...(this.#lastFailure && { cause: this.#lastFailure }) }
    return new RpcError('unavailable', `${where} can't be reached: ${why}${next}`, options)
  }
}

function lostError(call: Call, where: string, reason: RpcError, unsent: boolean): RpcError {
  const text = unsent
    ? `${where} can't be reached: ${reason.message}`
    : `the connection to ${where} was lost (${reason.message}) while ${call.method.path} was under way; whether it ran is not known`
  return new RpcError('unavailable', text, { retryable: unsent, cause: reason })
}
