import { randomUUID } from 'node:crypto'
import zk from 'node-zookeeper-client'
import { createClient, createServer, openRegistry } from 'tsubo'
import { expect, test, vi } from 'vitest'
import { Tickets } from '../examples/ticket/tickets.js'
import { Users } from '../examples/ticket/users.js'
import { TicketServiceClient } from '../generated/ticket.js'
import { UserServiceClient } from '../generated/user.js'
import { describeWithZooKeeper } from './support/zookeeper/suite.js'

/** The tutorial's own test: a consumer finds the provider in ZooKeeper and prints what it got. */
describeWithZooKeeper('the tutorial, over ZooKeeper', (zooKeeper) => {
  test('buyTicket() prints 在注册中心拿==>good, and the registry shows who is there', async () => {
    const root = `/tutorial-${randomUUID()}`
    const address = `zookeeper://${zooKeeper}${root}`
    const printed = vi.spyOn(console, 'log').mockImplementation(() => {})

    // provider-server
    const providerRegistry = openRegistry(address)
    const provider = await createServer({ application: 'provider-server', services: [new Tickets()] }).listen({
      registry: providerRegistry,
    })
    await provider.registered

    // consumer-server: offers UserService, which calls TicketService
    const consumerRegistry = openRegistry(address)
    const client = createClient({ registry: consumerRegistry, application: 'consumer-server' })
    const users = createServer({
      application: 'consumer-server',
      services: [new Users(new TicketServiceClient(client))],
    })
    const consumer = await users.listen({ registry: consumerRegistry })
    await consumer.registered

    // somebody who buys a ticket
    const buyerRegistry = openRegistry(address)
    const buyer = createClient({ registry: buyerRegistry, application: 'buyer' })
    expect(await new UserServiceClient(buyer).buyTicket()).toBe('good')
    expect(printed).toHaveBeenCalledWith('在注册中心拿==>good')

    const { host, port } = provider.bound
    const [url, ...others] = await children(zooKeeper, `${root}/dubbo/com.miao.server.TicketService/providers`)
    expect(others).toEqual([])
    expect(decodeURIComponent(url as string)).toMatch(
      new RegExp(
        `^dubbo://${host === '127.0.0.1' ? 2130706433 : host}:${port}/com\\.miao\\.server\\.TicketService\\?application=provider-server&contract=[0-9a-f]{16}&deprecated=false&dubbo=2\\.0\\.2&dynamic=true&generic=false&` +
          'interface=com\\.miao\\.server\\.TicketService&methods=getTicket,search,book,cancel,feedback,watchSeats&' +
          'pid=\\d+&prefer\\.serialization=hessian2&serialization=hessian2&side=provider&timestamp=\\d{13}&tsubo=1$',
      ),
    )
    const consumers = await children(zooKeeper, `${root}/dubbo/com.miao.server.TicketService/consumers`)
    expect(consumers.map(decodeURIComponent)).toEqual([
      expect.stringMatching(
        /^consumer:\/\/127\.0\.0\.1\/com\.miao\.server\.TicketService\?application=consumer-server&/,
      ),
    ])

    await Promise.all([buyer.close(), client.close(), consumer.close(), provider.close()])
    await Promise.all([buyerRegistry.close(), consumerRegistry.close(), providerRegistry.close()])
    for (const list of ['providers', 'consumers']) {
      expect(await children(zooKeeper, `${root}/dubbo/com.miao.server.TicketService/${list}`)).toEqual([])
    }
    printed.mockRestore()
  })
})

/** What ZooKeeper itself says, asked without any code of ours. */
function children(server: string, path: string): Promise<string[]> {
  const client = zk.createClient(server)
  return new Promise((resolve, reject) => {
    client.once('connected', () => {
      client.getChildren(path, (error, names) => {
        client.close()
        if (error) reject(error)
        else resolve(names)
      })
    })
    client.connect()
  })
}
