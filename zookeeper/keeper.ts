import type { Id } from './acl.js'
import { code, KeeperError } from './protocol.js'
import { type Session, Sessions } from './sessions.js'
import { type Act, Tree } from './tree.js'
import { type Watcher, Watches, type WatchKind, type WatchMode } from './watches.js'

/** What one server may hold; whatever would go beyond is refused. */
export interface Limits {
  /** Default 200,000. */
  readonly maxNodes: number
  /** Paths and data together; default 256 MiB. */
  readonly maxBytes: number
  /** Default 500,000. */
  readonly maxWatches: number
  /** Default 10,000. */
  readonly maxSessions: number
  /** Open sockets; default 2,000. */
  readonly maxConnections: number
}

export const defaultLimits: Limits = {
  maxNodes: 200_000,
  maxBytes: 256 << 20,
  maxWatches: 500_000,
  maxSessions: 10_000,
  maxConnections: 2_000,
}

export interface KeeperOptions {
  /** The unit of session timeouts, milliseconds. */
  readonly tickMs: number
  /** Bounds of what a client may ask for as its session's timeout. */
  readonly minTimeoutMs: number
  readonly maxTimeoutMs: number
  readonly limits: Limits
  /** A clock that only goes forward, milliseconds. */
  readonly now: () => number
}

/** The connection that speaks for a session now. */
export interface Link extends Watcher {
  readonly session: Session
  /** Ends it once everything that was sent to it has left. */
  end(): void
}

const sweepMs = 60_000

/**
 * What a ZooKeeper is, apart from sockets and bytes: nodes, watches and sessions, and the order in which all of it
 * happens. Everything takes place in one turn of the event loop: events have been handed to every connection before
 * the write that caused them is answered.
 */
export class Keeper {
  readonly tree: Tree
  readonly sessions: Sessions
  readonly watches = new Watches()
  readonly #options: KeeperOptions
  readonly #links = new Map<Session, Link>()
  #zxid = 0
  #sweptAt: number

  constructor(options: KeeperOptions) {
    this.#options = options
    this.tree = new Tree(options.limits)
    this.sessions = new Sessions(options.tickMs, Date.now())
    this.#sweptAt = options.now()
  }

  /** The last transaction. */
  get zxid(): number {
    return this.#zxid
  }

  /** Starts a session. Undefined where there are too many. */
  open(timeoutMs: number): Session | undefined {
    if (this.sessions.size >= this.#options.limits.maxSessions) return undefined
    this.#zxid++
    return this.sessions.create(this.#bounded(timeoutMs), this.#options.now())
  }

  /**
   * Goes on with a session; the connection before is ended even if the password turns out to be wrong. Undefined where
   * there is no such session.
   */
  resume(id: bigint, password: Buffer, timeoutMs: number): Session | undefined {
    const session = this.sessions.find(id)
    if (!session) return undefined
    this.#links.get(session)?.end()
    if (!session.password.equals(password)) return undefined
    session.timeoutMs = this.#bounded(timeoutMs)
    this.touch(session)
    return session
  }

  /** A connection speaks for its session from now on. */
  attach(link: Link): void {
    this.#links.set(link.session, link)
  }

  /** A connection is gone and its watches with it; the session lives on. */
  detach(link: Link): void {
    this.watches.forget(link)
    if (this.#links.get(link.session) === link) this.#links.delete(link.session)
  }

  linkOf(session: Session): Link | undefined {
    return this.#links.get(session)
  }

  /** It was heard of. */
  touch(session: Session): void {
    this.sessions.touch(session, this.#options.now())
  }

  /** Ends a session, and with it its ephemeral nodes, in one transaction. Its connection is the caller's to end. */
  close(session: Session): void {
    this.sessions.remove(session)
    this.transact(session.id, [], (act) => this.tree.disown(act))
  }

  /** Ends a session as if its time were over. */
  expire(session: Session): void {
    this.close(session)
    this.#links.get(session)?.end()
  }

  /** What time alone brings about; to be called once in a tick. */
  tick(): void {
    const now = this.#options.now()
    for (const session of this.sessions.overdue(now)) this.expire(session)
    if (now - this.#sweptAt < sweepMs) return
    this.#sweptAt = now
    for (const node of this.tree.idleContainers()) {
      this.transact(0n, [], (act) => this.tree.deleteContainer(node, act))
    }
  }

  /** One transaction: all of it or nothing. It takes a number either way. */
  transact<T>(session: bigint, ids: readonly Id[], work: (act: Act) => T): T {
    this.#zxid++
    try {
      const result = work({ zxid: this.#zxid, time: Date.now(), session, ids })
      for (const change of this.tree.commit()) this.watches.tell(change)
      return result
    } catch (error) {
      this.tree.rollback()
      throw error
    }
  }

  watch(kind: WatchKind, path: string, watcher: Watcher, mode?: WatchMode): void {
    if (this.watches.size >= this.#options.limits.maxWatches) {
      throw new KeeperError(code.systemError, `there are ${this.watches.size} watches already`)
    }
    this.watches.add(kind, path, watcher, mode)
  }

  #bounded(timeoutMs: number): number {
    const { minTimeoutMs, maxTimeoutMs } = this.#options
    return Math.min(maxTimeoutMs, Math.max(minTimeoutMs, timeoutMs))
  }
}
