import { fork } from 'node:child_process'
import { expect, it, vi } from 'vitest'
import { createServer } from '../../runtime/server.js'
import { defineService, serviceOf } from '../../runtime/stub.js'
import { openTestRegistry, ownChroot } from '../registry/services.js'
import { root } from '../support/child.js'
import { echoCodecs } from '../support/echo.js'
import type { ScaleReport } from '../support/scale-consumer.js'
import { scaleSchema } from '../support/scale-service.js'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { describeWithRealZooKeeper } from '../support/zookeeper/suite.js'

const services = 1_000
const providers = 20
/** How often a consumer looks whether its nodes are still there: the default. */
const checkOwnNodesMs = 15_000

describeWithRealZooKeeper('1,000 services of 20 providers each', (address) => {
  it('a consumer of all is up within 10 s, on 20 sockets and 150 MB, and a lost session makes no storm', async () => {
    const chroot = ownChroot()
    const offers = Array.from({ length: services }, (_, i) => {
      const service = defineService(scaleSchema(`scale.Service${i}`), [echoCodecs[0]])
      return { [serviceOf]: service, echo: (text: string) => text }
    })
    const sides = await Promise.all(
      Array.from({ length: providers }, async () => {
        const { registry } = openTestRegistry(address + chroot, { sessionTimeoutMs: 30_000, connectTimeoutMs: 30_000 })
        const server = await createServer({ services: offers }).listen({ registry })
        return { registry, server }
      }),
    )
    await Promise.all(sides.map(({ server }) => server.registered))

    const proxy = await startFaultProxy(address)
    const consumer = fork(
      `${root}test/support/scale-consumer.ts`,
      [`zookeeper://${proxy.address}${chroot}?session=10000`, String(services), String(providers)],
      { cwd: root, execArgv: ['--expose-gc', '--conditions=@tsubo/source', '--import', 'tsx'] },
    )
    const next = () => new Promise<ScaleReport>((done) => consumer.once('message', (said) => done(said as ScaleReport)))
    try {
      const up = await next()
      expect(up.upMs).toBeLessThan(10_000)
      expect(up.grownMb).toBeLessThan(150)
      // One of them to ZooKeeper.
      expect(up.sockets).toBeLessThanOrEqual(providers + 1)

      const ask = () => {
        consumer.send('report')
        return next()
      }
      await vi.waitFor(async () => expect((await ask()).whole).toBe(services), { timeout: 20_000 })
      const before = { accepted: proxy.accepted, requests: proxy.requests }
      proxy.mostOutstanding = 0
      const since = performance.now()
      await proxy.expireSession()
      await vi.waitFor(async () => expect((await ask()).whole).toBe(services), { timeout: 20_000 })
      expect(proxy.accepted - before.accepted).toBeLessThanOrEqual(4)
      // One read and one create a service, the periodic check of its consumer's node as often as it was due, greetings, pings.
      const checks = Math.ceil((performance.now() - since) / checkOwnNodesMs)
      expect(proxy.requests - before.requests).toBeLessThanOrEqual((2 + checks) * services + 20)
      expect(proxy.mostOutstanding).toBeLessThanOrEqual(40)
      expect((await ask()).sockets).toBeLessThanOrEqual(providers + 1)
    } finally {
      consumer.kill('SIGKILL')
      await Promise.all(sides.map(({ server }) => server.close(0)))
      await Promise.all(sides.map(({ registry }) => registry.close()))
      await proxy.close()
    }
  })
})
