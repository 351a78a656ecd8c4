import { expect, it } from 'vitest'
import {
  consumerUrl,
  foldProviders,
  matches,
  providerUrls,
  readProviderUrl,
} from '../../runtime/registry/provider-url.js'
import type { Instance, InstanceService } from '../../runtime/registry/registry.js'
import type { MethodSchema } from '../../runtime/schema/schema.js'
import { serviceKey } from '../../runtime/service-key.js'
import { instanceOn, serviceSchema, ticketService } from './services.js'

const origin = { pid: 4321, timestamp: 1_795_000_000_000 }
const head = `application=provider-server&dynamic=true`
/** What Java's consumers are told besides. */
const forJava = {
  head: `application=provider-server&deprecated=false&dubbo=2.0.2&dynamic=true&generic=false`,
  tail: `interface=${ticketService}&methods=getTicket,book&pid=4321&prefer.serialization=hessian2&serialization=hessian2&side=provider&timestamp=1795000000000`,
}
const tail = `interface=${ticketService}&methods=getTicket,book&pid=4321&side=provider&timestamp=1795000000000`

function urls(instance: Instance): string[] {
  return instance.services.flatMap((service) => providerUrls(instance, service, origin))
}

function speaking(...addresses: string[]): Instance {
  return {
    ...instanceOn(1),
    addresses: addresses.map((text) => {
      const [protocol = '', host = '', port = ''] = text.split(/:\/\/|:(?=\d+$)/)
      return { protocol, host, port: Number(port) }
    }),
  }
}

/** The same, known to Java. */
function known(instance: Instance): Instance {
  const services = instance.services.map((service) => ({
    ...service,
    schema: { ...service.schema, tags: { java: ticketService } },
  }))
  return { ...instance, services }
}

const written: readonly (readonly [what: string, instance: Instance, urls: readonly string[]])[] = [
  ['a plain instance', instanceOn(20880), [`tsubo://127.0.0.1:20880/${ticketService}?${head}&${tail}`]],
  [
    'group and version',
    instanceOn(20880, { group: 'g1', version: '1.0.0' }),
    [`tsubo://127.0.0.1:20880/${ticketService}?${head}&group=g1&${tail}&version=1.0.0`],
  ],
  [
    'weight and disabled',
    instanceOn(20880, { weight: 0, enabled: false }),
    [`tsubo://127.0.0.1:20880/${ticketService}?${head}&enabled=false&${tail}&weight=0`],
  ],
  [
    'own parameters, which never replace what the instance says',
    instanceOn(20880, { params: new Map(Object.entries({ zone: 'a', side: 'consumer' })) }),
    [`tsubo://127.0.0.1:20880/${ticketService}?${head}&${tail}&zone=a`],
  ],
  ['an IPv6 host', speaking('tsubo://::1:20880'), [`tsubo://[::1]:20880/${ticketService}?${head}&${tail}`]],
  [
    'both protocols at one place: one URL',
    known(speaking('tsubo://10.0.0.5:20880', 'dubbo://10.0.0.5:20880')),
    [`dubbo://10.0.0.5:20880/${ticketService}?${forJava.head}&${forJava.tail}&tsubo=1`],
  ],
  [
    'this machine for Java, whose consumers call 127.0.0.1 nowhere',
    known(speaking('tsubo://127.0.0.1:20880', 'dubbo://127.0.0.1:20880')),
    [`dubbo://2130706433:20880/${ticketService}?${forJava.head}&${forJava.tail}&tsubo=1`],
  ],
  [
    'two places: two URLs',
    speaking('tsubo://10.0.0.5:20880', 'dubbo://10.0.0.5:20881'),
    [
      `tsubo://10.0.0.5:20880/${ticketService}?${head}&${tail}`,
      `dubbo://10.0.0.5:20881/${ticketService}?${forJava.head}&${forJava.tail}`,
    ],
  ],
]

