import type { Call } from '../call.js'
import { now } from '../clock.js'
import type { RpcError } from '../error.js'
import { type BreakerState, Circuit, type CircuitOptions, isFault } from '../guards/circuit.js'
import type { Node, Pick } from './node.js'

/**
 * A circuit breaker for each provider of one method. A provider whose circuit is open isn't called at all: where all are open
 * calls fail at once. (Outlier ejection, the milder way, compares providers and always leaves somebody to call.)
 */
export class Circuits {
  readonly #options: CircuitOptions
  /** Made at the first failure of a node. */
  readonly #circuits = new Map<Node, Circuit>()

  constructor(options: CircuitOptions) {
    this.#options = options
  }

  /** The balancer's choice among those whose circuit lets a call through; undefined: there are none. */
  pick(pick: Pick, nodes: readonly Node[], call: Call, tried: readonly Node[] | undefined): Node | undefined {
    const node = pick(call, tried)
    if (!node || this.#circuits.size === 0) return node
    const at = now()
    if (this.#admits(node, at)) return node
    const closed = [...(tried ?? []), node]
    for (let more = Math.min(this.#circuits.size, 16); more > 0; more--) {
      const other = pick(call, closed)
      if (!other || closed.includes(other)) break
      if (this.#admits(other, at)) return other
      closed.push(other)
    }
    return nodes.find((other) => !tried?.includes(other) && this.#admits(other, at))
  }

  begin(node: Node): void {
    this.#circuits.get(node)?.begin()
  }

  end(node: Node, call: Call, error: RpcError | undefined): void {
    const failed = error?.retryable ? undefined : isFault(error)
    let circuit = this.#circuits.get(node)
    if (!circuit) {
      if (!failed) return
      circuit = new Circuit(this.#options)
      this.#circuits.set(node, circuit)
    }
    circuit.end(failed, call.answeredAt || now())
  }

  /** Keeps only what belongs to these. */
  keep(nodes: readonly Node[]): void {
    if (this.#circuits.size === 0) return
    const listed = new Set(nodes)
    for (const node of this.#circuits.keys()) if (!listed.has(node)) this.#circuits.delete(node)
  }

  states(at: number): (readonly [Node, BreakerState])[] {
    return [...this.#circuits].map(([node, circuit]) => [node, circuit.state(at)])
  }

  #admits(node: Node, at: number): boolean {
    return this.#circuits.get(node)?.admits(at) ?? true
  }
}
