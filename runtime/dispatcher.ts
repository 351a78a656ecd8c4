import type { Peer } from './address.js'
import type { Call, Sink } from './call.js'
import type { Metadata, RpcError } from './error.js'
import type { Method } from './method.js'
import type { ServiceKey } from './service-key.js'

/** A method as a server exports it: under one key. */
export interface Target {
  readonly method: Method
  readonly service: ServiceKey
}

/**
 * Looks a method up by the names on the wire, before any argument is decoded. Returns the error to answer with
 * (`unimplemented`, naming what is missing) when there is none.
 */
export type Find = (name: string, method: string, group?: string, version?: string) => Target | RpcError

/**
 * Decides over one request, between finding its method and reading its arguments. Throws the RpcError to answer with:
 * `unauthenticated` or `permission_denied`.
 */
export type Admit = (target: Target, metadata: Metadata | undefined) => void

/** What a server offers to the protocols that accept connections for it. */
export interface Dispatcher {
  readonly find: Find
  /** Who calls, or throws, as `Admit` does. Absent: everybody may call everything, and only certificates are asked. */
  readonly admit?: (target: Target, metadata: Metadata | undefined, peer: Peer) => string | undefined
  /** Runs a call; answers the sink exactly once, in this turn where the handler returned a plain value. */
  dispatch(call: Call, sink: Sink): void
  /** A request was answered with this error before a call was made of it. */
  readonly unserved?: (error: RpcError, peer: Peer) => void
}
