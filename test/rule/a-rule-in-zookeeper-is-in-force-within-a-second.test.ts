import { createClient, createServer, openRegistry, type RunningServer } from 'tsubo'
import { startZooKeeper } from 'tsubo/testing'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseZooKeeperAddress } from '../../runtime/registry/zookeeper-address.js'
import type { ZooKeeperConnection } from '../../runtime/registry/zookeeper-client.js'
import { nodeZooKeeperClient } from '../../runtime/registry/zookeeper-node-client.js'
import { openSession } from '../../runtime/registry/zookeeper-session.js'
import { Echo, EchoServiceClient } from '../support/echo.js'

const zooKeeper = await startZooKeeper()
const registry = openRegistry(zooKeeper.address)
const session = openSession({
  address: parseZooKeeperAddress(zooKeeper.address),
  connect: nodeZooKeeperClient(),
  sessionTimeoutMs: 10_000,
  connectTimeoutMs: 3_000,
  retryMaxMs: 1_000,
  onWarning() {},
})
const operator = await new Promise<ZooKeeperConnection>((done) =>
  session.listen({ connected: done, away() {}, unreachable() {} }),
)
const running: RunningServer[] = []
const client = createClient({ registry, application: 'web' })
const config = '/dubbo/config/dubbo'
let serviceKey = ''

/** As an operator's tool does: creates or writes it; undefined deletes it. */
async function put(key: string, text: string | Uint8Array | undefined): Promise<void> {
  const path = `${config}/${key}`
  const node = { ephemeral: false, acl: 'open' } as const
  if (text === undefined) return operator.delete(path)
  const data = Buffer.from(text)
  await operator.write(path, data).catch(() => operator.create(path, { ...node, data }))
}

async function seen(calls = 20, metadata: Record<string, string> = {}): Promise<string[]> {
  const with_ = new EchoServiceClient(client, { metadata })
  const answers = await Promise.all(Array.from({ length: calls }, () => with_.echo('x')))
  return [...new Set(answers)].sort()
}

const everybody = () =>
  vi.waitFor(async () => expect(await seen(60)).toEqual(['a', 'b', 'c']), { timeout: 3_000, interval: 20 })

/** That it takes less than a second is measured below, once. */
const soon = { timeout: 5_000, interval: 20 }

beforeAll(async () => {
  for (const path of ['/dubbo', '/dubbo/config', config]) {
    await operator.create(path, { ephemeral: false, acl: 'open' }).catch(() => {})
  }
  for (const name of ['a', 'b', 'c']) {
    const params = { region: name === 'c' ? 'hangzhou' : 'beijing' }
    const services = [{ service: new Echo(async () => name), params }]
    running.push(await createServer({ application: 'shop', services }).listen({ registry }))
  }
  await Promise.all(running.map((each) => each.registered))
  await everybody()
  const [known] = await operator.children('/dubbo').then((names) => names.filter((name) => name !== 'config'))
  serviceKey = `${known}::`
})

afterEach(async () => {
  for (const key of await operator.children(config)) await operator.delete(`${config}/${key}`)
  await everybody()
})

afterAll(async () => {
  await client.close(100)
  await Promise.all(running.map((each) => each.close(100)))
  await registry.close()
  await session.close(1_000)
  await zooKeeper.close()
})

const portOf = (i: number) => running[i]?.bound.port

describe('in force within a second', () => {
  it('a tag router gives tags by address and by parameter, and a later text replaces it', async () => {
    await put('shop.tag-router', `tags:\n - name: gray\n   addresses: ["127.0.0.1:${portOf(0)}"]\n`)
    await expect.poll(() => seen(), soon).toEqual(['b', 'c'])
    expect(await seen(20, { 'dubbo.tag': 'gray' })).toEqual(['a'])
    await put('shop.tag-router', 'tags:\n - name: gray\n   match: [{ key: region, value: { exact: hangzhou } }]\n')
    await expect.poll(() => seen(), soon).toEqual(['a', 'b'])
    expect(await seen(20, { 'dubbo.tag': 'gray' })).toEqual(['c'])
  })

  it('condition routers of service and application, both', async () => {
    await put('web.condition-router', 'conditions: ["method=echo => region=beijing"]\n')
    await expect.poll(() => seen(), soon).toEqual(['a', 'b'])
    await put(`${serviceKey}.condition-router`, `conditions: ["=> port!=${portOf(0)}"]\n`)
    await expect.poll(() => seen(), soon).toEqual(['b'])
  })

  it('weights and disabled providers', async () => {
    const only = (i: number) => `[{ side: provider, addresses: ["127.0.0.1:${portOf(i)}"], parameters: { weight: 0 } }`
    await put(
      `${serviceKey}.configurators`,
      `configs: ${only(0)}, { addresses: ["127.0.0.1:${portOf(1)}"], parameters: { disabled: true } }]`,
    )
    await expect.poll(() => seen(), soon).toEqual(['c'])
  })

  it('mock and timeout of a method, the service`s before the application`s', async () => {
    await put('web.configurators', 'configs: [{ side: consumer, parameters: { mock: "force:return everywhere" } }]')
    await expect.poll(() => seen(), soon).toEqual(['everywhere'])
    await put(`${serviceKey}.configurators`, 'configs: [{ parameters: { echo.mock: "force:return here" } }]')
    await expect.poll(() => seen(), soon).toEqual(['here'])
    await put(
      `${serviceKey}.configurators`,
      'configs: [{ applications: [other], parameters: { echo.mock: "force:return here" } }]',
    )
    await expect.poll(() => seen(), soon).toEqual(['everywhere'])
  })
})

