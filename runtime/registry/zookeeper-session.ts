import type { ZooKeeperAddress } from './zookeeper-address.js'
import {
  type ConnectZooKeeper,
  type SessionTicket,
  type ZooKeeperConnection,
  ZooKeeperError,
} from './zookeeper-client.js'

/** Told of every change of a session. Must not throw. */
export interface SessionListener {
  /** A connection is up, of the same session or of a new one. */
  connected(connection: ZooKeeperConnection): void
  /** The connection is gone; another is being sought. */
  away(): void
  /** The outage has lasted so long, or is of such a kind, that waiting for its end is no answer any more. */
  unreachable(cause: Error): void
}

/**
 * One logical ZooKeeper session. It outlives connections, sessions that expire and servers that restart, and ends only
 * with `close`.
 */
export interface ZooKeeperSession {
  /** The connection to use, as long as there is one. */
  readonly connection: ZooKeeperConnection | undefined
  /** Why there has been none for longer than the connect timeout. */
  readonly unreachable: Error | undefined
  listen(listener: SessionListener): void
  /** Ends the session at the server, and with it its ephemeral nodes; at most `timeoutMs`. */
  close(timeoutMs: number): Promise<void>
}

export interface SessionOptions {
  readonly address: ZooKeeperAddress
  readonly connect: ConnectZooKeeper
  readonly sessionTimeoutMs: number
  /** After this long without a connection the session is `unreachable`. It goes on trying. */
  readonly connectTimeoutMs: number
  /** Longest pause between two tries; at most a third of the session timeout. */
  readonly retryMaxMs: number
  readonly onWarning: (message: string) => void
}

const firstRetryMs = 100
/** A connection that lasts this long ends an outage. */
const stableMs = 1_000
const noTransaction = Buffer.alloc(8)

interface Outage {
  readonly since: number
  deadline: NodeJS.Timeout | undefined
  warned: boolean
  last: Error | undefined
}

