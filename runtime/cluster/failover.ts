import { formatAddress } from '../address.js'
import type { Attempt, Call, Sink } from '../call.js'
import { maxTimerMs, now } from '../clock.js'
import { type Metadata, RpcError } from '../error.js'
import { backoffMs } from '../protocol/backoff.js'
import { Alarm } from '../protocol/deadline.js'
import { Inflow } from '../protocol/inflow.js'
import type { Cluster, Policy } from './cluster.js'
import type { Node } from './node.js'
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js'

export interface FailoverOptions {
  /** Further attempts after the first, each at a provider that was not tried yet where there is one. Default 2, as Dubbo. */
  readonly retries?: number
  /**
   * Which failures are tried again. `safe` (default): those that provably never reached a handler, and for methods
   * marked `@idempotent` also lost connections, overload and attempts out of time. `dubbo`: every failure but declared
   * errors, whatever the method: what Apache Dubbo does, and how a ticket gets booked twice.
   */
  readonly retry?: 'safe' | 'dubbo'
  /**
   * Bounds each attempt, in milliseconds, within the deadline of the whole call; an `@idempotent` method then goes on
   * to another provider. Default: none, an attempt may use up all that is left.
   */
  readonly attemptTimeoutMs?: number
  /**
   * Bounds retries to a share of the calls, so that they don't make an overload worse: per method 20 % over the last seconds, and
   * 10. Those don't count that found a provider which can't be reached, or doesn't offer what is called. `false`: no bound.
   */
  readonly budget?: RetryBudgetOptions | false
}

/** If a provider fails, another one is asked: the default policy. The deadline bounds all attempts together. */
export function failover(options: FailoverOptions = {}): Policy {
  const retries = options.retries ?? 2
  const mayRetry = options.retry === 'dubbo' ? retriedByDubbo : safeToRetry
  const { attemptTimeoutMs = Number.POSITIVE_INFINITY } = options
  return (cluster) => {
    const budget = options.budget === false || retries === 0 ? undefined : new RetryBudget(options.budget)
    const way: Way = { cluster, retries, mayRetry, attemptTimeoutMs, budget }
    return (call) => {
      const run = new FailoverCall(way, call)
      latest = run
      const promise = new Promise(keepSettlers)
      run.begin()
      return promise
    }
  }
}

/** Whose promise is being made. Kept here, because a closure for each promise costs as much as the promise. */
let latest: FailoverCall

function keepSettlers(resolve: (value: unknown) => void, reject: (error: RpcError) => void): void {
  latest.resolve = resolve
  latest.reject = reject
}

/** One try: what fails is reported at once, retried by nobody (Dubbo's `failfast`). For writes that must not happen twice. */
export function failfast(): Policy {
  return failover({ retries: 0 })
}

/** What all calls of a policy have in common. */
interface Way {
  readonly cluster: Cluster
  readonly retries: number
  readonly mayRetry: (call: Call, error: RpcError) => boolean
  readonly attemptTimeoutMs: number
  readonly budget: RetryBudget | undefined
}

/** Nobody has done anything for it, nor is anybody overloaded: it can't be reached, leaves, or doesn't offer what is called. */
function costsNobody(error: RpcError): boolean {
  return error.retryable && error.code !== 'resource_exhausted'
}

function safeToRetry(call: Call, error: RpcError): boolean {
  if (call.pulled) return false
  if (error.retryable) return true
  if (!call.method.schema.idempotent) return false
  // An attempt out of time; that the whole call isn't was asked before.
  if (error.code === 'deadline_exceeded') return true
  return error.code === 'unavailable' || error.code === 'resource_exhausted'
}

function retriedByDubbo(call: Call, error: RpcError): boolean {
  return !call.pulled && error.type === undefined && error.code !== 'cancelled' && error.code !== 'invalid_argument'
}

const ignore = () => {}

/** What a call has to remember once its first attempt didn't just succeed, or when attempts have a bound. */
interface Detour {
  /** Where it failed already. */
  readonly tried: Node[]
  retries: number
  /** When the attempt under way began. */
  attemptedAt: number
  /** Bounds the attempt under way. */
  bound: Alarm | undefined
  /** Ends a wait for the registry or between attempts. */
  stopWaiting: (() => void) | undefined
}

/** One logical call: the sink of its attempts, one after the other. */
class FailoverCall implements Sink, Attempt {
  readonly #way: Way
  readonly call: Call
  /** What settles its promise, which is made right behind it. */
  resolve: (value: unknown) => void = ignore
  reject: (error: RpcError) => void = ignore
  /** Where the attempt under way is. */
  #node: Node | undefined = undefined
  #attempt: Attempt | undefined = undefined
  #detour: Detour | undefined = undefined
  #settled = false

  constructor(way: Way, call: Call) {
    this.#way = way
    this.call = call
  }

