import { networkInterfaces } from 'node:os'
import { describe, expect, it } from 'vitest'
import { isLoopbackHost, isUnspecifiedHost } from '../runtime/address.js'
import { bindAddress, publishedAddress } from '../runtime/publish-address.js'

const local = { name: 'zookeeper://127.0.0.1:2181', loopback: true, routeTo: { host: '127.0.0.1', port: 2181 } }
// Addresses of documentation (RFC 5737, RFC 3849): routed like any other, and nothing is sent to them.
const remote = { name: 'zookeeper://198.51.100.7:2181', loopback: false, routeTo: { host: '198.51.100.7', port: 2181 } }
const remote6 = {
  name: 'zookeeper://[2001:db8::7]:2181',
  loopback: false,
  routeTo: { host: '2001:db8::7', port: 2181 },
}
const misnamed = { name: 'zookeeper://localhost:2181', loopback: false, routeTo: { host: 'localhost', port: 2181 } }

const own = Object.values(networkInterfaces()).flatMap((addresses) =>
  (addresses ?? []).filter(({ internal }) => !internal).map(({ address }) => address),
)

describe('what a server binds', () => {
  it.each([
    ['without a registry', {}, [], {}, '127.0.0.1:0'],
    ['loopback registry', {}, [local], {}, '127.0.0.1:0'],
    ['other registry', {}, [remote], {}, '0.0.0.0:0'],
    ['other registry over IPv6', {}, [remote6], {}, ':::0'],
    ['one of each', {}, [local, remote], {}, '0.0.0.0:0'],
    ['port as told', { port: 20880 }, [local], {}, '127.0.0.1:20880'],
    ['host as told', { host: '0.0.0.0' }, [local], {}, '0.0.0.0:0'],
    ['an outside address is advertised', { advertise: '10.0.0.5:9' }, [local], {}, '0.0.0.0:0'],
    ['a loopback address is advertised', { advertise: 'localhost:9' }, [local], {}, '127.0.0.1:0'],
    ['outside address by variable', {}, [local], { DUBBO_IP_TO_REGISTRY: '10.0.0.5' }, '0.0.0.0:0'],
    ['variables', {}, [local], { DUBBO_IP_TO_BIND: '10.1.1.1', DUBBO_PORT_TO_BIND: '20881' }, '10.1.1.1:20881'],
    ['options win', { port: 1, host: '::' }, [], { DUBBO_IP_TO_BIND: '10.1.1.1', DUBBO_PORT_TO_BIND: '2' }, ':::1'],
    ['empty variables count as unset', {}, [local], { DUBBO_IP_TO_BIND: '', DUBBO_PORT_TO_BIND: '' }, '127.0.0.1:0'],
  ])('%s', (_name, options, registries, env, expected) => {
    const { host, port } = bindAddress(options, registries, env)
    expect(`${host}:${port}`).toBe(expected)
  })

  it.each([
    [{ port: 65536 }, {}, 'port 65536 is not a port'],
    [{ port: -1 }, {}, 'port -1 is not a port'],
    [{ port: 1.5 }, {}, 'port 1.5 is not a port'],
    [{ port: Number.NaN }, {}, 'port NaN is not a port'],
    [{}, { DUBBO_PORT_TO_BIND: 'http' }, 'DUBBO_PORT_TO_BIND="http" is not a port'],
    [{}, { DUBBO_PORT_TO_BIND: '70000' }, 'DUBBO_PORT_TO_BIND="70000" is not a port'],
  ])('refuses %j %j', (options, env, message) => {
    expect(() => bindAddress(options, [local], env)).toThrow(message)
  })
})

