import type { Connection } from './connection.js'
import type { Keeper } from './keeper.js'
import { formatSession } from './sessions.js'
import type { Statistics } from './statistics.js'

/** What the words tell of. */
export interface Observed {
  /** `3.8.0-tsubo-0.1.0`: what it speaks, and who speaks it. */
  readonly version: string
  readonly keeper: Keeper
  readonly statistics: Statistics
  readonly connections: ReadonlySet<Connection>
}

/**
 * The answer to one of ZooKeeper's four-letter words, in its own form, so that its scripts and exporters can read it;
 * undefined for any other word. Unlike the real one it answers all that it knows, not `srvr` alone.
 */
export function answerWord(word: string, of: Observed): string | undefined {
  return Object.hasOwn(words, word) ? words[word as keyof typeof words](of) : undefined
}

const words = {
  ruok: () => 'imok',
  isro: () => 'rw',
  srvr: (of: Observed) => `${version(of)}${summary(of)}`,
  stat: (of: Observed) => `${version(of)}Clients:\n${clients(of)}\n${summary(of)}`,
  cons: (of: Observed) => `${clients(of)}\n`,

  mntr({ version, keeper, statistics, connections }: Observed): string {
    const { tree, watches, zxid } = keeper
    const values = {
      version,
      server_state: 'standalone',
      avg_latency: statistics.meanLatencyMs.toFixed(4),
      max_latency: Math.round(statistics.maxLatencyMs),
      min_latency: Math.round(statistics.minLatencyMs),
      packets_received: statistics.received,
      packets_sent: statistics.sent,
      num_alive_connections: connections.size,
      outstanding_requests: 0,
      znode_count: tree.size,
      watch_count: watches.size,
      ephemerals_count: tree.ephemerals,
      approximate_data_size: tree.bytes,
      global_sessions: keeper.sessions.size,
      last_zxid: `0x${zxid.toString(16)}`,
      uptime: Date.now() - statistics.since,
    }
    return Object.entries(values)
      .map(([key, value]) => `zk_${key}\t${value}\n`)
      .join('')
  },

  wchs({ keeper, connections }: Observed): string {
    const watching = [...connections].map(({ caller }) => (caller ? keeper.watches.pathsOf(caller) : new Set<string>()))
    const paths = new Set(watching.flatMap((each) => [...each]))
    const busy = watching.filter(({ size }) => size > 0).length
    return `${busy} connections watching ${paths.size} paths\nTotal watches:${keeper.watches.size}\n`
  },

  dump({ keeper }: Observed): string {
    const { owned } = keeper.tree
    const sessions = [...keeper.sessions].map(({ id }) => `\t${formatSession(id)}\n`).join('')
    const nodes = [...owned].map(
      ([id, paths]) => `${formatSession(id)}:\n${[...paths].map((p) => `\t${p}\n`).join('')}`,
    )
    return (
      `SessionTracker dump:\nSession Sets (1)/(${keeper.sessions.size}):\n${sessions}` +
      `ephemeral nodes dump:\nSessions with Ephemerals (${owned.size}):\n${nodes.join('')}`
    )
  },
}

function version({ version }: Observed): string {
  return `Zookeeper version: ${version}, built on Node.js ${process.version}\n`
}

function summary({ keeper, statistics, connections }: Observed): string {
  const { minLatencyMs, meanLatencyMs, maxLatencyMs, received, sent } = statistics
  return [
    `Latency min/avg/max: ${Math.round(minLatencyMs)}/${meanLatencyMs.toFixed(4)}/${Math.round(maxLatencyMs)}`,
    `Received: ${received}`,
    `Sent: ${sent}`,
    `Connections: ${connections.size}`,
    'Outstanding: 0',
    `Zxid: 0x${keeper.zxid.toString(16)}`,
    'Mode: standalone',
    // The root counts twice there.
    `Node count: ${keeper.tree.size + 1}`,
    '',
  ].join('\n')
}

function clients({ connections }: Observed): string {
  return [...connections]
    .map(({ transport: { host, port }, received, sent, session }) => {
      const more = session ? `,sid=${formatSession(session.id)},to=${session.timeoutMs}` : ''
      return ` /${host}:${port}[${session ? 1 : 0}](queued=0,recved=${received},sent=${sent}${more})\n`
    })
    .join('')
}
