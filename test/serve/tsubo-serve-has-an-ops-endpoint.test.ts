import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { closeAll, closedPort } from '../support/network.js'
import { project, startTsubo, userService, write } from '../support/serving.js'

afterEach(closeAll)

const files = {
  'tsubo.config.ts': `
    import { defineConfig } from 'tsubo/serve'
    export default defineConfig({ application: { name: 'shop' }, registry: { address: 'N/A' }, scan: 'service' })
  `,
  'service/users.ts': userService("return 'first'"),
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
  await serving.prints(/ops endpoint at http:\/\/127\.0\.0\.1:\d+/)
  const [url = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(serving.printed()) ?? []
  expect(await ready(url)).toBe(200)
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('tsubo_')
  expect(await serving.end()).toBe(0)
  expect(await ready(url)).toBeUndefined()
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
