import type { Peer } from './address.js'
import { type Attempt, Call, defaultTimeoutMs, type Invoker, type Sink } from './call.js'
import { now } from './clock.js'
import { ProtobufReader, ProtobufWriter } from './codec/protobuf.js'
import type { Dispatcher } from './dispatcher.js'
import { type Metadata, RpcError } from './error.js'
import { type Shape, streamsIn } from './method.js'
import { Deadline, hang, unhang } from './protocol/deadline.js'
import { Inflow } from './protocol/inflow.js'
import { asStream, Outflow, type Streamable } from './protocol/outflow.js'
import { readMetadata, writeMetadata } from './wire/metadata.js'

/**
 * Calls a dispatcher of this process without a socket. Everything goes through the shapes, as on the wire: no object
 * is shared between the two sides, a value that can't travel fails here too, and the deadline holds.
 */
export function inProcess(to: Dispatcher): Invoker {
  return (call) =>
    new Promise((resolve, reject) => {
      const { name, group, version } = call.service
      const target = to.find(name, call.method.schema.name, group, version)
      if (target instanceof RpcError) {
        to.unserved?.(target, here)
        reject(target)
        return
      }
      call.decideDeadline(defaultTimeoutMs)
      try {
        if (call.cancelled) throw call.cancelled
        const metadata = call.metadata && through(metadataShape, metadataShape, call.metadata)
        const principal = to.admit ? to.admit(target, metadata, here) : here.principal
        const args = through(call.method.codec.args, target.method.codec.args, call.args)
        const timeoutMs = isStream(call) && call.byDefault ? Number.POSITIVE_INFINITY : call.deadline - now()
        const inner = new Call(target.method, target.service, args, timeoutMs, metadata)
        inner.unrecorded = call.unrecorded
        inner.peer = here
        inner.principal = principal
        const run = new InProcessCall(call, inner, resolve, reject)
        if (streamsIn(call.method)) run.streamIn(args as unknown[])
        hang(run, inner.deadline)
        to.dispatch(inner, run)
        if (call.method.schema.oneway) run.reply(undefined)
      } catch (thrown) {
        reject(RpcError.from(thrown, 'invalid_argument'))
      }
    })
}

/** Who calls without a socket. */
const here: Peer = { protocol: 'in-process', host: '', port: 0, secure: true, principal: 'in-process' }

