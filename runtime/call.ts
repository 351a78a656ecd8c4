import type { Address, Peer } from './address.js'
import { now } from './clock.js'
import { type Metadata, RpcError } from './error.js'
import type { Guard } from './guard.js'
import type { Method } from './method.js'
import type { ServiceKey } from './service-key.js'

/** How long a unary call may take, retries included, where nobody says otherwise (Dubbo's default). Milliseconds. */
export const defaultTimeoutMs = 1000

/**
 * One logical call, the same class on both sides: what a client wants done, and what a handler is asked to do.
 * Interceptors, policies and observers all see this one object; retries of it share it.
 */
export class Call {
  readonly method: Method
  readonly service: ServiceKey
  readonly args: readonly unknown[]
  /** What travels beside the request. On a server: what the caller sent. */
  metadata: Metadata | undefined
  /** When the call began, on `now()`'s clock. */
  readonly startedAt: number
  /**
   * When it must be over, on the same clock. `Infinity`: no bound. 0: not decided yet; the client puts its default in.
   * Only what remains of it travels.
   */
  deadline: number
  /**
   * The deadline is only the client's default: for a stream it then bounds the wait for the first reply frame and no
   * more. A deadline that somebody asked for bounds the whole stream.
   */
  byDefault: boolean
  /**
   * When its answer was there, on the same clock; 0: not yet. On a client the arrival of what settled it; a server's
   * handler that still does something then is no longer bound by the deadline.
   */
  answeredAt: number
  /** Attempts made so far (clients only). */
  attempts: number
  /** Bytes of its frames, heads included, that this process sent and got. */
  bytesOut: number
  bytesIn: number
  /** The other side's address: on a server the caller's, on a client the provider's that was tried last. */
  peer: Address | Peer | undefined
  #runner: Attempt | undefined
  #aside: Aside | undefined

  /**
   * `timeoutMs`: milliseconds from its beginning; undefined leaves the deadline to the client's default. `startedAt`: where
   * the clock was read already.
   */
  constructor(
    method: Method,
    service: ServiceKey,
    args: readonly unknown[],
    timeoutMs?: number,
    metadata?: Metadata,
    startedAt: number = now(),
  ) {
    this.method = method
    this.service = service
    this.args = args
    this.metadata = metadata
    this.startedAt = startedAt
    this.deadline = timeoutMs === undefined ? 0 : startedAt + timeoutMs
    this.byDefault = timeoutMs === undefined
    this.answeredAt = 0
    this.attempts = 0
    this.bytesOut = 0
    this.bytesIn = 0
    this.peer = undefined
  }

  /**
   * Never later than this, on the same clock: the deadline of the call whose handler makes this one; undefined where
   * there is none, or it was answered already.
   */
  get latest(): number | undefined {
    return this.#aside?.latest
  }
  set latest(latest: number | undefined) {
    if (latest !== this.latest) this.own.latest = latest
  }

  /** Which trace it belongs to, where something traces calls; what else that keeps here is its own. */
  get trace(): { readonly traceId: string } | undefined {
    return this.#aside?.trace
  }
  set trace(trace: { readonly traceId: string } | undefined) {
    if (trace !== this.trace) this.own.trace = trace
  }

  /**
   * Nobody is to begin a trace for it, nor for what its handler calls: whoever began it decided that nothing is recorded. Travels
   * as a bit where a trace that has an id travels as a `traceparent`.
   */
  get unrecorded(): boolean {
    return this.#aside?.unrecorded ?? false
  }
  set unrecorded(unrecorded: boolean) {
    if (unrecorded !== this.unrecorded) this.own.unrecorded = unrecorded
  }

  /** What travels beside the reply: set by a handler, read by a client once the reply is in. */
  get replyMetadata(): Metadata | undefined {
    return this.#aside?.replyMetadata
  }
  set replyMetadata(metadata: Metadata | undefined) {
    if (metadata !== this.replyMetadata) this.own.replyMetadata = metadata
  }

  /** A stream that brings nothing for so many milliseconds is given up; undefined: it may be silent as long as it likes. */
  get idleTimeoutMs(): number | undefined {
    return this.#aside?.idleTimeoutMs
  }
  set idleTimeoutMs(ms: number | undefined) {
    if (ms !== this.idleTimeoutMs) this.own.idleTimeoutMs = ms
  }

