import type { Socket } from 'node:net'
import type { Peer } from '../address.js'
import type { Call, Sink } from '../call.js'
import type { ProtobufReader } from '../codec/protobuf.js'
import type { Admit, Dispatcher } from '../dispatcher.js'
import { type Metadata, RpcError } from '../error.js'
import { streamsIn } from '../method.js'
import { frameKind, type Head } from '../wire/wire.js'
import { Alarm, type Deadline, hang, unhang } from './deadline.js'
import type { Framing } from './framing.js'
import { Inflow, overrun } from './inflow.js'
import { KeptFrames } from './kept-frames.js'
import { Link, type LinkEvents } from './link.js'
import { discard, Outflow, type Streamable } from './outflow.js'
import type { Session, SessionHost } from './protocol.js'

/** A call that a handler works on: answers the client exactly once, whatever happens first. */
class Running implements Deadline, Sink {
  next: Deadline | undefined = undefined
  previous: Deadline | undefined = undefined
  readonly call: Call
  readonly id: number
  /** Of a call that has any. */
  streams: Streams | undefined = undefined
  readonly #session: FramedSession
  #over = false

  constructor(session: FramedSession, call: Call, id: number) {
    this.#session = session
    this.call = call
    this.id = id
  }

  get over(): boolean {
    return this.#over
  }

  reply(value: unknown, metadata?: Metadata, over?: (thrown: unknown) => RpcError | undefined): RpcError | undefined {
    if (over === undefined) return this.end() ? this.#session.writeReply(this, value, metadata) : undefined
    if (this.#over) {
      // The caller has gone meanwhile: a stream that was just opened for it ends before it began.
      discard(value as Streamable)
      over(this.call.cancelled)
    } else {
      this.streaming().over = over
      this.#session.openStream(this, value as Streamable, metadata)
    }
    return undefined
  }

  fail(error: RpcError): void {
    if (!this.end()) return
    this.stop(error)
    this.#session.writeError(this.id, error, this.call, this.call.refused)
  }

  /** The producer of the outgoing stream is done, properly or by throwing. */
  streamEnded(thrown: unknown): void {
    const error = this.streamOver(thrown)
    if (!this.end()) return
    this.streams?.inflow?.end()
    if (error) this.#session.writeError(this.id, error, this.call)
    else this.#session.writeEnd(this.id)
  }

  /** The caller is gone or wants it no more: nobody is answered, the handler is told. */
  abandon(reason: RpcError): void {
    if (!this.end()) return
    this.call.cancel(reason)
    this.stop(reason)
  }

  expire(): void {
    const reason = new RpcError('deadline_exceeded', `${this.call.method.path} was out of time on the provider`)
    this.fail(reason)
    this.call.cancel(reason)
  }

  private stop(reason: RpcError): void {
    const { streams } = this
    if (streams === undefined) return
    streams.inflow?.breakOff(reason)
    streams.outflow?.stop()
    this.streamOver(reason)
  }

  /** Tells whoever wants to know it that the outgoing stream is over: once. */
  private streamOver(thrown: unknown): RpcError | undefined {
    const { streams } = this
    const over = streams?.over
    if (streams === undefined || over === undefined) return undefined
    streams.over = undefined
    return over(thrown)
  }

  /** Its streams, from when it has one. */
  streaming(): Streams {
    this.streams ??= new Streams()
    return this.streams
  }

