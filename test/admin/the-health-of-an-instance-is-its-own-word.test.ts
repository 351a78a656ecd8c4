import { once } from 'node:events'
import { createServer as createListener } from 'node:net'
import { createClient as createZooKeeperClient } from 'node-zookeeper-client'
import { createServer } from 'tsubo'
import { afterAll, expect, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import { startConsole } from '../support/console.js'
import { Echo, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'

afterAll(closeAll)

const { name } = echoSchema

it('serving, not serving, unreachable within seconds; nobody asks Java`s, or an address that is none of a provider', async () => {
  const own = await startConsole()
  const cookie = await own.login()
  const provider = await createServer({ application: 'shop', services: [new Echo()] }).listen({
    registry: own.registry,
  })
  closeLater(() => provider.close(0))
  await provider.registered
  // Takes connections and never says a word.
  const silent = createListener(() => {})
  await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done))
  closeLater(async () => void silent.close())
  const silentPort = (silent.address() as { port: number }).port
  const others = [`tsubo://127.0.0.1:${silentPort}`, 'tsubo://169.254.169.254:80', 'dubbo://10.0.0.9:20880']
  const [, server = '', root = ''] = /^zookeeper:\/\/([^/]+)(.*)$/.exec(own.address) ?? []
  const zooKeeper = createZooKeeperClient(server, { sessionTimeout: 10_000 })
  zooKeeper.connect()
  await once(zooKeeper, 'connected')
  closeLater(async () => zooKeeper.close())
  for (const other of others) {
    const node = encodeNodeName(`${other}/${name}?application=other&interface=${name}&methods=echo`)
    await new Promise<void>((done, fail) =>
      zooKeeper.mkdirp(`${root}/dubbo/${name}/providers/${node}`, (error) => (error ? fail(error) : done())),
    )
  }
  const health = async (address: string) => {
    const { status, json } = await own.ask(`/api/instances/${encodeURIComponent(address)}`, { cookie })
    return status === 200 ? (json.health ?? 'not asked') : status
  }
  const ours = `127.0.0.1:${provider.bound.port}`
  await vi.waitFor(async () => expect(await health(ours)).toBe('serving'), 5000)
  const began = performance.now()
  await vi.waitFor(async () => expect(await health(`127.0.0.1:${silentPort}`)).toBe('unreachable'), 5000)
  expect(performance.now() - began).toBeLessThan(4000)
  expect(await health('169.254.169.254:80')).toBe('not asked')
  expect(await health('10.0.0.9:20880')).toBe('not asked')
  expect(await health('127.0.0.1:22')).toBe(404)
  provider.offline()
  await vi.waitFor(async () => expect(await health(ours)).toBe('not_serving'), { timeout: 8000, interval: 200 })
})
