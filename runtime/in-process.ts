import { Call, defaultTimeoutMs, type Invoker, type Sink } from './call.js'
import { ProtobufReader, ProtobufWriter } from './codec/protobuf.js'
import type { Dispatcher } from './dispatcher.js'
import { type Metadata, RpcError } from './error.js'
import type { Shape } from './method.js'
import { Deadline, hang, unhang } from './protocol/deadline.js'
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
        reject(target)
        return
      }
      if (call.deadline === 0) call.deadline = call.startedAt + defaultTimeoutMs
      try {
        if (call.cancelled) throw call.cancelled
        const metadata = call.metadata && through(metadataShape, metadataShape, call.metadata)
        const args = through(call.method.codec.args, target.method.codec.args, call.args)
        const inner = new Call(target.method, target.service, args, call.deadline - performance.now(), metadata)
        const run = new InProcessCall(call, inner, resolve, reject)
        hang(run, call.deadline)
        to.dispatch(inner, run)
        if (call.method.schema.oneway) run.reply(undefined)
      } catch (thrown) {
        reject(RpcError.from(thrown, 'invalid_argument'))
      }
    })
}

class InProcessCall extends Deadline implements Sink {
  readonly #outer: Call
  readonly #inner: Call
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RpcError) => void
  #over = false

  constructor(outer: Call, inner: Call, resolve: (value: unknown) => void, reject: (error: RpcError) => void) {
    super()
    this.#outer = outer
    this.#inner = inner
    this.#resolve = resolve
    this.#reject = reject
    outer.onCancel((reason) => {
      inner.cancel(reason)
      this.fail(reason)
    })
  }

  reply(value: unknown, metadata?: Metadata): void {
    if (!this.#end()) return
    const { result } = this.#outer.method.codec
    try {
      this.#outer.replyMetadata = metadata && through(metadataShape, metadataShape, metadata)
      this.#resolve(
        this.#outer.method.schema.oneway ? undefined : through(this.#inner.method.codec.result, result, value),
      )
    } catch (thrown) {
      const text = `the result of ${this.#outer.method.path} can't be sent: ${RpcError.from(thrown).message}`
      this.#reject(new RpcError('internal', text))
    }
  }

  fail(error: RpcError): void {
    if (!this.#end()) return
    const from = error.type === undefined ? undefined : this.#inner.method.codec.error(error.type)
    const into = error.type === undefined ? undefined : this.#outer.method.codec.error(error.type)
    if (from && into) {
      this.#reject(Object.assign(through(from, into, error), { message: error.message, metadata: error.metadata }))
    } else {
      const { code, message, retryAfterMs, details, metadata } = error
      // What may be retried at a hop behind the handler says nothing about this one.
      const options = {
        ...(retryAfterMs !== undefined && { retryAfterMs }),
        ...(details && { details }),
        ...(metadata && { metadata }),
      }
      this.#reject(new RpcError(code, message, options))
    }
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
    this.#outer.onCancel(undefined)
    return true
  }
}

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
