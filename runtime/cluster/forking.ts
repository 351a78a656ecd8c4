import type { Metadata, RpcError } from '../error.js'
import type { Policy } from './cluster.js'
import { failfast } from './failover.js'
import type { Node } from './node.js'
import { ParallelCall, type Trial } from './trial.js'

/**
 * Asks several providers at once and takes the first answer (Dubbo's `forking`): for reads that have to be quick whatever it
 * costs. `forks`: how many, default 2. Streams and methods that aren't `@idempotent` go to one provider only.
 */
export function forking(forks = 2): Policy {
  return (cluster) => {
    const single = failfast()(cluster)
    return (call) => {
      if (!call.method.schema.idempotent || call.method.schema.kind !== 'unary') return single(call)
      return new Promise((resolve, reject) => new ForkingCall(forks, cluster, call, resolve, reject).begin())
    }
  }
}

class ForkingCall extends ParallelCall {
  readonly #forks: number

  constructor(forks: number, ...rest: ConstructorParameters<typeof ParallelCall>) {
    super(...rest)
    this.#forks = forks
  }

  protected override start(): void {
    const chosen: Node[] = []
    while (chosen.length < this.#forks) {
      const node = this.cluster.pick(this.call, chosen)
      if (!node || chosen.includes(node)) break
      chosen.push(node)
    }
    if (chosen.length === 0) this.settle(this.cluster.absence(this.call))
    for (const node of chosen) if (!this.settled) this.try(node)
  }

  override replied(_trial: Trial, value: unknown, metadata: Metadata | undefined): void {
    this.settle(undefined, value, metadata)
  }

  override failed(trial: Trial, error: RpcError): void {
    this.trials.delete(trial)
    if (this.trials.size === 0) this.settle(error)
  }
}