  private end(): boolean {
    if (this.#over) return false
    this.#over = true
    unhang(this)
    this.#session.ended(this)
    return true
  }
}

/** The streams of a call. */
class Streams {
  /** What the caller streams in. */
  inflow: Inflow | undefined = undefined
  /** What goes back, once the handler has returned it. */
  outflow: Outflow | undefined = undefined
  /** To be called when that is over. */
  over: ((thrown: unknown) => RpcError | undefined) | undefined = undefined
}

/** What frames may hold, together and per connection, before anybody has decided whether their caller may call. */
const strangersBytes = 1024 * 1024

/** Who sent the request that is being read, of whatever session, and whom he asked: requests are read one after the other. */
let principal: string | undefined
let asking: Peer | undefined
let asked: Dispatcher | undefined

/** The dispatcher decides over it. One for all, so that no request costs a closure. */
const admit: Admit = (target, metadata) => {
  principal = asked?.admit?.(target, metadata, asking as Peer)
}

/** The server's end of the framed protocol: one accepted socket. */
export class FramedSession implements Session, LinkEvents {
  readonly #link: Link
  readonly #host: SessionHost
  readonly #peer: Peer
  /** Calls whose handler returned a promise; the others are over before anybody could ask. */
  #running: Map<number, Running> | undefined = undefined
  /** Requests whose callers' contracts aren't known yet; together no more than `maxPendingBytes`, or `strangersBytes`. */
  #kept: KeptFrames | undefined = undefined
  #underWay = 0
  #greeted: boolean
  /** While the first frame hasn't come. Who has begun to greet has to come to an end with it: nothing else is known of him. */
  #greeting: Alarm | undefined = undefined
  /** Set once it closes: it takes no more requests then. */
  #onClosed: (() => void) | undefined = undefined

