import type { Address } from '../address.js'
import type { ServiceSchema } from '../schema/schema.js'
import type { ServiceKey } from '../service-key.js'
import type { Catalog } from './catalog.js'
import type { RuleSource } from './rule-source.js'
import type { RuleStore } from './rule-store.js'

/** One instance of one service, as a consumer finds it. */
export interface Provider {
  readonly service: ServiceKey
  /** The same place in each protocol it speaks, best first: never empty. */
  readonly addresses: readonly Address[]
  /** Share of the traffic against its peers; 100 where nothing is said, 0 for none. */
  readonly weight: number
  readonly application: string
  /** The other parameters it was registered with: foreign input. */
  readonly params: ReadonlyMap<string, string>
}

/** The parameter that holds the hash of a provider's contract: consumers ask for the contract only where it is another. */
export const contractParam = 'contract'

/**
 * What is known about a service's providers: always the whole state, never a change to it.
 *
 * - `pending`: not asked or not answered yet.
 * - `found`: the list, empty too. `stale`: the registry is away, this is its last word. `unconfirmed`: providers that are
 *   missing from it without an explanation. They have to answer for themselves: who has a connection that is up is to
 *   be called as before, for the registry may just have lost its memory; absent means none. `reason` says what was seen
 *   where that explains an empty, shrunken or stale list ("3 nodes, all of group g2").
 * - `failed`: nothing is known and why.
 */
export type Discovery =
  | { readonly state: 'pending' }
  | {
      readonly state: 'found'
      readonly providers: readonly Provider[]
      readonly unconfirmed?: readonly Provider[]
      readonly stale: boolean
      readonly reason?: string
    }
  | { readonly state: 'failed'; readonly cause: Error; readonly last?: readonly Provider[] }

/** A process that offers services: what it publishes of itself. */
export interface Instance {
  readonly application: string
  readonly addresses: readonly Address[]
  readonly services: readonly InstanceService[]
}

export interface InstanceService {
  readonly key: ServiceKey
  readonly schema: ServiceSchema
  readonly weight: number
  /** False: registered but not to be called. */
  readonly enabled: boolean
  /** Extra registry parameters, Dubbo's names. */
  readonly params: ReadonlyMap<string, string>
}

/** A published instance. `live` once the registry has all of it; `failed` while the last try failed (it goes on trying). */
export interface Publication {
  readonly state: 'pending' | 'live' | 'failed'
  /** Settles once: resolves at the first `live`, rejects if closed before. */
  readonly ready: Promise<void>
  update(instance: Instance): void
  /** Takes everything back; resolves when the registry has confirmed or is out of reach. */
  close(): Promise<void>
}

/** Ends a watch. */
export type Stop = () => void

/** Who watches: published where the registry keeps a list of consumers. */
export interface Consumer {
  readonly application: string
}

/** Where providers are published and found. Knows neither protocols nor clusters. */
export interface Registry {
  /** Its address without secrets, for messages: `zookeeper://127.0.0.1:2181`. */
  readonly name: string
  /**
   * True where only processes of this machine can read it, so that providers publish 127.0.0.1; false: they publish
   * the address of their route to `routeTo`.
   */
  readonly loopback: boolean
  /** Host and port by which a provider finds its own address as others see it; absent: none is needed. */
  readonly routeTo?: { readonly host: string; readonly port: number }
  publish(instance: Instance): Publication
  /** Tells `found` the state at once and after every change, until stopped. Never calls it inside `watch` itself. */
  watch(service: ServiceKey, as: Consumer, found: (discovery: Discovery) => void): Stop
  /**
   * Shows, for as long as a consumer watches a service, that it can't use providers of a contract, named by its hash, and the first reason.
   * Absent where nobody would see it.
   */
  reportIncompatible?(service: ServiceKey, as: Consumer, contract: string, reason: string): void
  /** All that it knows, for tools; absent where it doesn't know who else is there (a fixed list, this process). */
  readonly catalog?: Catalog
  /** Where rules are kept that its consumers go by; absent where it keeps none. */
  readonly rules?: RuleSource
  /** The same for those who write them; absent where they can't be written. */
  readonly ruleStore?: RuleStore
  close(): Promise<void>
}
