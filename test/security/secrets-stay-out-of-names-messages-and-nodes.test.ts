import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, expect, test } from 'vitest'
import { openRegistry } from '../../runtime/open-registry.js'
import { memory } from '../../runtime/registry/memory.js'
import { providerUrls } from '../../runtime/registry/provider-url.js'
import type { Instance } from '../../runtime/registry/registry.js'
import { parseZooKeeperAddress } from '../../runtime/registry/zookeeper-address.js'
import { readSecret } from '../../runtime/secret.js'
import { createServer } from '../../runtime/server.js'
import { newAuthority } from '../support/certificates.js'
import { Echo } from '../support/echo.js'
import { closeAll, closeLater, echoClient, failure, provide } from '../support/network.js'

const folder = mkdtempSync(join(tmpdir(), 'tsubo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(closeAll)

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
