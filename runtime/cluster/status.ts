import type { Address } from '../address.js'
import type { BreakerState } from '../guards/circuit.js'
import type { ConnectionState } from '../protocol/protocol.js'
import type { ServiceKey } from '../service-key.js'

/** Where a client stands with a service that it calls. */
export interface ServiceStatus {
  readonly service: ServiceKey
  /**
   * What the registry says of its providers: `pending` nothing yet, `found`, `stale` what it said when it was last heard of,
   * `failed` nothing, and it can't.
   */
  readonly discovery: 'pending' | 'found' | 'stale' | 'failed'
  readonly providers: readonly ProviderStatus[]
  readonly breakers: readonly BreakerStatus[]
}

/** Where it stands with one of the providers. */
export interface ProviderStatus {
  readonly address: Address
  readonly connection: ConnectionState
  /** Attempts under way. */
  readonly pending: number
  /** Left out, because it fails more than its peers. */
  readonly ejected: boolean
  readonly weight: number
  /** An average that forgets; 0: not known. */
  readonly latencyMs: number
}

/** A circuit breaker of a method. Those of single providers are there once a call failed at one. */
export interface BreakerStatus {
  readonly method: string
  /** undefined: it is for the method, whoever provides it. */
  readonly provider: Address | undefined
  readonly state: BreakerState
}
