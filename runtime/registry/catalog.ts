import type { ServiceKey } from '../service-key.js'
import type { Provider, Registry, Stop } from './registry.js'

/** All that a registry knows, for tools: who provides and who consumes what. Clients never ask for it. */
export interface Catalog {
  /** Tells `found` the whole state at once and after every change, until stopped. Never calls it inside `watch` itself. */
  watch(found: (listing: Listing) => void): Stop
  /**
   * Tells `found` which contracts of providers a consumer of its listing can't use, by their hash, and why: once it is known, and after
   * every change, until stopped. Foreign input, read within limits. Absent where consumers don't say.
   */
  watchIncompatible?(consumer: ListedConsumer, found: (incompatible: Readonly<Record<string, string>>) => void): Stop
}

/**
 * What is known: always the whole state, never a change to it.
 *
 * - `pending`: not everything has been read yet; the services that have been, of how many.
 * - `found`: all services, by name. `stale`: the registry is away, this is its last word.
 * - `failed`: nothing is known and why.
 */
export type Listing =
  | { readonly state: 'pending'; readonly services?: readonly ListedService[]; readonly of?: number }
  | { readonly state: 'found'; readonly services: readonly ListedService[]; readonly stale: boolean }
  | { readonly state: 'failed'; readonly cause: Error }

/** A service that the registry has a place for, though maybe nobody in it. */
export interface ListedService {
  readonly name: string
  readonly providers: readonly ListedProvider[]
  readonly consumers: readonly ListedConsumer[]
  /** Entries that can't be read, with why: foreign input. */
  readonly skipped: readonly { readonly entry: string; readonly reason: string }[]
}

/** A provider as it is registered: one entry, disabled ones too. */
export interface ListedProvider extends Provider {
  readonly enabled: boolean
  /** When it registered; undefined where that isn't said. */
  readonly since: Date | undefined
}

export interface ListedConsumer {
  readonly service: ServiceKey
  readonly application: string
  readonly host: string
  readonly since: Date | undefined
  readonly params: ReadonlyMap<string, string>
}

/**
 * All services that a registry knows, once they have been read; none where it can't list. Rejects where it can't be reached, or
 * doesn't answer within `patienceMs` (default 10,000).
 */
export function listServices(
  { name, catalog }: Pick<Registry, 'name' | 'catalog'>,
  patienceMs = 10_000,
): Promise<readonly ListedService[]> {
  if (!catalog) return Promise.resolve([])
  return new Promise((resolve, reject) => {
    const end = (finish: () => void): void => {
      clearTimeout(timer)
      stop()
      finish()
    }
    const late = () => reject(new Error(`${name} has not answered within ${patienceMs} ms; does it run there?`))
    const timer = setTimeout(() => end(late), patienceMs)
    const stop = catalog.watch((listing) => {
      if (listing.state === 'failed') end(() => reject(listing.cause))
      if (listing.state === 'found') end(() => resolve(listing.services))
    })
  })
}
