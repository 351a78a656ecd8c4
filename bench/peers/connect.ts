import http2 from 'node:http2'
import type { AddressInfo } from 'node:net'
import { type ConnectRouter, createClient } from '@connectrpc/connect'
import { connectNodeAdapter, createConnectTransport } from '@connectrpc/connect-node'
import { type Item, page, rebuilt, streamed } from '../messages.js'
import { BenchService } from '../proto/bench_pb.js'
import type { Peer } from './peer.js'

const number = (item: { createdAt: bigint }) => ({ ...item, createdAt: Number(item.createdAt) }) as unknown as Item
const bigint = (item: Item) => ({ ...item, createdAt: BigInt(item.createdAt) })

function routes(router: ConnectRouter): void {
  router.service(BenchService, {
    small: (item) => bigint(rebuilt(number(item))),
    medium(item) {
      const { item: same, items } = page(number(item))
      return { item: bigint(same), items: items.map(bigint) }
    },
    echo: ({ bytes }) => ({ bytes }),
    async *items({ count }) {
      for (let n = 0; n < count; n++) yield bigint(streamed(n))
    },
  })
}

export const connect: Peer = {
  packages: ['@connectrpc/connect', '@connectrpc/connect-node', '@bufbuild/protobuf'],
  setup: 'Connect protocol over HTTP/2',

  serve() {
    const server = http2.createServer(connectNodeAdapter({ routes }))
    return new Promise((resolve) => {
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
    })
  },

  async connect(port) {
    const transport = createConnectTransport({ httpVersion: '2', baseUrl: `http://127.0.0.1:${port}` })
    const client = createClient(BenchService, transport)
    return {
      small: (item) => client.small(bigint(item)).then(number),
      async medium(item) {
        const reply = await client.medium(bigint(item))
        return { item: number(reply.item as { createdAt: bigint }), items: reply.items.map(number) }
      },
      echo: (bytes) => client.echo({ bytes }).then((reply) => reply.bytes),
      async *items(count) {
        for await (const item of client.items({ count })) yield number(item)
      },
      close() {},
    }
  },
}
