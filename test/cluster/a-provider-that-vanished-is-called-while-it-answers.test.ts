import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import type { Discovery, Provider, Registry } from '../../runtime/registry/registry.js'
import { serviceKey } from '../../runtime/service-key.js'
import { Echo, EchoServiceClient, echoSchema } from '../support/echo.js'
import { closeAll, closeLater, failure, provide, provideEcho } from '../support/network.js'

afterEach(closeAll)

/** A registry that says what the test says. */
function scripted() {
  let found: (discovery: Discovery) => void = () => {}
  const registry: Registry = {
    name: 'scripted',
    loopback: true,
    publish: () => {
      throw new Error('not here')
    },
    watch(_service, _as, listener) {
      found = listener
      return () => {}
    },
    async close() {},
  }
  const provider = (port: number): Provider => ({
    service: serviceKey(echoSchema.name),
    addresses: [{ protocol: 'tsubo', host: '127.0.0.1', port }],
    weight: 100,
    application: '',
    params: new Map(),
  })
  return {
    registry,
    say: (ports: readonly number[], unconfirmed: readonly number[] = []) =>
      found({
        state: 'found',
        providers: ports.map(provider),
        ...(unconfirmed.length > 0 && { unconfirmed: unconfirmed.map(provider) }),
        stale: false,
      }),
  }
}

/** Two providers that answer with their names, a client, and who answers 40 calls. */
async function scene() {
  const [a, b] = await Promise.all([provideEcho(() => 'a'), provideEcho(() => 'b')])
  const { registry, say } = scripted()
  const client = createClient({ registry })
  closeLater(() => client.close(0))
  const echo = new EchoServiceClient(client)
  const answers = async () => {
    const all = await Promise.all(Array.from({ length: 40 }, () => echo.echo('?')))
    return [...new Set(all)].sort().join('')
  }
  // The first call opens the watch.
  const first = echo.echo('?')
  return { a, b, ports: [a.bound.port, b.bound.port] as const, say, echo, answers, first }
}

test('one whose connection is up is called as before, until the registry believes it gone', async () => {
  const { ports, say, answers, first } = await scene()
  say(ports)
  await first
  expect(await answers()).toBe('ab')
  say([ports[0]], [ports[1]])
  expect(await answers()).toBe('ab')
  say([], ports)
  expect(await answers()).toBe('ab')
  say([ports[0]])
  expect(await answers()).toBe('a')
})

test('one whose connection is down is not, while there are others', async () => {
  const { b, ports, say, answers, first } = await scene()
  say(ports)
  await first
  expect(await answers()).toBe('ab')
  await b.close(0)
  say([ports[0]], [ports[1]])
  expect(await answers()).toBe('a')
})

test('one that was never connected to is called only when there is nobody else', async () => {
  const { ports, say, answers, first } = await scene()
  say([ports[0]])
  await first
  expect(await answers()).toBe('a')
  say([ports[0]], [ports[1]])
  expect(await answers()).toBe('a')
})

test('the last one whose connection dies is given up, and the error says that there is no provider', async () => {
  const { a, b, ports, say, echo, answers, first } = await scene()
  say(ports)
  await first
  expect(await answers()).toBe('ab')
  say([], ports)
  await a.close(0)
  expect(await answers()).toBe('b')
  await b.close(0)
  await expect.poll(async () => (await failure(echo.echo('?'))).message).toContain('no provider of test.EchoService')
  const again = await provide([new Echo(() => 'again')], {}, ports[0])
  expect(again.bound.port).toBe(ports[0])
  say([ports[0]])
  expect(await echo.echo('?')).toBe('again')
})

test('with all of them down, what is left is tried', async () => {
  const { b, ports, say, echo, first } = await scene()
  say([ports[0]])
  await first
  say([], [ports[1]])
  expect(await echo.echo('?')).toBe('b')
  await b.close(0)
  say([], [ports[1]])
  expect((await failure(echo.echo('?'))).message).toContain('no provider of')
})
