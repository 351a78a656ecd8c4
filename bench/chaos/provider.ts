import { Tickets } from '../../examples/ticket/tickets.js'
import { createServer, openRegistry } from '../../runtime/index.js'

/** What a provider is told; it answers with the port that it serves on, once it is registered. */
export interface ProviderTask {
  readonly registry: string
  /** 0: a free one. */
  readonly port: number
}

const { registry: address, port } = JSON.parse(process.argv[2] ?? '') as ProviderTask
const registry = openRegistry(address)
const server = createServer({ application: 'chaos-provider', services: [new Tickets()] })
const running = await server.listen({ registry, port })
await running.registered

process.once('SIGTERM', async () => {
  await running.close()
  await registry.close()
  process.exit(0)
})
process.once('disconnect', () => process.exit(1))
process.send?.(running.bound.port)
