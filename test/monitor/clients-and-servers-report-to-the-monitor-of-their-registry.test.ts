import { expect, onTestFinished, test } from 'vitest'
import { createMonitor, MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { RpcError } from '../../runtime/error.js'
import { memory } from '../../runtime/registry/memory.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { temporaryFolder } from '../support/monitor.js'

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
