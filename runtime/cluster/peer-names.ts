import { formatHostPort } from '../address.js'
import { now } from '../clock.js'
import type { Cluster } from './cluster.js'

/** The applications behind the addresses that the counts name: as registered, also of providers that are gone by now. */
export class PeerNames {
  readonly #clusters: () => Iterable<Cluster>
  #byPlace = new Map<string, string>()
  #learntAt = Number.NEGATIVE_INFINITY

  constructor(clusters: () => Iterable<Cluster>) {
    this.#clusters = clusters
  }

  of(place: string): string | undefined {
    if (now() - this.#learntAt > 5) this.learn()
    return this.#byPlace.get(place)
  }

  learn(): void {
    this.#learntAt = now()
    if (this.#byPlace.size > 10_000) this.#byPlace = new Map()
    for (const { nodes } of this.#clusters()) {
      for (const { address, provider } of nodes) {
        this.#byPlace.set(formatHostPort(address.host, address.port), provider.application)
      }
    }
  }
}
