import type { Peer } from './address.js'
import { type Attempt, Call, defaultTimeoutMs, type Invoker, type Sink } from './call.js'
import { now } from './clock.js'
import { ProtobufReader, ProtobufWriter } from './codec/protobuf.js'
import type { Dispatcher } from './dispatcher.js'
import { type Metadata, RpcError } from './error.js'
import { type Method, type Shape, streamsIn } from './method.js'
import { Deadline, hang, unhang } from './protocol/deadline.js'
import { Inflow } from './protocol/inflow.js'
import { asStream, discard, Outflow, type Streamable } from './protocol/outflow.js'
import { readErrorBody, writeErrorBody } from './wire/error-body.js'
import { readMetadata, writeMetadata } from './wire/metadata.js'

/**
 * Calls a dispatcher of this process without a socket. Everything goes through the shapes, as on the wire: no object
 * is shared between the two sides, a value that can't travel fails here too, and deadlines hold.
 */
export function inProcess(to: Dispatcher): Invoker {
  return (call) =>
    new Promise((resolve, reject) => {
      call.decideDeadline(defaultTimeoutMs)
      try {
        if (call.cancelled) throw call.cancelled
        if (call.deadline <= now()) throw deadlineExceeded(call, false)
        const inner = receive(call, to)
        const run = new InProcessCall(call, inner, resolve, reject)
        if (streamsIn(call.method)) run.streamIn(inner.args as unknown[])
        run.begin(to)
      } catch (thrown) {
        reject(RpcError.from(thrown, 'invalid_argument'))
      }
    })
}

/** Who calls without a socket. */
const here: Peer = { protocol: 'in-process', host: '', port: 0, secure: true, principal: 'in-process' }

/** The call as the provider gets it. Throws RpcError where it can't be sent, or isn't taken. */
function receive(call: Call, to: Dispatcher): Call {
  const { method, service } = call
  let sent: { readonly metadata: ProtobufReader | undefined; readonly args: ProtobufReader }
  try {
    sent = {
      metadata: call.metadata && encode(metadataShape, call.metadata),
      args: encode(method.codec.args, call.args),
    }
  } catch (thrown) {
    const error = RpcError.from(thrown, 'invalid_argument')
    throw new RpcError(error.code, `the request of ${method.path} can't be sent: ${error.message}`, { cause: error })
  }
  try {
    const target = to.find(service.name, method.schema.name, service.group, service.version)
    if (target instanceof RpcError) throw target
    const metadata = sent.metadata && metadataShape.read(sent.metadata)
    const principal = to.admit ? to.admit(target, metadata, here) : here.principal
    const args = target.method.codec.args.read(sent.args)
    // A stream that is only bound by default is not bound on the other side.
    const timeoutMs = isStream(call) && call.byDefault ? Number.POSITIVE_INFINITY : call.deadline - now()
    const inner = new Call(target.method, target.service, args, timeoutMs, metadata)
    inner.unrecorded = call.unrecorded
    inner.peer = here
    inner.principal = principal
    return inner
  } catch (thrown) {
    const error = RpcError.from(thrown, 'internal')
    to.unserved?.(error, here)
    const refused = error.code === 'unauthenticated' || error.code === 'permission_denied'
    throw across(error, method, undefined, !refused)
  }
}

