import { expect, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { inspect, instanceOn, openTestRegistry, ownChroot, ticketService, watching } from './services.js'

const multi = 14
const place = (root: string) => `${root}/dubbo/${ticketService}/providers`

describeWithZooKeeper('an update of a published instance', (address) => {
  it('is one transaction: who looks all the time sees one node, never none and never both', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const { registry: consumer } = openTestRegistry(address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    await publication.ready
    const watch = watching(consumer)
    await vi.waitFor(() => expect(watch.ports).toEqual([20880]))
    const seen = new Set<number>()
    let looking = true
    const looks = (async () => {
      while (looking) seen.add((await look.children(place(root))).length)
    })()
    for (let weight = 1; weight <= 50; weight++) {
      publication.update(instanceOn(20880, { weight }))
      expect(publication.state).toBe('pending')
      await vi.waitFor(() => expect(publication.state).toBe('live'), { interval: 2 })
    }
    looking = false
    await looks
    expect([...seen]).toEqual([1])
    await vi.waitFor(() => expect(watch.last).toMatchObject({ providers: [{ weight: 50 }] }))
    const found = watch.all.filter(({ state }) => state === 'found')
    expect(found.every((each) => each.state === 'found' && each.providers.length === 1)).toBe(true)
    await Promise.all([registry.close(), consumer.close()])
    look.close()
  })

  it('that takes the last provider offline is believed at once, for it says so itself', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const { registry: consumer } = openTestRegistry(address + root)
    const publication = registry.publish(instanceOn(20880))
    const watch = watching(consumer)
    await vi.waitFor(() => expect(watch.ports).toEqual([20880]))
    publication.update(instanceOn(20880, { enabled: false }))
    await vi.waitFor(() => expect(watch.ports).toEqual([]), { timeout: 500, interval: 5 })
    expect(watch.last).toEqual({
      state: 'found',
      providers: [],
      stale: false,
      reason: expect.stringContaining('1 disabled'),
    })
    publication.update(instanceOn(20880))
    await vi.waitFor(() => expect(watch.ports).toEqual([20880]), { timeout: 500, interval: 5 })
    await Promise.all([registry.close(), consumer.close()])
  })

  it('that comes faster than the server answers ends with the last one alone', async () => {
    const root = ownChroot()
    const { registry } = openTestRegistry(address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    for (let weight = 1; weight <= 50; weight++) publication.update(instanceOn(20880, { weight }))
    await publication.ready
    for (let weight = 1; weight <= 50; weight++) {
      publication.update(instanceOn(20880, { weight: weight % 2 === 0 ? 7 : weight }))
      if (weight % 10 === 0) await new Promise(setImmediate)
    }
    await vi.waitFor(() => expect(publication.state).toBe('live'))
    expect(await look.children(place(root))).toEqual([expect.stringContaining('weight=7')])
    await publication.close()
    expect(await look.children(place(root))).toEqual([])
    await registry.close()
    look.close()
  })

  it('that the server refuses leaves the old node in place, and is tried again', async () => {
    const root = ownChroot()
    const proxy = await startFaultProxy(address)
    const { registry, warnings } = openTestRegistry(proxy.address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    await publication.ready
    proxy.answerNext(-125, multi)
    publication.update(instanceOn(20880, { weight: 20 }))
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('QUOTA_EXCEEDED (-125); trying again')]))
    expect(await look.children(place(root))).toHaveLength(1)
    await vi.waitFor(() => expect(publication.state).toBe('live'))
    expect(await look.children(place(root))).toEqual([expect.stringContaining('weight=20')])
    await registry.close()
    await proxy.close()
    look.close()
  })

  it.each([
    ['whose answer is lost', 'truncate'],
    ['while the server is away', 'refuse'],
    ['while the session expires', 'expire'],
    ['of a node that an operator has deleted', 'delete'],
  ] as const)('%s ends with the new node alone', async (_name, fault) => {
    const root = ownChroot()
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + root)
    const look = await inspect(address)
    const publication = registry.publish(instanceOn(20880))
    await publication.ready
    const update = () => publication.update(instanceOn(20880, { weight: 20 }))
    if (fault === 'truncate') {
      proxy.truncateNextFrame()
      update()
    } else if (fault === 'refuse') {
      proxy.mode = 'refuse'
      proxy.drop('reset')
      update()
      await new Promise((next) => setTimeout(next, 100))
      proxy.mode = 'ok'
    } else if (fault === 'expire') {
      update()
      await proxy.expireSession()
    } else {
      const [url = ''] = await look.children(place(root))
      await look.remove(`${place(root)}/${encodeNodeName(url)}`)
      update()
    }
    await vi.waitFor(() => expect(publication.state).toBe('live'), { timeout: 5_000 })
    expect(await look.children(place(root))).toEqual([expect.stringContaining('weight=20')])
    await registry.close()
    await proxy.close()
    look.close()
  })
})
