import { expect, it, vi } from 'vitest'
import { serviceKey } from '../../runtime/service-key.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { inspect, instanceOn, openTestRegistry, ownChroot, ticketService, watching } from './services.js'

describeWithZooKeeper('a watch', (address) => {
  it('sees providers come and go within 500 ms, also of a service that nobody has ever provided', async () => {
    const root = ownChroot()
    const { registry: consumer } = openTestRegistry(address + root)
    const { registry: provider } = openTestRegistry(address + root)
    const watch = watching(consumer)
    expect(watch.all).toEqual([])
    await vi.waitFor(() => expect(watch.last.state).toBe('found'))
    expect(watch.last).toEqual({
      state: 'found',
      providers: [],
      stale: false,
      reason: `there is no ${root}/dubbo/${ticketService}/providers`,
    })

    const publication = provider.publish(instanceOn(1001))
    await publication.ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]), { timeout: 500, interval: 5 })
    const other = provider.publish(instanceOn(1002))
    await other.ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]), { timeout: 500, interval: 5 })
    await publication.close()
    await vi.waitFor(() => expect(watch.ports).toEqual([1002]), { timeout: 500, interval: 5 })
    await other.close()
    await vi.waitFor(() => expect(watch.ports).toEqual([]), { timeout: 500, interval: 5 })
    expect(watch.last).toMatchObject({
      reason: expect.stringContaining(`${root}/dubbo/${ticketService}/providers has no nodes`),
    })
    await Promise.all([consumer.close(), provider.close()])
  })

  it('passes the first of a storm of changes on at once and gathers the rest', async () => {
    const root = ownChroot()
    const { registry: consumer } = openTestRegistry(address + root)
    const { registry: provider } = openTestRegistry(address + root)
    const watch = watching(consumer)
    const publications = []
    for (let port = 1; port <= 100; port++) publications.push(provider.publish(instanceOn(port)))
    await Promise.all(publications.map((publication) => publication.ready))
    await vi.waitFor(() => expect(watch.ports).toHaveLength(100))
    expect(watch.all.length).toBeLessThan(10)
    const before = watch.all.length
    await new Promise((next) => setTimeout(next, 300))
    await Promise.all(publications.slice(1).map((publication) => publication.close()))
    await vi.waitFor(() => expect(watch.ports).toEqual([1]))
    expect(watch.all.length - before).toBeLessThan(6)
    await Promise.all([consumer.close(), provider.close()])
  })

  it('finds equal group and version only, an unset one equals only unset, and * any', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const offers = [
      {},
      { group: 'g1' },
      { group: 'g2' },
      { group: 'g2' },
      { version: '1.0.0' },
      { group: 'g1', version: '2.0.0' },
    ]
    await Promise.all(offers.map((offer, index) => registry.publish(instanceOn(index + 1, offer)).ready))
    const ports = async (group?: string, version?: string): Promise<readonly number[]> => {
      const watch = watching(registry, serviceKey(ticketService, group, version))
      await vi.waitFor(() => expect(watch.last.state).toBe('found'))
      watch.stop()
      return watch.ports
    }
    expect(await ports()).toEqual([1])
    expect(await ports('g1')).toEqual([2])
    expect(await ports('g2')).toEqual([3, 4])
    expect(await ports(undefined, '1.0.0')).toEqual([5])
    expect(await ports('g1', '2.0.0')).toEqual([6])
    expect(await ports('*')).toEqual([1, 2, 3, 4])
    expect(await ports('g1,g2')).toEqual([2, 3, 4])
    expect(await ports('*', '*')).toEqual([1, 2, 3, 4, 5, 6])

    const none = watching(registry, serviceKey(ticketService, 'g3'))
    await vi.waitFor(() => expect(none.last.state).toBe('found'))
    expect(none.last).toMatchObject({
      providers: [],
      reason:
        `${root}/dubbo/${ticketService}/providers holds 6 providers, none usable with group g3 and no version: ` +
        '2 with group g2 and no version, 1 with group g1 and no version, 1 with group g1 and version 2.0.0, ' +
        '1 with no group and no version, 1 with no group and version 1.0.0',
    })
    await registry.close()
  })

  it('does not find a provider that is disabled, and says so', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const watch = watching(registry)
    const publication = registry.publish(instanceOn(1, { enabled: false }))
    await publication.ready
    await vi.waitFor(() => expect(watch.last).toMatchObject({ reason: expect.stringContaining('1 disabled') }))
    publication.update(instanceOn(1))
    await vi.waitFor(() => expect(watch.ports).toEqual([1]))
    await registry.close()
  })

  it('shows its consumer under consumers for as long as it lasts', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const look = await inspect(address)
    const place = `${root}/dubbo/${ticketService}/consumers`
    const watches = [watching(registry), watching(registry)]
    await vi.waitFor(async () => expect(await look.children(place)).toHaveLength(1))
    expect((await look.children(place))[0]).toMatch(
      /^consumer:\/\/127\.0\.0\.1\/com\.miao\.server\.TicketService\?application=consumer-server&category=consumers&check=false&dubbo=2\.0\.2&interface=com\.miao\.server\.TicketService&pid=\d+&side=consumer&timestamp=\d{13}&tsubo=1$/,
    )
    watches[0]?.stop()
    await new Promise((next) => setTimeout(next, 100))
    expect(await look.children(place)).toHaveLength(1)
    watches[1]?.stop()
    await vi.waitFor(async () => expect(await look.children(place)).toEqual([]))
    await registry.close()
    look.close()
  })

  it('shows each consumer of a process, also when they come in the same millisecond', async () => {
    const root = ownChroot()
    const registries = Array.from({ length: 3 }, () => openTestRegistry(address + root).registry)
    for (const registry of registries) watching(registry)
    const look = await inspect(address)
    await vi.waitFor(async () =>
      expect(await look.children(`${root}/dubbo/${ticketService}/consumers`)).toHaveLength(3),
    )
    await Promise.all(registries.map((registry) => registry.close()))
    look.close()
  })

  it('skips what is no provider, with a reason, and finds the others', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const look = await inspect(address)
    const place = `${root}/dubbo/${ticketService}/providers`
    const nodes = [
      'garbage',
      '%zz',
      'x'.repeat(20_000),
      'tsubo%3A%2F%2F127.0.0.1%3A70000%2Fcom.miao.server.TicketService',
      'tsubo%3A%2F%2F127.0.0.1%3A1%2Fcom.miao.server.TicketService%3Fweight%3D1e309',
      'tsubo%3A%2F%2F127.0.0.1%3A1%2Fcom.miao.server.TicketService%3Fapplication%3Da%00b',
      'override%3A%2F%2F0.0.0.0%2Fcom.miao.server.TicketService%3Fweight%3D1',
    ]
    for (const node of nodes) await look.create(`${place}/${node}`)
    await registry.publish(instanceOn(1001)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    expect(watch.last).toMatchObject({ reason: expect.stringMatching(/^7 nodes skipped \(/) })
    await registry.close()
    look.close()
  })
})
