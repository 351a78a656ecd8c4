import type { ServiceKey } from '../service-key.js'
import type { Consumer, Stop } from './registry.js'

/**
 * What a registry holds for a rule: always the whole state.
 *
 * - `pending`: not asked or not answered yet.
 * - `found`: its text, which is foreign input; undefined: there is none. While a registry is away its last word stands.
 * - `failed`: nothing is known and why.
 */
export type RuleText =
  | { readonly state: 'pending' }
  | { readonly state: 'found'; readonly data: Uint8Array | undefined; readonly changedAt?: Date }
  | { readonly state: 'failed'; readonly cause: Error }

/** What a consumer did with a rule: the revision that holds, and why a later one doesn't. */
export interface AppliedRule {
  /** Absent: none has held yet. */
  readonly revision?: string
  readonly refused?: { readonly revision: string; readonly reason: string }
}

/** Where rules are kept, by Dubbo's keys (`shop.tag-router`). Knows nothing of what is in them. */
export interface RuleSource {
  /** Tells `found` the state at once and after every change, until stopped. Never calls it inside `watch` itself. */
  watch(key: string, found: (text: RuleText) => void): Stop
  /** Tells `found` the keys of all that is there, at once and after every change, until stopped; for tools. Absent where it can't. */
  keys?(found: (keys: readonly string[]) => void): Stop
  /** Shows which rules a consumer of a service goes by, for as long as it watches the service: all of them, by key. */
  report(service: ServiceKey, as: Consumer, applied: Readonly<Record<string, AppliedRule>>): void
}
