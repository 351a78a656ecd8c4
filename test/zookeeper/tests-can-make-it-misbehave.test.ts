import { startZooKeeper, type ZooKeeper } from 'tsubo/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { instanceOn, openTestRegistry, watching } from '../registry/services.js'

let server: ZooKeeper
const closing: (() => Promise<void>)[] = []
beforeEach(async () => {
  server = await startZooKeeper({ tickMs: 100 })
})
afterEach(async () => {
  server.script = undefined
  await Promise.all(closing.splice(0).map((close) => close()))
  await server.close()
})

function open(options = {}) {
  const opened = openTestRegistry(`${server.host}:${server.port}`, options)
  closing.push(() => opened.registry.close())
  return opened
}

const providers = '/dubbo/com.miao.server.TicketService/providers'

describe('a registry client is held to', () => {
  it('a session that expires: its nodes are there again, in another session', async () => {
    const { registry } = open()
    await registry.publish(instanceOn(1001)).ready
    const [before] = server.sessions
    expect(before?.ephemerals).toEqual([expect.stringContaining(`${providers}/tsubo`)])
    expect(server.expire(before?.id ?? '')).toBe(true)
    expect(server.expire(before?.id ?? '')).toBe(false)
    await vi.waitFor(() => expect(server.sessions[0]?.ephemerals).toHaveLength(1), { timeout: 3_000 })
    expect(server.sessions[0]?.id).not.toBe(before?.id)
  })

  it('connections that are cut: the session goes on', async () => {
    const { registry } = open()
    await registry.publish(instanceOn(1001)).ready
    const [before] = server.sessions
    server.disconnect(before?.id)
    await vi.waitFor(() => expect(server.sessions[0]).toMatchObject({ ...before, connected: true }), { timeout: 3_000 })
  })

  it('a watch that was dropped, until the connection is made anew', async () => {
    const { registry } = open()
    const { registry: other } = open({ registerConsumers: false })
    const watch = watching(other)
    await registry.publish(instanceOn(1001)).ready
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
    // Once it has read it again, and with that watches it again.
    await vi.waitFor(() => expect(server.dropWatches(providers)).toBe(1))
    await registry.publish(instanceOn(1002)).ready
    expect(watch.ports).toEqual([1001])
    server.disconnect()
    await vi.waitFor(() => expect(watch.ports).toEqual([1001, 1002]), { timeout: 3_000 })
  })

  it('an error code in answer to one operation', async () => {
    const { registry, warnings } = open()
    let refused = 0
    server.script = ({ op, path }) =>
      op === 'create' && path?.startsWith(`${providers}/`) && refused++ === 0 ? { answer: -125 } : undefined
    await registry.publish(instanceOn(1001)).ready
    expect(warnings).toEqual([expect.stringContaining('QUOTA_EXCEEDED (-125)')])
  })

  it('an answer that is lost on the way: what was created is found', async () => {
    const { registry } = open()
    const seen: string[] = []
    server.script = ({ op, path }) => {
      if (op !== 'connect' && !(op === 'create' && path?.startsWith(`${providers}/`))) return undefined
      const first = op === 'create' && !seen.includes('create')
      seen.push(op)
      return first ? 'lose' : undefined
    }
    await registry.publish(instanceOn(1001)).ready
    expect(seen.slice(0, 3)).toEqual(['connect', 'create', 'connect'])
    expect(server.sessions.flatMap(({ ephemerals }) => ephemerals)).toHaveLength(1)
  })

  it('a connection that is dropped before anything was done', async () => {
    const { registry } = open()
    let dropped = false
    server.script = ({ op }) => {
      if (op !== 'create' || dropped) return undefined
      dropped = true
      return 'drop'
    }
    await registry.publish(instanceOn(1001)).ready
    expect(dropped).toBe(true)
  })

  it('a server that is slow: order is kept', async () => {
    const { registry, warnings } = open()
    server.script = ({ op }) => (op === 'connect' ? undefined : { delayMs: 20 })
    await registry.publish(instanceOn(1001)).ready
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.ports).toEqual([1001]), { timeout: 3_000 })
    expect(warnings).toEqual([])
  })

  it('a server that accepts and never answers, for as long as it does', async () => {
    server.script = () => 'hang'
    const { registry } = open({ connectTimeoutMs: 200 })
    const watch = watching(registry)
    await vi.waitFor(() => expect(watch.last.state).toBe('failed'), { timeout: 3_000 })
    server.script = undefined
    await vi.waitFor(() => expect(watch.last.state).toBe('found'), { timeout: 5_000 })
  })
})

it('a host that others can reach is refused unless that is wanted', async () => {
  await expect(startZooKeeper({ host: '0.0.0.0' })).rejects.toThrow(
    '0.0.0.0 can be reached from other machines, and whoever reaches it may read and change everything',
  )
  await (await startZooKeeper({ host: '0.0.0.0', insecure: true })).close()
})
