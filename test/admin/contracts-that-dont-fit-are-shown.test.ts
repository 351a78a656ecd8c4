import { once } from 'node:events'
import { createClient as createZooKeeperClient } from 'node-zookeeper-client'
import { afterAll, expect, it, vi } from 'vitest'
import type { IncompatiblePair } from '../../admin/api.js'
import { encodeNodeName } from '../../runtime/address.js'
import { createClient } from '../../runtime/client.js'
import { openRegistry } from '../../runtime/open-registry.js'
import type { ListedConsumer } from '../../runtime/registry/catalog.js'
import { schemaHash } from '../../runtime/schema/hash.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { defineService, Stub, serviceOf } from '../../runtime/stub.js'
import { ownChroot } from '../registry/services.js'
import { startConsole } from '../support/console.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

/** The echo service as another version has it: its method `echo` finds its parameter elsewhere. */
function renumbered(number: number): ServiceSchema {
  const moved = (method: MethodSchema) => ({ ...method, params: method.params.map((param) => ({ ...param, number })) })
  const methods = echoSchema.methods.map((method) => (method.name === 'echo' ? moved(method) : method))
  return { ...echoSchema, methods, hash: schemaHash({ ...echoSchema, methods }) }
}
const ours = { ...echoSchema, hash: schemaHash(echoSchema) }

describeWithZooKeeper('the console', (zooKeeper) => {
  afterAll(closeAll)

  it('shows who found whose contract unusable, says why, and stops when that provider is gone', async () => {
    const address = `zookeeper://${zooKeeper}${ownChroot()}`
    // Processes of their own: each has its session.
    const open = () => {
      const registry = openRegistry(address, { onWarning() {} })
      closeLater(() => registry.close())
      return registry
    }
    const provide = async (schema: ServiceSchema) => {
      const echo = new Echo()
      Object.defineProperty(echo, serviceOf, { value: defineService(schema, echoCodecs) })
      const running = await createServer({ application: 'shop', services: [echo] }).listen({ registry: open() })
      closeLater(() => running.close(0))
      await running.registered
      return running
    }
    await provide(ours)
    const other = await provide(renumbered(7))
    const client = createClient({ registry: open(), application: 'web' })
    closeLater(() => client.close(0))
    const own = await startConsole({}, address)
    const cookie = await own.login()
    const get = async (path: string) => (await own.ask(path, { cookie })).json
    const list = async (query = '') => (await get(`/api/services?q=${echoSchema.name}${query}`)).items

    // Before anybody has called nobody has compared anything.
    await vi.waitFor(async () => expect(await list()).toMatchObject([{ providers: 2, incompatible: 0 }]), 5000)
    const stub = new Stub(defineService(ours, echoCodecs), client)
    for (let i = 0; i < 20; i++) expect(await stub.call(0, [String(i)], undefined)).toBe(String(i))

    await vi.waitFor(async () => expect(await list()).toMatchObject([{ incompatible: 1 }]), 8000)
    expect(await list('&trouble=true')).toHaveLength(1)
    expect((await get('/api/overview')).counts.incompatible).toBe(1)
    const { incompatible } = (await get(`/api/services/${echoSchema.name}`)) as { incompatible: IncompatiblePair[] }
    expect(incompatible).toEqual([
      {
        consumer: { application: 'web', host: '127.0.0.1', key: { name: echoSchema.name } },
        kind: 'contract',
        providers: [`127.0.0.1:${other.bound.port}`],
        reasons: ['echo: test.EchoService/echo(text): its number was 1 and is 7'],
      },
    ])
    await other.close(0)
    await vi.waitFor(async () => expect(await list()).toMatchObject([{ providers: 1, incompatible: 0 }]), 5000)
  })

  it('takes what consumers say for what strangers say', async () => {
    const root = ownChroot()
    const address = `zookeeper://${zooKeeper}${root}`
    const registry = openRegistry(address, { onWarning() {} })
    closeLater(() => registry.close())
    const provider = await createServer({ application: 'shop', services: [new Echo()] }).listen({ registry })
    closeLater(() => provider.close(0))
    await provider.registered
    const own = await startConsole({}, address)
    const cookie = await own.login()
    const detail = async () => (await own.ask(`/api/services/${echoSchema.name}`, { cookie })).json
    const contract = await vi.waitFor(async () => {
      const { providers } = await detail()
      return providers[0].contract as string
    }, 5000)

    const client = createZooKeeperClient(zooKeeper, { sessionTimeout: 10_000 })
    client.connect()
    await once(client, 'connected')
    closeLater(async () => client.close())
    const said: readonly (string | Buffer)[] = [
      JSON.stringify({ incompatible: { [contract]: 'x'.repeat(1001) } }),
      JSON.stringify({ incompatible: { [contract]: 7, constructor: 'x' } }),
      JSON.stringify({ incompatible: { [contract]: 'x' }, padding: ' '.repeat(65_536) }),
      '{"incompatible":',
      Buffer.from([0x7b, 0xff, 0xfe]),
      // The last one, which is read last: this is to be shown.
      JSON.stringify({ rules: 5, incompatible: { [contract]: '<img src=x onerror=alert(1)>' } }),
    ]
    for (const [i, data] of said.entries()) {
      const url = `consumer://10.0.0.${i}/${echoSchema.name}?application=stranger&interface=${echoSchema.name}&tsubo=1`
      const path = `${root}/dubbo/${echoSchema.name}/consumers/${encodeNodeName(url)}`
      await new Promise<void>((done, fail) =>
        client.mkdirp(path, Buffer.from(data as string), (error) => (error ? fail(error) : done())),
      )
    }
    await vi.waitFor(async () => {
      const { incompatible, consumers } = await detail()
      expect(consumers).toHaveLength(said.length)
      expect(incompatible).toMatchObject([
        { consumer: { host: '10.0.0.5' }, kind: 'contract', reasons: ['<img src=x onerror=alert(1)>'] },
      ])
    }, 5000)
  })

  it('reads no more than the last 20 contracts of a consumer, with short reasons', async () => {
    const registry = openRegistry(`zookeeper://${zooKeeper}${ownChroot()}`, { onWarning() {} })
    closeLater(() => registry.close())
    const service = serviceKey(echoSchema.name)
    const as = { application: 'web' }
    closeLater(async () => stop())
    const stop = registry.watch(service, as, () => {})
    const hash = (i: number) => i.toString(16).padStart(16, '0')
    for (let i = 0; i < 25; i++) registry.reportIncompatible?.(service, as, hash(i), `${i} ${'long'.repeat(1000)}`)
    const consumer = await new Promise<ListedConsumer>((found) => {
      const stopListing = registry.catalog?.watch((listing) => {
        const one = listing.state === 'found' ? listing.services[0]?.consumers[0] : undefined
        if (one) found(one)
      })
      closeLater(async () => stopListing?.())
    })
    const said = await new Promise<Readonly<Record<string, string>>>((found) => {
      const end = registry.catalog?.watchIncompatible?.(consumer, (all) => {
        if (Object.keys(all).length > 0) found(all)
      })
      closeLater(async () => end?.())
    })
    expect(Object.keys(said).sort()).toEqual(Array.from({ length: 20 }, (_, i) => hash(i + 5)))
    expect(Math.max(...Object.values(said).map(({ length }) => length))).toBeLessThanOrEqual(300)
  })
})
