import { createClient as createZooKeeperClient } from 'node-zookeeper-client'
import { expect, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import { createClient } from '../../runtime/client.js'
import { createServer } from '../../runtime/server.js'
import { serviceKey } from '../../runtime/service-key.js'
import { openTestRegistry, ownChroot, watching } from '../registry/services.js'
import { Echo, EchoServiceClient, echoSchema } from '../support/echo.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

const service = echoSchema.name

/** Creates persistent nodes by the hundred; resolves when all are there. */
async function plant(address: string, folder: string, names: readonly string[]): Promise<void> {
  const client = createZooKeeperClient(address, { sessionTimeout: 30_000 })
  await new Promise<void>((done) => {
    client.once('connected', done)
    client.connect()
  })
  await new Promise<void>((done, fail) => client.mkdirp(folder, (error) => (error ? fail(error) : done())))
  for (let start = 0; start < names.length; ) {
    const transaction = client.transaction()
    // A packet has room for 1 MB.
    for (let bytes = 0; start < names.length; start++) {
      bytes += (names[start] as string).length + 200
      if (bytes > 950_000 && bytes > (names[start] as string).length + 200) break
      transaction.create(`${folder}/${names[start]}`)
    }
    await new Promise<void>((done, fail) => transaction.commit((error) => (error ? fail(error) : done())))
  }
  client.close()
}

const url = (protocol: string, place: string, query: string) =>
  encodeNodeName(`${protocol}://${place}/${service}?interface=${service}&${query}`)

describeWithZooKeeper('among nodes of others', (address) => {
  it('a consumer finds its providers: 10,000 of other protocols and groups, two names of 900 KB, garbage', async () => {
    const root = ownChroot()
    const folder = `${root}/dubbo/${service}/providers`
    await plant(address, folder, [
      ...Array.from({ length: 5_000 }, (_, i) => url('rest', `10.0.0.1:${i + 1}`, 'application=java')),
      ...Array.from({ length: 5_000 }, (_, i) => url('tsubo', `10.0.0.2:${i + 1}`, 'group=other')),
      'a'.repeat(900_000),
      url('tsubo', '10.0.0.3:1', `application=${'b'.repeat(900_000)}`),
      '%00',
      '%ff%fe',
      'tsubo%3A%2F%2F',
      url('tsubo', '10.0.0.4:1', 'weight=1e309'),
      url('tsubo', '10.0.0.4:2', 'weight=NaN'),
      url('tsubo', '10.0.0.4:3', 'application=a%00b'),
      url('tsubo', '0.0.0.0:4', 'weight=100'),
    ])
    const { registry, warnings } = openTestRegistry(address + root, { sessionTimeoutMs: 10_000 })
    const key = serviceKey(service)
    const watch = watching(registry, key)
    await vi.waitFor(() => expect(watch.last.state).toBe('found'), { timeout: 10_000 })
    const server = createServer({ services: [{ service: new Echo(), params: { timeout: '-1' } }] })
    const begin = performance.now()
    const running = await server.listen({ registry })
    await running.registered
    await vi.waitFor(
      () =>
        expect(
          watch.last.state === 'found' && watch.last.providers.map(({ params }) => params.get('timeout')),
        ).toContain('-1'),
      { timeout: 5_000 },
    )
    expect(performance.now() - begin).toBeLessThan(5_000)
    // What speaks another protocol is a provider, to whoever speaks it; the rest is told of in few words.
    expect(watch.last).toMatchObject({ reason: expect.stringMatching(/^\d nodes skipped \(/) })
    expect(JSON.stringify(watch.last.state === 'found' && watch.last.reason).length).toBeLessThan(500)

    const client = createClient({ registry })
    const echo = new EchoServiceClient(client)
    for (let i = 0; i < 100; i++) expect(await echo.echo(String(i), { timeoutMs: 5_000 })).toBe(String(i))
    expect(warnings).toEqual([])
    await client.close(0)
    await running.close(0)
    await registry.close()
  })
})
