import type { ServiceKey } from '../service-key.js'
import type { AppliedRule } from './rule-source.js'

/** A rule's text as it is kept. */
export interface StoredText {
  readonly data: Uint8Array
  /** Says which writing of it this is. */
  readonly version: number
  readonly changedAt: Date
}

/** A consumer, and what it shows of the rules that it goes by. */
export interface RuleReport {
  readonly service: ServiceKey
  readonly application: string
  readonly host: string
  /** It is one of ours: it says which rules it goes by within 5 s of a change. Java's never do. */
  readonly tells: boolean
  readonly rules: Readonly<Record<string, AppliedRule>>
}

/** Where operators write rules, for tools. Clients never ask for it. Everything rejects when the registry is out of reach. */
export interface RuleStore {
  /** The keys of all that is there. */
  keys(): Promise<readonly string[]>
  /** undefined: there is none. */
  read(key: string): Promise<StoredText | undefined>
  /**
   * Writes what takes the place of `version`; undefined: of nothing. Rejects with RuleConflict where something else has come
   * there meanwhile.
   */
  write(key: string, data: Uint8Array, version: number | undefined): Promise<void>
  delete(key: string): Promise<void>
  /** All consumers, with what they show. */
  reports(): Promise<readonly RuleReport[]>
}

/** Somebody else has written the same rule meanwhile. */
export class RuleConflict extends Error {
  constructor(key: string) {
    super(`somebody has changed ${key} meanwhile; look at it, and try again`)
    this.name = 'RuleConflict'
  }
}