it.each(written)('%s is written as Dubbo would', (_what, instance, expected) => {
  expect(urls(instance)).toEqual(expected)
})

it.each(written)('%s is read as it was written', (_what, instance) => {
  const service = instance.services[0] as InstanceService
  const entries = urls(instance).map((url) => readProviderUrl(url, ticketService))
  for (const entry of entries) {
    expect(entry).toMatchObject({
      enabled: service.enabled,
      timestamp: origin.timestamp,
      provider: { service: service.key, weight: service.weight, application: 'provider-server' },
    })
  }
  const read = entries.flatMap((entry) => ('provider' in entry ? entry.provider.addresses : []))
  expect(new Set(read)).toEqual(new Set(instance.addresses))
})

it("a consumer's URL names it and what it looks for", () => {
  expect(consumerUrl(serviceKey(ticketService, 'g1', '1.0.0'), 'web', '10.0.0.9', origin)).toBe(
    `consumer://10.0.0.9/${ticketService}?application=web&category=consumers&check=false&dubbo=2.0.2&group=g1&interface=${ticketService}&pid=4321&side=consumer&timestamp=1795000000000&tsubo=1&version=1.0.0`,
  )
})

it('a name that such a URL cannot carry is refused', () => {
  expect(() => urls({ ...instanceOn(1), application: 'a&b' })).toThrow('application="a&b" can\'t be registered')
  expect(() => urls(instanceOn(1, { params: new Map([['a=b', 'c']]) }))).toThrow(RangeError)
  expect(() => consumerUrl(serviceKey(ticketService), 'a\u0000', 'h', origin)).toThrow(RangeError)
})

it('of a place that speaks both, a service that Java does not know is registered for the native protocol alone', () => {
  const instance = speaking('tsubo://10.0.0.5:20880', 'dubbo://10.0.0.5:20880')
  expect(urls(instance)).toEqual([`tsubo://10.0.0.5:20880/${ticketService}?${head}&${tail}`])
})

it('methods have the names that Java has for them', () => {
  const instance = known(instanceOn(1))
  const service = instance.services[0] as InstanceService
  const [method] = service.schema.methods
  const schema = { ...service.schema, methods: [{ ...(method as MethodSchema), tags: { java: 'ticketOf' } }] }
  expect(providerUrls(instance, { ...service, schema }, origin)[0]).toContain('&methods=ticketOf&')
})

it('a long list of methods is left out', () => {
  const methods = Array.from({ length: 2_000 }, (_, index) => `method${index}`)
  const instance = instanceOn(1)
  const service = { ...(instance.services[0] as InstanceService), schema: serviceSchema(ticketService, methods) }
  expect(providerUrls(instance, service, origin)[0]).toContain('&methods=*&')
})

/** Real ones of Dubbo 2.7.3 and 3.3, and a simplified one. */
const foreign = [
  `dubbo://10.0.0.5:20880/${ticketService}?anyhost=true&application=user-svc&bean.name=${ticketService}&deprecated=false&dubbo=2.0.2&dynamic=true&generic=false&group=g1&interface=${ticketService}&methods=get,list&pid=4321&register=true&release=2.7.3&revision=1.0.0&side=provider&timestamp=1572000000000&version=1.0.0`,
  `dubbo://10.0.0.5:20880/${ticketService}?application=user-svc&group=g1&prefer.serialization=hessian2,fastjson2&version=1.0.0`,
  `dubbo://user:pass@10.0.0.5:20880/${ticketService}?application=user-svc&group=g1&version=1.0.0`,
]

it.each(foreign)('%s is understood', (url) => {
  expect(readProviderUrl(url, ticketService)).toMatchObject({
    enabled: true,
    provider: {
      service: serviceKey(ticketService, 'g1', '1.0.0'),
      addresses: [{ protocol: 'dubbo', host: '10.0.0.5', port: 20880 }],
      weight: 100,
      application: 'user-svc',
    },
  })
})

