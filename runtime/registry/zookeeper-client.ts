/**
 * What the ZooKeeper registry needs of a client library, and no more: any client that offers this can take the place of
 * the one in `zookeeper-node-client.ts`. One connection is one socket to one server; it is never reused after a loss.
 * A session outlives connections: it is handed from one to the next as a ticket.
 */
export type ConnectZooKeeper = (options: ConnectOptions) => Promise<ZooKeeperConnection>

export interface ConnectOptions {
  readonly server: { readonly host: string; readonly port: number }
  /** What to ask for; the server may bound it. */
  readonly sessionTimeoutMs: number
  /** From the first packet to the server's greeting: after it the attempt has failed. */
  readonly handshakeTimeoutMs: number
  /** `user:password` of the digest scheme. */
  readonly digest: string | undefined
  /** The session to go on with; absent: a new one. */
  readonly resume: SessionTicket | undefined
  readonly signal: AbortSignal
}

/** A session's identity, to go on with it over another connection. Opaque; the password in it is a secret. */
export interface SessionTicket {
  readonly id: Buffer
  readonly password: Buffer
  /** The last transaction it saw: a server that is behind it must not serve it. */
  readonly zxid: Buffer
}

/** A greeted connection. All operations reject with ZooKeeperError, and every one of them settles. */
export interface ZooKeeperConnection {
  /** 16 hex digits, as in `NodeStat.owner`. */
  readonly sessionId: string
  /** As negotiated. */
  readonly sessionTimeoutMs: number
  /** Address of this end, as the server sees it. */
  readonly localAddress: string
  readonly ticket: SessionTicket
  /** Resolves when nothing can be done with it any more; never rejects. */
  readonly lost: Promise<ZooKeeperError>
  /** Resolves with its path, which is longer than asked for where it is sequential. */
  create(path: string, node: NewNode): Promise<string>
  delete(path: string): Promise<void>
  /** In one transaction: deletes `from`, then creates `to`, which may be the same path. Where one fails nothing changes. */
  replace(from: string, to: string, node: NewNode): Promise<void>
  /** Writes what it holds. `version`: only if that is its version still. Default: whatever it is. */
  write(path: string, data: Uint8Array, version?: number): Promise<void>
  /** `changed` is called at most once, when the node is created, deleted or written; never after a loss. */
  exists(path: string, changed?: () => void): Promise<NodeStat | undefined>
  /** What it holds. `changed` as for `exists`. */
  data(path: string, changed?: () => void): Promise<NodeData>
  /** `changed` is called at most once, when a child comes or goes, or the node does; never after a loss. */
  children(path: string, changed?: () => void): Promise<readonly string[]>
  /** Ends the session, and with it its ephemeral nodes; waits for the server's word at most this long. */
  close(timeoutMs: number): Promise<void>
  /** Drops the connection; the session lives on. */
  destroy(): void
}

/**
 * Who may do what with a node. `creator`: this connection's digest identity everything, others nothing. `readable`: others
 * read it. `open`: anybody anything.
 */
export const nodeAcls = ['open', 'creator', 'readable'] as const
export type NodeAcl = (typeof nodeAcls)[number]

export interface NewNode {
  /** Gone with the session. */
  readonly ephemeral: boolean
  readonly acl: NodeAcl
  /** Default: none. */
  readonly data?: Uint8Array
  /** The server appends a number that no other child of its parent has had. Default false. */
  readonly sequential?: boolean
}

export interface NodeStat {
  /** Session that owns it, 16 hex digits; `undefined`: it is persistent. */
  readonly owner: string | undefined
  /** How often its data was written after it was created. */
  readonly version: number
  /** Bytes of its data. */
  readonly size: number
  readonly children: number
  readonly createdAt: Date
  readonly changedAt: Date
}

export interface NodeData {
  readonly data: Uint8Array | undefined
  readonly stat: NodeStat
}

export type ZooKeeperErrorCode =
  | 'connection_loss'
  | 'not_greeted'
  | 'session_expired'
  | 'auth_failed'
  | 'no_node'
  | 'node_exists'
  | 'not_empty'
  | 'bad_version'
  | 'no_auth'
  | 'other'

/**
 * `connection_loss` leaves open whether the operation took place. `not_greeted`: a server took the connection but not the
 * session; it isn't serving yet, or is behind what the ticket has seen.
 */
export class ZooKeeperError extends Error {
  readonly code: ZooKeeperErrorCode

  constructor(code: ZooKeeperErrorCode, message: string) {
    super(message)
    this.name = 'ZooKeeperError'
    this.code = code
  }
}
