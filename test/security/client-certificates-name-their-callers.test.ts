import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type ClientTls, principalOf, type ServerTls } from '../../runtime/protocol/tls.js'
import { type Authority, newAuthority } from '../support/certificates.js'
import { EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provideEcho } from '../support/network.js'

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

async function provideTo(clientCertificate: ServerTls['clientCertificate'] & string) {
  let handled = 0
  const { bound } = await provideEcho(
    (_value, call) => {
      handled++
      return String(call.principal)
    },
    { tls: { ...server, caFile: authority.caFile, clientCertificate } },
  )
  return { port: bound.port, handled: () => handled }
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
