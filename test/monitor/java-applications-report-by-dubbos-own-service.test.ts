import { expect, onTestFinished, test } from 'vitest'
import { DubboMonitorServiceClient, type DubboUrl } from '../../generated/tsubo/dubbo-monitor.js'
import { createMonitor, MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { framed } from '../../runtime/protocol/framed.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Provider } from '../../runtime/registry/registry.js'
import { serviceKey } from '../../runtime/service-key.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { temporaryFolder } from '../support/monitor.js'

/** As Dubbo 2.7.3's DubboMonitor.send makes it. */
function statistics(over: Record<string, string | null>, host = '10.0.0.7', port = 0): DubboUrl {
  return {
    protocol: 'count',
    username: null,
    password: null,
    host,
    port,
    path: 'com.acme.UserService/find',
    parameters: {
      application: 'java-shop',
      interface: 'com.acme.UserService',
      method: 'find',
      version: '1.0.0',
      group: null,
      timestamp: '1574640000000',
      success: '90',
      failure: '10',
      input: '5000',
      output: '2000',
      elapsed: '700',
      concurrent: '2',
      'max.input': '100',
      'max.output': '40',
      'max.elapsed': '55',
      'max.concurrent': '6',
      default: 'dubbo',
      ...over,
    },
  }
}

async function monitorForJava() {
  const registry = memory(`java-${Math.random()}`)
  const monitor = await createMonitor({ folder: temporaryFolder(), registry, listen: { host: '127.0.0.1' } })
  onTestFinished(() => monitor.close())
  // Frames and hessian2 as Java writes them.
  const java = createClient({ registry, protocols: [framed({}, dubbo)] })
  const asking = createClient({ registry })
  onTestFinished(async () => void (await Promise.all([java.close(), asking.close()])))
  return { registry, service: new DubboMonitorServiceClient(java), ask: new MonitorServiceClient(asking) }
}

test('statistics of consumers and providers are counted beside those of our own, and consumers by whom they call', async () => {
  const { registry, service, ask } = await monitorForJava()
  const found = await new Promise<readonly Provider[]>((resolve) => {
    const stop = registry.watch(
      serviceKey('org.apache.dubbo.monitor.MonitorService'),
      { application: 'x' },
      (discovery) => {
        if (discovery.state !== 'found') return
        stop()
        resolve(discovery.providers)
      },
    )
  })
  expect(found).toHaveLength(1)

  await service.collect(statistics({ application: 'java-users', consumer: '10.0.0.7' }, '10.0.0.9', 20880))
  await service.collect(statistics({ provider: '10.0.0.9:20880', group: 'g' }))
  await service.collect(statistics({ provider: '10.0.0.9:20880', method: 'idle', success: '0', failure: '0' }))
  expect(await service.lookup(statistics({}))).toEqual([])

  const { series } = await ask.query({
    by: ['side', 'application', 'instance', 'service', 'group', 'version', 'method', 'peer'],
  })
  const point = {
    calls: 100,
    failed: { unknown: 10 },
    elapsedUs: 700_000,
    maxElapsedUs: 55_000,
    maxConcurrent: 6,
    bytesIn: 5000,
    bytesOut: 2000,
  }
  const common = { service: 'com.acme.UserService', version: '1.0.0', method: 'find' }
  expect(series).toHaveLength(2)
  expect(series).toEqual(
    expect.arrayContaining([
      {
        labels: { ...common, side: 'provider', application: 'java-users', instance: '10.0.0.9:20880' },
        points: [expect.objectContaining(point)],
      },
      {
        labels: {
          ...common,
          side: 'consumer',
          application: 'java-shop',
          instance: '10.0.0.7',
          group: 'g',
          peer: 'java-users',
        },
        points: [expect.objectContaining(point)],
      },
    ]),
  )
  // Java tells no histogram: nothing is made up.
  expect(series[0]?.points[0]?.p99Us).toBeUndefined()
})

test('what is no statistics is refused, and leaves nothing behind', async () => {
  const { service, ask } = await monitorForJava()
  for (const [over, text] of [
    [{ success: 'many' }, 'success is no number: "many"'],
    [{ elapsed: '-1' }, 'elapsed is no number'],
    [{ 'max.elapsed': '9'.repeat(30) }, 'max.elapsed is no number'],
    [{ group: 'g'.repeat(300) }, 'group is longer than 256'],
  ] as const) {
    await expect(service.collect(statistics(over))).rejects.toThrow(text)
  }
  await expect(service.collect({})).rejects.toThrow('they name no interface and method')
  expect((await ask.query({})).series).toEqual([])
})
