import { afterAll, expect, it, vi } from 'vitest'
import type { Status } from '../../admin/api.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { createServer } from '../../runtime/server.js'
import { eventsOf, startConsole } from '../support/console.js'
import { Echo, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'
import { describeWithPrivateZooKeeper } from '../support/zookeeper/suite.js'

const { name } = echoSchema

describeWithPrivateZooKeeper('the console whose registry is away', (server) => {
  afterAll(closeAll)

  it('serves before it is there, says so, keeps what it has, and goes on when it is back', async () => {
    const registry = openRegistry(`zookeeper://${server().address}?timeout=500`, { onWarning() {} })
    closeLater(() => registry.close())
    const provider = await createServer({ application: 'shop', services: [new Echo()] }).listen({ registry })
    closeLater(() => provider.close(0))
    await provider.registered
    await server().kill()

    const own = await startConsole({}, `zookeeper://${server().address}?timeout=500`)
    const cookie = await own.login()
    const status = async (): Promise<Status> => (await own.ask('/api/status', { cookie })).json
    expect(['syncing', 'away']).toContain((await status()).registry.state)
    expect((await own.ask('/api/services', { cookie })).json).toMatchObject({ total: 0 })
    await vi.waitFor(
      async () => expect((await status()).registry).toMatchObject({ state: 'away', reason: expect.any(String) }),
      5000,
    )

    const { answer, request } = await own.open('/api/events', { cookie })
    const states: string[] = []
    void (async () => {
      for await (const { event, data } of eventsOf(answer)) {
        if (event === 'status') states.push((data as Status).registry.state)
      }
    })().catch(() => {})
    await server().start()
    const row = { name, providers: 1 }
    await vi.waitFor(
      async () => expect((await own.ask('/api/services', { cookie })).json.items).toMatchObject([row]),
      10_000,
    )
    await vi.waitFor(async () => expect((await status()).registry.state).toBe('connected'), 5000)
    await server().kill()
    await vi.waitFor(async () => expect((await status()).registry.state).toBe('away'), 5000)
    expect((await own.ask('/api/services', { cookie })).json.items).toMatchObject([row])
    expect((await own.ask('/api/rules/shop.tag-router', { cookie })).status).toBe(404)
    const save = { method: 'PUT', body: { text: 'tags: []', expected: 'none' }, cookie }
    expect(await own.ask('/api/rules/shop.tag-router', save)).toMatchObject({
      status: 503,
      json: { error: { code: 'unavailable' } },
    })
    const told = () => states.filter((state) => state !== 'syncing')
    await vi.waitFor(() => expect(told()).toEqual(['away', 'connected', 'away']))
    await server().start()
    await vi.waitFor(async () => expect((await status()).registry.state).toBe('connected'), 10_000)
    request.destroy()
  })
})
