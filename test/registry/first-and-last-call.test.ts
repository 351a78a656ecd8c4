import { expect, it, vi } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient, echoSchema } from '../support/echo.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { openTestRegistry, ownChroot } from './services.js'

describeWithZooKeeper('a provider', (address) => {
  it('gets its first call within 500 ms of its registration and its last within 500 ms of its deregistration', async () => {
    const root = ownChroot()
    const { registry: providers } = openTestRegistry(address + root)
    const { registry: consumers } = openTestRegistry(address + root)
    const first = await createServer({ services: [new Echo()] }).listen({ registry: providers })
    await first.registered
    const client = createClient({ registry: consumers })
    const echo = new EchoServiceClient(client)
    let calling = true
    const failures: unknown[] = []
    const calls = (async () => {
      while (calling) {
        await echo.echo('x').catch((error) => failures.push(error))
        await new Promise((next) => setTimeout(next, 2))
      }
    })()

    for (let round = 0; round < 2; round++) {
      const served: number[] = []
      const second = new Echo((value) => {
        served.push(performance.now())
        return value
      })
      // It goes on listening when it is registered no more: what ends its calls is the registry's word alone.
      const server = await createServer({ services: [second] }).listen()
      const publication = providers.publish({
        application: 'second',
        addresses: [{ ...server.published, protocol: 'tsubo' }],
        services: [
          { key: serviceKey(echoSchema.name), schema: echoSchema, weight: 100, enabled: true, params: new Map() },
        ],
      })
      await publication.ready
      const registeredAt = performance.now()
      await vi.waitFor(() => expect(served.length).toBeGreaterThan(10), { interval: 5 })
      expect((served[0] as number) - registeredAt).toBeLessThan(500)
      await publication.close()
      const deregisteredAt = performance.now()
      await new Promise((next) => setTimeout(next, 800))
      expect((served.at(-1) as number) - deregisteredAt).toBeLessThan(500)
      await server.close(0)
    }
    calling = false
    await calls
    expect(failures).toEqual([])
    await client.close(0)
    await first.close(0)
    await Promise.all([providers.close(), consumers.close()])
  })
})
