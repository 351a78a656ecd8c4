import { expect, it, vi } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient, echoSchema } from '../support/echo.js'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { openTestRegistry, ownChroot, watching } from './services.js'

const providers = 20
/** Stands for 30 s: the session timeout, and the time over which the providers come back. */
const scaledMs = 2_000
const sleep = (ms: number) => new Promise((next) => setTimeout(next, ms))

describeWithZooKeeper('an outage that ends every session', (address) => {
  it('fails no call, and while 20 providers register again over 30 s none gets twice its share', async () => {
    const root = ownChroot()
    const served = new Array<number>(providers).fill(0)
    const options = { sessionTimeoutMs: scaledMs, onWarning: () => {} }
    const open = async () => {
      const proxy = await startFaultProxy(address)
      return { proxy, registry: openTestRegistry(proxy.address + root, options).registry }
    }
    const sides = await Promise.all(Array.from({ length: providers }, open))
    const running = await Promise.all(
      sides.map(async ({ registry }, index) => {
        const echo = new Echo((value) => {
          served[index] = (served[index] ?? 0) + 1
          return value
        })
        const server = await createServer({ services: [echo] }).listen({ registry, port: 0 })
        await server.registered
        return server
      }),
    )
    const consumer = await open()
    const watch = watching(consumer.registry, serviceKey(echoSchema.name))
    await vi.waitFor(() => expect(watch.ports).toHaveLength(providers))
    const client = createClient({ registry: consumer.registry, balancer: roundRobin() })
    const echo = new EchoServiceClient(client)
    while (served.includes(0)) await echo.echo('x')

    // Nobody reaches ZooKeeper, and all that it knew of them ends.
    const all = [...sides, consumer]
    for (const { proxy } of all) proxy.mode = 'refuse'
    await Promise.all(all.map(({ proxy }) => proxy.expireSession()))
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: true }))

    consumer.proxy.mode = 'ok'
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }), { timeout: 3_000 })
    expect(watch.last).toMatchObject({
      providers: [],
      reason: expect.stringContaining(
        `20 providers vanished with this consumer's own session: whoever still answers is kept for 2 s`,
      ),
    })
    expect(watch.last.state === 'found' && watch.last.unconfirmed).toHaveLength(providers)

    const failures: unknown[] = []
    const shares: number[] = []
    let before = [...served]
    for (let index = 0; index < providers; index++) {
      ;(sides[index] as (typeof sides)[number]).proxy.mode = 'ok'
      const until = performance.now() + scaledMs / providers
      do {
        await Promise.all(Array.from({ length: 10 }, () => echo.echo('x').catch((error) => failures.push(error))))
        await sleep(5)
      } while (performance.now() < until)
      if (index % 5 !== 4) continue
      const calls = served.map((count, i) => count - (before[i] ?? 0))
      before = [...served]
      shares.push(Math.max(...calls) / (calls.reduce((a, b) => a + b, 0) / providers))
    }
    expect(failures).toEqual([])
    for (const share of shares) expect(share).toBeLessThan(2)
    expect(watch.all.some((each) => each.state === 'found' && each.providers.length > 0 && each.unconfirmed)).toBe(true)
    await vi.waitFor(() => expect(watch.ports).toHaveLength(providers), { timeout: 3_000 })
    expect(watch.last.state === 'found' && watch.last.unconfirmed).toBeUndefined()

    await client.close(0)
    await Promise.all(running.map((server) => server.close(0)))
    await Promise.all(all.map(({ registry }) => registry.close()))
    await Promise.all(all.map(({ proxy }) => proxy.close()))
  })
})
