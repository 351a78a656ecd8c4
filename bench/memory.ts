import { type Answers, type Role, startRole } from './memory/process.js'
import { numberFrom, optionsOf } from './options.js'
import { pinned } from './pair.js'

const usage = `npm run bench -- memory [--connections <n>] [--idle <s>] [--calls <n>] [--seconds <n>]
  what an idle connection, a pending call and a slow consumer of a stream hold
  --connections  default 10000
  --idle         when they are asked again, in seconds; default 60
  --calls        default 100000
  --seconds      how long the consumer is slow; default 60`

/** `npm run bench -- memory`: each figure from processes of its own, after a garbage collection. */
export async function run(args: string[]): Promise<void> {
  const { values } = optionsOf(usage, {
    args,
    options: {
      connections: { type: 'string', default: '10000' },
      idle: { type: 'string', default: '60' },
      calls: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '60' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const connections = numberFrom(1, '--connections', values.connections, usage)
  const idle = numberFrom(1, '--idle', values.idle, usage)
  const calls = numberFrom(1, '--calls', values.calls, usage)
  const seconds = numberFrom(1, '--seconds', values.seconds, usage)
  console.log(`tsubo memory: Node ${process.versions.node}${pinned ? '' : ', not pinned'}`)

  const bare = await connected('bare', connections, idle)
  const own = await connected('connections', connections, idle)
  const kept = [
    ...judgeConnections('just connected', own.fresh, bare.fresh),
    ...judgeConnections(`idle for ${idle} s`, own.idle, bare.idle),
    judge('pending call, heap of the client', (await both('pending', calls)).client, 900, (n) => `${n.toFixed(0)} B`),
    judge(
      `producer of a stream that is read slowly for ${seconds} s, growth`,
      (await both('slow', seconds)).server,
      20 * 1024 * 1024,
      (n) => `${(n / 1024 / 1024).toFixed(1)} MiB`,
    ),
  ]
  if (kept.includes(false)) process.exitCode = 1
}

/**
 * What each side holds for a connection, in bytes: when all have come and their first calls are over, and later. What a process
 * has once has come before, with a few connections that aren't counted and that have been idle for as long.
 */
async function connected(what: string, n: number, idle: number): Promise<{ fresh: Answers; idle: Answers }> {
  return withBoth(what, n, async (server, client) => {
    await pause(idle)
    const before = { client: await client.ask(), server: await server.ask() }
    const perConnection = async (): Promise<Answers> => ({
      client: ((await client.ask()) - before.client) / n,
      server: ((await server.ask()) - before.server) / n,
    })
    const fresh = await perConnection()
    await pause(idle)
    return { fresh, idle: await perConnection() }
  })
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

/** What each side holds, in bytes; the client for each of its calls, where it counts them. */
async function both(what: string, n: number): Promise<Answers> {
  // The client has done its part when it answers; only then the server is asked.
  return withBoth(what, n, async (server, client) => ({ client: await client.next(), server: await server.ask() }))
}

/** Starts both roles of a measurement. */
async function withBoth<T>(what: string, n: number, measure: (server: Role, client: Role) => Promise<T>): Promise<T> {
  const server = await startRole(['server', what, String(n)])
  try {
    const client = await startRole(['client', what, String(n), String(server.first)])
    try {
      return await measure(server, client)
    } finally {
      client.end()
    }
  } finally {
    server.end()
  }
}

function judgeConnections(when: string, own: Answers, bare: Answers): boolean[] {
  return (['server', 'client'] as const).map((side) =>
    judge(`connection, ${when}, ${side} (bare socket ${kib(bare[side])})`, own[side], 1.6 * bare[side], kib),
  )
}

function judge(what: string, value: number, atMost: number, show: (value: number) => string): boolean {
  const kept = value <= atMost
  console.log(`${kept ? 'ok  ' : 'MISS'}  ${what.padEnd(64)} ${show(value)}, at most ${show(atMost)}`)
  return kept
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(2)} KiB`
}
