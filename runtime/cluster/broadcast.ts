import type { Metadata, RpcError } from '../error.js'
import type { Policy } from './cluster.js'
import { ParallelCall, type Trial } from './trial.js'

/**
 * Calls every provider, all at once, and is done when the last has answered: for what each of them has to know, as dropping
 * a cache (Dubbo's `broadcast`). Fails with the last failure if one failed; else the answer is the last one's.
 */
export function broadcast(): Policy {
  return (cluster) => (call) =>
    new Promise((resolve, reject) => new BroadcastCall(cluster, call, resolve, reject).begin())
}

class BroadcastCall extends ParallelCall {
  #left = 0
  #error: RpcError | undefined

  protected override start(): void {
    const nodes = this.cluster.candidates(this.call)
    if (nodes.length === 0) this.settle(this.cluster.absence(this.call))
    this.#left = nodes.length
    for (const node of nodes) if (!this.settled) this.try(node)
  }

  override replied(trial: Trial, value: unknown, metadata: Metadata | undefined): void {
    this.#ended(trial, value, metadata)
  }

  override failed(trial: Trial, error: RpcError): void {
    this.#error = error
    this.#ended(trial, undefined, undefined)
  }

  #ended(trial: Trial, value: unknown, metadata: Metadata | undefined): void {
    this.trials.delete(trial)
    if (--this.#left === 0) this.settle(this.#error, value, metadata)
  }
}
