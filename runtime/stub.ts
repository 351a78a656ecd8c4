import { type Arriving, takeArrived } from './batches.js'
import { Call, type Invocable } from './call.js'
import type { LoadContract } from './contract-text.js'
import { currentCall, expectCalls } from './current-call.js'
import { type Metadata, RpcError } from './error.js'
import type { Method, MethodCodec, Service } from './method.js'
import type { ServiceSchema } from './schema/schema.js'
import { contractKey, type ServiceKey } from './service-key.js'
import { carriedThrough } from './travelling.js'

/** What a generated client is told once. */
export interface StubOptions {
  /**
   * Dubbo's group and version of the providers to call; default: the contract's `@group` and `@version`. Unset, or '', finds
   * only providers without one.
   */
  readonly group?: string
  readonly version?: string
  /** For every call of this client, in milliseconds; default: the method's `@timeout`, else the client's (1000). */
  readonly timeoutMs?: number
  /** Sent with every call. */
  readonly metadata?: Metadata
}

/** What a single call can be told: the last, optional argument of every client method. */
export interface CallOptions {
  /** For the whole call, retries included, in milliseconds. `Infinity`: no bound. */
  readonly timeoutMs?: number
  /** Cancels the call, on both sides. */
  readonly signal?: AbortSignal
  /**
   * Streams: the most silence to bear between items, in milliseconds. Off by default: a stream may be silent for as long
   * as it likes, and heartbeats find a dead peer.
   */
  readonly idleTimeoutMs?: number
  /** Sent beside the request; wins over the client's metadata key by key. */
  readonly metadata?: Metadata
}

let methodCount = 0

/** Binds a schema to its generated codecs. `codecs` are in the order of `schema.methods`. */
export function defineService(schema: ServiceSchema, codecs: readonly MethodCodec[]): Service {
  const methods = schema.methods.map((method, i): Method => {
    const codec = codecs[i]
    if (!codec) throw new TypeError(`${schema.name}/${method.name} has no codec; run codegen again`)
    return { schema: method, service: schema, codec, index: methodCount++, path: `${schema.name}/${method.name}` }
  })
  return { schema, methods }
}

/** The engine behind a generated client: one per client object. */
export class Stub {
  readonly #methods: readonly Method[]
  readonly #key: ServiceKey
  readonly #to: Invocable
  readonly #timeoutMs: number | undefined
  readonly #metadata: Metadata | undefined

  constructor(service: Service, to: Invocable, options: StubOptions = {}) {
    if (typeof to?.invoke !== 'function') {
      throw new TypeError(
        `${service.schema.name}: the first argument must have invoke(call): pass createClient(...), a server or a fake`,
      )
    }
    expectCalls()
    this.#methods = service.methods
    this.#key = contractKey(service.schema, options)
    this.#to = to
    this.#timeoutMs = options.timeoutMs
    this.#metadata = options.metadata
  }

  /** Calls the method at `index` of the schema. `args` hold one value per parameter, `undefined` where left out. */
  call(index: number, args: readonly unknown[], options: CallOptions | undefined): Promise<unknown> {
    const call = this.newCall(index, args, options)
    const signal = options?.signal
    return signal ? this.cancellable(call, signal) : this.#to.invoke(call)
  }

  /** The same for a method that streams out: nothing is sent before the first `next()`. */
  stream(index: number, args: readonly unknown[], options: CallOptions | undefined): AsyncIterable<unknown> {
    const open = () => this.newCall(index, args, options)
    const invoke = (call: Call) => this.#to.invoke(call) as Promise<AsyncIterable<unknown>>
    const signal = options?.signal
    return {
      [Symbol.asyncIterator]: () =>
        signal ? cancellable(signal, open, invoke) : new LazyIterator(() => invoke(open())),
    }
  }

