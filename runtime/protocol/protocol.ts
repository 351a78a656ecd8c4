import type { Socket } from 'node:net'
import type { Address, Peer } from '../address.js'
import type { Send } from '../call.js'
import type { Dispatcher } from '../dispatcher.js'
import type { RpcError } from '../error.js'
import type { SecureDial } from './tls.js'

/**
 * Where a connection stands.
 *
 *   idle -> connecting -> ready -> draining -> backoff -> connecting ...        closed from anywhere, for good
 *
 * - `idle`: nobody has called yet. The first call connects.
 * - `draining`: the other side goes away; calls under way end here, new ones go elsewhere.
 * - `backoff`: it failed; the next try is timed. Calls fail at once, retryable.
 */
export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'draining' | 'backoff' | 'closed'

/** Carries calls to one address. One per client and address, shared by all services there. */
export interface Connection {
  readonly address: Address
  readonly state: ConnectionState
  /** Worth choosing: calls go out now, or as soon as a first connect is done. */
  readonly available: boolean
  readonly send: Send
  /** Takes no new calls; those under way may end within `graceMs` (default 10,000). Resolves when the socket is gone. */
  close(graceMs?: number): Promise<void>
}

/** One accepted connection, on the server's side. */
export interface Session {
  /** Says goodbye, lets what is running end within `graceMs`, then closes. Resolves when the socket is gone. */
  close(graceMs: number): Promise<void>
}

/** Whoever has accepted the sockets of sessions: one for all of them. */
export interface SessionHost {
  readonly dispatcher: Dispatcher
  /** A session's socket is gone. Called exactly once, and not before `accept` has returned. */
  forget(session: Session): void
}

export interface ConnectionOptions {
  /** The largest frame sent or taken, in bytes. Default 8 MiB (Dubbo's payload limit). */
  readonly maxFrameBytes: number
  /** How long a connect may take, and on a server the greeting of whoever has connected. Default 3000. */
  readonly connectTimeoutMs: number
  /**
   * A ping goes out after this much silence; as long again without an answer and the peer counts as dead. A
   * frame that has begun comes at 200 bytes a second at least, seen over two of these intervals. Default 20,000.
   */
  readonly keepaliveMs: number
  /** Bytes that may wait for a slow peer before calls fail `resource_exhausted`. Default 16 MiB. */
  readonly maxPendingBytes: number
  /** Calls that may be under way on one connection. Default 100,000; at most 1,048,575. */
  readonly maxPending: number
}

/** What a client wants of all its connections, whatever their protocol. */
export interface ConnectOptions {
  /** Absent: connections are not encrypted. */
  readonly secure?: SecureDial
  /** A connection without calls for so many milliseconds is closed, and opened again by the next call. Default: never. */
  readonly idleLimitMs?: number
}

export const defaultConnectionOptions: ConnectionOptions = {
  maxFrameBytes: 8 * 1024 * 1024,
  connectTimeoutMs: 3000,
  keepaliveMs: 20_000,
  maxPendingBytes: 16 * 1024 * 1024,
  maxPending: 100_000,
}

/** One way to carry calls over a byte stream. A server offers several on one port. */
export interface Protocol {
  /** The scheme of its addresses: `tsubo`, `dubbo`. */
  readonly name: string
  /**
   * How long its callers may be silent after they have connected, in milliseconds. Default: 10 s, as most speak first thing.
   */
  readonly silentMs?: number
  /** Does a connection that begins with these bytes speak it? undefined: more bytes are needed to tell. */
  matches?(head: Buffer): boolean | undefined
  /** Takes over an accepted socket whose first bytes, `head`, were already read. */
  accept(socket: Socket, head: Buffer, host: SessionHost, peer: Peer): Session
  /** Tells an accepted socket in its own words that it isn't taken, and why; closes it. Absent: it is just closed. */
  refuse?(socket: Socket, head: Buffer, reason: RpcError): void
  connect(address: Address, options?: ConnectOptions): Connection
}