describe('what consumers are told', () => {
  it.each([
    ['the bound address', {}, '127.0.0.1', [local], {}, '127.0.0.1:5'],
    ['no registry, all bound', {}, '0.0.0.0', [], {}, '127.0.0.1:5'],
    ['loopback registry, all bound', { host: '0.0.0.0' }, '0.0.0.0', [local], {}, '127.0.0.1:5'],
    ['one interface bound', { host: '10.1.1.1' }, '10.1.1.1', [remote], {}, '10.1.1.1:5'],
    ['advertised', { advertise: '10.0.0.5:20880' }, '0.0.0.0', [remote], {}, '10.0.0.5:20880'],
    ['advertised by name', { advertise: 'tickets.example:20880' }, '0.0.0.0', [remote], {}, 'tickets.example:20880'],
    ['advertised without a port', { advertise: '10.0.0.5' }, '0.0.0.0', [remote], {}, '10.0.0.5:5'],
    ['advertised over IPv6', { advertise: '[2001:db8::1]:7' }, '::', [remote6], {}, '2001:db8::1:7'],
    ['advertised to a loopback registry', { advertise: '10.0.0.5:1' }, '0.0.0.0', [local], {}, '10.0.0.5:1'],
    [
      'variables',
      {},
      '0.0.0.0',
      [remote],
      { DUBBO_IP_TO_REGISTRY: '10.0.0.6', DUBBO_PORT_TO_REGISTRY: '30880' },
      '10.0.0.6:30880',
    ],
    ['port variable alone', {}, '127.0.0.1', [local], { DUBBO_PORT_TO_REGISTRY: '30880' }, '127.0.0.1:30880'],
    [
      'the option wins over variables',
      { advertise: '10.0.0.5:1' },
      '0.0.0.0',
      [remote],
      { DUBBO_IP_TO_REGISTRY: '10.0.0.6', DUBBO_PORT_TO_REGISTRY: '30880' },
      '10.0.0.5:1',
    ],
  ])('%s', async (_name, options, boundHost, registries, env, expected) => {
    const { host, port } = await publishedAddress(options, { host: boundHost, port: 5 }, registries, env)
    expect(`${host}:${port}`).toBe(expected)
  })

  it.runIf(own.length > 0)('is the local address of the route to a registry elsewhere', async () => {
    for (const registries of [[remote], [local, remote]]) {
      const { host, port } = await publishedAddress({}, { host: '0.0.0.0', port: 20880 }, registries, {})
      expect(own).toContain(host)
      expect(port).toBe(20880)
    }
  })

  it.each([
    [
      'all interfaces',
      { advertise: '0.0.0.0:20880' },
      '0.0.0.0',
      [local],
      {},
      '0.0.0.0:20880 cannot be published, since it means "every interface" and no caller can reach it; ' +
        'pass --advertise <host>:<port> with the address consumers shall use',
    ],
    ['all interfaces, IPv6', {}, '::', [remote6], { DUBBO_IP_TO_REGISTRY: '::' }, '[::]:5 cannot be published'],
    [
      'loopback in a registry that others read',
      { host: '127.0.0.1' },
      '127.0.0.1',
      [remote],
      {},
      '127.0.0.1:5 cannot be published in zookeeper://198.51.100.7:2181, since other machines would look for it on ' +
        'themselves; pass --advertise <host>:<port>, or name the registry by 127.0.0.1 if all is on this machine',
    ],
    [
      'loopback by name',
      { advertise: 'localhost:1' },
      '0.0.0.0',
      [local, remote],
      {},
      'localhost:1 cannot be published',
    ],
    ['a name that leads to this machine', {}, '0.0.0.0', [misnamed], {}, '127.0.0.1:5 cannot be published'],
    ['no address', { advertise: 'http://x' }, '0.0.0.0', [remote], {}, 'advertise "http://x" is not an address'],
    ['port 0', { advertise: '10.0.0.5:0' }, '0.0.0.0', [remote], {}, 'advertise "10.0.0.5:0" is not an address'],
    ['port 65536', { advertise: 'h:65536' }, '0.0.0.0', [remote], {}, 'advertise "h:65536" is not an address'],
    [
      'a variable that is no port',
      {},
      '127.0.0.1',
      [local],
      { DUBBO_PORT_TO_REGISTRY: '0' },
      'DUBBO_PORT_TO_REGISTRY="0" is not a port; give 1 to 65535 or unset it',
    ],
  ])('is never %s', async (_name, options, boundHost, registries, env, message) => {
    const published = publishedAddress(options, { host: boundHost, port: 5 }, registries, env)
    await expect(published).rejects.toThrow(message)
  })
})

it.each([
  ['127.0.0.1', 'loopback'],
  ['127.0.1.1', 'loopback'],
  ['localhost', 'loopback'],
  ['LOCALHOST', 'loopback'],
  ['::1', 'loopback'],
  ['0:0:0:0:0:0:0:1', 'loopback'],
  ['::ffff:127.0.0.1', 'loopback'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['0:0:0:0:0:0:0:0', 'unspecified'],
  ['10.0.0.1', 'neither'],
  ['127.0.0.1.example', 'neither'],
  ['2001:db8::1', 'neither'],
  ['tickets.example', 'neither'],
])('the host %s is %s', (host, kind) => {
  expect([isLoopbackHost(host), isUnspecifiedHost(host)]).toEqual([kind === 'loopback', kind === 'unspecified'])
})
