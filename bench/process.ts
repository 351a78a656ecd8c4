import { run } from './load.js'
import { paceUs } from './pace.js'
import { peers } from './peers/all.js'
import type { Bench, PeerClient, RawClient } from './peers/peer.js'

/*
 * One of the two processes of a measurement: `process.js server <peer>` or `process.js client <peer> <port>`. It does
 * what its parent asks, one thing at a time, and ends with it.
 */
export type Order =
  | { readonly do: 'cpu' }
  | { readonly do: 'pace' }
  | {
      readonly do: 'run'
      readonly bench: Bench
      readonly inFlight: number
      readonly forMs: number
      readonly count: number
    }
  | { readonly do: 'end' }

// Compiled before it counts.
for (let i = 0; i < 5; i++) paceUs()

const [role, name = '', port] = process.argv.slice(2)
process.once('disconnect', () => process.exit())

// What measures traces alone has them loaded.
const load = peers[name] ?? (await import('./peers/traced.js')).traced[name]
if (!load || !process.send) throw new Error('npm run bench starts this')
const peer = await load()
let client: PeerClient | RawClient | undefined
if (role === 'server') {
  tell({ port: await peer.serve() })
} else {
  client = await peer.connect(Number(port))
  tell({ can: can(client) })
}

process.on('message', (order: Order) => {
  obey(order).then(tell, (error: unknown) => tell({ failed: error instanceof Error ? error.message : String(error) }))
})

async function obey(order: Order): Promise<unknown> {
  switch (order.do) {
    case 'cpu': {
      const { user, system } = process.cpuUsage()
      return user + system
    }
    case 'pace':
      return paceUs()
    case 'run':
      return run(client!, order.bench, order.inFlight, order.forMs, order.count)
    case 'end':
      await client?.close()
      return true
  }
}

function can(of: PeerClient | RawClient): Bench[] {
  if ('loop' in of) return ['small', 'medium', 'echo1m']
  const benches: Bench[] = []
  if (of.small) benches.push('small')
  if (of.medium) benches.push('medium')
  if (of.echo) benches.push('echo1m')
  if (of.items) benches.push('stream', 'stream-each')
  return benches
}

function tell(message: unknown): void {
  process.send?.({ message })
}
