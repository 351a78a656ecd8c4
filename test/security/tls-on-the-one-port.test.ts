import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import type { ClientTls, ServerTls } from '../../runtime/protocol/tls.js'
import { createServer } from '../../runtime/server.js'
import { type Authority, newAuthority } from '../support/certificates.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provideEcho, rawServer, sleep } from '../support/network.js'

let authority: Authority
let good: { certFile: string; keyFile: string }
beforeAll(() => {
  authority = newAuthority()
  good = authority.issue('good')
}, 30_000)
afterAll(() => authority.remove())
afterEach(async () => {
  await closeAll()
  vi.restoreAllMocks()
})

const provideTls = async (options: Partial<ServerTls> = {}) =>
  (
    await provideEcho((value, call) => (value === 'peer' ? JSON.stringify(call.peer) : value), {
      tls: { ...good, ...options },
    })
  ).bound.port
const clientOf = (port: number, options: ClientTls = {}) =>
  new EchoServiceClient(connectTo([port], { tls: { caFile: authority.caFile, ...options } }))
/** One attempt, and time enough for a handshake on a busy machine. */
const refusalOf = async (client: EchoServiceClient) => (await failure(client.book('x', { timeoutMs: 2000 }))).message

test('calls go through TLS, small and large, and their handlers know it', async () => {
  const client = clientOf(await provideTls())
  expect(JSON.parse(await client.echo('peer'))).toMatchObject({ secure: true, protocol: 'tsubo', host: '127.0.0.1' })
  const texts = ['', 'x', 'y'.repeat(70_000), 'z'.repeat(3_000_000)]
  expect(await Promise.all(texts.map((text) => client.echo(text, { timeoutMs: 5000 })))).toEqual(texts)
  const many = Array.from({ length: 2000 }, (_, i) => `${i} ${'x'.repeat(i % 300)}`)
  expect(await Promise.all(many.map((text) => client.echo(text, { timeoutMs: 5000 })))).toEqual(many)
})

test('streams go through TLS', async () => {
  const client = clientOf(await provideTls())
  const items: string[] = []
  for await (const item of client.count('5000')) items.push(item)
  expect(items).toHaveLength(5000)
})

test('a handshake that comes byte by byte is recognised', async () => {
  const port = await provideTls()
  // A TLS client whose bytes pass through a proxy that dribbles.
  const proxy = await rawServer((from) => {
    const to = connect(port, '127.0.0.1')
    to.setNoDelay(true)
    from.on('data', async (chunk) => {
      from.pause()
      for (const byte of chunk.subarray(0, 12)) {
        to.write(Uint8Array.of(byte))
        await sleep(1)
      }
      to.write(chunk.subarray(12))
      from.resume()
    })
    to.on('data', (chunk) => from.write(chunk))
    to.on('error', () => {})
    to.on('close', () => from.destroy())
    from.on('close', () => to.destroy())
  })
  expect(await clientOf(proxy).echo('slow', { timeoutMs: 5000 })).toBe('slow')
})

