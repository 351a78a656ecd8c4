import { decodeNodeName } from '../address.js'
import type { ServiceKey } from '../service-key.js'
import { type Judgement, placeOf, type Reading } from './doubt.js'
import { type Entry, foldProviders, matches, readProviderUrl } from './provider-url.js'
import type { Discovery, Provider } from './registry.js'
import type { DirectoryView } from './zookeeper-directories.js'

/** A list as it was read, for its watch to judge; a stale one is the one before, judged already. */
export type ReadList = Pick<Reading, 'providers' | 'explained' | 'session'> & { readonly stale: boolean }

interface Usable {
  readonly provider: Provider
  readonly enabled: boolean
}

/** Reads the nodes of one `providers` directory; each name once, so that an unchanged provider is the same object. */
export class ProviderReader {
  users = 0
  readonly #service: string
  readonly #path: string
  readonly #registry: string
  #entries = new Map<string, Entry>()
  #names: readonly string[] | undefined

  constructor(service: string, path: string, registry: string) {
    this.#service = service
    this.#path = path
    this.#registry = registry
  }

  /** `doubt` judges what is missing; it is the watch's own, and asked in the order of its views. */
  discover(view: DirectoryView, wanted: ServiceKey, doubt: (reading: ReadList) => Judgement): Discovery {
    if (view.state === 'pending') return view
    if (view.state === 'failed') return { state: 'failed', cause: view.cause }
    const { names, stale, session } = view
    if (names !== this.#names) this.#read(names ?? [])
    this.#names = names
    const entries = [...this.#entries.values()]
    const usable = entries.filter((entry) => 'provider' in entry)
    const isWanted = ({ provider, enabled }: Usable) => enabled && matches(wanted, provider.service)
    const providers = foldProviders(usable.filter(isWanted))
    const explained = new Set(usable.filter((entry) => !isWanted(entry)).map(({ provider }) => placeOf(provider)))
    const { unconfirmed, reason: doubted } = doubt({ providers, explained, session, stale })
    const reasons = [
      stale ? `${this.#registry} is away, this is its last word` : undefined,
      doubted,
      providers.length === 0 ? this.#whyNone(names, wanted, usable) : undefined,
      skips(entries),
    ].filter((reason) => reason !== undefined)
    const reason = reasons.join('; ')
    return {
      state: 'found',
      providers,
      ...(unconfirmed.length > 0 && { unconfirmed }),
      stale,
      ...(reason && { reason }),
    }
  }

  #read(names: readonly string[]): void {
    const before = this.#entries
    this.#entries = new Map(names.map((name) => [name, before.get(name) ?? this.#entry(name)]))
  }

  #entry(name: string): Entry {
    const url = decodeNodeName(name)
    return url === undefined ? { skipped: 'is not URL-encoded' } : readProviderUrl(url, this.#service)
  }

  #whyNone(names: readonly string[] | undefined, wanted: ServiceKey, usable: readonly Usable[]): string {
    if (!names) return `there is no ${this.#path}`
    if (usable.length === 0) return `${this.#path} ${names.length === 0 ? 'has no nodes' : 'holds no provider'}`
    const disabled = usable.filter(({ provider, enabled }) => !enabled && matches(wanted, provider.service)).length
    const others = count(
      usable.filter(({ provider }) => !matches(wanted, provider.service)).map(({ provider }) => kind(provider.service)),
    )
    const parts = [...(disabled > 0 ? [`${disabled} disabled`] : []), ...others]
    const plural = usable.length === 1 ? '' : 's'
    return `${this.#path} holds ${usable.length} provider${plural}, none usable with ${kind(wanted)}: ${parts.join(', ')}`
  }
}

function kind({ group, version }: ServiceKey): string {
  return `${group ? `group ${group}` : 'no group'} and ${version ? `version ${version}` : 'no version'}`
}

/** `2 with group g2 and no version`, the most frequent first; foreign text is cut. */
function count(kinds: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const each of kinds) counts.set(each, (counts.get(each) ?? 0) + 1)
  const sorted = [...counts].sort(([nameA, a], [nameB, b]) => b - a || (nameA < nameB ? -1 : 1))
  const shown = sorted.slice(0, 5).map(([each, times]) => `${times} with ${each.slice(0, 120)}`)
  return sorted.length > 5 ? [...shown, 'and others'] : shown
}

function skips(entries: readonly Entry[]): string | undefined {
  const reasons = entries.flatMap((entry) => ('skipped' in entry ? [entry.skipped] : []))
  if (reasons.length === 0) return undefined
  const some = [...new Set(reasons)].slice(0, 3).join(', ')
  return `${reasons.length} node${reasons.length === 1 ? '' : 's'} skipped (${some})`
}
