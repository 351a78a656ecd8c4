import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { Tickets } from '../../examples/ticket/tickets.js'
import { TicketServiceClient } from '../../generated/ticket.js'
import type { Side } from '../../generated/tsubo/monitor.js'
import { createMonitor, MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { createServer } from '../../runtime/server.js'
import { startZooKeeper } from '../support/zookeeper/server.js'
import { startJava } from './support/application.js'
import { type Line, lines } from './support/lines.js'

/** Dubbo's monitor, found in the registry; in place of a minute every half a second. */
const flags = ['-Ddubbo.monitor.protocol=registry', '-Ddubbo.monitor.interval=500']

/** A registry, a monitor in it, and a way to ask. */
async function monitored() {
  const zooKeeper = await startZooKeeper('built-in')
  onTestFinished(() => zooKeeper.close())
  const registry = openRegistry(`zookeeper://${zooKeeper.address}`)
  onTestFinished(() => registry.close())
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-java-monitor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const monitor = await createMonitor({ folder, registry })
  onTestFinished(() => monitor.close())
  await monitor.running.registered
  const client = createClient({ registry })
  onTestFinished(() => client.close())
  return {
    registry,
    client,
    async start(role: 'provider' | 'consumer') {
      const line = lines.find(({ name }) => name === '2.7.3') as Line
      const java = await startJava({ ...line, flags: [...line.flags, ...flags] }, role, zooKeeper.address)
      onTestFinished(() => java.kill())
      return java
    },
    /** What was counted of getTicket on this side. */
    async counted(side: Side) {
      const { series } = await new MonitorServiceClient(client).query({
        since: new Date(Date.now() - 600_000),
        stepSeconds: 0,
        where: { side, service: 'com.miao.server.TicketService', method: 'getTicket' },
        by: ['service', 'method', 'side', 'application', 'instance'],
      })
      return series
    },
  }
}

test('a consumer of Dubbo 2.7.3 tells the monitor what it called', { timeout: 120_000 }, async () => {
  const { registry, start, counted } = await monitored()
  const running = await createServer({ application: 'typescript', services: [new Tickets()] }).listen({ registry })
  onTestFinished(() => running.close(0))
  await running.registered
  const java = await start('consumer')
  // Dubbo connects to the monitor at the first call, beside it, and doesn't count what is over before that.
  let calls = 0
  const call = async () => {
    expect(await java.say('ticket')).toBe('good')
    // Once by the tutorial's UserService, once for the answer.
    calls += 2
  }
  await call()

  await vi.waitFor(
    async () => {
      await call()
      const [series] = await counted('consumer')
      const point = series?.points[0]
      expect(point).toMatchObject({ calls: expect.any(Number), failed: {} })
      expect(point?.calls).toBeGreaterThan(2)
      expect(point?.calls).toBeLessThanOrEqual(calls)
      expect(point?.elapsedUs).toBeLessThan(calls * 1_000_000)
    },
    { timeout: 30_000, interval: 250 },
  )
})

test('a provider of Dubbo 2.7.3 tells it what it was called', { timeout: 120_000 }, async () => {
  const { client, start, counted } = await monitored()
  await start('provider')
  const tickets = new TicketServiceClient(client)
  let calls = 0
  await vi.waitFor(
    async () => {
      expect(await tickets.getTicket()).toBe('good')
      calls++
      const [series] = await counted('provider')
      // Its own idea of its address, whatever it registered.
      const who = { application: 'java-2.7.3-provider', instance: expect.stringMatching(/^[\d.]+:\d+$/) }
      expect(series).toMatchObject({ labels: who, points: [{ failed: {}, maxConcurrent: 1 }] })
      const point = series?.points[0]
      expect(point?.calls).toBeGreaterThan(2)
      expect(point?.calls).toBeLessThanOrEqual(calls)
      expect(point?.bytesIn).toBeGreaterThan(0)
    },
    { timeout: 30_000, interval: 250 },
  )
})