test('a client without TLS is refused in words, and nothing of it has run', async () => {
  const port = await provideTls()
  const error = await failure(new EchoServiceClient(connectTo([port])).book('x'))
  expect(error).toMatchObject({ code: 'unavailable', retryable: true })
  expect(error.message).toMatch(/^127\.0\.0\.1:\d+ can't be reached: this port takes TLS only/)
})

test('with plain: true both are served on one port', async () => {
  const port = await provideTls({ plain: true })
  expect(await clientOf(port).echo('secure')).toBe('secure')
  const plain = new EchoServiceClient(connectTo([port]))
  expect(JSON.parse(await plain.echo('peer'))).toMatchObject({ secure: false })
})

test('a TLS client at a port without TLS says what is wrong', async () => {
  const { bound } = await provideEcho()
  expect(await refusalOf(clientOf(bound.port))).toMatch(
    /^127\.0\.0\.1:\d+ can't be reached: it closed the connection before TLS was agreed on; has the provider `tls` on/,
  )
})

test('a TLS client at something else says so', async () => {
  const port = await rawServer((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'))
  expect(await refusalOf(clientOf(port))).toMatch(/answered something that is no TLS/)
})

test('certificates are verified: expired, for another host, of another authority', async () => {
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const expired = await provideTls(authority.issue('expired', { expired: true }))
  expect(await refusalOf(clientOf(expired))).toMatch(/its certificate has expired \(CERT_HAS_EXPIRED\)/)
  expect(vi.mocked(console.warn).mock.calls.flat().join()).toMatch(/expired\.pem has expired/)

  const other = await provideTls(authority.issue('other', { names: 'DNS:tickets.example' }))
  expect(await refusalOf(clientOf(other))).toMatch(/its certificate is for DNS:tickets\.example; tls\.serverName/)
  expect(await clientOf(other, { serverName: 'tickets.example' }).echo('named')).toBe('named')

  const stranger = newAuthority('Stranger')
  const port = await provideTls()
  expect(await refusalOf(clientOf(port, { caFile: stranger.caFile }))).toMatch(
    /127\.0\.0\.1:\d+ can't be reached: its certificate is .*tls\.caFile/,
  )
  // Without caFile the authorities of the system count, and none of them signed it.
  expect(await refusalOf(new EchoServiceClient(connectTo([port], { tls: {} })))).toMatch(/tls\.caFile/)
  stranger.remove()
})

test('verification can be left out only by name, and that is told once', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const port = await provideTls()
  const open = () => new EchoServiceClient(connectTo([port], { tls: { insecureSkipVerify: true } }))
  expect(await open().echo('a')).toBe('a')
  expect(await open().echo('b')).toBe('b')
  expect(warned.mock.calls.flat().filter((text) => /insecureSkipVerify/.test(String(text)))).toHaveLength(1)
})

test('a renewed certificate is used without a restart, a broken one is told and the old one stays', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const at = (file: string) => join(authority.folder, file)
  const files = { certFile: at('live.pem'), keyFile: at('live.key') }
  copyFileSync(good.certFile, files.certFile)
  copyFileSync(good.keyFile, files.keyFile)
  const port = await provideTls(files)
  const serial = () =>
    new Promise<string>((resolve, reject) => {
      const socket = tls.connect({ port, host: '127.0.0.1', ca: readFileSync(authority.caFile) }, () => {
        resolve(socket.getPeerCertificate().serialNumber)
        socket.destroy()
      })
      socket.once('error', reject)
    })
  const before = await serial()
  const kept = clientOf(port)
  await kept.echo('before')

  const next = authority.issue('next')
  // Half of a renewal: the key doesn't fit the certificate.
  copyFileSync(next.certFile, files.certFile)
  expect(await serial()).toBe(before)
  expect(await serial()).toBe(before)
  const told = warned.mock.calls.flat().map(String)
  expect(told.filter((text) => /the old ones stay in use: tls: the key in .* is not that of/.test(text))).toHaveLength(
    1,
  )

  copyFileSync(next.keyFile, files.keyFile)
  const after = await serial()
  expect(after).not.toBe(before)
  writeFileSync(files.certFile, 'garbage')
  expect(await serial()).toBe(after)
  // Connections under way are not touched, new ones verify the new certificate.
  expect(await kept.echo('during')).toBe('during')
  expect(await clientOf(port).echo('new')).toBe('new')
})

test.each([
  [{ certFile: '/nowhere/a.pem' }, /certFile can't be read: ENOENT.*\/nowhere\/a\.pem/],
  [{ keyFile: 'package.json' }, /keyFile package\.json holds no private key/],
  [{ certFile: 'package.json' }, /certFile package\.json holds no certificate in PEM form/],
  [{ clientCertificate: 'require' as const }, /needs caFile/],
])('files that can’t be used are refused when listening begins: %j', async (wrong, message) => {
  const server = createServer({ services: [new Echo()], tls: { ...good, ...wrong } })
  await expect(server.listen({ host: '127.0.0.1' })).rejects.toThrow(message)
})

test('a client whose files can’t be used is refused when it is made', () => {
  expect(() => connectTo([1], { tls: { caFile: '/nowhere/ca.pem' } })).toThrow(/caFile can't be read: ENOENT/)
  expect(() => connectTo([1], { tls: { certFile: good.certFile } })).toThrow(/belong together/)
})

test('a handshake that is never finished holds up nobody, and close does not wait for it', async () => {
  const running = await provideEcho(undefined, { tls: good })
  const socket = connect(running.bound.port, '127.0.0.1')
  socket.on('error', () => {})
  socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x02))
  await sleep(30)
  expect(await clientOf(running.bound.port).echo('x')).toBe('x')
  const gone = new Promise((resolve) => socket.once('close', resolve))
  await running.close(0)
  await gone
})
