import { expect, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { inspect, instanceOn, openTestRegistry, ownChroot, ticketService, watching } from './services.js'

describeWithZooKeeper('own nodes', (address) => {
  it('are there again after the session has expired, and watches go on', async () => {
    const root = ownChroot()
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + root)
    const { registry: other } = openTestRegistry(address + root)
    const look = await inspect(address)
    const publications = [1001, 1002, 1003].map((port) => registry.publish(instanceOn(port)))
    await Promise.all(publications.map((publication) => publication.ready))
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002, 1003]))

    for (let round = 0; round < 3; round++) {
      await proxy.expireSession()
      await vi.waitFor(
        async () => expect(await look.children(`${root}/dubbo/${ticketService}/providers`)).toHaveLength(3),
        { timeout: 3_000 },
      )
      await vi.waitFor(() => expect(publications.map(({ state }) => state)).toEqual(['live', 'live', 'live']))
      await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }))
      await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002, 1003]))
    }
    await vi.waitFor(async () =>
      expect(await look.children(`${root}/dubbo/${ticketService}/consumers`)).toHaveLength(1),
    )
    const fourth = other.publish(instanceOn(1004))
    await fourth.ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002, 1003, 1004]))
    await Promise.all([registry.close(), other.close()])
    await proxy.close()
    look.close()
  })

  it('are there again when another client has taken the session over and closed it', async () => {
    const root = ownChroot()
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const place = `${root}/dubbo/${ticketService}/providers`
    for (let round = 0; round < 5; round++) {
      await proxy.closeSession().catch(() => {}) // Its client may have won it back.
      await new Promise((next) => setTimeout(next, 20))
      await vi.waitFor(
        async () => {
          expect(await look.children(place)).toHaveLength(1)
          expect(publication.state).toBe('live')
        },
        { timeout: 4_000 },
      )
    }
    await registry.close()
    await proxy.close()
    look.close()
  })

  it('are there again after somebody has deleted them', async () => {
    const root = ownChroot()
    const { registry, warnings } = openTestRegistry(address + root, { selfCheckMs: 100 })
    const look = await inspect(address)
    await registry.publish(instanceOn(1001)).ready
    const place = `${root}/dubbo/${ticketService}/providers`
    const [url = ''] = await look.children(place)
    await look.remove(`${place}/${encodeNodeName(url)}`)
    await vi.waitFor(async () => expect(await look.children(place)).toEqual([url]), { timeout: 1_000 })
    expect(warnings).toEqual([expect.stringContaining('was deleted by somebody else; registering it again')])
    await registry.close()
    look.close()
  })

  it('are taken back from another session, which would take them along at its end', async () => {
    const root = ownChroot()
    const { registry, warnings } = openTestRegistry(address + root, { selfCheckMs: 100 })
    const [look, thief] = await Promise.all([inspect(address), inspect(address)])
    await registry.publish(instanceOn(1001)).ready
    const place = `${root}/dubbo/${ticketService}/providers`
    const [url = ''] = await look.children(place)
    const path = `${place}/${encodeNodeName(url)}`
    const owner = await look.owner(path)
    await thief.takeOver(path)
    await vi.waitFor(async () => expect(await look.owner(path)).toBe(owner), { timeout: 2_000 })
    thief.close()
    await new Promise((next) => setTimeout(next, 200))
    expect(await look.owner(path)).toBe(owner)
    expect(warnings.length).toBeGreaterThan(0)
    await registry.close()
    look.close()
  })

  it('replace those that the process left behind in its last session', async () => {
    const root = ownChroot()
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + root, { sessionTimeoutMs: 2_000 })
    const look = await inspect(address)
    await registry.publish(instanceOn(1001)).ready
    const place = `${root}/dubbo/${ticketService}/providers`
    const [url = ''] = await look.children(place)
    const path = `${place}/${encodeNodeName(url)}`
    await proxy.expireSession()
    // Before the process is back, somebody with a session of his own puts the same node there.
    await look.create(path, { ephemeral: true }).catch(() => {})
    const foreign = await look.owner(path)
    await vi.waitFor(
      async () => {
        const owner = await look.owner(path)
        expect(owner).toBeDefined()
        expect(owner).not.toBe(foreign)
      },
      { timeout: 3_000 },
    )
    await registry.close()
    await proxy.close()
    look.close()
  })
})
