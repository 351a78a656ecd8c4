import { formatAddress } from '../address.js'
import type { Attempt, Call, Observer, Sink } from '../call.js'
import { RpcError } from '../error.js'
import type { Discovery, Provider, Registry } from '../registry/registry.js'
import type { ServiceKey } from '../service-key.js'
import type { Connections } from './connections.js'
import { type Balancer, Node, type Pick } from './node.js'

/**
 * The providers of one service as this client sees them: a list that follows the registry, and a way to choose from
 * it. One per ServiceKey, made at its first call.
 */
export class Cluster {
  readonly service: ServiceKey
  readonly observer: Required<Observer>
  readonly #registry: Registry
  readonly #balancer: Balancer
  readonly #connections: Connections
  readonly #stop: () => void
  #discovery: Discovery = { state: 'pending' }
  #nodes: readonly Node[] = []
  #pick: Pick
  readonly #waiting = new Set<() => void>()

  constructor(
    service: ServiceKey,
    application: string,
    registry: Registry,
    balancer: Balancer,
    connections: Connections,
    observer: Required<Observer>,
  ) {
    this.service = service
    this.observer = observer
    this.#registry = registry
    this.#balancer = balancer
    this.#connections = connections
    this.#pick = balancer([])
    this.#stop = registry.watch(service, { application }, (discovery) => this.#found(discovery))
  }

  get discovery(): Discovery {
    return this.#discovery
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }

  /** The node for a call's next attempt; undefined when there is none at all: `absence` says why. */
  pick(call: Call, tried?: readonly Node[]): Node | undefined {
    return this.#pick(call, tried)
  }

  /** Starts an attempt at a node. */
  send(node: Node, call: Call, sink: Sink): Attempt {
    call.peer = node.address
    call.attempts++
    call.answeredAt = 0
    if (node.token !== undefined) call.metadata = { ...call.metadata, token: node.token }
    this.observer.attempt(call, node.address)
    return node.connection.send(call, sink)
  }

  /** Calls `again` at the next news from the registry. Returns how to stop waiting. */
  wait(again: () => void): () => void {
    this.#waiting.add(again)
    return () => this.#waiting.delete(again)
  }

  /** Why there is no node: what was asked for, where, and what was found there instead. */
  absence(): RpcError {
    const { name, group, version } = this.service
    const asked = `no provider of ${name} (group: ${group ?? 'none'}, version: ${version ?? 'none'}) in ${this.#registry.name}`
    const discovery = this.#discovery
    if (discovery.state === 'failed') {
      return new RpcError('unavailable', `${asked}: ${discovery.cause.message}`, {
        retryable: true,
        cause: discovery.cause,
      })
    }
    const seen =
      discovery.state === 'pending'
        ? 'it has not answered yet'
        : discovery.providers.length > 0
          ? `none of its ${discovery.providers.length} providers speaks a protocol that this client has`
          : (discovery.reason ?? 'it knows of none; is a provider running, and registered there?')
    return new RpcError('unavailable', `${asked}: ${seen}`, { retryable: true })
  }

  close(): void {
    this.#stop()
    for (const node of this.#nodes) this.#connections.release(node.address)
    this.#nodes = []
    this.#pick = this.#balancer([])
    this.#news()
  }

  #found(discovery: Discovery): void {
    this.#discovery = discovery
    if (discovery.state === 'found') this.#list(discovery.providers, discovery.unconfirmed)
    else if (discovery.state === 'failed' && discovery.last) this.#list(discovery.last)
    this.#news()
  }

  /** Takes over a new list: nodes at addresses that stay are kept, with their connections and figures. */
  #list(providers: readonly Provider[], unconfirmed: readonly Provider[] = []): void {
    const before = new Map(this.#nodes.map((node) => [formatAddress(node.address), node]))
    const after = new Map<string, Node>()
    const take = (provider: Provider): void => {
      const address = this.#connections.best(provider.addresses)
      if (!address) return
      const key = formatAddress(address)
      if (after.has(key)) return
      const node = before.get(key) ?? new Node(provider, address, this.#connections.hold(address))
      node.provider = provider
      before.delete(key)
      after.set(key, node)
    }
    const answers = (provider: Provider): boolean => {
      const address = this.#connections.best(provider.addresses)
      return address !== undefined && before.get(formatAddress(address))?.connection.state === 'ready'
    }
    const answering = unconfirmed.filter(answers)
    providers.forEach(take)
    // The registry has lost sight of them, this client hasn't; and before there is nobody at all, anybody is tried.
    const kept = answering.length > 0 || after.size > 0 ? answering : unconfirmed
    kept.forEach(take)
    this.#nodes = [...after.values()]
    this.#pick = this.#balancer(this.#nodes)
    for (const gone of before.values()) this.#connections.release(gone.address)
  }

  #news(): void {
    for (const again of [...this.#waiting]) again()
  }
}

/** Makes a call's one promise: chooses nodes, sends, decides what a failure means. */
export type Policy = (cluster: Cluster) => (call: Call) => Promise<unknown>
