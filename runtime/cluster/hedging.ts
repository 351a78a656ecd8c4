import { now } from '../clock.js'
import type { Metadata, RpcError } from '../error.js'
import { Deadline, hang, unhang } from '../protocol/deadline.js'
import type { Cluster, Policy } from './cluster.js'
import { failover } from './failover.js'
import type { Node } from './node.js'
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js'
import { ParallelCall, type Trial } from './trial.js'

export interface HedgingOptions {
  /** How long to wait for an answer before another provider is asked as well. Default: what 95 % of the calls stay below. */
  readonly delayMs?: number
  /** Attempts at most, the first included. Default 2. */
  readonly attempts?: number
  /** Hedges count as retries do. Default 20 % of the calls. */
  readonly budget?: RetryBudgetOptions
}

/**
 * If an answer takes unusually long, another provider is asked as well, and whoever answers first counts: cuts off the slow
 * tail at the price of a few calls more ("The Tail at Scale", Dean and Barroso 2013). Only for unary methods that are `@idempotent`; all others
 * go by `failover()`.
 */
export function hedging(options: HedgingOptions = {}): Policy {
  const { attempts = 2, delayMs } = options
  return (cluster) => {
    const single = failover({ retries: attempts - 1, ...(options.budget && { budget: options.budget }) })(cluster)
    const tail = { delayMs, usual: new Tail(), budget: new RetryBudget(options.budget), attempts }
    return (call) => {
      if (!call.method.schema.idempotent || call.method.schema.kind !== 'unary') return single(call)
      return new Promise((resolve, reject) => new HedgedCall(tail, cluster, call, resolve, reject).begin())
    }
  }
}

interface Hedge {
  readonly delayMs: number | undefined
  readonly usual: Tail
  readonly budget: RetryBudget
  readonly attempts: number
}

class HedgedCall extends ParallelCall {
  readonly #hedge: Hedge
  readonly #tried: Node[] = []
  #next: Next | undefined

  constructor(hedge: Hedge, cluster: Cluster, ...rest: Rest) {
    super(cluster, ...rest)
    this.#hedge = hedge
    hedge.budget.call(this.call.startedAt)
  }

  protected override start(): void {
    const node = this.cluster.pick(this.call)
    if (node) this.#ask(node)
    else this.settle(this.cluster.absence(this.call))
  }

  /** Another provider, if there is one, and if that many calls more are allowed. */
  more(): boolean {
    if (this.settled || this.#tried.length >= this.#hedge.attempts) return false
    const node = this.cluster.pick(this.call, this.#tried)
    if (!node?.available || this.#tried.includes(node) || !this.#hedge.budget.take(now())) return false
    this.#ask(node)
    return true
  }

  override replied(_trial: Trial, value: unknown, metadata: Metadata | undefined): void {
    this.#hedge.usual.learn(now() - this.call.startedAt)
    this.#stop()
    this.settle(undefined, value, metadata)
  }

  override failed(trial: Trial, error: RpcError): void {
    this.trials.delete(trial)
    this.#stop()
    const mayHelp =
      error.retryable ||
      error.code === 'unavailable' ||
      error.code === 'resource_exhausted' ||
      error.code === 'deadline_exceeded'
    if (mayHelp && this.call.deadline > now() && this.more()) return
    if (this.trials.size === 0) this.settle(error)
  }

  override cancel(reason: RpcError): void {
    this.#stop()
    super.cancel(reason)
  }

  #ask(node: Node): void {
    this.#tried.push(node)
    this.#stop()
    if (this.#tried.length < this.#hedge.attempts) {
      this.#next = new Next(this)
      hang(this.#next, now() + (this.#hedge.delayMs ?? this.#hedge.usual.ms))
    }
    this.try(node)
  }

  #stop(): void {
    if (this.#next) unhang(this.#next)
    this.#next = undefined
  }
}

type Rest = ConstructorParameters<typeof ParallelCall> extends [unknown, ...infer R] ? R : never

/** Comes when the usual time is over. */
class Next extends Deadline {
  readonly #call: HedgedCall

  constructor(call: HedgedCall) {
    super()
    this.#call = call
  }

  override expire(): void {
    this.#call.more()
  }
}

/**
 * What 95 % of the calls stay below, followed as they come: each call above moves it up 19 times as far as one below moves it
 * down, so it rests where one in 20 is above. Unknown at first: then 100 ms.
 */
class Tail {
  ms = 100

  learn(elapsedMs: number): void {
    const step = Math.max(0.05, this.ms * 0.05)
    this.ms = Math.max(1, this.ms + (elapsedMs > this.ms ? 0.95 * step : -0.05 * step))
  }
}
