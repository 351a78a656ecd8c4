import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { formatAddress } from '../../runtime/address.js'
import { createClient } from '../../runtime/client.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { memory } from '../../runtime/registry/memory.js'
import { readProviderUrl } from '../../runtime/registry/provider-url.js'
import type { Registry } from '../../runtime/registry/registry.js'
import { createServer, describeServer, type ServeOptions } from '../../runtime/server.js'
import { newAuthority } from '../support/certificates.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, failure } from '../support/network.js'

const folder = mkdtempSync(join(tmpdir(), 'tsubo-'))
let count = 0
const newPath = () => join(folder, `${count++}.sock`)
afterEach(closeAll)
process.once('exit', () => rmSync(folder, { recursive: true, force: true }))

async function provideAt(path: string, options: ServeOptions = {}, more = {}) {
  const server = createServer({
    services: [new Echo((value, call) => value || formatAddress(call.peer as never))],
    ...more,
  })
  const running = await server.listen({ path, ...options })
  closeLater(() => running.close(0))
  return running
}

function clientOf(registry: Registry, more = {}) {
  const client = createClient({ registry, ...more })
  closeLater(() => client.close(0))
  return new EchoServiceClient(client)
}

test('a call goes over it; only its owner may connect; it is removed at the end', async () => {
  const path = newPath()
  const mask = process.umask()
  const running = await provideAt(path)
  expect(process.umask()).toBe(mask)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(describeServer(running)).toBe(`tsubo://unix:${path} (bound to unix:${path})`)
  const registry = openRegistry(`static://unix:${path}`)
  expect(registry).toMatchObject({ name: `static://unix:${path}`, loopback: true })
  const client = clientOf(registry)
  expect(await client.echo('x')).toBe('x')
  expect(await client.echo('')).toBe(`tsubo://unix:${path}`)
  await running.close(0)
  expect(existsSync(path)).toBe(false)
  expect((await failure(client.book('x', { timeoutMs: 100 }))).message).toContain(`unix:${path} can't be reached`)
})

test('it is found through a registry of this process, and may be opened to others', async () => {
  const path = newPath()
  const registry = memory('unix')
  await provideAt(path, { registry, pathMode: 0o660 })
  expect(statSync(path).mode & 0o777).toBe(0o660)
  expect(await clientOf(registry).echo('x')).toBe('x')
})

test('TLS goes over it as well', async () => {
  const authority = newAuthority()
  const path = newPath()
  await provideAt(path, {}, { tls: authority.issue('server') })
  const client = clientOf(openRegistry(`static://unix:${path}`), { tls: { caFile: authority.caFile } })
  expect(await client.echo('x')).toBe('x')
  authority.remove()
})

test('a socket that a crash left behind is replaced, one in use is not', async () => {
  const path = newPath()
  const crash = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', crash])
  expect(statSync(path).isSocket()).toBe(true)
  await provideAt(path)
  expect(await clientOf(openRegistry(`static://unix:${path}`)).echo('x')).toBe('x')
  await expect(provideAt(path)).rejects.toThrow(`can't listen on unix:${path}: another process listens there`)
  expect(await clientOf(openRegistry(`static://unix:${path}`)).echo('still')).toBe('still')
})

test('a file that is no socket stays', async () => {
  const path = newPath()
  writeFileSync(path, 'precious')
  await expect(provideAt(path)).rejects.toThrow('there is a file that is no socket')
  expect(statSync(path).size).toBe(8)
})

test.each([
  [{ path: '/tmp/x.sock', port: 1 }, /either a path or a port/],
  [{ path: `/tmp/${'x'.repeat(110)}` }, /too long for a socket: 10[37] bytes/],
  [{ path: '/nowhere/at/all.sock' }, /can't listen on unix:\/nowhere\/at\/all\.sock: /],
  [
    { path: '/tmp/x.sock', registry: { ...memory('far'), name: 'zookeeper://z:1', loopback: false } },
    /cannot be published in zookeeper:\/\/z:1/,
  ],
])('what can’t be is refused: %j', async (options, message) => {
  await expect(createServer({ services: [new Echo()] }).listen(options)).rejects.toThrow(message)
})

test('a registry others write to can’t send a consumer to a socket of its own machine', () => {
  for (const url of ['tsubo://unix:/run/docker.sock/test.EchoService', 'tsubo://unix:%2Frun%2Fa:1/test.EchoService']) {
    expect(readProviderUrl(url, 'test.EchoService')).toHaveProperty('skipped')
  }
})

test('nothing is left of a socket after close, not even of one that was never used', async () => {
  const path = newPath()
  const running = await provideAt(path)
  const idle = connect(path)
  await new Promise((resolve) => idle.once('connect', resolve))
  const gone = new Promise((resolve) => idle.once('close', resolve))
  await running.close(0)
  await gone
  expect(existsSync(path)).toBe(false)
})
