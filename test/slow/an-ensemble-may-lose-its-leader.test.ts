import { expect, it, vi } from 'vitest'
import { instanceOn, openTestRegistry, ownChroot, ticketService, watching } from '../registry/services.js'
import { ephemeralNodes } from '../support/zookeeper/four-letter.js'
import { describeWithEnsemble } from '../support/zookeeper/suite.js'

const sessionTimeoutMs = 4_000

describeWithEnsemble('with three ZooKeepers', (ensemble) => {
  const owned = async (root: string) => {
    const nodes = await ephemeralNodes((await ensemble().leader()).port)
    return [...nodes].filter(([path]) => path.startsWith(`${root}/dubbo/${ticketService}/`))
  }

  it('the leader may be killed: the session goes on, its nodes stay, changes arrive', async () => {
    const root = ownChroot()
    const options = { sessionTimeoutMs, connectTimeoutMs: 5_000 }
    const { registry, warnings } = openTestRegistry(ensemble().address + root, options)
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    await vi.waitFor(async () => expect(await owned(root)).toHaveLength(2))
    const { session } = registry

    const leader = await ensemble().leader()
    await leader.kill()
    const other = registry.publish(instanceOn(1002))
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]), { timeout: sessionTimeoutMs })
    expect(other.state).toBe('live')
    await vi.waitFor(() => expect(publication.state).toBe('live'), { timeout: sessionTimeoutMs })
    expect(registry.session).toEqual(session)
    expect(watch.all.every((each) => each.state !== 'found' || each.providers.length > 0)).toBe(true)
    expect((await owned(root)).map(([, owner]) => owner)).toEqual([session?.id, session?.id, session?.id])
    await leader.start()
    await registry.close()
    await vi.waitFor(async () => expect(await owned(root)).toEqual([]))
    expect(warnings.filter((text) => !/reach/.test(text))).toEqual([])
  })

  it('all may be restarted, one after the other', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(ensemble().address + root, { sessionTimeoutMs, connectTimeoutMs: 5_000 })
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    for (const [index, server] of ensemble().servers.entries()) {
      await server.kill()
      await server.start()
      await registry.publish(instanceOn(2001 + index)).ready
      await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false, providers: { length: 2 + index } }), {
        timeout: 8_000,
      })
    }
    await vi.waitFor(() => expect(publication.state).toBe('live'))
    await registry.close()
  })

  it('a majority may be lost for longer than the session lasts', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(ensemble().address + root, { sessionTimeoutMs: 2_000 })
    await registry.publish(instanceOn(1001)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    const [a, b] = ensemble().servers
    await Promise.all([a?.kill(), b?.kill()])
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: true }), { timeout: 3_000 })
    await new Promise((next) => setTimeout(next, 4_000))
    expect(watch.ports).toEqual([1001])
    await Promise.all([a?.start(), b?.start()])
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: false }), { timeout: 8_000 })
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]), { timeout: 4_000 })
    await vi.waitFor(async () => expect(await owned(root)).toHaveLength(2), { timeout: 4_000 })
    await registry.close()
  })
})
