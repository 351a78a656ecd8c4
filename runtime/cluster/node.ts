import type { Address } from '../address.js'
import type { Call } from '../call.js'
import type { Connection } from '../protocol/protocol.js'
import type { Provider } from '../registry/registry.js'

/** A provider as a cluster sees it. Survives changes of the list it stands in: live figures live here. */
export class Node {
  readonly address: Address
  readonly connection: Connection
  /** Dubbo's `token`, which this provider published and wants to see in calls. */
  token: string | undefined
  #provider: Provider
  /** Attempts under way. */
  pending = 0

  constructor(provider: Provider, address: Address, connection: Connection) {
    this.#provider = provider
    this.token = tokenOf(provider)
    this.address = address
    this.connection = connection
  }

  /** What the registry says of it now. */
  get provider(): Provider {
    return this.#provider
  }
  set provider(provider: Provider) {
    this.#provider = provider
    this.token = tokenOf(provider)
  }

  /** Share of the traffic against its peers. */
  get weight(): number {
    return this.#provider.weight
  }

  /** Worth choosing now; one that isn't is chosen only when no other is left. */
  get available(): boolean {
    return this.connection.available
  }
}

/** Registries are foreign input: what couldn't travel as metadata would fail every call. */
function tokenOf({ params }: Provider): string | undefined {
  const token = params.get('token')
  return token !== undefined && token.length <= 256 ? token : undefined
}

/** Chooses a node for an attempt; `tried` are those the call has failed on already. undefined only for an empty list. */
export type Pick = (call: Call, tried?: readonly Node[]) => Node | undefined

/** Prepared once per list of nodes, taken per call. */
export type Balancer = (nodes: readonly Node[]) => Pick

/**
 * A pick for when the balancer's own choice is down or tried: goes through the list from `start` for the best that is
 * left: available and untried, else available, else untried, else any.
 */
export function bestFrom(nodes: readonly Node[], start: number, tried: readonly Node[] | undefined): Node | undefined {
  let best: Node | undefined
  let bestRank = -1
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[(start + i) % nodes.length] as Node
    const rank = (node.weight > 0 ? 4 : 0) + (node.available ? 2 : 0) + (tried?.includes(node) ? 0 : 1)
    if (rank === 7) return node
    if (rank > bestRank) {
      best = node
      bestRank = rank
    }
  }
  return best
}
