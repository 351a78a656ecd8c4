import { afterEach, beforeEach, expect, it } from 'vitest'
import type { JuteWriter } from '../../zookeeper/jute.js'
import { op } from '../../zookeeper/protocol.js'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'
import { connectRaw, type RawClient, type RawSession } from '../support/zookeeper/raw-client.js'

let server: ZooKeeper
beforeEach(async () => {
  server = await startZooKeeper({ tickMs: 50, minSessionTimeoutMs: 100, maxSessionTimeoutMs: 20_000 })
})
afterEach(() => server.close())

const dial = (timeoutMs = 10_000, resume?: RawSession): Promise<RawClient> =>
  connectRaw(server.host, server.port, { timeoutMs, ...(resume && { resume }) })

function create(client: RawClient, path: string, flags: number) {
  return client.request(op.create, (out: JuteWriter) => {
    out.string(path).buffer(undefined)
    out.vector([0], () => out.int(31).string('world').string('anyone'))
    out.int(flags)
  })
}
const exists = (client: RawClient, path: string, watch = false) =>
  client.request(op.exists, (out) => out.string(path).boolean(watch))

it('timeouts are bounded by what the server allows', async () => {
  expect(await Promise.all([1, 5_000, 1_000_000].map(async (ms) => (await dial(ms)).timeoutMs))).toEqual([
    100, 5_000, 20_000,
  ])
})

it('a silent session ends at the first tick after its timeout, and its nodes with it', async () => {
  const silent = await dial(300)
  await create(silent, '/mine', 1)
  const other = await dial()
  await exists(other, '/mine', true)
  const began = performance.now()
  await silent.closed
  const took = performance.now() - began
  expect(took).toBeGreaterThan(295)
  await expect.poll(() => other.takeEvents()).toEqual([{ type: 2, path: '/mine' }])
  expect(server.sessions).toHaveLength(1)
  const again = await dial(300, silent.session)
  expect(again).toMatchObject({ session: { id: 0n }, timeoutMs: 0 })
  await again.closed
})

it('pings keep it', async () => {
  const client = await dial(200)
  for (let n = 0; n < 8; n++) {
    await new Promise((next) => setTimeout(next, 80))
    client.ping()
  }
  expect(await exists(client, '/')).toMatchObject({ code: 0 })
})

it('a lost connection takes its watches along, not its nodes; another one goes on with the session', async () => {
  const first = await dial()
  await create(first, '/mine', 1)
  await exists(first, '/mine', true)
  first.destroy()
  const second = await dial(5_000, first.session)
  expect(second).toMatchObject({ session: first.session, timeoutMs: 5_000 })
  const other = await dial()
  expect(await exists(other, '/mine')).toMatchObject({ code: 0 })
  await other.request(op.setData, (out) => out.string('/mine').buffer(undefined).int(-1))
  await exists(second, '/')
  expect(second.takeEvents()).toEqual([])

  // A second connection for a living session ends the first, and the first one's end is not the session's.
  const third = await dial(5_000, first.session)
  await second.closed
  expect(await exists(third, '/mine')).toMatchObject({ code: 0 })
  expect(server.sessions).toHaveLength(2)
})

it('a wrong password gets nothing, though the connection that was there is gone', async () => {
  const client = await dial()
  const guess = await dial(5_000, { id: client.session.id, password: Buffer.alloc(16) })
  expect(guess).toMatchObject({ session: { id: 0n }, timeoutMs: 0 })
  await Promise.all([guess.closed, client.closed])
  expect((await dial(5_000, client.session)).session.id).toBe(client.session.id)
})

it('closing a session deletes its nodes before anybody is answered', async () => {
  const [client, other] = [await dial(), await dial()]
  await create(client, '/mine', 1)
  await exists(other, '/mine', true)
  expect(await client.request(op.closeSession)).toMatchObject({ code: 0 })
  await client.closed
  expect(await exists(other, '/mine')).toMatchObject({ code: -101 })
  expect(other.takeEvents()).toEqual([{ type: 2, path: '/mine' }])
})

it('watch events come before the answer to the write that caused them', async () => {
  const client = await dial()
  await exists(client, '/a', true)
  await client.request(op.getChildren2, (out) => out.string('/').boolean(true))
  const reply = await create(client, '/a', 0)
  expect(client.takeEvents()).toEqual([
    { type: 1, path: '/a' },
    { type: 4, path: '/' },
  ])
  expect(reply).toMatchObject({ code: 0 })
})

it('clients of a server that has been started anew learn that their sessions are over', async () => {
  const client = await dial()
  for (let n = 0; n < 10; n++) await create(client, `/${n}`, 0)
  const { port } = server
  await server.close()
  server = await startZooKeeper({ port })
  expect(await dial(5_000, client.session)).toMatchObject({ session: { id: 0n }, timeoutMs: 0 })
  expect((await dial()).session.id).not.toBe(client.session.id)
})
