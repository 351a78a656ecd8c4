import { type AddressInfo, createServer, type Socket } from 'node:net'
import { formatHostPort, isLoopbackHost } from '../runtime/address.js'
import { Connection, type Surroundings, type Transport } from './connection.js'
import { answerWord } from './four-letter.js'
import { defaultLimits, Keeper, type Limits } from './keeper.js'
import type { Script } from './script.js'
import { formatSession, type Session } from './sessions.js'
import { Statistics } from './statistics.js'

export interface ZooKeeperOptions {
  /** Default 0: any free port. ZooKeeper's own is 2181. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Unit of session timeouts, milliseconds; default 250. A session ends at the first tick after its timeout. */
  readonly tickMs?: number
  /** Session timeouts that clients may have, milliseconds; default 500 to 60,000. */
  readonly minSessionTimeoutMs?: number
  readonly maxSessionTimeoutMs?: number
  /** Allows a host that other machines can reach. Default false. */
  readonly insecure?: boolean
  readonly limits?: Partial<Limits>
}

/** A client's session, seen from the server. */
export interface ServerSession {
  /** `0x...`, as in `ScriptedRequest.session`. */
  readonly id: string
  readonly timeoutMs: number
  /** It has a connection now. */
  readonly connected: boolean
  readonly ephemerals: readonly string[]
}

/** A ZooKeeper in this process. */
export interface ZooKeeper {
  readonly host: string
  readonly port: number
  /** `zookeeper://host:port` */
  readonly address: string
  /** Who is there, oldest first. */
  readonly sessions: readonly ServerSession[]
  /** Asked about each request from now on how to misbehave with it; undefined: everything as it should be. */
  script: Script | undefined
  /** Ends a session as if its time were over: its nodes go, its connection is ended. False where there is none. */
  expire(session: string): boolean
  /** Forgets who watches a path, without a word to them. How many watches that were. */
  dropWatches(path: string): number
  /** Ends the connection of one session, or all connections. Sessions live on. */
  disconnect(session?: string): void
  /** Ends all connections and stops listening; nothing is kept. */
  close(): Promise<void>
}

/** What it speaks, for tools that ask before they use it. */
const version = '3.8.0-tsubo'
/** Sent, but not taken: beyond the first a connection is read no further, beyond the second it is ended. */
const fullBytes = 1 << 20
const abandonedBytes = 32 << 20
/** A connection that says nothing. */
const silentMs = 10_000
/** For a client that doesn't close its end. */
const lingerMs = 1_000

/**
 * Starts a server that speaks ZooKeeper's client protocol, for development and tests: in memory, one node, anybody is
 * believed to be who he says. Works with node-zookeeper-client, Curator, zkCli. Throws RangeError for a host that
 * other machines can reach without `insecure`, and rejects where it can't listen.
 */
export async function startZooKeeper(options: ZooKeeperOptions = {}): Promise<ZooKeeper> {
  const {
    host = '127.0.0.1',
    port = 0,
    tickMs = 250,
    minSessionTimeoutMs = 500,
    maxSessionTimeoutMs = 60_000,
  } = options
  if (!options.insecure && !isLoopbackHost(host)) {
    throw new RangeError(
      `${host} can be reached from other machines, and whoever reaches it may read and change everything; ` +
        'use 127.0.0.1, or allow it by insecure',
    )
  }
  const limits = { ...defaultLimits, ...options.limits }
  const keeper = new Keeper({
    tickMs,
    minTimeoutMs: minSessionTimeoutMs,
    maxTimeoutMs: maxSessionTimeoutMs,
    limits,
    now: () => performance.now(),
  })
  const statistics = new Statistics()
  const connections = new Set<Connection>()
  let script: Script | undefined
  const around: Surroundings = {
    keeper,
    statistics,
    get script() {
      return script
    },
    say: (word) => answerWord(word, { version, keeper, statistics, connections }),
  }

  const server = createServer({ noDelay: true }, (socket) => {
    if (connections.size >= limits.maxConnections) return void socket.destroy()
    const connection = new Connection(transportOf(socket), around)
    connections.add(connection)
    socket.setTimeout(silentMs, () => connection.session || connection.abort())
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      // Replies to requests that came together leave together.
      socket.cork()
      connection.receive(chunk)
      socket.uncork()
    })
    socket.on('drain', () => connection.drained())
    socket.on('close', () => {
      connections.delete(connection)
      connection.closed()
    })
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, host, done)
  })
  const timer = setInterval(() => keeper.tick(), tickMs)
  const bound = (server.address() as AddressInfo).port
  const find = (id: string): Session | undefined => keeper.sessions.find(BigInt.asIntN(64, BigInt(id)))

  return {
    host,
    port: bound,
    address: `zookeeper://${formatHostPort(host, bound)}`,
    get sessions() {
      return [...keeper.sessions].map((session) => ({
        id: formatSession(session.id),
        timeoutMs: session.timeoutMs,
        connected: keeper.linkOf(session) !== undefined,
        ephemerals: [...(keeper.tree.owned.get(session.id) ?? [])],
      }))
    },
    get script() {
      return script
    },
    set script(next) {
      script = next
    },
    expire(id) {
      const session = find(id)
      if (session) keeper.expire(session)
      return session !== undefined
    },
    dropWatches: (path) => keeper.watches.drop(path),
    disconnect(id) {
      const only = id === undefined ? undefined : find(id)
      for (const connection of [...connections]) {
        if (id === undefined || (only && connection.session === only)) connection.abort()
      }
    },
    close() {
      clearInterval(timer)
      for (const connection of [...connections]) connection.abort()
      return new Promise((done) => server.close(() => done()))
    },
  }
}

function transportOf(socket: Socket): Transport {
  return {
    host: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    port: socket.remotePort ?? 0,
    send(bytes) {
      socket.write(bytes)
      if (socket.writableLength > abandonedBytes) socket.destroy()
      return socket.writableLength <= fullBytes
    },
    end() {
      socket.end()
      setTimeout(() => socket.destroy(), lingerMs).unref()
    },
    destroy: () => void socket.destroy(),
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
  }
}
