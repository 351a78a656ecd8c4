import { batches, createClient, createServer, type Observer, openRegistry } from 'tsubo'
import {
  BenchServiceClient,
  BenchServiceSkeleton,
  type Item,
  type Order,
  type Page,
  type Payload,
} from '../generated/bench.js'
import { page, rebuilt, streamed } from '../messages.js'
import type { Peer } from './peer.js'

export class BenchService extends BenchServiceSkeleton {
  small(item: Item): Item {
    return rebuilt(item)
  }

  medium(item: Item): Page {
    return page(item)
  }

  echo(payload: Payload): Payload {
    return payload
  }

  // A loop that waits for nothing, as grpc-js's is.
  *items({ count }: Order): Generator<Item> {
    for (let n = 0; n < count; n++) yield streamed(n)
  }
}

export const tsubo: Peer = observed(
  'all defaults: registry, balancer, failover, deadline, counting; streams in batches',
  [],
  [],
)

/** With observers of one's own, made in the process that they are for. */
export function observed(setup: string, onServer: readonly Observer[], onClient: readonly Observer[]): Peer {
  return {
    packages: ['tsubo'],
    setup,

    async serve() {
      const server = createServer({ services: [new BenchService()], observers: onServer })
      const { bound } = await server.listen({ host: '127.0.0.1' })
      return bound.port
    },

    async connect(port) {
      const registry = openRegistry(`static://127.0.0.1:${port}`)
      const client = createClient({ registry, observers: onClient })
      const service = new BenchServiceClient(client)
      return {
        small: (item) => service.small(item),
        medium: (item) => service.medium(item),
        echo: (bytes) => service.echo({ bytes }).then((reply) => reply.bytes),
        items: (count) => service.items({ count }),
        batches: (count) => batches(service.items({ count })),
        async close() {
          await client.close()
          await registry.close()
        },
      }
    },
  }
}
