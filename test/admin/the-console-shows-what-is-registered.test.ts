import { once } from 'node:events'
import { createClient as createZooKeeperClient } from 'node-zookeeper-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RegistryChange } from '../../admin/api.js'
import { encodeNodeName } from '../../runtime/address.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { ownChroot } from '../registry/services.js'
import { type Console, eventsOf, startConsole } from '../support/console.js'
import { Echo, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

const { name } = echoSchema

/** Creates nodes of strangers. */
async function plant(address: string, paths: readonly string[]): Promise<void> {
  const client = createZooKeeperClient(address, { sessionTimeout: 10_000 })
  client.connect()
  await once(client, 'connected')
  for (const path of paths) {
    await new Promise<void>((done, fail) => client.mkdirp(path, (error) => (error ? fail(error) : done())))
  }
  client.close()
}

async function provideIn(registry: Console['registry'], options: Parameters<typeof createServer>[0]) {
  const running = await createServer(options).listen({ registry })
  await running.registered
  closeLater(() => running.close(0))
  return running
}

describeWithZooKeeper('the console', (zooKeeper) => {
  let own: Console
  let cookie = ''
  const get = async (path: string) => {
    const { status, json, text } = await own.ask(path, { cookie })
    if (status !== 200) throw new Error(`${status} ${text}`)
    return json
  }
  beforeAll(async () => {
    own = await startConsole({}, `zookeeper://${zooKeeper}${ownChroot()}`)
    cookie = await own.login()
  })
  afterAll(closeAll)

  it('tells an open page of a provider that starts, changes its weight, and ends, within a second each', async () => {
    const { answer, request } = await own.open('/api/events', { cookie })
    const changes: { at: number; change: RegistryChange }[] = []
    const reading = (async () => {
      for await (const { event, data } of eventsOf(answer)) {
        if (event === 'registry') changes.push({ at: performance.now(), change: data as RegistryChange })
      }
    })().catch(() => {})
    const told = async (what: 'came' | 'went' | 'changed', address: string, since: number) => {
      const found = () =>
        changes.find(({ change }) => change.services.some((each) => each.name === name && each[what].includes(address)))
      await vi.waitFor(() => expect(found()).toBeDefined(), { timeout: 5000, interval: 10 })
      expect((found()?.at ?? Number.POSITIVE_INFINITY) - since).toBeLessThan(1000)
    }
    const provider = await createServer({ application: 'shop', services: [new Echo()] }).listen({
      registry: own.registry,
    })
    const address = `127.0.0.1:${provider.bound.port}`
    await provider.registered
    await told('came', address, performance.now())
    const began = performance.now()
    provider.weight(name, 7)
    await told('changed', address, began)
    const ending = performance.now()
    await provider.close(0)
    await told('went', address, ending)
    request.destroy()
    await reading
  })

  it('shows ours and Java`s side by side, at a glance and in detail, and finds them', async () => {
    const java = `dubbo://10.0.0.9:20880/${name}?application=legacy&interface=${name}&dubbo=2.0.2&release=3.2.0&methods=echo,ping&timestamp=1700000000000&token=hidden&weight=50`
    const asks = `consumer://10.0.0.8/${name}?application=old-web&category=consumers&dubbo=2.0.2&interface=${name}&version=9.0&side=consumer`
    const folder = `${own.address.replace(/^zookeeper:\/\/[^/]+/, '')}/dubbo/${name}`
    await plant(zooKeeper, [
      `${folder}/providers/${encodeNodeName(java)}`,
      `${folder}/consumers/${encodeNodeName(asks)}`,
    ])
    const provider = await provideIn(own.registry, { application: 'shop', services: [new Echo()] })
    const stop = own.registry.watch(serviceKey(name), { application: 'web' }, () => {})
    closeLater(async () => stop())

    const detail = await vi.waitFor(async () => {
      const found = await get(`/api/services/${name}`)
      expect([found.providers.length, found.consumers.length]).toEqual([2, 2])
      return found
    })
    expect(detail.service).toMatchObject({
      status: 'in_use',
      online: 2,
      applications: ['legacy', 'shop'],
      incompatible: 1,
      garbage: 0,
    })
    const ours = `127.0.0.1:${provider.bound.port}`
    expect(detail.providers.find((each: { kind: string }) => each.kind === 'java')).toMatchObject({
      address: '10.0.0.9:20880',
      protocols: ['dubbo'],
      weight: 50,
      effectiveWeight: 50,
      online: true,
      since: '2023-11-14T22:13:20.000Z',
      params: { token: '***', methods: 'echo,ping' },
    })
    expect(detail.providers.find((each: { kind: string }) => each.kind === 'tsubo')).toMatchObject({ address: ours })
    expect(detail.consumers).toMatchObject([
      { application: 'old-web', kind: 'java', host: '10.0.0.8' },
      { application: 'web', kind: 'tsubo' },
    ])
    expect(detail.incompatible).toMatchObject([
      { kind: 'version', consumer: { application: 'old-web' }, reasons: [`asks for ${name}:9.0; there is ${name}`] },
    ])

    for (const [q, total] of [
      ['q=echo', 1],
      ['q=LEGACY', 1],
      ['q=10.0.0.9', 1],
      ['q=echo%20shop', 1],
      ['q=shop&in=service', 0],
      ['q=shop&in=application', 1],
      ['q=nothing', 0],
      ['status=in_use', 1],
      ['status=nobody', 0],
      ['trouble=true', 1],
    ] as const) {
      expect([q, (await get(`/api/services?${q}`)).total]).toEqual([q, total])
    }
    expect(await get('/api/topology')).toMatchObject({
      edges: [
        { from: 'old-web', to: 'legacy' },
        { from: 'old-web', to: 'shop' },
        { from: 'web', to: 'legacy' },
        { from: 'web', to: 'shop' },
      ],
    })
    expect(await get('/api/overview')).toMatchObject({
      counts: { services: 1, applications: 4, instances: 2, consumers: 2, incompatible: 1 },
      status: { registry: { state: 'connected' }, monitor: { state: 'none' } },
    })
    expect((await get('/api/applications?q=shop')).items).toMatchObject([{ name: 'shop', instances: 1, provides: 1 }])
    expect(await get(`/api/instances/${ours}`)).toMatchObject({ instance: { application: 'shop', kind: 'tsubo' } })
    expect(await get('/api/search?q=web')).toMatchObject({ applications: ['old-web', 'web'] })
  })

  it('shows garbage as garbage: escaped, bounded, and beside what is none', async () => {
    const evil = '<script>alert(1)</script>'
    const evilName = `com.evil.${evil}"'`
    const root = `${own.address.replace(/^zookeeper:\/\/[^/]+/, '')}/dubbo`
    const url = (service: string, place: string, query: string) =>
      encodeNodeName(`tsubo://${place}/${service}?interface=${service}&${query}`)
    await plant(zooKeeper, [
      `${root}/${encodeNodeName(evilName)}/providers/${url(evilName, '10.0.0.1:1', `application=${evil}`)}`,
      `${root}/__proto__/providers/${url('__proto__', '10.0.0.1:2', 'application=constructor')}`,
      `${root}/com.garbage.A/providers/%00`,
      `${root}/com.garbage.A/providers/%ff%fe`,
      `${root}/com.garbage.A/providers/${'a'.repeat(20_000)}`,
      `${root}/com.garbage.A/providers/${url('com.garbage.A', '10.0.0.4:1', 'weight=1e309')}`,
      `${root}/com.garbage.A/providers/${url('com.garbage.A', '0.0.0.0:4', 'weight=100')}`,
      `${root}/com.garbage.A/providers/${url('com.garbage.A', '10.0.0.4:5', 'weight=100')}`,
      `${root}/com.garbage.A/consumers/nonsense`,
      `${root}/config/dubbo/shop.tag-router`,
    ])
    await vi.waitFor(async () => {
      expect((await get('/api/services?q=garbage')).items).toMatchObject([{ garbage: 6 }])
      expect((await get('/api/services?q=__proto__')).total).toBe(1)
      // Its directory is seen before what is in it.
      expect(await get(`/api/services/${encodeURIComponent(evilName)}`)).toMatchObject({
        service: { applications: [evil] },
      })
    })
    const page = await own.ask('/api/services', { cookie })
    expect(page.headers['content-type']).toBe('application/json')
    expect(page.headers['x-content-type-options']).toBe('nosniff')
    const found = page.json.items.map((each: { name: string }) => each.name)
    expect(found).toContain(evilName)
    expect(found).toContain('__proto__')
    const detail = await get('/api/services/com.garbage.A')
    expect(detail.providers).toMatchObject([{ address: '10.0.0.4:5' }])
    for (const { entry } of detail.garbage) expect(entry.length).toBeLessThanOrEqual(1000)
    expect(await get('/api/services/__proto__')).toMatchObject({ service: { name: '__proto__' } })
    for (const path of ['overview', 'topology', 'applications', 'instances', 'rules']) await get(`/api/${path}`)
    expect((await own.ask('/api/services/constructor', { cookie })).status).toBe(404)
    expect((await own.ask('/api/applications/toString', { cookie })).status).toBe(404)
    expect(own.warnings).toEqual([])
  })

  it.each([
    '/api/services?limit=0',
    '/api/services?limit=1000000',
    '/api/services?offset=-1',
    '/api/services?sort=evil',
    '/api/metrics?metric=x',
  ])('%s is refused with what is wrong', async (path) => {
    expect(await own.ask(path, { cookie })).toMatchObject({ status: 400, json: { error: { code: 'invalid' } } })
  })
})

describe('event streams', () => {
  afterAll(closeAll)

  it('go on where they broke off, and say when too much was missed', async () => {
    const own = await startConsole()
    const cookie = await own.login()
    const first = async (headers = {}) => {
      const { answer, request } = await own.open('/api/events', { cookie, headers })
      const events = eventsOf(answer)
      return { next: async () => (await events.next()).value, request }
    }
    const stream = await first()
    const status = await stream.next()
    expect(status).toMatchObject({ event: 'status', id: expect.any(String) })
    stream.request.destroy()
    const provider = await provideIn(own.registry, { services: [new Echo()] })
    await vi.waitFor(async () => expect((await own.ask('/api/services', { cookie })).json.total).toBe(1))
    const again = await first({ 'last-event-id': status.id })
    await again.next()
    let event = await again.next()
    while (event.event !== 'registry') event = await again.next()
    expect(event.data.services).toMatchObject([{ name, came: [`127.0.0.1:${provider.bound.port}`] }])
    again.request.destroy()
    for (const id of ['another-run-7', `${status.id}0000`, 'x'.repeat(1000)]) {
      const lost = await first({ 'last-event-id': id })
      await lost.next()
      expect(await lost.next()).toMatchObject({ event: 'resync' })
      lost.request.destroy()
    }
  })

  it('are bounded: 4 a session, 64 in all; they end with the session, and who reads nothing holds up nobody', async () => {
    const own = await startConsole()
    const cookies: string[] = []
    while (cookies.length < 17) cookies.push(await own.login())
    const open = async (cookie: string | undefined) => (await own.open('/api/events', { cookie })).answer
    const [one] = cookies
    const mine = await Promise.all(Array.from({ length: 4 }, () => open(one)))
    expect(mine.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 200])
    expect((await open(one)).statusCode).toBe(429)
    for (const cookie of cookies.slice(1, 16)) await Promise.all(Array.from({ length: 4 }, () => open(cookie)))
    expect((await open(cookies[16])).statusCode).toBe(429)

    const ended = Promise.all(mine.map((answer) => once(answer.resume(), 'end')))
    await own.ask('/api/logout', { body: {}, cookie: one })
    await ended
    expect((await open(cookies[16])).statusCode).toBe(200)
    // Nobody has read a byte of the other 60 so far.
    await provideIn(own.registry, { services: [new Echo()] })
    await vi.waitFor(async () => expect((await own.ask('/api/services', { cookie: cookies[16] })).json.total).toBe(1))
  })
})
