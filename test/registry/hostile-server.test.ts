import { expect, it, vi } from 'vitest'
import { serviceKey } from '../../runtime/service-key.js'
import { startFakeServer } from '../support/zookeeper/fake-server.js'
import { startFaultProxy } from '../support/zookeeper/fault-proxy.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'
import { instanceOn, openTestRegistry, ownChroot, watching } from './services.js'

const create = 1
const getChildren2 = 12

describeWithZooKeeper('a connection to ZooKeeper', (address) => {
  it('is made anew after a truncated frame', async () => {
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + ownChroot())
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.last.state).toBe('found'))
    for (let port = 1; port <= 5; port++) {
      proxy.truncateNextFrame()
      const publication = registry.publish(instanceOn(port))
      await vi.waitFor(() => expect(publication.state).toBe('live'), { timeout: 3_000 })
    }
    await vi.waitFor(() => expect(watch.ports).toEqual([1, 2, 3, 4, 5]), { timeout: 3_000 })
    expect(proxy.accepted).toBeGreaterThan(5)
    await registry.close()
    await proxy.close()
  })

  it('survives error codes that its library does not know, for writes and for reads', async () => {
    const proxy = await startFaultProxy(address)
    const { registry, warnings } = openTestRegistry(proxy.address + ownChroot())
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.last.state).toBe('found'))
    proxy.answerNext(-125, create)
    const publication = registry.publish(instanceOn(1001))
    await vi.waitFor(() => expect(warnings).toEqual([expect.stringContaining('QUOTA_EXCEEDED (-125); trying again')]))
    await publication.ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    proxy.answerNext(-127, getChildren2)
    await registry.publish(instanceOn(1002)).ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]), { timeout: 3_000 })
    proxy.answerNext(-9999)
    await registry.publish(instanceOn(1003)).ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002, 1003]), { timeout: 3_000 })
    // The session was moved to another server: this connection is of no use any more.
    proxy.answerNext(-118, create)
    await registry.publish(instanceOn(1004)).ready
    await registry.close()
    await proxy.close()
  })

  it('notices a black hole within the session timeout, and comes back through it', async () => {
    const proxy = await startFaultProxy(address)
    const { registry } = openTestRegistry(proxy.address + ownChroot(), { sessionTimeoutMs: 1_500 })
    const publication = registry.publish(instanceOn(1001))
    await publication.ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    proxy.mode = 'blackhole'
    const start = performance.now()
    await vi.waitFor(() => expect(watch.last).toMatchObject({ stale: true }), { timeout: 1_500, interval: 10 })
    expect(performance.now() - start).toBeLessThan(1_500)
    const during = registry.publish(instanceOn(1002))
    await new Promise((next) => setTimeout(next, 1_000))
    proxy.mode = 'ok'
    await during.ready
    await vi.waitFor(() => expect(publication.state).toBe('live'), { timeout: 3_000 })
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]), { timeout: 3_000 })
    await registry.close()
    await proxy.close()
  })

  it('bears a slow ZooKeeper', async () => {
    const proxy = await startFaultProxy(address)
    proxy.delayMs = 100
    const { registry, warnings } = openTestRegistry(proxy.address + ownChroot(), { sessionTimeoutMs: 2_000 })
    await registry.publish(instanceOn(1001)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]), { timeout: 3_000 })
    expect(warnings).toEqual([])
    await registry.close()
    await proxy.close()
  })
})

it('a server that accepts and never greets is given up after the connect timeout', async () => {
  const server = await startFakeServer(() => {}, { greets: false })
  const { registry, warnings } = openTestRegistry(server.address, { connectTimeoutMs: 500 })
  const watch = watching(registry)
  await vi.waitFor(() => expect(watch.last.state).toBe('failed'), { timeout: 2_000 })
  await vi.waitFor(() => expect(server.connections).toBeGreaterThan(1), { timeout: 3_000 })
  expect(warnings).toHaveLength(1)
  await registry.close()
  await server.close()
})

it('a server that wants SASL (-124) makes watches fail with a reason, not the process', async () => {
  const server = await startFakeServer((request) => {
    request.reply(-124)
    request.socket.end()
  })
  const { registry, warnings } = openTestRegistry(server.address)
  const watch = watching(registry)
  await vi.waitFor(() => expect(watch.last).toMatchObject({ state: 'failed' }))
  expect(String(watch.last.state === 'failed' && watch.last.cause)).toContain('SESSION_CLOSED_REQUIRE_SASL_AUTH (-124)')
  await new Promise((next) => setTimeout(next, 300))
  expect(warnings).toHaveLength(1)
  await registry.close()
  await server.close()
})

it('requests are numbered from 1, for 0 would count as outstanding for ever, and no table of watches is ever sent', async () => {
  const seen: { readonly xid: number; readonly type: number }[] = []
  const server = await startFakeServer(({ xid, type, reply, socket }) => {
    seen.push({ xid, type })
    reply(0, Buffer.alloc(4 + 68))
    if (seen.length === 3) socket.resetAndDestroy()
  })
  const { registry } = openTestRegistry(server.address, { registerConsumers: false })
  const watches = [1, 2, 3].map((each) => watching(registry, serviceKey(`s${each}`)))
  await vi.waitFor(() => expect(server.connections).toBe(2), { timeout: 3_000 })
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(6))
  await vi.waitFor(() => expect(watches.map(({ last }) => last)).toMatchObject([1, 2, 3].map(() => ({ stale: false }))))
  expect(seen.slice(0, 6)).toEqual([1, 2, 3, 1, 2, 3].map((xid) => ({ xid, type: getChildren2 })))
  await registry.close()
  await server.close()
})

/** Frames that no ZooKeeper sends; each ended a process in one way or another. */
const nonsense: readonly (readonly [name: string, bytes: string])[] = [
  ['a negative length', 'fffffffc'],
  ['a length of 2 GB', '7fffffff'],
  ['an empty frame', '00000000'],
  ['a frame too short for a header', '0000000400000001'],
  ['a reply to nobody', '0000001000002710000000000000000100000000'],
  ['an event of an unknown type', '00000021ffffffffffffffffffffffff00000000000000630000000300000005000000002f61620000'],
  ['an event without a body', '00000010ffffffffffffffffffffffff00000000'],
  ['a web page', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n').toString('hex')],
]

it.each(nonsense)('%s from the server costs one connection and nothing else', async (_name, hex) => {
  let sent = 0
  const server = await startFakeServer((request) => {
    if (sent++ < 2) request.write(Buffer.from(hex, 'hex'))
    else request.reply(-101)
  })
  const { registry } = openTestRegistry(server.address, { registerConsumers: false })
  const watch = watching(registry)
  await vi.waitFor(() => expect(watch.last.state).toBe('found'), { timeout: 5_000 })
  expect(server.connections).toBeGreaterThan(1)
  await registry.close()
  await server.close()
})

it('a reply whose body is cut inside its frame costs one connection and nothing else', async () => {
  let sent = 0
  const server = await startFakeServer((request) => {
    if (sent++ === 0) request.reply(0, Buffer.from('0000000a0000', 'hex'))
    else request.reply(-101)
  })
  const { registry } = openTestRegistry(server.address, { registerConsumers: false })
  const watch = watching(registry)
  await vi.waitFor(() => expect(watch.last.state).toBe('found'), { timeout: 5_000 })
  expect(server.connections).toBe(2)
  await registry.close()
  await server.close()
})
