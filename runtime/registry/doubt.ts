import { type Address, formatHostPort } from '../address.js'
import type { Provider } from './registry.js'

/** What is to be believed of a list, now. */
export interface Judgement {
  /** Gone from the list, and not to be believed gone yet. */
  readonly unconfirmed: readonly Provider[]
  /** Why, for people; absent where there are none. */
  readonly reason?: string
  /** When the next of them is believed gone, on `performance.now()`'s clock; absent where there are none. */
  readonly until?: number
}

/** One read of a list. */
export interface Reading {
  /** Those that may be called. */
  readonly providers: readonly Provider[]
  /** `host:port` of everything else that the registry holds: whoever is among these has explained himself. */
  readonly explained: ReadonlySet<string>
  /** The session in which it was read. */
  readonly session: string
  /** How long to doubt, milliseconds. */
  readonly holdMs: number
  readonly now: number
}

/**
 * Judges whether the providers that are missing from a list are gone. Ephemeral nodes vanish with sessions, and sessions
 * end for reasons that providers know nothing of: after an outage of ZooKeeper the first that is back would get the
 * calls of all the others. So two kinds of loss are doubted for a while:
 *
 * - any within one hold of the end of this consumer's own session, for what ended it may have ended theirs;
 * - more than half of a list at once, all of it above all.
 *
 * Any other loss is believed at once, and so is one that the registry explains (a node that says `enabled=false`).
 */
export class Doubt {
  readonly #kept = new Map<string, { readonly provider: Provider; until: number; readonly why: string }>()
  #listed = new Map<string, Provider>()
  #session: string | undefined
  #alertUntil = Number.NEGATIVE_INFINITY

  judge({ providers, explained, session, holdMs, now }: Reading): Judgement {
    if (this.#session !== undefined && this.#session !== session) {
      this.#alertUntil = now + holdMs
      for (const each of this.#kept.values()) each.until = now + holdMs
    }
    this.#session = session
    const before = this.#listed
    this.#listed = new Map(providers.map((provider) => [identity(provider), provider]))
    const missing = [...before].filter(([id, provider]) => !this.#listed.has(id) && !explained.has(placeOf(provider)))
    const alert = now < this.#alertUntil
    if (alert || missing.length > before.size / 2) {
      const why = alert ? "with this consumer's own session" : 'at once'
      for (const [id, provider] of missing) this.#kept.set(id, { provider, until: now + holdMs, why })
    }
    for (const [id, { provider, until }] of this.#kept) {
      if (until <= now || this.#listed.has(id) || explained.has(placeOf(provider))) this.#kept.delete(id)
    }
    const kept = [...this.#kept.values()]
    if (kept.length === 0) return { unconfirmed: [] }
    const whys = [...new Set(kept.map(({ why }) => why))].sort().join(' or ')
    return {
      unconfirmed: kept.map(({ provider }) => provider),
      reason: `${kept.length} provider${kept.length === 1 ? '' : 's'} vanished ${whys}: whoever still answers is kept for ${holdMs / 1000} s`,
      until: Math.min(...kept.map(({ until }) => until)),
    }
  }
}

/** `host:port` of a provider. */
export function placeOf({ addresses }: Provider): string {
  const { host, port } = addresses[0] as Address
  return formatHostPort(host, port)
}

function identity(provider: Provider): string {
  const { group, version } = provider.service
  return `${placeOf(provider)} ${group ?? ''} ${version ?? ''}`
}
