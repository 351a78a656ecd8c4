import { expect, it } from 'vitest'
import type { JuteWriter } from '../../zookeeper/jute.js'
import { op } from '../../zookeeper/protocol.js'
import { startZooKeeper } from '../../zookeeper/server.js'
import { connectRaw, type RawClient } from '../support/zookeeper/raw-client.js'

const [services, providers] = [1_000, 20]

it('20,000 ephemeral nodes and 1,000 watched directories: every change costs the same, however many there are', async () => {
  const server = await startZooKeeper()
  const [provider, consumer] = await Promise.all(
    [1, 2].map(() => connectRaw(server.host, server.port, { timeoutMs: 60_000 })),
  )
  if (!provider || !consumer) throw new Error('both are needed')
  const create = (client: RawClient, path: string, flags: number) =>
    client.request(op.create, (out: JuteWriter) => {
      out.string(path).buffer(undefined)
      out.vector([0], () => out.int(31).string('world').string('anyone'))
      out.int(flags)
    })
  const list = (path: string, watch: boolean) =>
    consumer.request(op.getChildren2, (out) => out.string(path).boolean(watch))
  const place = (service: number) => `/service-${service}`
  const url = (service: number, n: number) => `${place(service)}/${'x'.repeat(300)}${n}`

  await Promise.all(Array.from({ length: services }, (_, s) => create(provider, place(s), 0)))
  const round = async (n: number): Promise<number> => {
    const began = performance.now()
    await Promise.all(Array.from({ length: services }, (_, s) => list(place(s), true)))
    await Promise.all(Array.from({ length: services }, (_, s) => create(provider, url(s, n), 1)))
    await list('/', false)
    expect(consumer.takeEvents()).toHaveLength(services)
    return performance.now() - began
  }
  const took: number[] = []
  for (let n = 0; n < providers; n++) took.push(await round(n))
  // The lists themselves grow from 1 to 20 entries; a scan over all nodes would make it hundreds of times slower.
  const middle = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1] as number
  expect(middle(took.slice(-7))).toBeLessThan(10 * middle(took.slice(1, 8)))

  expect(server.sessions[0]?.ephemerals).toHaveLength(services * providers)
  await Promise.all(Array.from({ length: services }, (_, s) => list(place(s), true)))
  const began = performance.now()
  await provider.request(op.closeSession)
  await list('/', false)
  expect(consumer.takeEvents()).toHaveLength(services)
  expect(performance.now() - began).toBeLessThan(3_000)
  await server.close()
}, 60_000)
