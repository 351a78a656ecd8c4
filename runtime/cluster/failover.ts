import { formatAddress } from '../address.js'
import type { Attempt, Call, Sink } from '../call.js'
import { maxTimerMs, now } from '../clock.js'
import { type Metadata, RpcError } from '../error.js'
import { backoffMs } from '../protocol/backoff.js'
import { Deadline, hang, unhang } from '../protocol/deadline.js'
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
   * 10. Those after which a provider could not be reached don't count. `false`: no bound.
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
    const rules = { mayRetry, attemptTimeoutMs, budget }
    return (call) =>
      new Promise((resolve, reject) => new FailoverCall(cluster, call, retries, rules, resolve, reject).begin())
  }
}

/** One try: what fails is reported at once, retried by nobody (Dubbo's `failfast`). For writes that must not happen twice. */
export function failfast(): Policy {
  return failover({ retries: 0 })
}

interface Rules {
  readonly mayRetry: (call: Call, error: RpcError) => boolean
  readonly attemptTimeoutMs: number
  readonly budget: RetryBudget | undefined
}

/** It was there for nobody, so trying another one adds no load to any provider. */
function costsNobody(error: RpcError): boolean {
  return error.retryable && error.code === 'unavailable'
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

/** One logical call: the sink of its attempts, one after the other. */
class FailoverCall implements Sink, Attempt {
  readonly #cluster: Cluster
  readonly #call: Call
  readonly #rules: Rules
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RpcError) => void
  #left: number
  #node: Node | undefined = undefined
  /** When the attempt under way began; the first one with the call. */
  #attemptedAt: number
  #attempt: Attempt | undefined = undefined
  /** Bounds the attempt under way, where the policy does. */
  #bound: AttemptBound | undefined = undefined
  #tried: Node[] | undefined = undefined
  #settled = false
  /** Ends a wait for the registry or between attempts. */
  #stopWaiting: (() => void) | undefined = undefined

  constructor(
    cluster: Cluster,
    call: Call,
    retries: number,
    rules: Rules,
    resolve: (value: unknown) => void,
    reject: (error: RpcError) => void,
  ) {
    this.#cluster = cluster
    this.#call = call
    this.#left = retries
    this.#attemptedAt = call.startedAt
    this.#rules = rules
    this.#resolve = resolve
    this.#reject = reject
  }

  begin(): void {
    this.#cluster.observer.begin(this.#call)
    this.#call.runBy(this)
    this.#rules.budget?.call(this.#call.startedAt)
    if (!this.#settled) this.#next()
  }

  reply(value: unknown, metadata?: Metadata): undefined {
    this.#call.replyMetadata = metadata
    if (value instanceof Inflow) this.#stream(value)
    else {
      this.#over(undefined)
      this.#settle(undefined)
    }
    this.#resolve(value)
  }

  /** The attempt under way is out of time, the call maybe not. */
  attemptOutOfTime(): void {
    const where = this.#node && formatAddress(this.#node.address)
    const text = `${this.#call.method.path} got no reply from ${where} within ${this.#rules.attemptTimeoutMs} ms (attemptTimeoutMs)`
    const error = new RpcError('deadline_exceeded', text)
    this.#attempt?.cancel(error)
    this.fail(error)
  }

  /** The stream is open, and from here on never tried again; the call is over when the stream is. */
  #stream(stream: Inflow): void {
    this.#unbound()
    this.#call.runBy({ cancel: (reason) => stream.stop(reason) })
    stream.onOver((error) => {
      this.#over(error)
      this.#settle(error)
    })
  }

  fail(error: RpcError): void {
    const node = this.#over(error)
    if (this.#left > 0 && this.#mayRetry(error)) {
      this.#left--
      if (node) this.#tried = [...(this.#tried ?? []), node]
      this.#again(error)
    } else {
      this.#failed(error)
    }
  }

  #mayRetry(error: RpcError): boolean {
    const at = now()
    const { mayRetry, budget } = this.#rules
    if (this.#call.deadline <= at || !mayRetry(this.#call, error)) return false
    return budget === undefined || costsNobody(error) || budget.take(at)
  }

  #nextNow(): void {
    this.#attemptedAt = now()
    this.#next()
  }

  #next(): void {
    const node = this.#cluster.pick(this.#call, this.#tried)
    if (!node) {
      if (this.#cluster.undecided(this.#call)) this.#waitForProviders()
      else this.#failed(this.#cluster.absence(this.#call))
      return
    }
    this.#node = node
    const { attemptTimeoutMs } = this.#rules
    if (attemptTimeoutMs !== Number.POSITIVE_INFINITY) {
      this.#bound = new AttemptBound(this)
      hang(this.#bound, now() + attemptTimeoutMs)
    }
    const attempt = this.#cluster.send(node, this.#call, this)
    // The sink may have been answered already, and the next attempt be under way.
    if (this.#node === node && !this.#attempt) this.#attempt = attempt
  }

  /** The attempt under way is over. Returns where it was. */
  #over(error: RpcError | undefined): Node | undefined {
    const node = this.#node
    if (node) this.#cluster.over(node, this.#call, this.#attemptedAt, error)
    this.#unbound()
    this.#node = undefined
    this.#attempt = undefined
    return node
  }

  #unbound(): void {
    if (!this.#bound) return
    unhang(this.#bound)
    this.#bound = undefined
  }

  /** At once where an untried provider is up; else after a short back-off, for there is nothing better than waiting. */
  #again(error: RpcError): void {
    const tried = this.#tried ?? []
    if (this.#cluster.candidates(this.#call).some((node) => node.available && !tried.includes(node))) {
      this.#nextNow()
      return
    }
    const waitMs = Math.max(error.retryAfterMs ?? 0, backoffMs(tried.length, 20, 250))
    if (this.#call.deadline - now() <= waitMs) this.#failed(error)
    else this.#wait(waitMs, () => this.#nextNow())
  }

  #waitForProviders(): void {
    this.#stopWaiting = this.#cluster.whenDecided(
      this.#call,
      () => this.#nextNow(),
      () => this.#failed(this.#cluster.absence(this.#call)),
    )
  }

  /** Never early: Node's timers may fire up to 1 ms before their time. A timer of its own is fine here: nothing is under way that would keep the process alive, and it is rare. */
  #wait(ms: number, then: () => void): void {
    const timer = setTimeout(
      () => {
        this.#stopWaiting?.()
        then()
      },
      Math.min(ms + 1, maxTimerMs),
    )
    this.#stopWaiting = () => {
      clearTimeout(timer)
      this.#stopWaiting = undefined
    }
  }

  /** The caller wants it no more. */
  cancel(reason: RpcError): void {
    this.#attempt?.cancel(reason)
    this.#over(reason)
    this.#stopWaiting?.()
    this.#failed(reason)
  }

  #failed(error: RpcError): void {
    this.#settle(error)
    this.#reject(error)
  }

  #settle(error: RpcError | undefined): void {
    if (this.#settled) return
    this.#settled = true
    this.#call.runBy(undefined)
    this.#cluster.end(this.#call, error)
  }
}

/** What `attemptTimeoutMs` costs is paid where it is set. */
class AttemptBound extends Deadline {
  readonly #call: FailoverCall

  constructor(call: FailoverCall) {
    super()
    this.#call = call
  }

  override expire(): void {
    this.#call.attemptOutOfTime()
  }
}
