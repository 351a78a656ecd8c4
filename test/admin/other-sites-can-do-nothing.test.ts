import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Console, startConsole } from '../support/console.js'
import { closeAll } from '../support/network.js'

let own: Console
let cookie = ''
let pages = ''
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pages-'))
  pages = join(folder, 'ui')
  mkdirSync(join(pages, 'assets'), { recursive: true })
  writeFileSync(join(folder, 'secret.txt'), 'secret')
  writeFileSync(join(folder, 'secret.js'), 'secret')
  writeFileSync(join(pages, 'index.html'), '<!doctype html><title>console</title>')
  writeFileSync(join(pages, 'assets/index-Ab12Cd34.js'), 'export {}'.repeat(200))
  own = await startConsole({ pages })
  cookie = await own.login()
})
afterAll(async () => {
  await closeAll()
  rmSync(join(pages, '..'), { recursive: true })
})

const newUser = { name: 'eve', password: 'a long one', role: 'admin' }
const users = async () => ((await own.ask('/api/users', { cookie })).json as { name: string }[]).map(({ name }) => name)

describe('a page of another site', () => {
  it.each([
    ['sends JSON, as a script can', { origin: 'http://evil.example' }],
    ['sends JSON from another port of this machine', { origin: 'http://127.0.0.1:3000' }],
    ['sends JSON from a sandboxed frame', { origin: 'null' }],
    ['has a name that begins like ours', { origin: 'http://127.0.0.1:PORT.evil.example' }],
    ['has our name as its user', { origin: 'http://127.0.0.1:PORT@evil.example' }],
    ['is said to be another by the browser alone', { 'sec-fetch-site': 'cross-site' }],
    ['is another part of the same site', { 'sec-fetch-site': 'same-site' }],
    ['posts a form', { origin: 'http://evil.example', 'content-type': 'application/x-www-form-urlencoded' }],
    ['posts a form of text that is JSON', { 'content-type': 'text/plain' }],
    [
      'posts a form of text by a browser that says from where',
      { 'content-type': 'text/plain', origin: 'http://evil.example' },
    ],
    ['posts parts', { 'content-type': 'multipart/form-data; boundary=x' }],
    ['says nothing of what it sends', { 'content-type': undefined }],
    ['hides JSON behind text', { 'content-type': 'text/plain; application/json' }],
  ])('%s: nothing happens', async (_name, given) => {
    const headers = Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, value?.replace('PORT', String(own.port))]),
    )
    for (const [method, path, body] of [
      ['POST', '/api/users', newUser],
      ['POST', '/api/login', { username: 'root', password: 'root' }],
      ['PUT', '/api/rules/x.tag-router', { text: 'tags: []', expected: 'none' }],
      ['DELETE', '/api/users/root', {}],
      ['POST', '/api/services/x/invoke', { method: 'x', args: [] }],
      ['POST', '/api/logout', {}],
    ] as const) {
      const answer = await own.ask(path, { method, body, cookie, headers })
      expect([400, 403]).toContain(answer.status)
    }
    expect(await users()).toEqual(['root'])
  })

  it('whose name leads here learns nothing and does nothing (DNS rebinding)', async () => {
    for (const host of [
      'evil.example',
      `evil.example:${own.port}`,
      '127.0.0.1.evil.example',
      'localhost.evil.example',
    ]) {
      const headers = { host, origin: `http://${host}` }
      expect((await own.ask('/api/about', { headers })).status).toBeGreaterThanOrEqual(400)
      expect((await own.ask('/api/services', { headers, cookie })).status).toBeGreaterThanOrEqual(400)
      expect((await own.ask('/', { headers })).status).toBeGreaterThanOrEqual(400)
    }
    for (const host of ['localhost:7001', '127.0.0.1', '[::1]:7001', 'LOCALHOST']) {
      expect((await own.ask('/api/about', { headers: { host } })).status).toBe(200)
    }
  })

  it('cannot read answers or frame pages, and every answer says so', async () => {
    for (const path of ['/', '/api/about', '/api/services', '/assets/index-Ab12Cd34.js', '/nothing.js']) {
      const { headers } = await own.ask(path, { headers: { origin: 'http://evil.example' } })
      expect(headers['access-control-allow-origin']).toBeUndefined()
      expect(headers['content-security-policy']).toMatch(/^default-src 'self';.*frame-ancestors 'none'/)
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
      expect(headers['x-frame-options']).toBe('DENY')
    }
    expect(
      (await own.ask('/api/services', { method: 'OPTIONS', headers: { origin: 'http://evil.example' } })).status,
    ).toBe(401)
  })

  it('the console itself may, from its own pages', async () => {
    const headers = { origin: `http://127.0.0.1:${own.port}`, 'sec-fetch-site': 'same-origin' }
    const cookie = await own.login()
    expect((await own.ask('/api/logout', { body: {}, headers, cookie })).status).toBe(204)
  })
})

