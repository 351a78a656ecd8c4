import { expect, it, vi } from 'vitest'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { freePort } from '../support/zookeeper/server.js'
import { describeWithPrivateZooKeeper, describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { instanceOn, openTestRegistry, ownChroot, watching } from './services.js'

describeWithZooKeeper('a ZooKeeper that is not reachable', (address) => {
  it('at start: one line, a watch that fails after the connect timeout, and all is well when it comes up', async () => {
    const port = await freePort()
    const { registry, warnings } = openTestRegistry(`127.0.0.1:${port}${ownChroot()}`, { connectTimeoutMs: 300 })
    const publication = registry.publish(instanceOn(1001))
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.last.state).toBe('failed'))
    expect(watch.all[0]).toEqual({ state: 'pending' })
    expect(watch.last).toMatchObject({
      cause: new Error(
        `zookeeper://127.0.0.1:${port}${registry.name.slice(registry.name.indexOf('/test'))} can't be reached: connect ECONNREFUSED 127.0.0.1:${port}`,
      ),
    })
    expect(publication.state).toBe('failed')
    const late = watching(registry)
    await vi.waitFor(() => expect(late.last.state).toBe('failed'), { timeout: 100, interval: 5 })
    await new Promise((next) => setTimeout(next, 1_000))
    expect(warnings).toEqual([expect.stringContaining("can't be reached (connect ECONNREFUSED")])

    const proxy = await startFaultProxy(address, port)
    await publication.ready
    await vi.waitFor(() => expect([watch.ports, late.ports]).toEqual([[1001], [1001]]))
    expect(publication.state).toBe('live')
    await vi.waitFor(
      () => expect(warnings).toEqual([expect.anything(), expect.stringMatching(/reached after \d\.\d s$/)]),
      {
        timeout: 2_000,
      },
    )
    await registry.close()
    await proxy.close()
  })

  it('later: the last list stays, marked stale, and calls for it are told why', async () => {
    const proxy = await startFaultProxy(address)
    const { registry, warnings } = openTestRegistry(proxy.address + ownChroot())
    await registry.publish(instanceOn(1001)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    const before = watch.last
    proxy.mode = 'refuse'
    proxy.drop('reset')
    await vi.waitFor(() => expect(watch.last).toMatchObject({ state: 'found', stale: true }))
    expect(watch.ports).toEqual([1001])
    expect(watch.last).toMatchObject({ reason: expect.stringContaining('is away, this is its last word') })
    await new Promise((next) => setTimeout(next, 300))
    expect(warnings).toHaveLength(1)
    proxy.mode = 'ok'
    await vi.waitFor(() => expect(watch.last).toMatchObject({ state: 'found', stale: false }), { timeout: 3_000 })
    await vi.waitFor(() => expect(watch.last).toEqual(before), { timeout: 3_000 })
    await registry.close()
    await proxy.close()
  })

  it('is not stormed: tries back off', async () => {
    const proxy = await startFaultProxy(address)
    proxy.mode = 'refuse'
    const { registry } = openTestRegistry(proxy.address, { sessionTimeoutMs: 10_000 })
    await new Promise((next) => setTimeout(next, 2_000))
    expect(proxy.accepted).toBeGreaterThan(1)
    expect(proxy.accepted).toBeLessThan(25)
    await registry.close()
    await proxy.close()
  })

  it('is not waited for when the registry is closed', async () => {
    const { registry } = openTestRegistry('127.0.0.1:1')
    registry.publish(instanceOn(1001))
    watching(registry)
    const start = performance.now()
    await registry.close()
    await registry.close()
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describeWithPrivateZooKeeper('a ZooKeeper that is killed and started again', (server, address) => {
  it('finds provider and consumer as they were', async () => {
    const { registry } = openTestRegistry(server().address + ownChroot(), { sessionTimeoutMs: 2_000 })
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    await server().kill()
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: true }))
    expect(publication.state).toBe('pending')
    await server().start()
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }), { timeout: 5_000 })
    await vi.waitFor(() => expect(publication.state).toBe('live'))
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    const another = registry.publish(instanceOn(1002))
    await another.ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]))
    await registry.close()
  })

  it('whose data has been replaced gets everything anew', async () => {
    const old = await startFaultProxy(address())
    const { registry } = openTestRegistry(old.address + ownChroot(), { sessionTimeoutMs: 10_000, retryMaxMs: 500 })
    // More transactions than the new one has seen.
    for (let port = 1; port <= 20; port++) await registry.publish(instanceOn(port)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toHaveLength(20))
    const told = watch.all.length
    old.target = server().address
    old.drop('reset')
    // It may be back before anybody looks.
    await vi.waitFor(() => expect(watch.all.slice(told)).toContainEqual(expect.objectContaining({ stale: true })))
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }), { timeout: 5_000 })
    await vi.waitFor(() => expect(watch.ports).toHaveLength(20))
    await registry.close()
    await old.close()
  })

  it('is told from one that hangs: a frozen server is noticed within the session timeout', async () => {
    const { registry, warnings } = openTestRegistry(server().address + ownChroot(), { sessionTimeoutMs: 2_000 })
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    await server().pause()
    try {
      await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: true }), { timeout: 2_000 })
      expect(watch.ports).toEqual([1001])
      await vi.waitFor(() => expect(warnings).toHaveLength(1), { timeout: 3_000 })
    } finally {
      await server().resume()
    }
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }), { timeout: 5_000 })
    await vi.waitFor(() => expect(publication.state).toBe('live'), { timeout: 5_000 })
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]), { timeout: 2_000 })
    await registry.close()
  })
})
