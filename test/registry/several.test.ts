import { expect, it, vi } from 'vitest'
import { memory } from '../../runtime/registry/memory.js'
import type { Provider, Registry } from '../../runtime/registry/registry.js'
import { several } from '../../runtime/registry/several.js'
import { serviceKey } from '../../runtime/service-key.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { instanceOn, openTestRegistry, ownChroot, ticketService, watching } from './services.js'

it('providers of all registries are found, one that is in several of them once', async () => {
  const [a, b] = [memory('several-a'), memory('several-b')]
  const both = several([a, b])
  expect(both.name).toBe('memory://several-a + memory://several-b')
  const watch = watching(both)
  const publications = [a.publish(instanceOn(1)), b.publish(instanceOn(2)), both.publish(instanceOn(3))]
  await Promise.all(publications.map((publication) => publication.ready))
  await vi.waitFor(() => expect(watch.ports).toEqual([1, 2, 3]))
  await publications[2]?.close()
  await vi.waitFor(() => expect(watch.ports).toEqual([1, 2]))
  await both.close()
})

describeWithZooKeeper('a registry that is away', (address) => {
  it('hides nothing of another, and a publication is live as soon as one has it', async () => {
    const { registry: away } = openTestRegistry('127.0.0.1:1', { connectTimeoutMs: 300 })
    const { registry: here } = openTestRegistry(address + ownChroot())
    const both = several([away, here])
    const publication = both.publish(instanceOn(1001))
    await publication.ready
    expect(publication.state).toBe('live')
    const watch = watching(both)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    await vi.waitFor(() =>
      expect(watch.last).toMatchObject({
        state: 'found',
        reason: expect.stringContaining("127.0.0.1:1 can't be reached"),
      }),
    )
    expect(watch.ports).toEqual([1001])
    await both.close()
  })

  it('is waited for before an empty list is an answer', async () => {
    const { registry: away } = openTestRegistry('127.0.0.1:1', { connectTimeoutMs: 400 })
    const { registry: here } = openTestRegistry(address + ownChroot())
    const both = several([away, here])
    const watch = watching(both)
    await vi.waitFor(() => expect(watch.last.state).toBe('found'))
    expect(watch.all.filter(({ state }) => state === 'found')).toHaveLength(1)
    expect(watch.last).toMatchObject({ providers: [], reason: expect.stringContaining('there is no') })
    await both.close()
  })
})

it('when all have failed the causes of all are told', async () => {
  const [a, b] = [1, 2].map((port) => openTestRegistry(`127.0.0.1:${port}`, { connectTimeoutMs: 200 }).registry)
  if (!a || !b) throw new Error('two are needed')
  const both = several([a, b])
  const watch = watching(both)
  await vi.waitFor(() => expect(watch.last.state).toBe('failed'))
  await vi.waitFor(() =>
    expect(String(watch.last.state === 'failed' && watch.last.cause)).toMatch(/127\.0\.0\.1:1 .*127\.0\.0\.1:2 /),
  )
  await both.close()
})

it('a provider that one has lost sight of is confirmed by another', async () => {
  const provider = (port: number): Provider => ({
    service: serviceKey(ticketService),
    addresses: [{ protocol: 'tsubo', host: '127.0.0.1', port }],
    weight: 100,
    application: '',
    params: new Map(),
  })
  const says = (name: string, providers: readonly Provider[], unconfirmed: readonly Provider[]): Registry => ({
    ...memory(name),
    watch(_service, _as, found) {
      queueMicrotask(() => found({ state: 'found', providers, unconfirmed, stale: false }))
      return () => {}
    },
  })
  const both = several([says('sees-1', [provider(1)], [provider(2), provider(3)]), says('sees-2', [provider(2)], [])])
  const watch = watching(both)
  await vi.waitFor(() => expect(watch.ports).toEqual([1, 2]))
  expect(watch.last).toMatchObject({ unconfirmed: [{ addresses: [{ port: 3 }] }] })
  await both.close()
})