  /** Attempts that began beside another one that was under way. */
  get hedges(): number {
    return this.#aside?.hedges ?? 0
  }
  set hedges(hedges: number) {
    this.own.hedges = hedges
  }

  /** Servers: a limit refused it before any handler saw it, and the caller is told so. */
  get refused(): boolean {
    return this.#aside?.refused ?? false
  }
  set refused(refused: boolean) {
    this.own.refused = refused
  }

  /** The guard that let it pass, and is to be told when it is over, though its method may have another one then. */
  get guard(): Guard | undefined {
    return this.#aside?.guard
  }
  set guard(guard: Guard | undefined) {
    if (guard !== this.guard) this.own.guard = guard
  }

  /** Items of an argument that streams have been asked for: the call can't be tried again. */
  get pulled(): boolean {
    return this.#aside?.pulled ?? false
  }
  set pulled(pulled: boolean) {
    this.own.pulled = pulled
  }

  /**
   * Servers: who calls, by `authenticate` or else by its client certificate. undefined where nobody asked or it showed
   * nothing. Decided before the arguments are read.
   */
  get principal(): string | undefined {
    return this.#aside?.principal
  }
  set principal(principal: string | undefined) {
    if (principal !== this.principal) this.own.principal = principal
  }

  /** Aborts when the call is cancelled or out of time. Made when first read: a call that nobody watches pays nothing. */
  get signal(): AbortSignal {
    const own = this.own
    if (!own.controller) {
      own.controller = new AbortController()
      if (own.reason) own.controller.abort(own.reason)
    }
    return own.controller.signal
  }

  /** Fixes the deadline where nobody has: `timeoutMs` from the call's beginning, and not later than `latest`. */
  decideDeadline(timeoutMs: number): void {
    if (this.deadline === 0) this.deadline = this.startedAt + timeoutMs
    const { latest } = this
    if (latest !== undefined && this.deadline > latest) {
      this.deadline = latest
      this.byDefault = false
    }
  }

  /** Why the call was cancelled; undefined while it wasn't. */
  get cancelled(): RpcError | undefined {
    return this.#aside?.reason
  }

  /** Ends the call from the caller's side. The first reason counts; later ones are ignored. */
  cancel(reason: RpcError = new RpcError('cancelled', `${this.method.path} was cancelled`)): void {
    const own = this.own
    if (own.reason) return
    own.reason = reason
    own.controller?.abort(reason)
    this.#runner?.cancel(reason)
  }

  /** Whoever runs the call (a policy, for one) has it cancelled here. One at a time; undefined: nobody any more. */
  runBy(runner: Attempt | undefined): void {
    this.#runner = runner
    if (runner !== undefined && this.cancelled) runner.cancel(this.cancelled)
  }

  /** Values that interceptors and handlers of this process hand to each other. Never on the wire. */
  get local(): Map<unknown, unknown> {
    const own = this.own
    own.local ??= new Map()
    return own.local
  }

  private get own(): Aside {
    this.#aside ??= new Aside()
    return this.#aside
  }
}

/** What few calls have. It is kept apart because the memory of a call, new for each one, is a tenth of what a call costs. */
class Aside {
  latest: number | undefined = undefined
  trace: { readonly traceId: string } | undefined = undefined
  unrecorded = false
  replyMetadata: Metadata | undefined = undefined
  idleTimeoutMs: number | undefined = undefined
  hedges = 0
  refused = false
  guard: Guard | undefined = undefined
  pulled = false
  principal: string | undefined = undefined
  reason: RpcError | undefined = undefined
  controller: AbortController | undefined = undefined
  local: Map<unknown, unknown> | undefined = undefined
}

/** Runs a call to its end: the value, or an AsyncIterable where the method streams out. Rejects with RpcError. */
export type Invoker = (call: Call) => Promise<unknown>

/** Anything calls can be made through: a client, a server in this process, a fake in a test. */
export interface Invocable {
  readonly invoke: Invoker
}

/** Wraps an invoker; the same type on both sides. Composed once, when a client or server is made. */
export type Interceptor = (next: Invoker) => Invoker

/** The first interceptor is the outermost: it sees a call first and its outcome last. */
export function compose(interceptors: readonly Interceptor[], innermost: Invoker): Invoker {
  return interceptors.reduceRight((next, interceptor) => interceptor(next), innermost)
}

