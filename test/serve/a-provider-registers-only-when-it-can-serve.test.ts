import { afterEach, expect, test } from 'vitest'
import { HealthServiceClient, ServingStatus } from '../../generated/tsubo/health.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Discovery } from '../../runtime/registry/registry.js'
import { createServer, type ServeOptions } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, until } from '../support/network.js'

afterEach(closeAll)

async function start(ready: ServeOptions['ready']) {
  const registry = memory('ready')
  closeLater(() => registry.close())
  let seen: Discovery | undefined
  registry.watch(serviceKey('test.EchoService'), { application: 'test' }, (discovery) => {
    seen = discovery
  })
  const server = createServer({ services: [new Echo()] })
  const running = await server.listen({ registry, ...(ready && { ready }) })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port])
  const registered = () => seen?.state === 'found' && seen.providers.length === 1
  return { server, running, client, registered, known: () => seen?.state === 'found' }
}

test('it listens at once, and publishes when what it waits for is there', async () => {
  let open = () => {}
  const { server, running, client, registered, known } = await start(
    new Promise<void>((resolve) => {
      open = resolve
    }),
  )
  await until(known)
  expect(running.state).toBe('starting')
  expect([running.ready, server.ready, registered()]).toEqual([false, false, false])
  // It can be asked how it is; other calls are sent elsewhere, and no handler saw them.
  const health = new HealthServiceClient(client)
  expect(await health.check({})).toEqual({ status: ServingStatus.NotServing })
  expect(await failure(new EchoServiceClient(client).book('x', { timeoutMs: 200 }))).toMatchObject({
    code: 'unavailable',
    retryable: true,
    message: expect.stringContaining('the provider is not ready yet'),
  })

  open()
  await running.registered
  await until(registered)
  expect([running.state, running.ready, server.ready]).toEqual(['serving', true, true])
  // The same connection takes calls from now on.
  expect(await new EchoServiceClient(client).book('x')).toBe('x')
  expect(await health.check({})).toEqual({ status: ServingStatus.Serving })
})

test('where that fails, the reason is told and the server is closed', async () => {
  const { running, registered } = await start(() => {
    throw new Error('no database')
  })
  await expect(running.registered).rejects.toThrow('no database')
  expect(running.state).toBe('closed')
  expect(registered()).toBe(false)
})

test('one that is closed before it was ready never registers', async () => {
  let open = () => {}
  const { running, registered } = await start(
    new Promise<void>((resolve) => {
      open = resolve
    }),
  )
  await running.close()
  open()
  await expect(running.registered).rejects.toThrow('closed before it was ready')
  expect(registered()).toBe(false)
})

test('without anything to wait for it serves at once', async () => {
  const { running } = await start(undefined)
  expect(running.state).toBe('serving')
})
