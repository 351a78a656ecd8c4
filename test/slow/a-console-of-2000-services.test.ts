import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type Client, createClient } from 'node-zookeeper-client'
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest'
import { encodeNodeName } from '../../runtime/address.js'
import { ownChroot } from '../registry/services.js'
import { type Installed, installPackage } from '../support/installed.js'
import { closeAll } from '../support/network.js'
import { startTsubo } from '../support/serving.js'

const services = 2_000
const providers = 20
const perTransaction = 500

// Compiled, as users have it: what loads the sources takes 40 MB of its own.
let installed: Installed
beforeAll(() => {
  installed = installPackage()
}, 120_000)
afterAll(async () => {
  await closeAll()
  installed?.remove()
})

async function create(client: Client, paths: readonly string[]): Promise<void> {
  for (let start = 0; start < paths.length; start += perTransaction) {
    const transaction = client.transaction()
    for (const path of paths.slice(start, start + perTransaction)) transaction.create(path)
    await new Promise<void>((done, fail) => transaction.commit((error) => (error ? fail(error) : done())))
  }
}

const nameOf = (i: number) => `com.example.scale.department${i % 40}.Service${i}`

/** As long as a Java provider's, with about the parameters that it has. */
function urlOf(i: number, n: number): string {
  const name = nameOf(i)
  return encodeNodeName(
    `dubbo://10.${i >> 8}.${i & 255}.${n}:20880/${name}?anyhost=true&application=application-${i % 200}&background=false&deprecated=false&dubbo=2.0.2&dynamic=true&generic=false&interface=${name}&methods=find,create,update,remove&pid=${1000 + n}&release=3.2.14&service-name-mapping=true&side=provider&timestamp=${1_790_000_000_000 + i}`,
  )
}

it('2,000 services of 20 providers: the first page within 1 s, a search within 200 ms, in 300 MB', async () => {
  const root = ownChroot()
  const address = inject('zooKeeper').builtIn
  const zooKeeper = createClient(address, { sessionTimeout: 60_000 })
  zooKeeper.connect()
  await once(zooKeeper, 'connected')
  const all = Array.from({ length: services }, (_, i) => i)
  await create(zooKeeper, [root, `${root}/dubbo`])
  await create(
    zooKeeper,
    all.map((i) => `${root}/dubbo/${nameOf(i)}`),
  )
  await create(
    zooKeeper,
    all.flatMap((i) => ['providers', 'consumers'].map((each) => `${root}/dubbo/${nameOf(i)}/${each}`)),
  )
  for (const i of all) {
    await create(
      zooKeeper,
      Array.from({ length: providers }, (_, n) => `${root}/dubbo/${nameOf(i)}/providers/${urlOf(i, n)}`),
    )
  }

  const { app, tsubo } = installed
  const began = performance.now()
  const admin = startTsubo(
    ['admin', '--registry', `zookeeper://${address}${root}`, '--port', '0', '--data', `${app}/data`],
    app,
    {},
    tsubo,
  )
  await admin.prints('console is ready at ')
  const url = /http:\S+(?=,)/.exec(admin.printed())?.[0] ?? ''
  const readyMs = performance.now() - began
  const login = await fetch(`${url}/api/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"username":"root","password":"root"}',
  })
  const cookie = login.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const get = async (path: string) => {
    const start = performance.now()
    const answer = await fetch(`${url}/api/${path}`, { headers: { cookie } })
    const json = (await answer.json()) as { total: number; items: unknown[]; registry: { state: string } }
    return { json, ms: performance.now() - start }
  }
  // It answers while it reads.
  expect(['syncing', 'connected']).toContain((await get('status')).json.registry.state)
  expect((await get('services?limit=50')).ms).toBeLessThan(1000)
  await vi.waitFor(async () => expect((await get('status')).json.registry.state).toBe('connected'), {
    timeout: 60_000,
    interval: 200,
  })
  const syncedMs = performance.now() - began - readyMs

  const first = await get('services?limit=50')
  expect(first.json).toMatchObject({ total: services, items: { length: 50 } })
  const searches: number[] = []
  for (const [q, total] of [
    ['service1999', 1],
    ['department7', 50],
    ['application-42', 10],
    ['10.3.7.19%3A20880', 1],
    ['nothing', 0],
  ] as const) {
    const found = await get(`services?q=${q}`)
    expect([q, found.json.total]).toEqual([q, total])
    searches.push(found.ms)
  }
  const pages = await Promise.all(
    ['overview', 'applications', 'instances', 'topology', 'search?q=7'].map((path) => get(path)),
  )
  const rssMb = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${admin.child.pid}/status`, 'utf8'))?.[1]) / 1024
  const peakMb = Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${admin.child.pid}/status`, 'utf8'))?.[1]) / 1024
  const figures = {
    readyMs,
    syncedMs,
    firstMs: first.ms,
    searchMs: Math.max(...searches),
    pageMs: Math.max(...pages.map(({ ms }) => ms)),
    rssMb,
    peakMb,
  }
  console.log(
    Object.entries(figures)
      .map(([name, value]) => `${name} ${Math.round(value)}`)
      .join(', '),
  )
  expect(first.ms).toBeLessThan(1000)
  expect(Math.max(...searches)).toBeLessThan(200)
  expect(peakMb).toBeLessThan(300)

  // A provider that comes is there within a second among all these.
  const came = performance.now()
  await create(zooKeeper, [`${root}/dubbo/${nameOf(7)}/providers/${urlOf(7, 99)}`])
  await vi.waitFor(async () => expect((await get('services?q=10.0.7.99')).json.total).toBe(1), {
    timeout: 5000,
    interval: 20,
  })
  expect(performance.now() - came).toBeLessThan(1000)
  zooKeeper.close()
}, 200_000)