describe('what leaves nobody', () => {
  it('a condition is passed over, and holds with force', async () => {
    await put('web.condition-router', 'conditions: ["=> region=nowhere", "=> region=hangzhou"]\n')
    await expect.poll(() => seen(), soon).toEqual(['c'])
    await put('web.condition-router', 'force: true\nconditions: ["=> region=nowhere"]\n')
    await expect
      .poll(() => seen().catch((error: Error) => error.message), soon)
      .toContain('routing leaves none of the 3')
  })

  it('contradicting conditions of two rules: the later one doesn`t hold', async () => {
    await put('web.condition-router', 'priority: 2\nconditions: ["=> region=hangzhou"]\n')
    await expect.poll(() => seen(), soon).toEqual(['c'])
    await put(`${serviceKey}.condition-router`, 'priority: 1\nconditions: ["=> region=beijing"]\n')
    await expect.poll(() => rulesTold(), { timeout: 8_000 }).toHaveProperty([`${serviceKey}.condition-router`])
    expect(await seen()).toEqual(['c'])
  })

  it('all disabled: calls fail and say so', async () => {
    await put('web.configurators', 'configs: [{ side: provider, parameters: { disabled: true } }]')
    await expect
      .poll(() => seen().catch((error: Error) => error.message), soon)
      .toContain('routing leaves none of the 3')
  })
})

/** What the consumer says in the data of its node. */
async function rulesTold(): Promise<Record<string, unknown>> {
  const consumers = `/dubbo/${serviceKey.slice(0, -2)}/consumers`
  const [name] = await operator.children(consumers)
  const { data } = await operator.data(`${consumers}/${name}`)
  return data ? JSON.parse(Buffer.from(data).toString()).rules : {}
}

it('a bad rule leaves the last good one in force, warns, and the consumer`s node says both', async () => {
  const warnings: Error[] = []
  const hear = (warning: Error) => warnings.push(warning)
  process.on('warning', hear)
  await put('shop.tag-router', `tags:\n - name: gray\n   addresses: ["127.0.0.1:${portOf(0)}"]\n`)
  await expect.poll(() => seen(), soon).toEqual(['b', 'c'])
  await put('shop.tag-router', 'tags:\n - nam: gray\n')
  await expect.poll(() => warnings, soon).toHaveLength(1)
  expect(warnings[0]).toMatchObject({
    name: 'TsuboWarning',
    code: 'TSUBO_RULE',
    message: expect.stringMatching(
      /^the rule shop\.tag-router \(revision \w{12}\) is not taken, the one before it, \w{12}, goes on holding: line 2: tags\[0\]/,
    ),
  })
  expect(await seen()).toEqual(['b', 'c'])
  await put('shop.tag-router', Buffer.alloc(900_000, 0x20))
  await expect.poll(() => warnings, soon).toHaveLength(2)
  expect(await seen()).toEqual(['b', 'c'])
  process.off('warning', hear)
  await expect
    .poll(() => rulesTold(), { timeout: 8_000 })
    .toMatchObject({ 'shop.tag-router': { revision: expect.stringMatching(/^\w{12}$/), refused: { reason: /65536/ } } })
}, 15_000)

it('reports are written at most once in 5 seconds, and consumers create nothing that stays', async () => {
  const writes: number[] = []
  const creates: string[] = []
  zooKeeper.script = ({ op, path = '' }) => {
    if (op === 'setData' && path.includes('/consumers/')) writes.push(performance.now())
    if (op === 'create' && !path.includes('/config/')) creates.push(path)
    return undefined
  }
  for (let i = 0; i < 8; i++) {
    await put('web.condition-router', `priority: ${i}\nconditions: []\n`)
    await new Promise((done) => setTimeout(done, 300))
  }
  zooKeeper.script = undefined
  expect(writes.length).toBeLessThanOrEqual(1)
  expect(creates).toEqual([])
}, 15_000)

it('on each of 20 consumers within a second', { retry: 2 }, async () => {
  const all = Array.from({ length: 20 }, () => {
    const own = openRegistry(zooKeeper.address)
    return { own, client: createClient({ registry: own, application: 'many' }) }
  })
  const echoes = all.map((each) => new EchoServiceClient(each.client))
  await Promise.all(echoes.map((each) => each.echo('x')))
  const writtenAt = performance.now()
  await put('many.configurators', 'configs: [{ parameters: { mock: "force:return ruled" } }]')
  const options = { timeout: 5_000, interval: 10 }
  await Promise.all(echoes.map((each) => vi.waitFor(async () => expect(await each.echo('x')).toBe('ruled'), options)))
  const tookMs = performance.now() - writtenAt
  await Promise.all(all.map((each) => each.client.close(100)))
  await Promise.all(all.map((each) => each.own.close()))
  expect(tookMs).toBeLessThan(1000)
})
