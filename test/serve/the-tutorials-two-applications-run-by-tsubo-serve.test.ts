import { randomUUID } from 'node:crypto'
import { createClient, openRegistry } from 'tsubo'
import { afterEach, expect, test } from 'vitest'
import { UserServiceClient } from '../../generated/user.js'
import { root, runTsubo } from '../support/child.js'
import { closeAll, closeLater } from '../support/network.js'
import { startTsubo } from '../support/serving.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

afterEach(closeAll)

describeWithZooKeeper('tsubo serve', (zooKeeper) => {
  test('provider-server and consumer-server find each other, and print 在注册中心拿==>good', {
    timeout: 60_000,
  }, async () => {
    const address = `zookeeper://${zooKeeper}/tutorial-${randomUUID()}`
    const env = { DUBBO_REGISTRY_ADDRESS: address }
    const start = (name: string) => startTsubo(['serve'], `${root}examples/tutorial/${name}`, env)

    const provider = start('provider-server')
    await provider.prints('  com.miao.server.TicketService  from service/ticket-service.ts (TicketServiceImpl)\n')
    expect(provider.printed()).toMatch(
      /^provider-server is ready at tsubo:\/\/127\.0\.0\.1:\d+ \(bound to 127\.0\.0\.1:\d+\), registered in zookeeper:/,
    )
    const consumer = start('consumer-server')
    await consumer.prints('在注册中心拿==>good')
    expect(consumer.printed()).toContain('  com.miao.server.UserService  from service/user-service.ts (start)\n')

    const registry = openRegistry(address)
    const client = createClient({ registry })
    closeLater(async () => {
      await client.close()
      await registry.close()
    })
    expect(await new UserServiceClient(client).buyTicket()).toBe('good')
    await consumer.prints('在注册中心拿==>good', 2)

    const listed = await runTsubo(['ls', '--registry', address])
    expect(listed).toMatchObject({ code: 0, stderr: '' })
    expect(listed.stdout).toMatch(/^com\.miao\.server\.TicketService +1 +1 +- +- +in use$/m)

    expect(await Promise.all([provider.end(), consumer.end('SIGINT')])).toEqual([0, 0])
    const after = JSON.parse((await runTsubo(['ls', '--json', '--registry', address])).stdout) as {
      providers: number
    }[]
    expect(after.map(({ providers }) => providers)).toEqual([0, 0])
  })
})
