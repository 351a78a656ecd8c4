import { copyFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type ClientTls, principalOf, type ServerTls } from '../../runtime/protocol/tls.js'
import { type Authority, newAuthority } from '../support/certificates.js'
import { EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provideEcho, until } from '../support/network.js'

let authority: Authority
let stranger: Authority
let server: { certFile: string; keyFile: string }
beforeAll(() => {
  authority = newAuthority()
  stranger = newAuthority('Stranger')
  server = authority.issue('server')
}, 30_000)
afterAll(() => {
  authority.remove()
  stranger.remove()
})
afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

async function provideTo(clientCertificate: ServerTls['clientCertificate'] & string, caFile = authority.caFile) {
  let handled = 0
  const running = await provideEcho(
    (_value, call) => {
      handled++
      return String(call.principal)
    },
    { tls: { ...server, caFile, clientCertificate } },
  )
  return { port: running.bound.port, handled: () => handled, connections: () => running.connections }
}
const clientOf = (port: number, own: ClientTls = {}) =>
  new EchoServiceClient(connectTo([port], { tls: { caFile: authority.caFile, ...own } }))
const client = (names: string, name = 'client', by = authority) =>
  by.issue(name, { names, usage: 'clientAuth', commonName: 'miao' })

test.each([
  ['its URI', 'DNS:web.example,URI:spiffe://miao/web', 'spiffe://miao/web'],
  ['else its DNS name', 'DNS:web.example,IP:10.0.0.1', 'web.example'],
  ['else its common name', '', 'miao'],
])('a caller is named by %s', async (_what, names, principal) => {
  const { port } = await provideTo('require')
  expect(await clientOf(port, client(names)).echo('who')).toBe(principal)
})

test('one that shows none where one is required is refused in words, before anything runs', async () => {
  const { port, handled } = await provideTo('require')
  const error = await failure(clientOf(port).echo('x'))
  expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  expect(error.message).toMatch(/can't be reached: this port wants a client certificate, and none was shown/)
  expect(handled()).toBe(0)
})

test.each([
  ['of another authority', () => client('', 'other', stranger), /isn't good here: /],
  ['that has expired', () => authority.issue('old', { expired: true, usage: 'clientAuth' }), /CERT_HAS_EXPIRED/],
  ['made for servers', () => authority.issue('wrong', { usage: 'serverAuth' }), /INVALID_PURPOSE/],
])('one %s is as good as none', async (_what, issue, reason) => {
  // Files that have expired are told on this side, too.
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const own = issue()
  const required = await provideTo('require')
  expect((await failure(clientOf(required.port, own).echo('x'))).message).toMatch(reason)
  expect(required.handled()).toBe(0)
  const requested = await provideTo('request')
  expect(await clientOf(requested.port, own).echo('who')).toBe('undefined')
})

test('where one is only requested, callers without may call and have no name', async () => {
  const { port } = await provideTo('request')
  expect(await clientOf(port).echo('who')).toBe('undefined')
  expect(await clientOf(port, client('URI:spiffe://miao/web')).echo('who')).toBe('spiffe://miao/web')
})

/** A client whose connection goes as soon as nobody calls, so that its next call shakes hands anew. */
const renewing = (port: number, tls: ClientTls) =>
  new EchoServiceClient(connectTo([port], { tls, idleLimitMs: 20, timeoutMs: 10_000 }))

/** Files that can be replaced while they are in use. */
function live(name: string) {
  const files = {
    certFile: join(authority.folder, `${name}.live.pem`),
    keyFile: join(authority.folder, `${name}.live.key`),
  }
  return {
    ...files,
    put(from: { certFile: string; keyFile: string }) {
      copyFileSync(from.keyFile, files.keyFile)
      copyFileSync(from.certFile, files.certFile)
    },
  }
}

test('a client’s renewed certificate is shown from its next connection on, without a restart', async () => {
  const { port, connections } = await provideTo('require')
  const { put, ...own } = live('own')
  put(client('URI:spiffe://miao/before', 'before'))
  const caller = renewing(port, { caFile: authority.caFile, ...own })
  expect(await caller.echo('who')).toBe('spiffe://miao/before')
  put(client('URI:spiffe://miao/after', 'after'))
  await until(() => connections() === 0)
  expect(await caller.echo('who')).toBe('spiffe://miao/after')
})

test('renewed authorities count from the next connection on, a server’s and a client’s', async () => {
  const caFile = join(authority.folder, 'live-ca.pem')
  copyFileSync(authority.caFile, caFile)
  const { port, connections } = await provideTo('require', caFile)
  const known = client('URI:spiffe://known', 'known')
  const strange = client('URI:spiffe://strange', 'strange', stranger)
  const ours = renewing(port, { caFile: authority.caFile, ...known })
  const theirs = renewing(port, { caFile: authority.caFile, ...strange })
  expect(await ours.echo('who')).toBe('spiffe://known')
  expect((await failure(theirs.echo('who'))).message).toMatch(/isn't good here/)
  await until(() => connections() === 0)
  copyFileSync(stranger.caFile, caFile)
  // After its back-off: the first answers may still be from the one before.
  await expect.poll(() => theirs.echo('who').catch(() => ''), { timeout: 5000 }).toBe('spiffe://strange')
  expect((await failure(ours.echo('who'))).message).toMatch(/isn't good here/)

  const trusted = join(authority.folder, 'live-trusted.pem')
  copyFileSync(stranger.caFile, trusted)
  const distrustful = renewing(port, { caFile: trusted, ...strange })
  expect((await failure(distrustful.echo('who'))).message).toMatch(/authority not trusted here|not of the authority/)
  copyFileSync(authority.caFile, trusted)
  await expect.poll(() => distrustful.echo('who').catch(() => ''), { timeout: 5000 }).toBe('spiffe://strange')
})

test('no session is resumed: every connection shows its certificate anew', async () => {
  const { port } = await provideTo('require')
  const own = client('')
  const open = (session?: Buffer) =>
    new Promise<{ session: Buffer | undefined; reused: boolean }>((resolve, reject) => {
      const socket = tls.connect({
        host: '127.0.0.1',
        port,
        ca: readFileSync(authority.caFile),
        cert: readFileSync(own.certFile),
        key: readFileSync(own.keyFile),
        ...(session && { session }),
      })
      let offered: Buffer | undefined
      socket.on('session', (ticket) => (offered = ticket))
      socket.once('error', reject)
      socket.once('secureConnect', () =>
        setTimeout(() => {
          resolve({ session: offered, reused: socket.isSessionReused() })
          socket.destroy()
        }, 50),
      )
    })
  const first = await open()
  expect((await open(first.session)).reused).toBe(false)
})

test.each([
  ['URI:spiffe://a, DNS:b', 'spiffe://a'],
  ['DNS:"a, URI:spiffe://admin", DNS:b', 'a, URI:spiffe://admin'],
  ['IP Address:10.0.0.1', 'cn'],
  [undefined, 'cn'],
])('a subjectAltName of %s names %s', (subjectaltname, principal) => {
  expect(principalOf({ subjectaltname, subject: { CN: 'cn' } })).toBe(principal)
})

test('a certificate without any name names nobody', () => {
  expect(principalOf({ subjectaltname: '', subject: {} })).toBeUndefined()
})
