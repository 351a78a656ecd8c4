import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { CountReport } from '../../generated/tsubo/monitor.js'
import { UserServiceClient } from '../../generated/user.js'
import { createMonitor, MonitorServiceClient } from '../../monitor/index.js'
import type { Invocable } from '../../runtime/call.js'
import { createClient } from '../../runtime/client.js'
import { RpcError } from '../../runtime/error.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { memory } from '../../runtime/registry/memory.js'
import { createServer } from '../../runtime/server.js'
import { startZooKeeper } from '../../zookeeper/testing.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { temporaryFolder } from '../support/monitor.js'
import { closeAll, closeLater } from '../support/network.js'
import { project, startTsubo, userService } from '../support/serving.js'

afterEach(closeAll)

test('what both sides counted is in the monitor of the registry once they are closed', async () => {
  const registry = memory('monitor-both-sides')
  const monitor = await createMonitor({ folder: temporaryFolder(), registry, listen: { host: '127.0.0.1' } })
  onTestFinished(() => monitor.close())
  const asking = createClient({ registry })
  onTestFinished(() => asking.close())

  const echo = new Echo((value) => {
    if (value === 'bad') throw new RpcError('aborted', 'no')
    return value
  })
  const server = createServer({ services: [echo], application: 'provider-of-echo', monitor: { intervalMs: 3_600_000 } })
  const running = await server.listen({ registry, host: '127.0.0.1' })
  const client = createClient({ registry, application: 'caller-of-echo', monitor: 'registry' })
  const calls = new EchoServiceClient(client)
  await Promise.all(['a', 'b', 'c'].map((value) => calls.echo(value)))
  await calls.book('bad').catch(() => {})
  await client.close()
  await running.close()

  const { series } = await new MonitorServiceClient(asking).query({
    by: ['side', 'application', 'instance', 'service', 'method', 'peer'],
  })
  const seen = series.map(({ labels, points }) => ({
    ...labels,
    calls: points.reduce((sum, { calls }) => sum + calls, 0),
    failed: Object.assign({}, ...points.map(({ failed }) => failed)) as object,
  }))
  const provider = { side: 'provider', application: 'provider-of-echo', instance: `127.0.0.1:${running.bound.port}` }
  const consumer = {
    side: 'consumer',
    application: 'caller-of-echo',
    instance: expect.stringMatching(/:\d+$/),
    peer: 'provider-of-echo',
  }
  expect(seen).toHaveLength(4)
  expect(seen).toEqual(
    expect.arrayContaining(
      [provider, consumer].flatMap((who) => [
        { ...who, service: 'test.EchoService', method: 'echo', calls: 3, failed: {} },
        { ...who, service: 'test.EchoService', method: 'book', calls: 1, failed: { aborted: 1 } },
      ]),
    ),
  )
})

test('tsubo serve --monitor tells it, too, at the latest when it ends', { timeout: 60_000 }, async () => {
  const zookeeper = await startZooKeeper()
  closeLater(() => zookeeper.close())
  const registry = openRegistry(zookeeper.address)
  closeLater(() => registry.close())
  const monitor = await createMonitor({ folder: temporaryFolder(), registry })
  closeLater(() => monitor.close())
  const config = `
    import { defineConfig } from 'tsubo/serve'
    export default defineConfig({ application: { name: 'shop' }, scan: 'service' })
  `
  const folder = project({ 'tsubo.config.ts': config, 'service/users.ts': userService("return 'a ticket'") })
  const serving = startTsubo(['serve', '--monitor', '--registry', zookeeper.address, '--port', '0'], folder)
  const client = createClient({ registry })
  closeLater(() => client.close())
  await serving.prints('ready')
  for (let i = 0; i < 3; i++) await new UserServiceClient(client).buyTicket()
  expect(await serving.end()).toBe(0)
  const { series } = await new MonitorServiceClient(client).query({ by: ['side', 'application', 'service', 'method'] })
  expect(series).toMatchObject([
    {
      labels: {
        side: 'provider',
        application: 'shop',
        service: 'com.miao.server.UserService',
        method: 'buyTicket',
      },
      points: [{ calls: 3 }],
    },
  ])
})

test('every minute of the clock by default, within 10 seconds', async () => {
  vi.useFakeTimers({
    toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'],
    now: new Date('2026-11-28T12:00:20Z'),
  })
  onTestFinished(() => void vi.useRealTimers())
  const reports: { at: string; calls: number }[] = []
  const through: Invocable = {
    async invoke({ args: [report] }) {
      const calls = (report as CountReport).periods.map(({ counts }) => counts[0]?.calls)
      reports.push({ at: new Date().toISOString().slice(11, 16), calls: calls[0] ?? 0 })
    },
  }
  const server = createServer({ services: [new Echo()], monitor: { through } })
  const running = await server.listen({ host: '127.0.0.1' })
  onTestFinished(() => running.close(0))
  const echo = new EchoServiceClient(server)
  await echo.echo('x')
  await vi.advanceTimersByTimeAsync(39_000)
  expect(reports).toEqual([])
  await vi.advanceTimersByTimeAsync(11_000)
  const first = { at: '12:01', calls: 1 }
  expect(reports).toEqual([first])
  for (let i = 0; i < 2; i++) await echo.echo('x')
  await vi.advanceTimersByTimeAsync(49_000)
  expect(reports).toEqual([first])
  await vi.advanceTimersByTimeAsync(11_000)
  expect(reports).toEqual([first, { at: '12:02', calls: 2 }])
})

test.each([9, 3_600_001, Number.NaN])('an interval of %s milliseconds is refused', async (intervalMs) => {
  const monitor = { intervalMs }
  const refused = {
    name: 'RangeError',
    message: expect.stringContaining(`monitor.intervalMs: ${intervalMs} is not from 10`),
  }
  const registry = memory('no-interval')
  expect(() => createClient({ registry, monitor })).toThrow(expect.objectContaining(refused))
  const server = createServer({ services: [new Echo()], monitor })
  await expect(server.listen({ registry, host: '127.0.0.1' })).rejects.toMatchObject(refused)
  expect(server.running).toEqual([])
})
