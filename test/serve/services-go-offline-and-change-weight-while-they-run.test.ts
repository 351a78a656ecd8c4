import { afterEach, expect, test } from 'vitest'
import { memory } from '../../runtime/registry/memory.js'
import type { Discovery, Provider } from '../../runtime/registry/registry.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, until } from '../support/network.js'

afterEach(closeAll)

async function start() {
  const registry = memory('at-run-time')
  closeLater(() => registry.close())
  const lists = new Map<string, readonly Provider[]>()
  for (const group of ['a', 'b']) {
    registry.watch(serviceKey('test.EchoService', group), { application: 'test' }, (discovery: Discovery) => {
      if (discovery.state === 'found') lists.set(group, discovery.providers)
    })
  }
  const before = Date.now()
  const running = await createServer({
    services: [
      { service: new Echo(), group: 'a', warmupMs: 5000 },
      { service: new Echo(), group: 'b', weight: 7 },
    ],
  }).listen({ registry })
  closeLater(() => running.close(0))
  const weights = () =>
    ['a', 'b'].map((group) =>
      lists
        .get(group)
        ?.map(({ weight }) => weight)
        .join(),
    )
  await until(() => weights().join(' ') === '100 7')
  return { running, weights, lists, before }
}

test('consumers hear of it by the registry; calls that come all the same are served', async () => {
  const { running, weights } = await start()
  running.offline('a/test.EchoService')
  await until(() => weights().join(' ') === ' 7')
  const client = new EchoServiceClient(connectTo([running.bound.port]), { group: 'a' })
  expect(await client.echo('late')).toBe('late')

  running.weight('test.EchoService', 50)
  await until(() => weights().join(' ') === ' 50')
  running.online()
  await until(() => weights().join(' ') === '50 50')
  running.offline()
  await until(() => weights().join('') === '')
  expect(running.services).toEqual([
    { key: serviceKey('test.EchoService', 'a'), online: false, weight: 50 },
    { key: serviceKey('test.EchoService', 'b'), online: false, weight: 50 },
  ])
})

test('what is published lets consumers bring a fresh provider up slowly', async () => {
  const { lists, before } = await start()
  const [fresh] = lists.get('a') ?? []
  expect(fresh?.params.get('warmup')).toBe('5000')
  const timestamp = Number(fresh?.params.get('timestamp'))
  expect(timestamp).toBeGreaterThanOrEqual(before)
  expect(timestamp).toBeLessThanOrEqual(Date.now())
  expect(lists.get('b')?.[0]?.params.has('warmup')).toBe(false)
})

test('what is no service or no weight is refused and changes nothing', async () => {
  const { running } = await start()
  expect(() => running.offline('test.Echo')).toThrow(
    'test.Echo is not offered here; provider offers a/test.EchoService, b/test.EchoService',
  )
  expect(() => running.weight('test.EchoService', 1.5)).toThrow('a weight is a whole number')
  expect(() => running.weight('test.EchoService', -1)).toThrow(RangeError)
  expect(running.services.map(({ weight }) => weight)).toEqual([100, 7])
})
