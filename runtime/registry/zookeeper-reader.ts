import type { ZooKeeperConnection } from './zookeeper-client.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

/** How many nodes are read at once after a connect. */
export const readConcurrency = 16
/** A first change is read at once, those that follow it are read together: at most five reads a second and node. */
const gatherMs = 200
/** Longest that a later read is put off beyond that: every consumer has been notified in the same moment. */
const spreadMs = 100
const retryMaxMs = 10_000

/**
 * Keeps what is known of a node fresh. ZooKeeper's watches fire once, say nothing of what changed and die with the connection;
 * so the node is read again as a whole, with `changed` as the new watch, one read at a time. One that fails is tried again
 * after 0 to 0.5 s, doubled each time, at most 10 s.
 */
export class ZooKeeperReader {
  readonly #session: ZooKeeperSession
  readonly #once: (connection: ZooKeeperConnection) => Promise<void>
  readonly #failed: (error: unknown) => void
  #busy = false
  #again = false
  #stopped = false
  #readAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined
  #failures = 0

  /** `once` reads; `failed` is told why it couldn't, unless the connection was lost: then `read` is to be called after the next connect. */
  constructor(
    session: ZooKeeperSession,
    once: (connection: ZooKeeperConnection) => Promise<void>,
    failed: (error: unknown) => void,
  ) {
    this.#session = session
    this.#once = once
    this.#failed = failed
  }

  /** The node's watch has fired. Stable, so that the client library keeps one watcher however often the node is read. */
  readonly changed = (): void => {
    if (this.#stopped || this.#timer) return
    const wait = this.#readAt + gatherMs - performance.now()
    if (wait <= 0) void this.read()
    else this.#timer = setTimeout(() => this.read(), wait + Math.random() * spreadMs)
  }

  /** Is what was just read over `connection` the latest there is? Else another read is to come. */
  isLatest(connection: ZooKeeperConnection): boolean {
    return !this.#again && !this.#stopped && this.#session.connection === connection
  }

  /** Reads, now or once the read under way has ended. */
  async read(): Promise<void> {
    this.#again = true
    if (this.#busy) return
    this.#busy = true
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#again && !this.#stopped) {
      this.#again = false
      const { connection } = this.#session
      if (!connection) break
      this.#readAt = performance.now()
      try {
        await this.#once(connection)
        this.#failures = 0
      } catch (error) {
        if (this.#session.connection !== connection || this.#stopped) continue
        const wait = Math.random() * Math.min(retryMaxMs, 500 * 2 ** this.#failures++)
        this.#timer = setTimeout(() => this.read(), wait)
        this.#timer.unref()
        this.#failed(error)
      }
    }
    this.#busy = false
  }

  /** No more reads; one under way ends unheard. */
  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }
}
