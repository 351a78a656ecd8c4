import { setTimeout as sleep } from 'node:timers/promises'
import { Tickets } from '../../examples/ticket/tickets.js'
import { concurrency, createServer, type Interceptor, openRegistry, RpcError } from '../../runtime/index.js'

/** How a provider's `getTicket` behaves. */
export interface Conduct {
  /** How long it waits before it answers, in milliseconds. Default 0. */
  readonly waitMs?: number
  /** So large a share of its calls fails as `unavailable`. Default 0. */
  readonly failing?: number
}

/** What a provider is told; it answers with the port that it serves on, once it is registered. A later message is a Conduct. */
export interface ProviderTask {
  readonly registry: string
  /** 0: a free one. */
  readonly port: number
  readonly conduct: Conduct
  /** Calls of a method at once, more are refused. Absent: any number. */
  readonly limit?: number | undefined
}

const task = JSON.parse(process.argv[2] ?? '') as ProviderTask
let { waitMs = 0, failing = 0 } = task.conduct

/** Where the handler would take its time, or fail. */
const misbehave: Interceptor = (next) => async (call) => {
  if (call.method.schema.name === 'getTicket') {
    if (waitMs > 0) await sleep(waitMs)
    if (Math.random() < failing) throw new RpcError('unavailable', 'out of order')
  }
  return next(call)
}

const registry = openRegistry(task.registry)
const limits = task.limit === undefined ? [] : [concurrency(task.limit)]
const server = createServer({
  application: 'chaos-provider',
  services: [new Tickets()],
  limits,
  interceptors: [misbehave],
})
const running = await server.listen({ registry, port: task.port })
await running.registered

process.on('message', (conduct: Conduct) => {
  waitMs = conduct.waitMs ?? 0
  failing = conduct.failing ?? 0
  process.send?.(true)
})
process.once('SIGTERM', async () => {
  await running.close()
  await registry.close()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))
process.send?.(running.bound.port)
