import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { UserServiceClient } from '../../generated/user.js'
import { closeAll, closedPort, connectTo } from '../support/network.js'
import { figure, readExposition } from '../support/prometheus.js'
import { project, type Serving, startExample, startTsubo, userService, write } from '../support/serving.js'

afterEach(closeAll)

const files = {
  'tsubo.config.ts': `
    import { defineConfig } from 'tsubo/serve'
    export default defineConfig({ application: { name: 'shop' }, registry: { address: 'N/A' }, scan: 'service' })
  `,
  'service/users.ts': userService("return 'first'"),
}

/** This machine's address for others; one of its own beside 127.0.0.1 where there is no network. */
const outside =
  Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal)?.address ?? '127.0.0.2'

/** Where it printed that its endpoint is. */
async function opsOf(serving: Serving, host = '127.0.0.1'): Promise<string> {
  const url = new RegExp(`ops endpoint at (http://${host.replaceAll('.', '\\.')}:\\d+)\n`)
  await serving.prints(url)
  return url.exec(serving.printed())?.[1] ?? ''
}

/** What it says, and undefined where nobody listens. */
async function ready(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(`${url}/readyz`)
    await response.arrayBuffer()
    return response.status
  } catch {
    return undefined
  }
}

test('tsubo serve --ops prints where it is, and answers probes until it ends', { timeout: 60_000 }, async () => {
  const serving = startTsubo(['serve', '--ops', '0', '--port', '0'], project(files))
  const url = await opsOf(serving)
  expect(await ready(url)).toBe(200)
  expect(await ready(url.replace('127.0.0.1', outside))).toBeUndefined()
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('tsubo_')
  expect(await serving.end()).toBe(0)
  expect(await ready(url)).toBeUndefined()
})

test("ops.metrics: 'dubbo' has Dubbo's names for calls, and no others", { timeout: 60_000 }, async () => {
  const config = `
    import { defineConfig } from 'tsubo/serve'
    export default defineConfig({
      application: { name: 'shop' },
      registry: { address: 'N/A' },
      protocol: { port: 0 },
      ops: { port: 0, metrics: 'dubbo' },
      scan: 'service',
    })
  `
  const serving = startTsubo(['serve'], project({ ...files, 'tsubo.config.ts': config }))
  const url = await opsOf(serving)
  const [, port] = /tsubo:\/\/[^ ]*?:(\d+)/.exec(serving.printed()) ?? []
  const client = connectTo([Number(port)])
  expect(await new UserServiceClient(client).buyTicket()).toBe('first')
  const families = readExposition(await (await fetch(`${url}/metrics`)).text())
  const of = { application_name: 'shop', method: 'buyTicket' }
  expect(figure(families, 'dubbo_provider_requests_total', of)).toBe(1)
  expect(figure(families, 'dubbo_application_info_total', { application_name: 'shop' })).toBe(1)
  expect([...families.keys()].filter((name) => /^rpc_|_calls_active/.test(name))).toEqual([])
  // What else a process tells comes with any of them.
  expect(figure(families, 'tsubo_server_connections')).toBe(1)
})

test('with --watch and a port of its own it is there again after each restart', { timeout: 60_000 }, async () => {
  const port = await closedPort()
  const folder = project(files)
  const serving = startTsubo(['serve', '--watch', '--ops', String(port), '--port', '0'], folder)
  const url = `http://127.0.0.1:${port}`
  await serving.prints(`ops endpoint at ${url}`)
  expect(await ready(url)).toBe(200)
  for (const [restarts, answer] of ['second', 'third'].entries()) {
    write(join(folder, 'service/users.ts'), userService(`return '${answer}'`))
    await serving.prints(`ops endpoint at ${url}`, restarts + 2)
    expect(await ready(url)).toBe(200)
  }
  // The old one has let go of it before the new one took it, or that would have failed.
  expect(serving.printed()).not.toContain('EADDRINUSE')
  expect(serving.printed().split('shop: ending')).toHaveLength(3)
  expect(await serving.end()).toBe(0)
  expect(await ready(url)).toBeUndefined()
})

test('the example provider --ops has the same, and a switch for whoever shows TSUBO_OPS_TOKEN', {
  timeout: 60_000,
}, async () => {
  const token = 'a-token-of-some-length'
  const serving = startExample('provider', ['--port', '0', '--ops', '0'], { TSUBO_OPS_TOKEN: token })
  const url = await opsOf(serving)
  expect(await ready(url)).toBe(200)
  expect(await ready(url.replace('127.0.0.1', outside))).toBeUndefined()
  const offline = async (headers: Record<string, string> = {}) =>
    (await fetch(`${url}/offline`, { method: 'POST', headers })).status
  const online = async () => {
    const { provided } = (await (await fetch(`${url}/services`)).json()) as { provided: { online: boolean }[] }
    return provided.map((service) => service.online)
  }
  expect(await offline()).toBe(401)
  expect(await offline({ authorization: `Bearer ${token}s` })).toBe(401)
  expect(await online()).not.toContain(false)
  expect(await offline({ authorization: `Bearer ${token}` })).toBe(200)
  expect(await online()).not.toContain(true)
  expect(await serving.end()).toBe(0)
  expect(await ready(url)).toBeUndefined()
})

test('--ops-host 0.0.0.0: probes from outside are answered, by tsubo serve and the example', {
  timeout: 60_000,
}, async () => {
  const args = ['--ops', '0', '--ops-host', '0.0.0.0', '--port', '0']
  const both = [startTsubo(['serve', ...args], project(files)), startExample('provider', args)]
  for (const url of await Promise.all(both.map((serving) => opsOf(serving, '0.0.0.0')))) {
    for (const host of [outside, '127.0.0.1']) expect(await ready(url.replace('0.0.0.0', host))).toBe(200)
  }
  expect(await Promise.all(both.map((serving) => serving.end()))).toEqual([0, 0])
})
