// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * What a provider tells of its contracts: enough to call it without generated code, to compare it with what a consumer
 * takes it for, and to generate code from.
 *
 * @package tsubo
 */

/** Served by every provider beside its own services, unless it is switched off; not published in registries. */
export interface MetadataService {
  /**
   * The services of this provider, the runtime's own left out.
   * @idempotent
   */
  services(): Promise<ServiceListing[]>

  /**
   * A service's contract as the runtime knows it: JSON of a ServiceSchema. Fails with `not_found` where it isn't offered.
   * @idempotent
   */
  schema(service: ServiceQuery): Promise<string>

  /**
   * A service's contract as its owner wrote it, with everything it imports and the numbers. Fails with `not_found` where the
   * service isn't offered, with `unimplemented` where its code was generated without.
   * @idempotent
   */
  contract(service: ServiceQuery): Promise<ContractFile[]>
}

export interface ServiceListing {
  /** Full name. */
  name: string
  group?: string
  version?: string
  /** Hash of the contract, as registered: equal hashes mean equal bytes. */
  hash: string
}

export interface ServiceQuery {
  /** Full name. */
  name: string
  /** Absent: whichever it is offered under. Empty: none. */
  group?: string
  version?: string
}

export interface ContractFile {
  /** Relative to the owner's folder of contracts. The first is the one that declares the service. */
  path: string
  text: string
  /** Who gives out its numbers; empty for a file that declares nothing. */
  owner: string
  /** The text of a lock with the numbers of what this file declares. */
  lock: string
}
