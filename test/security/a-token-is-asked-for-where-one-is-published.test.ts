import { afterEach, expect, test } from 'vitest'
import { createClient } from '../../runtime/client.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { RpcError } from '../../runtime/error.js'
import { memory } from '../../runtime/registry/memory.js'
import { providerUrls, readProviderUrl } from '../../runtime/registry/provider-url.js'
import type { Instance, InstanceService } from '../../runtime/registry/registry.js'
import { sameSecret } from '../../runtime/secret.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, echoClient, failure } from '../support/network.js'

afterEach(closeAll)

async function provideWith(token: string | true) {
  const instances: Instance[] = []
  const shared = memory(`token-${Math.random()}`)
  const registry = {
    ...shared,
    publish(instance: Instance) {
      instances.push(instance)
      return shared.publish(instance)
    },
  }
  const service = new Echo((value, call) => `${value} ${call.metadata?.token}`)
  const server = createServer({ services: [{ service, token }] })
  const running = await server.listen({ registry })
  closeLater(() => running.close(0))
  const client = createClient({ registry })
  closeLater(() => client.close(0))
  return { server, port: running.bound.port, client: new EchoServiceClient(client), instance: () => instances[0] }
}

test('consumers that found the provider in its registry send its token', async () => {
  const { client, port } = await provideWith('t-1')
  expect(await client.echo('x')).toBe('x t-1')
  expect(await client.echo('x', { metadata: { token: 'wrong' } })).toBe('x t-1')
  const error = await failure(echoClient([port]).echo('x'))
  expect(error).toMatchObject({
    code: 'permission_denied',
    message: 'test.EchoService takes calls only with the token it has in its registry',
  })
  expect((await failure(echoClient([port]).echo('x', { metadata: { token: 't-2' } }))).code).toBe('permission_denied')
  expect(await echoClient([port]).echo('x', { metadata: { token: 't-1' } })).toBe('x t-1')
})

test('a call that is tried again elsewhere takes no token along', async () => {
  const registry = memory(`token-${Math.random()}`)
  const seen: (string | undefined)[][] = [[], []]
  const providers = seen.map((tokens, i) => {
    const service = new Echo((value, call) => {
      tokens.push(call.metadata?.token as string | undefined)
      if (i === 0) throw new RpcError('unavailable', 'not here')
      return `${value} ${call.metadata?.own}`
    })
    return createServer({ services: [i === 0 ? { service, token: 't-1' } : service] }).listen({ registry })
  })
  for (const running of await Promise.all(providers)) closeLater(() => running.close(0))
  const client = createClient({ registry, balancer: roundRobin() })
  closeLater(() => client.close(0))
  const echo = new EchoServiceClient(client)
  for (let i = 0; i < 6; i++) expect(await echo.echo('x', { metadata: { own: 'a' } })).toBe('x a')
  expect(seen[0]).toContain('t-1')
  expect(new Set(seen[1])).toEqual(new Set([undefined]))
})

test('true is a random one for each start', async () => {
  const [one, two] = [await provideWith(true), await provideWith(true)]
  const token = async (from: typeof one) => (await from.client.echo('')).trim()
  expect(await token(one)).toMatch(/^[0-9a-f-]{36}$/)
  expect(await token(one)).not.toBe(await token(two))
})

test('it stands in the provider’s URL under Dubbo’s name, and is read from there', async () => {
  const { instance } = await provideWith('t-1')
  const published = instance() as Instance
  const [url = ''] = providerUrls(published, published.services[0] as InstanceService, { pid: 1, timestamp: 1 })
  expect(url).toMatch(/&token=t-1$/)
  const entry = readProviderUrl(url, 'test.EchoService')
  expect('provider' in entry && entry.provider.params.get('token')).toBe('t-1')
})

test('calls within the process need none: they have gone past no registry', async () => {
  const { server } = await provideWith('t-1')
  expect(await new EchoServiceClient(server).echo('x')).toBe('x undefined')
})

test.each(['', 'a&b', 'x'.repeat(257), 'with space'])('a token that couldn’t travel is refused: %j', (token) => {
  expect(() => createServer({ services: [{ service: new Echo(), token }] })).toThrow(/a token is 1 to 256/)
})

test('secrets are compared as a whole, and only texts', () => {
  expect([sameSecret('a', 'a'), sameSecret('a', 'b'), sameSecret('aa', 'a'), sameSecret('', 'a')]).toEqual([
    true,
    false,
    false,
    false,
  ])
  expect([sameSecret(undefined, 'a'), sameSecret(Buffer.from('a'), 'a')]).toEqual([false, false])
})
