import { type Answers, startRole } from './memory/process.js'
import { numberFrom, optionsOf } from './options.js'
import { pinned } from './pair.js'

const usage = `npm run bench -- memory [--connections <n>] [--calls <n>] [--seconds <n>]
  what an idle connection, a pending call and a slow consumer of a stream hold
  --connections  default 10000
  --calls        default 100000
  --seconds      how long the consumer is slow; default 60`

/** `npm run bench -- memory`: each figure from processes of its own, after a garbage collection. */
export async function run(args: string[]): Promise<void> {
  const { values } = optionsOf(usage, {
    args,
    options: {
      connections: { type: 'string', default: '10000' },
      calls: { type: 'string', default: '100000' },
      seconds: { type: 'string', default: '60' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const connections = numberFrom(1, '--connections', values.connections, usage)
  const calls = numberFrom(1, '--calls', values.calls, usage)
  const seconds = numberFrom(1, '--seconds', values.seconds, usage)
  console.log(`tsubo memory: Node ${process.versions.node}${pinned ? '' : ', not pinned'}`)

  const bare = await both('bare', connections)
  const own = await both('connections', connections)
  const kept = [
    judge(`idle connection, server (bare socket ${kib(bare.server)})`, own.server, 1.6 * bare.server, kib),
    judge(`idle connection, client (bare socket ${kib(bare.client)})`, own.client, 1.6 * bare.client, kib),
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

/** Starts both roles of a measurement and returns what each holds, in bytes (per connection or call where it counts them). */
async function both(what: string, n: number): Promise<Answers> {
  const server = await startRole(['server', what, String(n)])
  try {
    const client = await startRole(['client', what, String(n), String(server.first)])
    try {
      // The client has done its part when it answers; only then the server is asked.
      return { client: await client.next(), server: await server.ask() }
    } finally {
      client.end()
    }
  } finally {
    server.end()
  }
}

function judge(what: string, value: number, atMost: number, show: (value: number) => string): boolean {
  const kept = value <= atMost
  console.log(`${kept ? 'ok  ' : 'MISS'}  ${what.padEnd(62)} ${show(value)}, at most ${show(atMost)}`)
  return kept
}

function kib(bytes: number): string {
  return `${(bytes / 1024).toFixed(1)} KiB`
}