class InProcessCall extends Deadline implements Sink, Attempt {
  readonly #outer: Call
  readonly #inner: Call
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RpcError) => void
  #over = false
  /** What the caller streams to the handler, and what the handler streams back. */
  #in: Piped | undefined
  #out: Inflow | undefined

  constructor(outer: Call, inner: Call, resolve: (value: unknown) => void, reject: (error: RpcError) => void) {
    super()
    this.#outer = outer
    this.#inner = inner
    this.#resolve = resolve
    this.#reject = reject
    outer.runBy(this)
  }

  /** As its handler sees it. */
  get call(): Call {
    return this.#inner
  }

  cancel(reason: RpcError): void {
    this.#inner.cancel(reason)
    this.fail(reason)
  }

  /** Feeds the streamed argument to the handler, item by item through the shapes. */
  streamIn(args: unknown[]): void {
    const { schema, codec } = this.#outer.method
    const index = schema.stream as number
    const what = `${this.#outer.method.path}: ${schema.params[index]?.name}`
    const items = asStream(this.#outer.args[index], what)
    const shapes = [codec.item as Shape<unknown>, this.#inner.method.codec.item as Shape<unknown>] as const
    this.#in = connect(items, shapes, (thrown) => {
      if (thrown === undefined) return undefined
      const error = RpcError.from(thrown, 'cancelled')
      this.fail(error)
      this.#inner.cancel(error)
      return error
    })
    args[index] = this.#in.inflow
  }

  reply(value: unknown, metadata?: Metadata, over?: (thrown: unknown) => RpcError | undefined): RpcError | undefined {
    if (!over) return this.#value(value, metadata)
    this.#openStream(value as Streamable, metadata, over)
    return undefined
  }

  #openStream(
    items: Streamable,
    metadata: Metadata | undefined,
    over: (thrown: unknown) => RpcError | undefined,
  ): void {
    const shapes = [this.#inner.method.codec.result, this.#outer.method.codec.result] as const
    const out = connect(items, shapes, (thrown) => {
      this.#end()
      this.#in?.inflow.end()
      const error = over(thrown)
      return error && this.#masked(error)
    })
    this.#out = out.inflow
    this.#outer.runBy({
      cancel: (reason) => {
        this.#inner.cancel(reason)
        out.inflow.stop(reason)
      },
    })
    this.#outer.replyMetadata = metadata && through(metadataShape, metadataShape, metadata)
    this.#resolve(out.inflow)
  }

  #value(value: unknown, metadata?: Metadata): RpcError | undefined {
    if (!this.#end()) return undefined
    const { result } = this.#outer.method.codec
    try {
      this.#outer.replyMetadata = metadata && through(metadataShape, metadataShape, metadata)
      this.#resolve(
        this.#outer.method.schema.oneway ? undefined : through(this.#inner.method.codec.result, result, value),
      )
      return undefined
    } catch (thrown) {
      const text = `the result of ${this.#outer.method.path} can't be sent: ${RpcError.from(thrown).message}`
      const error = new RpcError('internal', text)
      this.#reject(error)
      return error
    }
  }

  fail(error: RpcError): void {
    if (!this.#end()) return
    this.#in?.inflow.end(error)
    if (this.#out) this.#out.stop(error)
    else this.#reject(this.#masked(error))
  }

  /** The error as the other side gets it. */
  #masked(error: RpcError): RpcError {
    const from = error.type === undefined ? undefined : this.#inner.method.codec.error(error.type)
    const into = error.type === undefined ? undefined : this.#outer.method.codec.error(error.type)
    if (from && into) {
      return Object.assign(through(from, into, error), { message: error.message, metadata: error.metadata })
    }
    const { code, message, retryAfterMs, details, metadata } = error
    // What may be retried at a hop behind the handler says nothing about this one.
    return new RpcError(code, message, {
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(details && { details }),
      ...(metadata && { metadata }),
    })
  }

  override expire(): void {
    const reason = new RpcError('deadline_exceeded', `${this.#outer.method.path} gave no reply in time`)
    this.#inner.cancel(reason)
    this.fail(reason)
  }

  #end(): boolean {
    if (this.#over) return false
    this.#over = true
    unhang(this)
    this.#outer.runBy(undefined)
    return true
  }
}

function isStream(call: Call): boolean {
  return call.method.schema.kind !== 'unary'
}

interface Piped {
  readonly inflow: Inflow
}

/** Pumps a stream from one side to the other with the wire's flow control. `over` hears its end once. */
function connect(
  items: Streamable,
  [from, into]: readonly [Shape<unknown>, Shape<unknown>],
  over: (thrown: unknown) => RpcError | undefined,
): Piped {
  const inflow: Inflow = new Inflow({
    credit: (bytes) => outflow.add(bytes),
    stop: (reason) => {
      outflow.stop()
      over(reason)
    },
  })
  const outflow = new Outflow(items, {
    item(value) {
      inflow.push(through(from, into, value), itemBytes)
      return itemBytes
    },
    end: (thrown) => inflow.end(over(thrown)),
  })
  void outflow.run()
  return { inflow }
}

/** What an item counts for in a stream that has no frames: a window holds a thousand. */
const itemBytes = 256

const metadataShape: Shape<Metadata> = {
  write: (out, metadata) => writeMetadata(out as ProtobufWriter, metadata),
  read: (from) => readMetadata(from as ProtobufReader),
}

/** A value as the other side gets it. */
function through<T>(from: Shape<T>, into: Shape<T>, value: T): T {
  const out = new ProtobufWriter()
  from.write(out, value)
  return into.read(new ProtobufReader().aim(out.buf as Buffer, 0, out.pos))
}
