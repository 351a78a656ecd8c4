import {
  type Client,
  concurrency,
  createClient,
  createServer,
  openRegistry,
  type Registry,
  type RpcError,
  type RunningServer,
} from 'tsubo'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import type { RuleStore } from '../../runtime/registry/rule-store.js'
import { ownChroot } from '../registry/services.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

const soon = { timeout: 5_000, interval: 20 }
const own = 'shop.configurators'
const ofService = 'test.EchoService::.configurators'

describeWithZooKeeper('providers go by rules', (zooKeeper) => {
  const address = `zookeeper://${zooKeeper}${ownChroot()}`
  let registry: Registry
  let store: RuleStore
  /** Goes by no rules of its own, so that what is seen comes from the providers; as Java's do, it has read what they publish. */
  let client: Client
  let echoes: EchoServiceClient
  const servers: RunningServer[] = []
  /** Calls that hang in handlers, as long as they are to. */
  const held: (() => void)[] = []
  let holding = false

  beforeAll(async () => {
    registry = openRegistry(address)
    if (!registry.ruleStore) throw new Error()
    store = registry.ruleStore
    for (const name of ['a', 'b']) {
      const slow = () => new Promise<string>((done) => held.push(() => done(name)))
      const service = new Echo(async (value) => (value === 'slow' && holding ? slow() : name))
      const methods = { 'test.EchoService/book': { limits: [concurrency(100)] } }
      servers.push(await createServer({ application: 'shop', services: [service], methods }).listen({ registry }))
    }
    await Promise.all(servers.map(({ registered }) => registered))
    client = createClient({ registry, application: 'web', rules: false, outlierEjection: false })
    echoes = new EchoServiceClient(client)
    await everybody()
  }, 30_000)
  afterEach(async () => {
    for (const key of await store.keys()) await store.delete(key)
    await everybody()
  })
  afterAll(async () => {
    await client.close(100)
    await Promise.all(servers.map((each) => each.close(100)))
    await registry.close()
  })

  async function put(key: string, text: string): Promise<void> {
    await store.write(key, Buffer.from(text), (await store.read(key))?.version)
  }
  const seen = async () => [...new Set(await Promise.all(Array.from({ length: 60 }, () => echoes.echo('x'))))].sort()
  const everybody = () => vi.waitFor(async () => expect(await seen()).toEqual(['a', 'b']), soon)
  const portOf = (i: number) => servers[i]?.bound.port
  /** Calls 12 times at once; says how many handlers ran at once, and why the others didn't. */
  async function atOnce(): Promise<{ ran: number; refused: RpcError[] }> {
    holding = true
    const calls = Array.from({ length: 12 }, () => echoes.echo('slow', { timeoutMs: 3_000 }))
    const settled = Promise.allSettled(calls)
    await new Promise((done) => setTimeout(done, 100))
    const ran = held.length
    holding = false
    for (const done of held.splice(0)) done()
    const refused = (await settled).flatMap((each) => (each.status === 'rejected' ? [each.reason as RpcError] : []))
    return { ran, refused }
  }

  it('weight and disabled, of the application and of the service: they are published', async () => {
    await put(own, `configs: [{ side: provider, addresses: ["127.0.0.1:${portOf(0)}"], parameters: { weight: 0 } }]`)
    await expect.poll(seen, soon).toEqual(['b'])
    await store.delete(own)
    await everybody()
    await put(ofService, `configs: [{ addresses: ["127.0.0.1:${portOf(1)}"], parameters: { disabled: true } }]`)
    await expect.poll(seen, soon).toEqual(['a'])
    await put(own, 'configs: [{ side: provider, applications: [other], parameters: { disabled: true } }]')
    await put(ofService, 'configs: [{ side: consumer, parameters: { disabled: true } }]')
    await everybody()
  }, 20_000)

  it('executes bounds the calls of a method that a provider runs; what is above is refused there', async () => {
    await put(own, 'configs: [{ side: provider, parameters: { echo.executes: 2 } }]')
    await vi.waitFor(async () => {
      const { ran, refused } = await atOnce()
      expect(ran).toBe(4)
      expect(refused[0]).toMatchObject({ code: 'resource_exhausted' })
      expect(refused[0]?.message).toContain('2 calls are running already')
    }, soon)
    await store.delete(own)
    await vi.waitFor(async () => expect(await atOnce()).toEqual({ ran: 12, refused: [] }), soon)
  }, 20_000)

  it('code limits a method, too, and rules come on top', async () => {
    const book = () => Promise.allSettled([1, 2, 3, 4].map(() => echoes.book('x', { timeoutMs: 500 })))
    await put(own, 'configs: [{ side: provider, parameters: { book.tps: 1 } }]')
    await expect.poll(async () => (await book()).filter(({ status }) => status === 'fulfilled').length, soon).toBe(0)
  })

  it('a rate, counted on through changes of other methods and counted anew with its own', async () => {
    const rate = (more: string) => `configs: [{ side: provider, parameters: { echo.tps: 3${more} } }]`
    const answered = async () => {
      const calls = Array.from({ length: 30 }, () => echoes.echo('x', { timeoutMs: 300 }))
      return (await Promise.allSettled(calls)).filter(({ status }) => status === 'fulfilled').length
    }
    await put(own, rate(''))
    // Three at each provider, and then none for a minute.
    await expect.poll(answered, soon).toBeLessThanOrEqual(6)
    expect(await answered()).toBe(0)
    await put(own, rate(', book.executes: 5'))
    await new Promise((done) => setTimeout(done, 500))
    expect(await answered()).toBe(0)
    await put(own, rate(', echo.tps.interval: 100'))
    await expect.poll(answered, soon).toBeGreaterThan(0)
  }, 20_000)
})