  begin(): void {
    const { cluster, budget } = this.#way
    cluster.observer.begin(this.call)
    this.call.runBy(this)
    budget?.call(this.call.startedAt)
    if (!this.#settled) this.next()
  }

  reply(value: unknown, metadata?: Metadata): undefined {
    this.call.replyMetadata = metadata
    if (value instanceof Inflow) this.stream(value)
    else {
      this.over(undefined)
      this.settle(undefined)
    }
    this.resolve(value)
  }

  /** The attempt under way is out of time, the call maybe not. */
  private attemptOutOfTime(): void {
    const where = this.#node && formatAddress(this.#node.address)
    const text = `${this.call.method.path} got no reply from ${where} within ${this.#way.attemptTimeoutMs} ms (attemptTimeoutMs)`
    const error = new RpcError('deadline_exceeded', text)
    this.#attempt?.cancel(error)
    this.fail(error)
  }

  /** The stream is open, and from here on never tried again; the call is over when the stream is. */
  private stream(stream: Inflow): void {
    this.unbound()
    this.call.runBy({ cancel: (reason) => stream.stop(reason) })
    stream.onOver((error) => {
      this.over(error)
      this.settle(error)
    })
  }

  fail(error: RpcError): void {
    const node = this.over(error)
    const detour = this.onDetour()
    if (detour.retries < this.#way.retries && this.mayRetry(error)) {
      detour.retries++
      if (node) detour.tried.push(node)
      this.again(error, detour)
    } else {
      this.failed(error)
    }
  }

  private mayRetry(error: RpcError): boolean {
    const at = now()
    const { mayRetry, budget } = this.#way
    if (this.call.deadline <= at || !mayRetry(this.call, error)) return false
    return budget === undefined || costsNobody(error) || budget.take(at)
  }

  private onDetour(): Detour {
    this.#detour ??= {
      tried: [],
      retries: 0,
      attemptedAt: this.call.startedAt,
      bound: undefined,
      stopWaiting: undefined,
    }
    return this.#detour
  }

  private nextNow(): void {
    this.onDetour().attemptedAt = now()
    this.next()
  }

  private next(): void {
    const { cluster, attemptTimeoutMs } = this.#way
    const node = cluster.pick(this.call, this.#detour?.tried)
    if (node === undefined) {
      this.missed()
      return
    }
    this.#node = node
    if (attemptTimeoutMs !== Number.POSITIVE_INFINITY) {
      this.bind(attemptTimeoutMs)
    }
    const attempt = cluster.send(node, this.call, this)
    // The sink may have been answered already, and the next attempt be under way.
    if (this.#node === node && this.#attempt === undefined) this.#attempt = attempt
  }

  /** There is no node. */
  private missed(): void {
    const { cluster } = this.#way
    if (cluster.undecided(this.call)) this.waitForProviders()
    else this.failed(cluster.absence(this.call))
  }

  /** Apart from `next`, in which this closure would cost every call its scope. */
  private bind(ms: number): void {
    const bound = new Alarm(() => this.attemptOutOfTime())
    this.onDetour().bound = bound
    bound.set(ms)
  }

  /** The attempt under way is over. Returns where it was. */
  private over(error: RpcError | undefined): Node | undefined {
    const node = this.#node
    if (node !== undefined) this.#way.cluster.over(node, this.call, error, this.#detour?.attemptedAt)
    this.unbound()
    this.#node = undefined
    this.#attempt = undefined
    return node
  }

  private unbound(): void {
    const detour = this.#detour
    if (detour?.bound === undefined) return
    detour.bound.stop()
    detour.bound = undefined
  }

  /** At once where an untried provider is up; else after a short back-off, for there is nothing better than waiting. */
  private again(error: RpcError, { tried }: Detour): void {
    if (this.#way.cluster.candidates(this.call).some((node) => node.available && !tried.includes(node))) {
      this.nextNow()
      return
    }
    const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(tried.length, 20, 250))
    if (this.call.deadline - now() <= waitMs) this.failed(error)
    else this.wait(waitMs, () => this.nextNow())
  }

  private waitForProviders(): void {
    const { cluster } = this.#way
    this.onDetour().stopWaiting = cluster.whenDecided(
      this.call,
      () => this.nextNow(),
      () => this.failed(cluster.absence(this.call)),
    )
  }

  /** Never early: Node's timers may fire up to 1 ms before their time. A timer of its own is fine here: nothing is under way that would keep the process alive, and it is rare. */
  private wait(ms: number, then: () => void): void {
    const detour = this.onDetour()
    const timer = setTimeout(
      () => {
        detour.stopWaiting?.()
        then()
      },
      Math.min(ms + 1, maxTimerMs),
    )
    detour.stopWaiting = () => {
      clearTimeout(timer)
      detour.stopWaiting = undefined
    }
  }

  /** The caller wants it no more. */
  cancel(reason: RpcError): void {
    this.#attempt?.cancel(reason)
    this.over(reason)
    this.#detour?.stopWaiting?.()
    this.failed(reason)
  }

  private failed(error: RpcError): void {
    this.settle(error)
    this.reject(error)
  }

  private settle(error: RpcError | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.call.runBy(undefined)
    this.#way.cluster.end(this.call, error)
  }
}
