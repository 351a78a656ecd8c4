import { afterEach, expect, test, vi } from 'vitest'
import { MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { createServer } from '../../runtime/server.js'
import { startZooKeeper } from '../../zookeeper/testing.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { temporaryFolder } from '../support/monitor.js'
import { closeAll, closeLater } from '../support/network.js'
import { startTsubo } from '../support/serving.js'

afterEach(closeAll)

test('kill -9 of the monitor, again and again, loses and doubles no call', { timeout: 60_000 }, async () => {
  const zookeeper = await startZooKeeper()
  closeLater(() => zookeeper.close())
  const address = `${zookeeper.address}?session=2000`
  const folder = temporaryFolder()
  const args = ['monitor', '--registry', address, '--data', folder]
  let monitor = startTsubo(args, folder)
  await monitor.prints('monitor is ready at')

  const registry = openRegistry(address)
  closeLater(() => registry.close())
  const server = createServer({ services: [new Echo((value) => value)], monitor: { intervalMs: 40 } })
  const running = await server.listen({ registry, host: '127.0.0.1' })
  await running.registered
  const client = createClient({ registry, application: 'caller', monitor: { intervalMs: 40 } })
  const echo = new EchoServiceClient(client)
  let calling = true
  const load = (async () => {
    while (calling) {
      await echo.echo('x')
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  const asking = createClient({ registry })
  closeLater(() => asking.close())
  const seen = async (): Promise<Record<string, number>> => {
    const since = new Date(Date.now() - 600_000)
    const answer = await new MonitorServiceClient(asking).query({ since, stepSeconds: 0, by: ['side'] })
    return Object.fromEntries(answer.series.map(({ labels, points }) => [labels.side, points[0]?.calls ?? 0]))
  }
  for (let kill = 0; kill < 2; kill++) {
    const before = (await seen().catch(() => ({ consumer: 0 }))).consumer ?? 0
    await vi.waitFor(async () => expect((await seen()).consumer).toBeGreaterThan(before + 20), 10_000)
    monitor.child.kill('SIGKILL')
    expect(await monitor.ended).toBe('SIGKILL')
    // At another port, which the registry tells.
    monitor = startTsubo(args, folder)
    await monitor.prints('monitor is ready at')
  }
  calling = false
  await load
  const calls = client.counts.of('test.EchoService', 'echo')?.calls
  expect(calls).toBeGreaterThan(50)
  // The last monitor has to be found first: who closes before that takes along what it has not sent.
  await vi.waitFor(async () => expect(await seen()).toEqual({ consumer: calls, provider: calls }), 20_000)
  await client.close()
  await running.close()
  expect(await seen()).toEqual({ consumer: calls, provider: calls })
  expect(await monitor.end()).toBe(0)
  expect(monitor.printed()).not.toContain('corrupt')
})
