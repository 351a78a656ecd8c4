import type { Address } from '../address.js'
import type { Call } from '../call.js'
import { now } from '../clock.js'
import { Deadline, hang, unhang } from '../protocol/deadline.js'
import type { Connection } from '../protocol/protocol.js'
import type { Provider } from '../registry/registry.js'

/** How fast the latency forgets: after so many milliseconds without a sample it counts for 1/e of what it was. */
const latencyFadesMs = 10_000

/** A provider as a cluster sees it. Survives changes of the list it stands in: live figures live here. */
export class Node {
  // First what every choice looks at, so that it lies in one line of the cache: choices among many thousands miss it each time.
  readonly connection: Connection
  /** Left out while others can be had, because it fails more than its peers. */
  ejected = false
  #rest: Rest | undefined
  /** Attempts under way. */
  pending = 0
  /** Whole numbers, microseconds and milliseconds, because the engine keeps fractions in objects of their own. */
  #latencyUs = 0
  #latencyAtMs = 0
  /** Attempts that ended, whatever way, and those of them that failed by the provider's fault. */
  ended = 0
  failed = 0
  /** Share of the traffic against its peers, warm-up and rules counted in; the cluster sets it anew as they change. */
  weight: number
  readonly address: Address
  /** Dubbo's `token`, which this provider published and wants to see in calls. */
  token: string | undefined
  #provider: Provider

  constructor(provider: Provider, address: Address, connection: Connection) {
    this.#provider = provider
    this.token = tokenOf(provider)
    this.weight = provider.weight
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
    this.weight = provider.weight
  }

  /** Worth choosing now; one that isn't is chosen only when no other is left. */
  get available(): boolean {
    return !this.ejected && !this.#rest?.lasts && this.connection.available
  }

  /**
   * The latency of its attempts in milliseconds, as an average that forgets (EWMA, 10 s) and that a slower attempt lifts at
   * once (peak EWMA, as Finagle's). What isn't heard of fades, so that a slow node is tried again some day. 0: not known.
   */
  latencyMs(at: number): number {
    const latencyMs = this.#latencyUs / 1000
    const idleMs = at - this.#latencyAtMs
    // Within a hundredth of it nothing fades that would be seen.
    return idleMs > latencyFadesMs / 100 ? latencyMs * Math.exp(-idleMs / latencyFadesMs) : latencyMs
  }

  /** What one more attempt is likely to take, in milliseconds, behind those under way. Unknown and busy is expensive. */
  cost(at: number): number {
    const latencyMs = this.latencyMs(at)
    return latencyMs === 0 ? this.pending * 1000 : latencyMs * (this.pending + 1)
  }

  /**
   * An attempt ended after `elapsedMs`, at `at`. A failure counts for more than the time it took, lest a node that fails
   * quickly look fast.
   */
  observe(elapsedMs: number, at: number, failed: boolean): void {
    this.ended++
    // Of calls that follow each other within a millisecond one is enough: the average takes as long to follow.
    if (!failed && elapsedMs * 1000 <= this.#latencyUs && at - this.#latencyAtMs < 1) return
    this.sample(elapsedMs, at, failed)
  }

  private sample(elapsedMs: number, at: number, failed: boolean): void {
    if (failed) this.failed++
    const known = this.#latencyUs / 1000
    const sample = failed ? Math.max(elapsedMs, 10, 4 * known) : elapsedMs
    if (known === 0 || sample > known) {
      this.learn(sample, at)
    } else {
      const fading = (at - this.#latencyAtMs) / latencyFadesMs
      // Between calls that follow each other closely both are the same number, to six digits, and this one costs nothing.
      const kept = fading < 0.001 ? 1 - fading : Math.exp(-fading)
      this.learn(known * kept + sample * (1 - kept), at)
    }
  }

  /** It asked for a pause (`retryAfterMs`): it is left out for so long while others can be had, at most 30 s. */
  rest(ms: number): void {
    this.#rest ??= new Rest()
    this.#rest.begin(Math.min(ms, 30_000))
  }

  /** An attempt was given up after `elapsedMs`: nobody knows how long it would have taken, but longer than that. */
  observeAtLeast(elapsedMs: number, at: number): void {
    if (elapsedMs > this.#latencyUs / 1000) this.learn(elapsedMs, at)
  }

  private learn(latencyMs: number, at: number): void {
    this.#latencyUs = Math.max(1, Math.round(Math.min(latencyMs, 1_000_000) * 1000))
    this.#latencyAtMs = Math.round(at)
  }
}

class Rest extends Deadline {
  lasts = false

  begin(ms: number): void {
    unhang(this)
    this.lasts = true
    hang(this, now() + ms)
  }

  override expire(): void {
    this.lasts = false
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

/** Would a balancer's own choice do, or is it down or tried? */
export function isFit(node: Node, tried: readonly Node[] | undefined): boolean {
  return node.available && (tried === undefined || !tried.includes(node))
}

/**
 * A pick for when the balancer's own choices won't do: goes through the list from `start` for the best that is
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
