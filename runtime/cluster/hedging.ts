import { now } from '../clock.js'
import type { Metadata, RpcError } from '../error.js'
import { Alarm } from '../protocol/deadline.js'
import type { Cluster, Policy } from './cluster.js'
import { failover } from './failover.js'
import type { Node } from './node.js'
import { RetryBudget, type RetryBudgetOptions } from './retry-budget.js'
import { ParallelCall, type Trial } from './trial.js'

export interface HedgingOptions {
  /** How long to wait for an answer before another provider is asked as well. Default: what 95 % of the calls at most providers stay below. */
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
    const tail = { delayMs, usual: new Usual(), budget: new RetryBudget(options.budget), attempts }
    return (call) => {
      if (!call.method.schema.idempotent || call.method.schema.kind !== 'unary') return single(call)
      return new Promise((resolve, reject) => new HedgedCall(tail, cluster, call, resolve, reject).begin())
    }
  }
}

interface Hedge {
  readonly delayMs: number | undefined
  readonly usual: Usual
  readonly budget: RetryBudget
  readonly attempts: number
}

class HedgedCall extends ParallelCall {
  readonly #hedge: Hedge
  readonly #tried: Node[] = []
  #next: Alarm | undefined

  constructor(hedge: Hedge, cluster: Cluster, ...rest: Rest) {
    super(cluster, ...rest)
    this.#hedge = hedge
    hedge.budget.call(this.call.startedAt)
  }

  protected override start(): void {
    const node = this.cluster.pick(this.call)
    if (node) this.ask(node)
    else this.settle(this.cluster.absence(this.call))
  }

  /** Another provider, if there is one, and if that many calls more are allowed. */
  more(): boolean {
    if (this.settled || this.#tried.length >= this.#hedge.attempts) return false
    const node = this.cluster.pick(this.call, this.#tried)
    if (!node?.available || this.#tried.includes(node) || !this.#hedge.budget.take(now())) return false
    this.ask(node)
    return true
  }

  override replied(trial: Trial, value: unknown, metadata: Metadata | undefined): void {
    const at = now()
    for (const each of this.trials) this.#hedge.usual.learn(each.node, at - each.startedAt, each === trial)
    this.stop()
    this.settle(undefined, value, metadata)
  }

  override failed(trial: Trial, error: RpcError): void {
    this.trials.delete(trial)
    this.stop()
    const mayHelp =
      error.retryable ||
      error.code === 'unavailable' ||
      error.code === 'resource_exhausted' ||
      error.code === 'deadline_exceeded'
    if (mayHelp && this.call.deadline > now() && this.more()) return
    if (this.trials.size === 0) this.settle(error)
  }

  override cancel(reason: RpcError): void {
    this.stop()
    super.cancel(reason)
  }

  private ask(node: Node): void {
    this.#tried.push(node)
    this.stop()
    if (this.#tried.length < this.#hedge.attempts) {
      this.#next = new Alarm(() => this.more())
      this.#next.set(this.#hedge.delayMs ?? this.#hedge.usual.ms)
    }
    this.try(node)
  }

  private stop(): void {
    this.#next?.stop()
    this.#next = undefined
  }
}

type Rest = ConstructorParameters<typeof ParallelCall> extends [unknown, ...infer R] ? R : never

/**
 * What 95 % of the calls at most providers stay below: the median of the providers' tails. Of all calls together it would be
 * what a slow provider makes of it, and that one is waited for too long. Followed as calls come, each of which votes by the
 * tail of its provider: 1 % up where that one is above, else 1 % down. Unknown at first: then 100 ms.
 */
class Usual {
  ms = 100
  readonly #tails = new WeakMap<Node, Tail>()

  /** An attempt was answered after so long, or given up because another one was quicker. */
  learn(node: Node, elapsedMs: number, answered: boolean): void {
    let tail = this.#tails.get(node)
    if (!tail) {
      tail = new Tail(elapsedMs)
      this.#tails.set(node, tail)
    }
    // How long one would have taken that was given up early nobody knows.
    if (answered || elapsedMs > tail.ms) tail.learn(elapsedMs)
    this.ms = Math.max(1, this.ms * (tail.ms > this.ms ? 1.01 : 0.99))
  }
}

/**
 * What 95 % of the attempts at a provider stay below, followed as they come: each above moves it up 19 times as far as one
 * below moves it down, so it rests where one in 20 is above. Begins at three times the first one, at most at 100 ms.
 */
class Tail {
  ms: number

  constructor(firstMs: number) {
    this.ms = Math.min(100, 3 * firstMs)
  }

  learn(elapsedMs: number): void {
    const step = Math.max(0.05, this.ms * 0.05)
    this.ms = Math.max(1, this.ms + (elapsedMs > this.ms ? 0.95 * step : -0.05 * step))
  }
}