/**
 * Watches calls without changing them. `begin` and `end` come exactly once each per call, `attempt` once per address
 * tried (clients only). `error` is undefined when the call succeeded;
 * a stream's `end` comes when the stream is over. All run in the call's own turn: keep them short.
 *
 * `unserved` is for servers: a request was refused before a call was made of it, for it names no method that is here, or
 * the server starts, shuts down, or has too many of this caller.
 */
export interface Observer {
  begin?(call: Call): void
  attempt?(call: Call, to: Address): void
  end?(call: Call, error: RpcError | undefined): void
  unserved?(error: RpcError, peer: Peer): void
  /**
   * Servers: runs the handler, to put around it what it and all that it calls are to find there (an AsyncLocalStorage).
   * Has to return what `run(call)` returns, and to throw what it throws.
   */
  around?(call: Call, run: (call: Call) => unknown): unknown
  /**
   * Clients: the observer that is to watch the calls of a client whose providers are found in `registry`, its name without
   * secrets. Asked once, when the client is made. Default: this one.
   */
  forClient?(registry: string): Observer
}

/** One that hears of everything. */
export type FullObserver = Required<Omit<Observer, 'around' | 'forClient'>>

/** One observer out of several. One that throws is reported once as a warning and harms neither call nor others. */
export function joinObservers(observers: readonly Observer[]): FullObserver {
  let warned = false
  const warn = (error: unknown) => {
    if (!warned) console.warn('tsubo: an observer threw; its later errors are not shown', error)
    warned = true
  }
  // Joined here, once and two by two: a call pays only for what somebody listens to, and for no loop.
  let joined: FullObserver = deaf
  for (const observer of observers) joined = both(joined, observer, warn)
  return joined
}

const ignore = () => {}
const deaf: FullObserver = { begin: ignore, attempt: ignore, end: ignore, unserved: ignore }

function both(first: FullObserver, second: Observer, warn: (error: unknown) => void): FullObserver {
  const alone: FullObserver = {
    begin(call) {
      try {
        second.begin?.(call)
      } catch (error) {
        warn(error)
      }
    },
    attempt(call, to) {
      try {
        second.attempt?.(call, to)
      } catch (error) {
        warn(error)
      }
    },
    end(call, failure) {
      try {
        second.end?.(call, failure)
      } catch (error) {
        warn(error)
      }
    },
    unserved(error, peer) {
      try {
        second.unserved?.(error, peer)
      } catch (thrown) {
        warn(thrown)
      }
    },
  }
  // Not by those above: for each call of a call there would be two.
  const together: FullObserver = {
    begin(call) {
      first.begin(call)
      try {
        second.begin?.(call)
      } catch (error) {
        warn(error)
      }
    },
    attempt(call, to) {
      first.attempt(call, to)
      try {
        second.attempt?.(call, to)
      } catch (error) {
        warn(error)
      }
    },
    end(call, failure) {
      first.end(call, failure)
      try {
        second.end?.(call, failure)
      } catch (error) {
        warn(error)
      }
    },
    unserved(error, peer) {
      first.unserved(error, peer)
      alone.unserved(error, peer)
    },
  }
  const hook = <Name extends keyof FullObserver>(name: Name): FullObserver[Name] => {
    if (!second[name]) return first[name]
    return first[name] === ignore ? alone[name] : together[name]
  }
  return { begin: hook('begin'), attempt: hook('attempt'), end: hook('end'), unserved: hook('unserved') }
}

/** Where the outcome of one attempt goes. Exactly one of the two is called, exactly once. */
export interface Sink {
  /** What it is an attempt of. */
  readonly call: Call
  /**
   * `over` comes with a stream that goes out to a caller: it is to be called once when the stream has ended, with what
   * its producer threw or why it was stopped, and returns the error to answer with. Returns what was answered in place
   * of a value that can't be sent.
   */
  reply(value: unknown, metadata?: Metadata, over?: (thrown: unknown) => RpcError | undefined): RpcError | undefined
  fail(error: RpcError): void
}

/** An attempt under way. After `cancel` its sink hears nothing more. */
export interface Attempt {
  cancel(reason: RpcError): void
}

/** Starts one attempt. The arguments are encoded before this returns; the sink may be called before it returns. */
export type Send = (call: Call, sink: Sink) => Attempt
