import type { Catalog, ListedConsumer, ListedService } from '../runtime/registry/catalog.js'
import { contractParam, type Stop } from '../runtime/registry/registry.js'

/** Contracts of providers that a consumer can't use, by their hash, and why. */
export type Incompatible = Readonly<Record<string, string>>

interface Followed {
  said: Incompatible | undefined
  stop: Stop
}

/** What consumers of ours say that they found incompatible. */
export interface ConsumerReports {
  /** As it is now. */
  of(consumer: ListedConsumer): Incompatible | undefined
  /** Follows those consumers of a service who could find anything, and no others; undefined: it is gone. */
  follow(name: string, service: ListedService | undefined): void
  close(): void
}

/** More are not followed: each is a watch in the registry. */
const maxFollowed = 20_000

/** `changed` is told the service about which a consumer has said something else. */
export function followReports(
  catalog: Pick<Catalog, 'watchIncompatible'>,
  changed: (name: string) => void,
): ConsumerReports {
  const services = new Map<string, Map<ListedConsumer, Followed>>()
  let size = 0

  const open = (name: string, consumer: ListedConsumer, all: Map<ListedConsumer, Followed>): void => {
    const followed: Followed = { said: undefined, stop: () => {} }
    all.set(consumer, followed)
    size++
    followed.stop =
      catalog.watchIncompatible?.(consumer, (said) => {
        if (all.get(consumer) !== followed) return
        const same = JSON.stringify(said) === JSON.stringify(followed.said ?? {})
        followed.said = said
        if (!same) changed(name)
      }) ?? followed.stop
  }

  return {
    of: (consumer) => services.get(consumer.service.name)?.get(consumer)?.said,
    follow(name, service) {
      const tell = service?.providers.some(({ params }) => params.has(contractParam)) ?? false
      const wanted = new Set(tell ? service?.consumers.filter(({ params }) => params.has('tsubo')) : [])
      const all = services.get(name) ?? new Map<ListedConsumer, Followed>()
      for (const [consumer, { stop }] of all) {
        if (wanted.delete(consumer)) continue
        stop()
        all.delete(consumer)
        size--
      }
      for (const consumer of wanted) if (size < maxFollowed) open(name, consumer, all)
      if (all.size > 0) services.set(name, all)
      else services.delete(name)
    },
    close() {
      for (const all of services.values()) for (const { stop } of all.values()) stop()
      services.clear()
    },
  }
}