describe('the files', () => {
  it('are served from memory: with a hash for ever, pages afresh, addresses within the page as the page', async () => {
    const script = await own.ask('/assets/index-Ab12Cd34.js', { headers: { 'accept-encoding': 'gzip' } })
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'gzip',
    })
    for (const path of ['/', '/services', '/services/com.example.A', '/rules/x%2Fy']) {
      const page = await own.ask(path)
      if (path.endsWith('.A')) continue
      expect(page).toMatchObject({ status: 200, headers: { 'cache-control': 'no-cache' } })
      expect(page.text).toContain('<title>console</title>')
    }
  })

  it.each([
    '/../secret.txt',
    '/../secret.js',
    '/assets/../../secret.js',
    '/%2e%2e/secret.js',
    '/..%2fsecret.js',
    '/assets/%2e%2e%2f%2e%2e%2fsecret.js',
    '/assets/..%5c..%5csecret.js',
    '//secret.js',
    '/%00secret.js',
    '/assets/index-Ab12Cd34.js%00.html',
    '/....//secret.js',
    '/%c0%ae%c0%ae/secret.js',
    'http://127.0.0.1/../secret.js',
  ])('%s leads out of their folder to nothing', async (path) => {
    const { text } = await own.ask(path)
    expect(text).not.toContain('secret')
  })

  it('that are not built yet are told of', async () => {
    const bare = await startConsole({ pages: join(pages, 'nothing') })
    const answer = await bare.ask('/')
    expect(answer.status).toBe(503)
    expect(answer.text).toContain('npm run build:ui')
    await bare.close()
  })
})

describe('a request', () => {
  it('with too long a body is refused, whether it says so or not, before there is a session and after', async () => {
    const long = 'x'.repeat(2 << 20)
    const body = `{"username":"root","password":"${long}"}`
    expect(await own.ask('/api/login', { raw: body })).toMatchObject({
      status: 413,
      json: { error: { code: 'too_large' } },
    })
    const call = `{"method":"x","args":["${long}"]}`
    const invoke = '/api/services/com.example.A/invoke'
    expect((await own.ask(invoke, { raw: call, cookie })).status).toBe(413)
    // The connection of who goes on sending is closed, perhaps before the answer is read.
    const headers = { 'transfer-encoding': 'chunked' }
    for (const [path, raw] of [
      ['/api/login', body],
      [invoke, call],
    ] as const) {
      const outcome = await own.ask(path, { raw, headers, cookie }).then(
        ({ status }) => status,
        (error: NodeJS.ErrnoException) => error.code,
      )
      expect([413, 'ECONNRESET', 'EPIPE']).toContain(outcome)
    }
  })

  it.each([
    ['{"username":"root","password":"root","__proto__":{"role":"admin"}}', 400],
    ['{"constructor":{"prototype":{"x":1}}}', 400],
    ['{', 400],
    ['', 400],
    ['[[[[[[[['.repeat(500), 400],
    ['\u0000', 400],
  ])('with a body of %s is refused', async (raw, status) => {
    expect((await own.ask('/api/login', { raw, headers: { 'content-type': 'application/json' } })).status).toBe(status)
    expect(({} as { role?: string }).role).toBeUndefined()
  })

  it('with a head that never ends, or is no HTTP, costs its connection alone', async () => {
    const said = await new Promise<string>((done) => {
      let text = ''
      const socket = connect(own.port, '127.0.0.1', () =>
        socket.write(`GET /api/about HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(40_000)}`),
      )
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => done(text))
    })
    expect(said).toContain('431')
    const smuggled = await new Promise<string>((done) => {
      let text = ''
      const socket = connect(own.port, '127.0.0.1', () =>
        socket.write(
          'POST /api/login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /api/users HTTP/1.1\r\nHost: localhost\r\n\r\n',
        ),
      )
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('close', () => done(text))
    })
    expect(smuggled).toContain('400 Bad Request')
    expect(smuggled.match(/HTTP\/1\.1/g)).toHaveLength(1)
    expect((await own.ask('/api/about')).status).toBe(200)
  })
})