  private newCall(index: number, args: readonly unknown[], options: CallOptions | undefined): Call {
    const method = this.#methods[index] as Method
    const timeoutMs = options?.timeoutMs ?? this.#timeoutMs ?? method.schema.timeoutMs
    const call = new Call(method, this.#key, args, timeoutMs, this.#metadata)
    if (options) this.tell(call, options)
    const parent = currentCall()
    if (parent !== undefined) inherit(call, parent)
    return call
  }

  private tell(call: Call, { metadata, idleTimeoutMs }: CallOptions): void {
    if (metadata) call.metadata = this.#metadata ? { ...this.#metadata, ...metadata } : metadata
    call.idleTimeoutMs = idleTimeoutMs
  }

  private cancellable(call: Call, signal: AbortSignal): Promise<unknown> {
    const forget = cancelBy(signal, call)
    return this.#to.invoke(call).finally(forget)
  }
}

/** What a call has from the one whose handler makes it. */
function inherit(call: Call, parent: Call): void {
  if (parent.answeredAt === 0) call.latest = parent.deadline
  call.metadata = carriedThrough(call.metadata, parent.metadata)
  call.unrecorded = parent.unrecorded && call.metadata?.traceparent === undefined
}

/** Ends the call when the signal aborts. Returns how to stop listening. */
function cancelBy(signal: AbortSignal, call: Call): () => void {
  const cancel = () => {
    call.cancel(new RpcError('cancelled', `${call.method.path} was cancelled by its caller`, { cause: signal.reason }))
  }
  if (signal.aborted) cancel()
  else signal.addEventListener('abort', cancel, { once: true })
  return () => signal.removeEventListener('abort', cancel)
}

/** A stream that a signal may end; it listens no longer than the stream lasts. */
function cancellable(
  signal: AbortSignal,
  open: () => Call,
  invoke: (call: Call) => Promise<AsyncIterable<unknown>>,
): AsyncIterator<unknown> & Arriving<unknown> {
  let forget: (() => void) | undefined
  const stream = new LazyIterator(() => {
    const call = open()
    forget = cancelBy(signal, call)
    return invoke(call)
  })
  const items = untilOver(stream, () => forget?.())
  return {
    next: () => items.next(),
    return: () => items.return(undefined),
    [takeArrived]: (first, atMost) => stream[takeArrived](first, atMost),
  }
}

async function* untilOver(stream: AsyncIterator<unknown>, over: () => void): AsyncGenerator<unknown> {
  try {
    yield* { [Symbol.asyncIterator]: () => stream }
  } finally {
    over()
  }
}

/** Opens a stream at its first `next()`; after that it is only a door to the stream itself. */
class LazyIterator implements AsyncIterator<unknown>, Arriving<unknown> {
  readonly #open: () => Promise<AsyncIterable<unknown>>
  #opening: Promise<AsyncIterator<unknown>> | undefined
  #stream: (AsyncIterator<unknown> & Arriving<unknown>) | undefined

  constructor(open: () => Promise<AsyncIterable<unknown>>) {
    this.#open = open
  }

  next(): Promise<IteratorResult<unknown>> {
    if (this.#stream) return this.#stream.next()
    this.#opening ??= this.#open().then((items) => {
      this.#stream = items[Symbol.asyncIterator]()
      return this.#stream
    })
    return this.#opening.then((stream) => stream.next())
  }

  [takeArrived](first: unknown, atMost: number): unknown[] {
    return this.#stream?.[takeArrived]?.(first, atMost) ?? [first]
  }

  async return(): Promise<IteratorResult<unknown>> {
    await (this.#stream ?? (await this.#opening))?.return?.()
    return { done: true, value: undefined }
  }
}

/** Where a skeleton keeps its service. A symbol, so that no method name of a contract can collide with it. */
export const serviceOf: unique symbol = Symbol.for('tsubo.service')

/** Where a skeleton keeps how its contract's text is loaded. */
export const contractOf: unique symbol = Symbol.for('tsubo.contract')

/** What generated skeletons are: an object with the contract's methods that knows its contract. */
export interface Skeleton {
  readonly [serviceOf]: Service
  /** Absent where it was written by hand, or generated by an older release. */
  readonly [contractOf]?: LoadContract | undefined
}

/** What generated skeletons extend. */
export type SkeletonBase = abstract new () => Skeleton

/**
 * The class behind the skeletons of a service. A function, and not a computed member of each skeleton, so that bundlers
 * can leave out skeletons that nobody uses.
 */
export function skeletonBase(service: Service, contract?: LoadContract): SkeletonBase {
  return class {
    get [serviceOf](): Service {
      return service
    }
    get [contractOf](): LoadContract | undefined {
      return contract
    }
  }
}