class InProcessCall extends Deadline implements Sink, Attempt {
  readonly #outer: Call
  readonly #inner: Call
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RpcError) => void
  #over = false
  /** What the caller streams to the handler, and what the handler streams back. */
  #in: Pipe | undefined
  #out: Pipe | undefined
  /** When the last item of `#out` came. */
  #heardAt = 0
  /** Tells the dispatcher that the stream of its handler is over. */
  #streamOver: ((thrown: unknown) => RpcError | undefined) | undefined

  constructor(outer: Call, inner: Call, resolve: (value: unknown) => void, reject: (error: RpcError) => void) {
    super()
    this.#outer = outer
    this.#inner = inner
    this.#resolve = resolve
    this.#reject = reject
  }

  /** As its handler sees it. */
  get call(): Call {
    return this.#inner
  }

  /** Feeds the streamed argument to the handler, item by item through the shapes. Throws RpcError for what is no stream. */
  streamIn(args: unknown[]): void {
    const { method } = this.#outer
    const index = method.schema.stream as number
    const items = asStream(this.#outer.args[index], `${method.path}: ${method.schema.params[index]?.name}`)
    const shapes = [method.codec.item as Shape<unknown>, this.#inner.method.codec.item as Shape<unknown>] as const
    this.#in = pipe(items, shapes, {
      // A handler that reads no further may well go on and answer.
      stopped: () => this.#in?.outflow.stop(),
      ended: (thrown) => {
        if (thrown === undefined) this.#in?.inflow.end()
        else this.giveUp(RpcError.from(thrown, 'cancelled'))
      },
    })
    args[index] = this.#in.inflow
  }

  begin(to: Dispatcher): void {
    const { method, deadline, byDefault } = this.#outer
    this.#outer.runBy(this)
    // Whoever takes a stream takes part from here on, and with that the default deadline has done its work.
    if (!(byDefault && streamsIn(method))) hang(this, deadline)
    to.dispatch(this.#inner, this)
    if (method.schema.oneway) this.reply(undefined)
  }

  reply(value: unknown, metadata?: Metadata, over?: (thrown: unknown) => RpcError | undefined): RpcError | undefined {
    if (!over) return this.end() ? this.answer(value, metadata) : undefined
    this.#streamOver = over
    this.open(value as Streamable, metadata)
    return undefined
  }

  fail(error: RpcError): void {
    if (!this.end()) return
    this.#in?.inflow.breakOff(error)
    this.#reject(across(error, this.#outer.method, this.#inner.method, this.#inner.refused))
  }

  cancel(reason: RpcError): void {
    this.giveUp(reason)
  }

  override expire(): void {
    const { idleTimeoutMs } = this.#outer
    if (this.#out && idleTimeoutMs !== undefined) {
      // One deadline for a burst of items: when it comes, the last of them decides.
      const next = Math.min(this.#heardAt + idleTimeoutMs, this.bound)
      if (now() < next) {
        hang(this, next)
        return
      }
    }
    this.giveUp(deadlineExceeded(this.#outer, this.#out !== undefined))
  }

  private answer(value: unknown, metadata: Metadata | undefined): RpcError | undefined {
    const { method } = this.#outer
    try {
      this.#outer.replyMetadata = metadata && metadataShape.read(encode(metadataShape, metadata))
      const { result } = method.codec
      this.#resolve(method.schema.oneway ? undefined : result.read(encode(this.#inner.method.codec.result, value)))
      return undefined
    } catch (thrown) {
      const error = this.unsent(thrown)
      this.#reject(error)
      return error
    }
  }

  private open(items: Streamable, metadata: Metadata | undefined): void {
    if (!this.#over) {
      try {
        this.#outer.replyMetadata = metadata && metadataShape.read(encode(metadataShape, metadata))
      } catch (thrown) {
        this.giveUp(this.unsent(thrown))
      }
    }
    if (this.#over) {
      // Nobody waits any more: the stream ends before it began.
      discard(items)
      this.overWith(this.#inner.cancelled)
      return
    }
    this.#heardAt = now()
    this.#out = pipe(items, [this.#inner.method.codec.result, this.#outer.method.codec.result], {
      stopped: (reason) => this.giveUp(reason),
      ended: (thrown) => {
        const error = this.overWith(thrown)
        if (!this.end()) return
        this.#in?.inflow.end()
        this.#out?.inflow.end(error && across(error, this.#outer.method, this.#inner.method, false))
      },
      ...(this.#outer.idleTimeoutMs !== undefined && {
        heard: () => {
          this.#heardAt = now()
        },
      }),
    })
    unhang(this)
    hang(this, Math.min(this.bound, this.#heardAt + (this.#outer.idleTimeoutMs ?? Number.POSITIVE_INFINITY)))
    this.#resolve(this.#out.inflow)
  }

  /** Ends it from the caller's side: it wants no more, its time is up, or what it streams has failed. */
  private giveUp(reason: RpcError): void {
    if (!this.end()) return
    const { path } = this.#inner.method
    const told =
      reason.code === 'deadline_exceeded'
        ? new RpcError('deadline_exceeded', `${path} was out of time on the provider`)
        : new RpcError('cancelled', 'the caller cancelled')
    this.#inner.cancel(told)
    this.#in?.inflow.breakOff(told)
    this.#out?.outflow.stop()
    this.overWith(told)
    if (this.#out) this.#out.inflow.end(reason)
    else this.#reject(reason)
  }

  /** For a stream that is open the default deadline counts no more. */
  private get bound(): number {
    return this.#outer.byDefault ? Number.POSITIVE_INFINITY : this.#outer.deadline
  }

  private unsent(thrown: unknown): RpcError {
    const { code, message } = RpcError.from(thrown)
    return new RpcError(
      code === 'resource_exhausted' ? code : 'internal',
      `the result of ${this.#outer.method.path} can't be sent: ${message}`,
    )
  }

  private overWith(thrown: unknown): RpcError | undefined {
    const over = this.#streamOver
    this.#streamOver = undefined
    return over?.(thrown)
  }

  private end(): boolean {
    if (this.#over) return false
    this.#over = true
    unhang(this)
    this.#outer.runBy(undefined)
    this.#in?.outflow.stop()
    return true
  }
}

function deadlineExceeded(call: Call, open: boolean): RpcError {
  const ms = Math.round(call.deadline - call.startedAt)
  const text = !open
    ? `got no reply within ${ms} ms`
    : now() < call.deadline || call.byDefault
      ? `brought nothing from this process for ${call.idleTimeoutMs} ms`
      : `was not over within ${ms} ms`
  return new RpcError('deadline_exceeded', `${call.method.path} ${text}`)
}

/** An error of the provider's as its caller gets it; `from`: the provider's method, where one was found. */
function across(error: RpcError, into: Method, from: Method | undefined, retryable: boolean): RpcError {
  try {
    const metadata = error.metadata && metadataShape.read(encode(metadataShape, error.metadata))
    const out = new ProtobufWriter()
    writeErrorBody(out, from, error)
    return readErrorBody(aim(out), into, error.code, retryable, metadata)
  } catch (thrown) {
    const text = `an error of ${from?.path ?? 'a call'} can't be sent: ${RpcError.from(thrown).message}`
    return new RpcError('internal', text, { retryable })
  }
}

function isStream(call: Call): boolean {
  return call.method.schema.kind !== 'unary'
}

/** Both ends of a stream within the process. */
interface Pipe {
  readonly inflow: Inflow
  readonly outflow: Outflow
}

interface PipeEvents {
  /** Its consumer wants no more. */
  stopped(reason: RpcError): void
  /** Its producer is done, properly or by throwing. Not called for one that was stopped. */
  ended(thrown: unknown): void
  /** An item came through. */
  heard?(): void
}

/** Pumps a stream from one side to the other with the wire's flow control. */
function pipe(items: Streamable, [from, into]: readonly [Shape<unknown>, Shape<unknown>], events: PipeEvents): Pipe {
  const inflow: Inflow = new Inflow({
    // Not within the item that it is for: that one has to be paid first.
    credit: (bytes) => queueMicrotask(() => outflow.add(bytes)),
    stop: (reason) => events.stopped(reason),
  })
  const outflow = new Outflow(items, {
    item(value) {
      const sent = encode(from, value)
      const bytes = sent.len + headBytes
      inflow.push(into.read(sent), bytes)
      events.heard?.()
      return bytes
    },
    end: (thrown) => events.ended(thrown),
  })
  void outflow.run()
  return { inflow, outflow }
}

/** What an item counts for in a window beside its own bytes: empty ones fill memory, too. */
const headBytes = 16

const metadataShape: Shape<Metadata> = {
  write: (out, metadata) => writeMetadata(out as ProtobufWriter, metadata),
  read: (from) => readMetadata(from as ProtobufReader),
}

/** A value's bytes, for the other side to read. */
function encode<T>(shape: Shape<T>, value: T): ProtobufReader {
  const out = new ProtobufWriter()
  shape.write(out, value)
  return aim(out)
}

function aim(out: ProtobufWriter): ProtobufReader {
  return new ProtobufReader().aim(out.buf as Buffer, 0, out.pos)
}
