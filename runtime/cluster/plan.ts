import type { Call, Interceptor, Invoker } from '../call.js'
import type { RpcError } from '../error.js'
import type { Guard } from '../guard.js'
import type { CircuitOptions } from '../guards/circuit.js'
import type { Method } from '../method.js'
import { Circuits } from './circuits.js'
import type { Cluster, Policy } from './cluster.js'
import type { Balancer, Node, Pick } from './node.js'
import { mostSubsets } from './router.js'
import type { BreakerStatus } from './status.js'

/** How the calls of one method go. */
export interface MethodSettings {
  /** For the whole of a unary call, where neither call, stub nor contract says. Milliseconds. */
  readonly timeoutMs: number
  readonly policy: Policy
  readonly balancer: Balancer
  /** What may refuse a call before any provider is chosen; undefined: nothing. */
  readonly guard?: Guard | undefined
  /** Leaves out providers at which too many calls of the method fail; undefined: it doesn't. */
  readonly breaker?: CircuitOptions | undefined
  /** Whether failures of the method count towards the ejection of a provider. Default true. */
  readonly ejects?: boolean
  /** Around all of it: fallbacks. */
  readonly wrap?: Interceptor | undefined
}

/** The settings of one method at work on a cluster: made at its first call, and anew when they change. */
export class Plan {
  readonly method: Method
  readonly invoke: Invoker
  readonly guard: Guard | undefined
  readonly circuits: Circuits | undefined
  readonly ejects: boolean
  readonly #balancer: Balancer
  /** The subset that was asked for last, and what was prepared for it. */
  #nodes: readonly Node[] | undefined
  #pick: Pick | undefined
  readonly #picks = new Map<readonly Node[], Pick>()

  constructor(cluster: Cluster, method: Method, settings: MethodSettings) {
    const { timeoutMs, policy, balancer, guard, breaker, ejects = true, wrap } = settings
    this.method = method
    this.guard = guard
    this.circuits = breaker && new Circuits(breaker)
    this.ejects = ejects
    this.#balancer = balancer
    const run = policy(cluster)
    const guarded: Invoker = guard ? (call) => passThrough(guard, cluster, call, run) : run
    const whole = wrap ? wrap(guarded) : guarded
    this.invoke = (call) => {
      call.decideDeadline(timeoutMs)
      return whole(call)
    }
  }

  pick(nodes: readonly Node[], call: Call, tried: readonly Node[] | undefined): Node | undefined {
    if (nodes !== this.#nodes) {
      this.#pick = this.#picks.get(nodes) ?? this.prepare(nodes)
      this.#nodes = nodes
    }
    const pick = this.#pick as Pick
    return this.circuits === undefined ? pick(call, tried) : this.circuits.pick(pick, nodes, call, tried)
  }

  breakers(at: number): BreakerStatus[] {
    const { path } = this.method
    const { breaker } = this.guard ?? {}
    return [
      ...(breaker ? [{ method: path, provider: undefined, state: breaker.state(at) }] : []),
      ...(this.circuits?.states(at) ?? []).map(([{ address }, state]) => ({ method: path, provider: address, state })),
    ]
  }

  /** The list or its weights have changed. */
  forget(list: readonly Node[]): void {
    this.circuits?.keep(list)
    this.#nodes = undefined
    this.#pick = undefined
    this.#picks.clear()
  }

  private prepare(nodes: readonly Node[]): Pick {
    if (this.#picks.size >= mostSubsets) this.#picks.clear()
    const pick = this.#balancer(nodes)
    this.#picks.set(nodes, pick)
    return pick
  }
}

/** Runs a call that its guard lets pass; `Cluster.end` makes it leave. Observers hear of those that are refused, too. */
export function passThrough(guard: Guard, cluster: Cluster, call: Call, run: Invoker): Promise<unknown> {
  const pass = () => {
    call.guard = guard
    return run(call)
  }
  const entry = guard.enter(call)
  if (entry === undefined) return pass()
  const refuse = (error: RpcError): Promise<never> => {
    cluster.observer.begin(call)
    cluster.observer.end(call, error)
    return Promise.reject(error)
  }
  if (!(entry instanceof Promise)) return refuse(entry)
  return entry.then((refusal) => (refusal ? refuse(refusal) : pass()))
}
