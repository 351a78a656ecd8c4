import { expect, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import type { ZooKeeperOptions } from '../../runtime/registry/zookeeper.js'
import { startFakeServer } from '../support/zookeeper/fake-server.js'
import { openTestRegistry, ticketService, watching } from './services.js'

/** A reply's body: the names of children and a stat. */
function children(names: readonly string[]): Buffer {
  const int = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  return Buffer.concat([
    int(names.length),
    ...names.flatMap((name) => [int(name.length), Buffer.from(name)]),
    Buffer.alloc(68),
  ])
}

/** What a consumer finds that saw one provider, lost its session, and sees none. */
async function afterTheLoss(sessionTimeoutMs: number, options: ZooKeeperOptions) {
  const provider = encodeNodeName(`tsubo://127.0.0.1:1001/${ticketService}?application=provider-server`)
  const server = await startFakeServer(
    // Each of its connections is another session.
    ({ reply }) => reply(0, children(server.connections === 1 ? [provider] : [])),
    { sessionTimeoutMs },
  )
  const { registry } = openTestRegistry(server.address, { sessionTimeoutMs, registerConsumers: false, ...options })
  const watch = watching(registry)
  await vi.waitFor(() => expect(watch.ports).toEqual([1001]))
  server.drop()
  await vi.waitFor(() => expect(watch.last).toMatchObject({ providers: [], stale: false }), { timeout: 5_000 })
  const { last } = watch
  await registry.close()
  await server.close()
  return last
}

it('what vanished with the session is kept for as long as a session lasts', async () => {
  expect(await afterTheLoss(40_000, {})).toMatchObject({
    unconfirmed: [{ addresses: [{ port: 1001 }] }],
    reason: expect.stringContaining(
      "1 provider vanished with this consumer's own session: whoever still answers is kept for 40 s",
    ),
  })
})

it('but for 90 s at most', async () => {
  expect(await afterTheLoss(300_000, {})).toMatchObject({ reason: expect.stringContaining('is kept for 90 s') })
})

it('and not at all with keepVanishedMs: 0', async () => {
  const last = await afterTheLoss(40_000, { keepVanishedMs: 0 })
  expect(last).toEqual({ state: 'found', providers: [], stale: false, reason: expect.stringMatching(/ has no nodes$/) })
})
