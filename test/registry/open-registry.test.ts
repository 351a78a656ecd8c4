import { expect, it } from 'vitest'
import { openRegistry } from '../../runtime/open-registry.js'
import { zookeeper } from '../../runtime/registry/zookeeper.js'
import { parseZooKeeperAddress } from '../../runtime/registry/zookeeper-address.js'

const good: readonly (readonly [address: string, name: string, loopback: boolean])[] = [
  ['memory://tickets', 'memory://tickets', true],
  ['static://127.0.0.1:20880', 'static://127.0.0.1:20880', true],
  ['static://10.0.0.1:20880,10.0.0.2:20880', 'static://10.0.0.1:20880,10.0.0.2:20880', false],
  ['zookeeper://127.0.0.1:1', 'zookeeper://127.0.0.1:1', true],
  ['zookeeper://localhost:1,127.0.0.1:2/a/b/', 'zookeeper://localhost:1,127.0.0.1:2/a/b', true],
  [
    'zookeeper://me:secret@127.0.0.1:1?backup=127.0.0.1:2,127.0.0.1:3',
    'zookeeper://127.0.0.1:1,127.0.0.1:2,127.0.0.1:3',
    true,
  ],
  ['zookeeper://[::1]:1', 'zookeeper://[::1]:1', true],
]

it.each(good)('%s opens', async (address, name, loopback) => {
  const registry = openRegistry(address)
  expect(registry.name).toBe(name)
  expect(registry.loopback).toBe(loopback)
  await registry.close()
})

it('several addresses open as one registry', async () => {
  const registry = openRegistry(['memory://a', 'static://127.0.0.1:1'])
  expect(registry.name).toBe('memory://a + static://127.0.0.1:1')
  await registry.close()
})

const bad: readonly (readonly [address: string, message: string])[] = [
  ['', 'no registry address'],
  ['127.0.0.1:2181', 'no registry address'],
  ['nacos://127.0.0.1:8848', 'unknown scheme nacos'],
  ['zookeeper://', 'names no server'],
  ['zookeeper://127.0.0.1:99999', 'is not an address'],
  ['zookeeper://127.0.0.1:0', 'names no server'],
  ['zookeeper://host name:2181', 'is not an address'],
  ['zookeeper://127.0.0.1/a//b', "can't be the name of a node"],
  ['zookeeper://127.0.0.1/a/../b', "can't be the name of a node"],
  ['zookeeper://127.0.0.1?group=a/../b', "can't be the name of a node"],
  ['zookeeper://me:secret@127.0.0.1?acl=all', 'acl=all is none of open, creator, readable'],
  ['zookeeper://127.0.0.1?acl=readable', 'acl=readable needs a user and a password'],
  ['zookeeper://127.0.0.1?session=soon', 'session=soon is not a number of milliseconds'],
  ['static://', 'at least one address'],
  ['static://nowhere', 'is not an address'],
  ['memory://', 'names no memory registry'],
]

it.each(bad)('%s is refused in one error that shows what to write', (address, message) => {
  expect(() => openRegistry(address)).toThrow(RangeError)
  expect(() => openRegistry(address)).toThrow(message)
  expect(() => openRegistry(address)).toThrow('zookeeper://[user:password@]host:port')
})

it('no address at all is refused', () => {
  expect(() => openRegistry([])).toThrow('no registry address given')
})

it('no error and no name shows a password', () => {
  for (const address of ['zookeeper://me:secret@', 'nacos://me:secret@h', 'zookeeper://me:secret@h:1?session=x']) {
    try {
      openRegistry(address)
      expect.unreachable()
    } catch (error) {
      expect(String(error)).not.toContain('secret')
    }
  }
  expect(() => zookeeper('zookeeper//me:secret@h')).not.toThrow(/secret/)
  expect(parseZooKeeperAddress('zookeeper://me:secret@h:1').name).toBe('zookeeper://h:1')
})

it("an address says what Dubbo's does", () => {
  expect(
    parseZooKeeperAddress(
      'zookeeper://me:p%40ss@h1,h2:2182/root?backup=h3:2183&group=staging&session=5000&timeout=700',
    ),
  ).toEqual({
    servers: [
      { host: 'h1', port: 2181 },
      { host: 'h2', port: 2182 },
      { host: 'h3', port: 2183 },
    ],
    chroot: '/root',
    digest: 'me:p@ss',
    acl: 'creator',
    group: 'staging',
    sessionTimeoutMs: 5000,
    connectTimeoutMs: 700,
    name: 'zookeeper://h1:2181,h2:2182,h3:2183/root',
  })
})
