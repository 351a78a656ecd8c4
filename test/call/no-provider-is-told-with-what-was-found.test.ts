import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, failure, sleep } from '../support/network.js'

afterEach(closeAll)

function clientOf(registry: Registry) {
  const client = createClient({ registry })
  closeLater(() => client.close(0))
  return client
}

test('nobody there at all', async () => {
  const error = await failure(new EchoServiceClient(clientOf(memory('empty'))).echo('x'))
  expect(error.code).toBe('unavailable')
  expect(error.message).toBe(
    'no provider of test.EchoService (group: none, version: none) in memory://empty: ' +
      'it knows of none; is a provider running, and registered there?',
  )
})

test('only under another group and version', async () => {
  const registry = memory('groups')
  const server = createServer({ services: [{ service: new Echo(), group: 'g1', version: '1.0' }] })
  const running = await server.listen({ registry })
  closeLater(() => running.close(0))
  const client = clientOf(registry)
  expect(await new EchoServiceClient(client, { group: 'g1', version: '1.0' }).echo('x')).toBe('x')
  const error = await failure(new EchoServiceClient(client, { group: 'g2' }).echo('x'))
  expect(error.message).toBe(
    'no provider of test.EchoService (group: g2, version: none) in memory://groups: ' +
      'it is provided only under group g1, version 1.0',
  )
})

test('a registry that does not answer: the call waits for it until its deadline', async () => {
  const silent: Registry = { ...memory('silent'), watch: () => () => {} }
  const begin = performance.now()
  const error = await failure(new EchoServiceClient(clientOf(silent)).echo('x', { timeoutMs: 100 }))
  expect(performance.now() - begin).toBeGreaterThanOrEqual(99)
  expect(error.message).toMatch(/in memory:\/\/silent: it has not answered yet$/)
})

test('a registry that answers late: the call goes out as soon as it does', async () => {
  const inner = memory('late')
  const late: Registry = {
    ...inner,
    watch: (service, as, found) => {
      let stop = () => {}
      const timer = setTimeout(() => {
        stop = inner.watch(service, as, found)
      }, 60)
      return () => {
        clearTimeout(timer)
        stop()
      }
    },
  }
  const running = await createServer({ services: [new Echo()] }).listen({ registry: inner })
  closeLater(() => running.close(0))
  expect(await new EchoServiceClient(clientOf(late)).echo('x')).toBe('x')
})

test('a provider that leaves the registry gets no more calls, one that joins gets its share', async () => {
  const registry = memory('moves')
  const one = await createServer({ services: [new Echo(() => 'one')] }).listen({ registry })
  const echo = new EchoServiceClient(clientOf(registry))
  expect(await echo.echo('x')).toBe('one')
  const two = await createServer({ services: [new Echo(() => 'two')] }).listen({ registry })
  closeLater(() => two.close(0))
  await sleep(5)
  const replies = await Promise.all(Array.from({ length: 100 }, () => echo.echo('x')))
  expect(new Set(replies)).toEqual(new Set(['one', 'two']))
  await one.close()
  expect(new Set(await Promise.all(Array.from({ length: 100 }, () => echo.echo('x'))))).toEqual(new Set(['two']))
})