const place = `tsubo://127.0.0.1:1/${ticketService}`
const hostile: readonly (readonly [url: string, reason: string])[] = [
  ['', 'is not a URL'],
  ['garbage', 'is not a URL'],
  ['tsubo://', 'is not a URL'],
  [`tsubo://h:1/${'x'.repeat(20_000)}`, 'is not a URL'],
  [`${place}?application=a\u0000b`, 'is not a URL'],
  [`tsubo://127.0.0.1:65536/${ticketService}`, 'is not a URL'],
  [`tsubo://127.0.0.1:-1/${ticketService}`, 'is not a URL'],
  [`tsubo://127.0.0.1:0/${ticketService}`, 'has no usable host and port'],
  [`tsubo://127.0.0.1/${ticketService}`, 'has no usable host and port'],
  [`tsubo://0.0.0.0:1/${ticketService}`, 'has no usable host and port'],
  [`tsubo://a%00b:1/${ticketService}`, 'has no usable host and port'],
  [`tsubo://${'h'.repeat(300)}:1/${ticketService}`, 'has no usable host and port'],
  [`${place}?weight=1e309`, 'has a weight of 1e309'],
  [`${place}?weight=heavy`, 'has a weight of heavy'],
  [`${place}?weight=4294967296`, 'has a weight of 4294967296'],
  ['tsubo://127.0.0.1:1/com.other.Service', 'is of another service'],
  [`${place}?interface=com.other.Service`, 'is of another service'],
  [`${place}?category=configurators`, 'is of category configurators'],
  [`override://0.0.0.0/${ticketService}?weight=1`, 'is a override URL'],
  [`consumer://127.0.0.1/${ticketService}`, 'is a consumer URL'],
  [`empty://127.0.0.1/${ticketService}?category=providers`, 'is a empty URL'],
]

it.each(hostile)('%s is skipped', (url, reason) => {
  expect(readProviderUrl(url, ticketService)).toEqual({ skipped: reason })
})

it.each([
  ['weight=-5', 0],
  ['weight=3.9', 3],
  ['weight=', 100],
  ['timestamp=NaN', 100],
  ['__proto__=1&constructor=2', 100],
])('%s is tolerated', (params, weight) => {
  expect(readProviderUrl(`${place}?${params}`, ticketService)).toMatchObject({ provider: { weight } })
})

it('URLs of one place, group and version make one provider, the native protocol first', () => {
  const read = (url: string) => {
    const entry = readProviderUrl(url, ticketService)
    if ('skipped' in entry) throw new Error(entry.skipped)
    return entry
  }
  const folded = foldProviders([
    read(`dubbo://10.0.0.5:1/${ticketService}?weight=10&timestamp=2`),
    read(`tsubo://10.0.0.5:1/${ticketService}?weight=20&timestamp=1`),
    read(`dubbo://10.0.0.5:1/${ticketService}?group=g`),
    read(`dubbo://10.0.0.6:1/${ticketService}?tsubo=1`),
  ])
  expect(folded).toMatchObject([
    {
      weight: 10,
      addresses: [
        { protocol: 'tsubo', host: '10.0.0.5', port: 1 },
        { protocol: 'dubbo', host: '10.0.0.5', port: 1 },
      ],
    },
    { service: serviceKey(ticketService, 'g') },
    { addresses: [{ protocol: 'tsubo' }, { protocol: 'dubbo', host: '10.0.0.6' }] },
  ])
})

it.each([
  [undefined, undefined, true],
  [undefined, 'g', false],
  ['g', undefined, false],
  ['g', 'g', true],
  ['*', 'g', true],
  ['*', undefined, true],
  ['a,g', 'g', true],
  ['a,b', 'g', false],
] as const)('group %s asked for, %s offered: %s', (wanted, offered, expected) => {
  expect(matches(serviceKey('S', wanted), serviceKey('S', offered))).toBe(expected)
  expect(matches(serviceKey('S', undefined, wanted), serviceKey('S', undefined, offered))).toBe(expected)
})
