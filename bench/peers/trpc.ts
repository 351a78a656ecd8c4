import type { AddressInfo } from 'node:net'
import { createTRPCClient, httpBatchLink } from '@trpc/client'
import { initTRPC } from '@trpc/server'
import { createHTTPServer } from '@trpc/server/adapters/standalone'
import { type Item, page, rebuilt } from '../messages.js'
import type { Peer } from './peer.js'

const t = initTRPC.create()
const item = (value: unknown) => value as Item
const router = t.router({
  small: t.procedure.input(item).mutation(({ input }) => rebuilt(input)),
  medium: t.procedure.input(item).mutation(({ input }) => page(input)),
})

export const trpc: Peer = {
  packages: ['@trpc/server', '@trpc/client'],
  setup: 'standalone HTTP server, httpBatchLink',

  async serve() {
    const server = createHTTPServer({ router })
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return (server.address() as AddressInfo).port
  },

  async connect(port) {
    const client = createTRPCClient<typeof router>({ links: [httpBatchLink({ url: `http://127.0.0.1:${port}` })] })
    return {
      small: (value) => client.small.mutate(value),
      medium: (value) => client.medium.mutate(value),
      close() {},
    }
  },
}
