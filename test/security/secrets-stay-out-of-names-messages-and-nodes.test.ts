import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import { createOps } from '../../ops/ops.js'
import { createClient } from '../../runtime/client.js'
import type { RpcError } from '../../runtime/error.js'
import { jsonLogger } from '../../runtime/observers/access-log.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { memory } from '../../runtime/registry/memory.js'
import { providerUrls } from '../../runtime/registry/provider-url.js'
import type { Instance } from '../../runtime/registry/registry.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { parseZooKeeperAddress } from '../../runtime/registry/zookeeper-address.js'
import { readSecret } from '../../runtime/secret.js'
import { createServer } from '../../runtime/server.js'
import { newAuthority } from '../support/certificates.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, echoClient, failure, provide } from '../support/network.js'

const folder = mkdtempSync(join(tmpdir(), 'tsubo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('expected it to throw')
}

test.each([
  'zookeeper://me:s3cret@',
  'zookeeper://me:s3cret@h:99999',
  'zookeeper://me:s3cret@h:2181/a//b',
  'zookeeper://me:s3cret@h:2181?session=never',
  'zookeeper://me:s3cret/more@h:2181',
  'zookeeper://me:s3cret#more@h:2181',
  'zookeeper://me:s3cret?more@h:2181',
  'zookeeper://me:a@s3cret@h:x',
  'static://me:s3cret@h:1',
  'static://h:1,me:s3cret@h:1',
  'memory://me:s3cret@h',
  'nonsense://me:s3cret@h:1',
  'me:s3cret@h:1//x@',
])('an address that is wrong is quoted without its password: %s', (address) => {
  expect(messageOf(() => openRegistry(address))).not.toMatch(/s3cret/)
})

test('a ZooKeeper user may lie in a file or in the environment, and the address is no secret then', () => {
  const file = join(folder, 'user')
  writeFileSync(file, 'me:s3cret\n')
  process.env.TSUBO_TEST_USER = 'you:s3cret'
  expect(parseZooKeeperAddress(`zookeeper://h:1?digestFile=${file}`).digest).toBe('me:s3cret')
  expect(parseZooKeeperAddress('zookeeper://h:1?digestEnv=TSUBO_TEST_USER').digest).toBe('you:s3cret')
  delete process.env.TSUBO_TEST_USER
  expect(() => parseZooKeeperAddress('zookeeper://h:1?digestEnv=TSUBO_TEST_USER')).toThrow(/TSUBO_TEST_USER is not set/)
  expect(() => parseZooKeeperAddress('zookeeper://h:1?digestFile=/nowhere')).toThrow(/ENOENT.*to hold user:password/)
  expect(parseZooKeeperAddress('zookeeper://me:s3cret@h:1').name).toBe('zookeeper://h:1')
})

test('a secret is read again when its file has changed', async () => {
  const file = join(folder, 'token')
  writeFileSync(file, 'one\n')
  const read = readSecret({ file })
  expect(read()).toBe('one')
  writeFileSync(file, 'second\n')
  await expect.poll(read, { timeout: 3000 }).toBe('second')
  writeFileSync(join(folder, 'empty'), ' \n')
  expect(readSecret({ file: join(folder, 'empty') })).toThrow(/empty is empty, but must hold a secret/)
})

test('what a server publishes has nothing of its keys and checks in it', async () => {
  const authority = newAuthority()
  const published: Instance[] = []
  const registry = memory('secrets')
  const tls = authority.issue('server')
  const server = createServer({ services: [new Echo()], tls, authenticate: () => 's3cret' })
  const running = await server.listen({
    registry: {
      ...registry,
      publish(instance) {
        published.push(instance)
        return registry.publish(instance)
      },
    },
  })
  closeLater(() => running.close(0))
  const origin = { pid: 1, timestamp: 1 }
  const urls = published.flatMap((each) => each.services.flatMap((service) => providerUrls(each, service, origin)))
  expect(urls).toHaveLength(1)
  expect(urls.join()).not.toMatch(/s3cret|\.pem|\.key/)
  authority.remove()
})

test('a key that can’t be used is named by its file, not by its content', async () => {
  const authority = newAuthority()
  const { certFile } = authority.issue('server')
  const keyFile = join(folder, 'broken.key')
  writeFileSync(keyFile, '-----BEGIN PRIVATE KEY-----\ns3cret\n-----END PRIVATE KEY-----\n')
  const server = createServer({ services: [new Echo()], tls: { certFile, keyFile } })
  const error = await server.listen({ host: '127.0.0.1' }).catch((thrown: Error) => thrown)
  expect(String(error)).toMatch(/broken\.key holds no private key/)
  expect(String(error)).not.toMatch(/s3cret/)
  authority.remove()
})

test('a refused caller hears neither what was expected nor what it sent', async () => {
  const { bound } = await provide([{ service: new Echo(), token: 's3cret' }])
  const error = await failure(echoClient([bound.port]).echo('x', { metadata: { token: 's3cret-guess' } }))
  expect(error.code).toBe('permission_denied')
  expect(JSON.stringify([error.message, error.details, error.metadata])).not.toMatch(/s3cret/)
})

test('nothing that watches calls or processes shows what callers and registries are trusted with', async () => {
  const lines: string[] = []
  const logger = jsonLogger((line) => lines.push(line))
  const written = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error'), vi.spyOn(console, 'log')]
  for (const spy of written) spy.mockImplementation((...args) => void lines.push(args.map(String).join(' ')))
  const warn = (warning: Error) => lines.push(String(warning))
  process.on('warning', warn)
  // Nobody is there: how that is told is a part of it.
  const registry = openRegistry('zookeeper://me:s3cret-digest@127.0.0.1:1')
  closeLater(() => registry.close())
  const server = createServer({
    services: [{ service: new Echo(), token: 's3cret-token' }],
    accessLog: { logger },
    authenticate: ({ authorization }) => (authorization === 'Bearer s3cret-good' ? 'miao' : undefined),
  })
  const running = await server.listen({ host: '127.0.0.1', registry })
  closeLater(() => running.close(0))
  running.registered.catch(() => {})
  const clients = [
    createClient({ registry: staticRegistry(`127.0.0.1:${running.bound.port}`), accessLog: { logger } }),
    createClient({ registry, accessLog: { logger }, timeoutMs: 50 }),
  ]
  for (const client of clients) closeLater(() => client.close(0))
  const ops = await createOps({
    servers: [server],
    clients,
    token: 's3cret-ops-token-of-16',
    config: {
      registry: { address: 'zookeeper://me:s3cret@127.0.0.1:1', password: 's3cret-config' },
      ops: { token: 's3cret-config' },
    },
  }).listen()
  closeLater(() => ops.close())

  const answers: unknown[] = []
  for (const client of clients) {
    for (const authorization of ['Bearer s3cret-good', 'Bearer s3cret-bad']) {
      for (const token of ['s3cret-token', 's3cret-guess']) {
        const metadata = { authorization, token }
        const call = new EchoServiceClient(client).book('x', { metadata })
        answers.push(await call.catch((error: RpcError) => [error.message, error.details, error.metadata]))
      }
    }
  }
  for (const path of ['/metrics', '/services', '/config', '/readyz', '/startupz']) {
    answers.push(await (await fetch(ops.url + path)).text())
  }
  const refused = await fetch(`${ops.url}/offline`, { method: 'POST', headers: { authorization: 'Bearer s3cret-no' } })
  answers.push(await refused.text(), [...refused.headers])
  process.off('warning', warn)
  expect(answers[0]).toBe('x')
  expect(refused.status).toBe(401)
  expect(lines.length).toBeGreaterThan(8)
  expect(JSON.stringify(answers) + lines.join('\n')).not.toMatch(/s3cret/)
})