  constructor(socket: Socket, head: Buffer, framing: Framing, host: SessionHost, peer: Peer) {
    this.#host = host
    this.#greeted = !framing.wire.greets
    this.#peer = peer
    this.#link = new Link(socket, framing, this)
    this.#link.outbox.open(socket)
    this.#link.push(head)
    // Mostly it has come whole with the first bytes.
    if (!this.#greeted && !this.#link.closed) this.awaitGreeting(framing.options.connectTimeoutMs)
  }

  async close(graceMs: number): Promise<void> {
    if (this.#link.closed) return
    const closed = new Promise<void>((resolve) => {
      this.#onClosed = resolve
    })
    const reason = new RpcError('unavailable', 'the provider is shutting down')
    this.#link.control(frameKind.goaway, 0, reason)
    // At once: of thousands that are told in this turn, each would hold a slab until its end.
    this.#link.outbox.flush()
    const timer = setTimeout(() => this.#link.destroy(reason), graceMs)
    await closed
    clearTimeout(timer)
  }

  /** Returns what was answered in place of a value that can't be sent. */
  writeReply(running: Running, value: unknown, metadata: Metadata | undefined): RpcError | undefined {
    if (running.id === 0 || this.#link.closed) return undefined
    const { outbox, state } = this.#link
    const { call } = running
    const out = outbox.begin()
    const start = out.pos
    try {
      state.writeReply(out, call.method, running.id, value, metadata)
    } catch (thrown) {
      outbox.rollback()
      const { code, message } = RpcError.from(thrown)
      const error = new RpcError(
        code === 'resource_exhausted' ? code : 'internal',
        `the result of ${call.method.path} can't be sent: ${message}`,
      )
      this.writeError(running.id, error, call)
      return error
    }
    call.bytesOut += out.pos - start
    this.commit()
    return undefined
  }

  /** `call` is undefined when no handler saw it: the client may try it elsewhere. */
  writeError(id: number, error: RpcError, call: Call | undefined, notProcessed = call === undefined): void {
    if (id === 0 || this.#link.closed) return
    const { outbox, state } = this.#link
    const out = outbox.begin()
    const start = out.pos
    try {
      state.writeError(out, call?.method, id, error, notProcessed)
    } catch (thrown) {
      outbox.rollback()
      const reason = `an error of ${call?.method.path ?? 'a call'} can't be sent: ${RpcError.from(thrown).message}`
      state.writeError(outbox.begin(), undefined, id, new RpcError('internal', reason), notProcessed)
    }
    if (call) call.bytesOut += out.pos - start
    else this.#host.dispatcher.unserved?.(error, this.#peer)
    this.commit()
  }

  /** Answers that the stream is open, then sends it item by item. */
  openStream(running: Running, items: Streamable, metadata: Metadata | undefined): void {
    const { call, id } = running
    const unsent = this.writeReply(running, undefined, metadata)
    if (unsent) running.abandon(unsent)
    if (running.over) {
      discard(items)
      return
    }
    const shape = call.method.codec.result
    const outflow = new Outflow(items, {
      item: (value) => {
        const bytes = this.#link.item(shape, id, value)
        call.bytesOut += bytes
        this.checkReader()
        return bytes
      },
      end: (thrown) => running.streamEnded(thrown),
    })
    running.streaming().outflow = outflow
    void outflow.run()
  }

  writeEnd(id: number): void {
    this.#link.control(frameKind.end, id)
  }

  ended(running: Running): void {
    this.#underWay--
    this.#running?.delete(running.id)
  }

  private commit(): void {
    this.#link.outbox.commit(this.#underWay === 0 && this.#link.lone ? 1 : undefined)
    this.checkReader()
  }

  /** Memory is bounded: a consumer that doesn't read loses its connection. */
  private checkReader(): void {
    const { outbox, options } = this.#link
    if (!outbox.holdsMoreThan(options.maxPendingBytes)) return
    const { waitingBytes } = outbox
    this.#link.destroy(
      new RpcError('resource_exhausted', `the consumer doesn't read: ${waitingBytes} bytes wait for it`),
    )
  }

  frame(head: Head, reader: ProtobufReader): void {
    if (!this.#greeted && head.kind !== frameKind.hello) {
      this.#link.fault(new RpcError('failed_precondition', 'the first frame must be a hello'))
    } else if (head.kind === frameKind.request) {
      this.request(head, reader)
    } else if (head.kind === frameKind.item) {
      if (!this.isKeptBehind(head, reader)) this.item(head, reader)
    } else if (head.kind === frameKind.end) {
      if (!this.isKeptBehind(head, reader)) this.#running?.get(head.id)?.streams?.inflow?.end()
    } else if (head.kind === frameKind.credit) {
      this.#running?.get(head.id)?.streams?.outflow?.add(this.#link.state.readCredit(reader))
    } else if (head.kind === frameKind.cancel) {
      this.cancel(head.id)
    } else if (head.kind === frameKind.hello || head.kind === frameKind.declare || head.kind === frameKind.goaway) {
      this.control(head, reader)
    }
    // Other kinds are a newer client's: ignored, so that it can find out.
  }

  private control(head: Head, reader: ProtobufReader): void {
    const news = this.#link.state.readControl(reader, head, this.#host.dispatcher.find)
    if (head.kind === frameKind.hello && !this.#greeted) {
      this.#greeted = true
      this.greetingOver()
      this.#link.control(frameKind.hello)
    } else if (news?.kind === 'ask') {
      this.#link.declare(news.method)
      this.checkReader()
    } else if (news?.kind === 'settled') {
      for (const { head, body } of this.#kept?.take(news.method) ?? []) this.frame(head, this.#link.readKept(body))
    }
  }

  /** Keeps a frame back until its caller has said what it takes the method for. */
  private keep(method: number, head: Head, reader: ProtobufReader): void {
    // Where not everybody may call, who sent it isn't known to be one who may.
    this.#kept ??= new KeptFrames(this.#host.dispatcher.admit ? strangersBytes : this.#link.options.maxPendingBytes)
    if (this.#kept.keep(method, head, reader)) return
    const text = 'too many requests wait for the contract of their caller (maxPendingBytes)'
    this.writeError(head.id, new RpcError('resource_exhausted', text), undefined)
  }

  /** What belongs to a call that is kept back waits behind it. */
  private isKeptBehind(head: Head, reader: ProtobufReader): boolean {
    const method = this.#kept?.methodOf(head.id)
    if (method === undefined) return false
    this.keep(method, head, reader)
    return true
  }

  private cancel(id: number): void {
    this.#running?.get(id)?.abandon(new RpcError('cancelled', 'the caller cancelled'))
    this.#kept?.forget(id)
  }

  private request(head: Head, reader: ProtobufReader): void {
    const { id } = head
    if (!this.#link.state.settled(head)) {
      this.keep(head.method, head, reader)
      return
    }
    if (this.#running?.has(id)) {
      this.#link.fault(
        new RpcError('failed_precondition', `a second request has id ${id} while the first is under way`),
      )
      return
    }
    if (this.#onClosed !== undefined) {
      this.writeError(id, new RpcError('unavailable', 'the provider is shutting down'), undefined)
      return
    }
    if (this.#underWay >= this.#link.options.maxPending) {
      const text = `the provider works on ${this.#underWay} calls of this consumer already (maxPending)`
      this.writeError(id, new RpcError('resource_exhausted', text), undefined)
      return
    }
    const bytes = head.headBytes + reader.len - reader.pos
    let call: Call
    const { dispatcher } = this.#host
    principal = this.#peer.principal
    if (dispatcher.admit) {
      asking = this.#peer
      asked = dispatcher
    }
    try {
      call = this.#link.state.readRequest(reader, head, dispatcher.find, dispatcher.admit && admit)
    } catch (thrown) {
      const error = RpcError.from(thrown, 'internal')
      // No handler saw it, yet a refusal is an answer: the same caller has nothing to gain by asking elsewhere.
      const refused = error.code === 'unauthenticated' || error.code === 'permission_denied'
      this.writeError(id, error, undefined, !refused)
      return
    }
    call.peer = this.#peer
    call.principal = principal
    call.bytesIn = bytes
    const running = new Running(this, call, id)
    this.#underWay++
    if (streamsIn(call.method)) this.openInflow(running)
    dispatcher.dispatch(call, running)
    if (running.over) return
    if (id !== 0) {
      this.#running ??= new Map()
      this.#running.set(id, running)
    }
    hang(running, call.deadline)
  }

  private openInflow(running: Running): void {
    const { call, id } = running
    const inflow = new Inflow({
      credit: (bytes) => this.#link.credit(id, bytes),
      // A handler that reads no further just gives no more room: its reply ends the stream.
      stop() {},
    })
    const args = call.args as unknown[]
    args[call.method.schema.stream as number] = inflow
    running.streaming().inflow = inflow
    // Tells the caller that somebody is there, long before such a call has its reply.
    this.#link.credit(id, 0)
  }

  private item(head: Head, reader: ProtobufReader): void {
    const running = this.#running?.get(head.id)
    const inflow = running?.streams?.inflow
    const shape = running?.call.method.codec.item
    if (!running || !inflow || !shape) return
    if (inflow.full) {
      this.#link.fault(overrun(running.call))
      return
    }
    const bytes = head.headBytes + reader.len - reader.pos
    try {
      running.call.bytesIn += bytes
      inflow.push(this.#link.state.readItem(reader, shape), bytes)
    } catch (thrown) {
      running.fail(RpcError.from(thrown, 'internal'))
    }
  }

  private awaitGreeting(ms: number): void {
    this.#greeting = new Alarm(() => {
      this.#link.fault(new RpcError('deadline_exceeded', `no whole hello within ${ms} ms`))
    })
    this.#greeting.set(ms)
  }

  private greetingOver(): void {
    this.#greeting?.stop()
    this.#greeting = undefined
  }

  closed(reason: RpcError): void {
    this.greetingOver()
    // A server that is closed is kept by nobody.
    if (asking === this.#peer) {
      asking = undefined
      asked = undefined
    }
    for (const running of [...(this.#running?.values() ?? [])]) running.abandon(reason)
    this.#onClosed?.()
    this.#host.forget(this)
  }
}
