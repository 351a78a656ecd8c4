import { createClient, createServer, openRegistry } from 'tsubo'
import { dubbo } from 'tsubo/dubbo'
import { BenchServiceClient } from '../generated/bench.js'
import type { Peer } from './peer.js'
import { BenchService } from './tsubo.js'

/** The same over Dubbo's own wire, which knows no streams. */
export const tsuboDubbo: Peer = {
  packages: ['tsubo'],
  setup: "all defaults, over Dubbo's own wire",

  async serve() {
    const server = createServer({ services: [new BenchService()], protocols: [dubbo()] })
    const { bound } = await server.listen({ host: '127.0.0.1' })
    return bound.port
  },

  async connect(port) {
    const registry = openRegistry(`static://dubbo://127.0.0.1:${port}`)
    const client = createClient({ registry })
    const service = new BenchServiceClient(client)
    return {
      small: (item) => service.small(item),
      medium: (item) => service.medium(item),
      echo: (bytes) => service.echo({ bytes }).then((reply) => reply.bytes),
      async close() {
        await client.close()
        await registry.close()
      },
    }
  },
}
