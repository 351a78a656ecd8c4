import net from 'node:net'
import { type Context, ServiceBroker } from 'moleculer'
import { type Item, type Page, page, rebuilt } from '../messages.js'
import type { Peer } from './peer.js'

const logger = false

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

export const moleculer: Peer = {
  packages: ['moleculer'],
  setup: 'its TCP transporter with fixed addresses, JSON serializer',

  async serve() {
    const port = await freePort()
    const broker = new ServiceBroker({
      nodeID: 'server',
      logger,
      transporter: { type: 'TCP', options: { udpDiscovery: false, port, urls: [`127.0.0.1:${port}/server`] } },
    })
    broker.createService({
      name: 'bench',
      actions: {
        small: ({ params }: Context<Item>) => rebuilt(params),
        medium: ({ params }: Context<Item>) => page(params),
      },
    })
    await broker.start()
    return port
  },

  async connect(port) {
    const own = await freePort()
    const broker = new ServiceBroker({
      nodeID: 'client',
      logger,
      transporter: {
        type: 'TCP',
        options: { udpDiscovery: false, port: own, urls: [`127.0.0.1:${port}/server`, `127.0.0.1:${own}/client`] },
      },
    })
    await broker.start()
    await broker.waitForServices('bench')
    return {
      small: (item) => broker.call<Item, Item>('bench.small', item),
      medium: (item) => broker.call<Page, Item>('bench.medium', item),
      close: () => broker.stop(),
    }
  },
}
