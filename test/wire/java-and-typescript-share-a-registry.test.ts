import { afterEach, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { createClient } from '../../runtime/client.js'
import { memory } from '../../runtime/registry/memory.js'
import type { Discovery } from '../../runtime/registry/registry.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { defineService, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater, until } from '../support/network.js'

afterEach(closeAll)

/** `test.EchoService`, which is `com.theatre.EchoService` in Java. */
const named = defineService({ ...echoSchema, tags: { java: 'com.theatre.EchoService' } }, echoCodecs)

class Named extends Echo {
  override get [serviceOf]() {
    return named
  }
  override async echo(value: string, call: Call) {
    return `${value} over ${(call.peer as { protocol: string }).protocol}`
  }
}

async function provide() {
  const registry = memory(`java-${Math.random()}`)
  const running = await createServer({ services: [new Named()] }).listen({ registry, host: '127.0.0.1' })
  closeLater(() => running.close(0))
  return { registry, running }
}

function stub(registry: Parameters<typeof createClient>[0]['registry']): Stub {
  const client = createClient({ registry })
  closeLater(() => client.close(0))
  return new Stub(named, client)
}

test('a service is registered under its name in Java, in both protocols', async () => {
  const { registry, running } = await provide()
  let found: Discovery = { state: 'pending' }
  const stop = registry.watch(serviceKey('com.theatre.EchoService'), { application: 'test' }, (state) => {
    found = state
  })
  await until(() => found.state === 'found')
  stop()
  const { port } = running.bound
  expect(found).toMatchObject({
    providers: [
      {
        addresses: [
          { protocol: 'tsubo', port },
          { protocol: 'dubbo', port },
        ],
      },
    ],
  })
})

test('consumers find it there, and prefer the native protocol', async () => {
  const { registry } = await provide()
  expect(await stub(registry).call(0, ['hi'], undefined)).toBe('hi over tsubo')
})

test('where only Dubbo`s protocol is registered, that is spoken', async () => {
  const { running } = await provide()
  const address = `dubbo://127.0.0.1:${running.bound.port}`
  const registry = staticRegistry(address)
  expect(registry.name).toBe(`static://${address}`)
  expect(await stub(registry).call(0, ['hi'], undefined)).toBe('hi over dubbo')
})