export function openSession(options: SessionOptions): ZooKeeperSession {
  const { address, connect, sessionTimeoutMs, connectTimeoutMs, onWarning } = options
  const { name } = address
  const servers = shuffled(address.servers)
  // Several tries within the time that the server keeps the session.
  const retryMaxMs = Math.min(options.retryMaxMs, sessionTimeoutMs / 3)
  const listeners: SessionListener[] = []
  const closing = new AbortController()
  let connection: ZooKeeperConnection | undefined
  let unreachable: Error | undefined
  let outage: Outage | undefined
  let calm: NodeJS.Timeout | undefined

  let negotiated = sessionTimeoutMs
  /** The server has the last word; whoever wonders why a dead provider stays for so long finds it here. */
  const compare = ({ sessionTimeoutMs: granted }: ZooKeeperConnection): void => {
    if (granted === negotiated) return
    negotiated = granted
    onWarning(
      `${name} makes it a session timeout of ${granted} ms (asked for ${sessionTimeoutMs}): so long the node of a process that crashed stays`,
    )
  }
  const lost = (reason?: Error): void => {
    clearTimeout(calm)
    outage ??= { since: performance.now(), deadline: undefined, warned: false, last: undefined }
    if (reason) outage.last = reason
    const waited = `no answer within ${connectTimeoutMs} ms`
    outage.deadline = setTimeout(() => giveUp(outage?.last ?? new Error(waited)), connectTimeoutMs)
    outage.deadline.unref()
  }
  const giveUp = (reason: Error): void => {
    warn(reason)
    if (unreachable) return
    unreachable = new Error(`${name} can't be reached: ${reason.message}`, { cause: reason })
    for (const listener of listeners) listener.unreachable(unreachable)
  }
  /** One line per outage, however many tries it takes. */
  const warn = (reason: Error): void => {
    if (!outage || outage.warned) return
    outage.warned = true
    onWarning(`${name} can't be reached (${reason.message}); trying again until it can`)
  }
  const reached = (): void => {
    if (!outage) return
    clearTimeout(outage.deadline)
    unreachable = undefined
    const { since, warned } = outage
    const seconds = ((performance.now() - since) / 1000).toFixed(1)
    // A server that lets everybody in and throws them out again makes one outage, not hundreds.
    calm = setTimeout(() => {
      outage = undefined
      if (warned) onWarning(`${name} reached after ${seconds} s`)
    }, stableMs)
    calm.unref()
  }

  const run = async (): Promise<void> => {
    let ticket: SessionTicket | undefined
    let turn = 0
    let failures = 0
    let ungreeted = 0
    while (!closing.signal.aborted) {
      const server = servers[turn++ % servers.length] as (typeof servers)[number]
      // A server closes without a word when it is behind the last transaction seen. When all of them do, time and
      // again, their data has been replaced: asked without that transaction they say whether the session is theirs.
      const resume = ticket && ungreeted >= 2 * servers.length ? { ...ticket, zxid: noTransaction } : ticket
      let reason: ZooKeeperError
      try {
        // As long as an operation may take: whoever is in a black hole notices, and is out of it soon after its end.
        const handshakeTimeoutMs = Math.max(500, Math.min(connectTimeoutMs, sessionTimeoutMs / 3))
        const { signal } = closing
        const next = await connect({
          server,
          sessionTimeoutMs,
          handshakeTimeoutMs,
          digest: address.digest,
          resume,
          signal,
        })
        const since = performance.now()
        ungreeted = 0
        connection = next
        compare(next)
        reached()
        for (const listener of listeners) listener.connected(next)
        reason = await next.lost
        connection = undefined
        ticket = next.ticket
        if (closing.signal.aborted) break
        lost(reason)
        for (const listener of listeners) listener.away()
        // Only a connection that has lasted shows that the next one is worth hurrying for.
        const lasted = performance.now() - since > stableMs
        failures = lasted ? 0 : failures + 1
        if (lasted) turn-- // The same server first: a lost connection is no proof against it.
      } catch (error) {
        if (closing.signal.aborted) break
        reason = error instanceof ZooKeeperError ? error : new ZooKeeperError('other', String(error))
        failures++
        if (reason.code === 'not_greeted') ungreeted++
        if (outage && reason.code !== 'session_expired') outage.last = reason
        if (failures >= servers.length && reason.code !== 'session_expired') warn(reason)
      }
      // The server is there and has spoken: a new session needn't wait as long as the last try had to.
      if (reason.code === 'session_expired' && ticket) failures = 0
      if (reason.code === 'session_expired' || reason.code === 'auth_failed') ticket = undefined
      if (reason.code === 'auth_failed') giveUp(reason)
      await pause(backOffMs(failures, servers.length, retryMaxMs), closing.signal)
    }
  }

  lost()
  const ended = run()
  return {
    get connection() {
      return connection
    },
    get unreachable() {
      return unreachable
    },
    listen(listener) {
      listeners.push(listener)
      if (connection) listener.connected(connection)
    },
    async close(timeoutMs) {
      const last = connection
      connection = undefined
      closing.abort()
      clearTimeout(outage?.deadline)
      clearTimeout(calm)
      await last?.close(timeoutMs)
      await ended
    },
  }
}

/**
 * Full jitter: anything up to a limit that doubles with every round over all servers. Consumers and providers that lost
 * the same server don't come back in step.
 */
function backOffMs(failures: number, servers: number, mostMs: number): number {
  const rounds = Math.min(20, Math.floor(failures / servers))
  return Math.random() * Math.min(mostMs, firstRetryMs * 2 ** rounds)
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) return done()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      done()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}

function shuffled<T>(items: readonly T[]): T[] {
  const order = items.map((item) => ({ item, key: Math.random() }))
  return order.sort((a, b) => a.key - b.key).map(({ item }) => item)
}
