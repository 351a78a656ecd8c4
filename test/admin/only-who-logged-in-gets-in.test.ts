import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { startAdmin } from '../../admin/server.js'
import { type Console, cookieOf, startConsole } from '../support/console.js'
import { closeAll } from '../support/network.js'

let own: Console
beforeAll(async () => {
  own = await startConsole()
})
afterAll(closeAll)

const session = (cookie: string, console = own) => console.ask('/api/session', { cookie })

describe('without a session', () => {
  it.each([
    '/api',
    '/api/status',
    '/api/overview',
    '/api/services',
    '/api/services/x',
    '/api/services/x/contract',
    '/api/applications',
    '/api/instances',
    '/api/topology',
    '/api/search?q=x',
    '/api/rules',
    '/api/rules/x.tag-router',
    '/api/metrics?metric=calls',
    '/api/audit',
    '/api/users',
    '/api/session',
    '/api/events',
    '/api/../api/users',
    '/api//users',
    '/api/nonsense',
  ])('%s is answered 401', async (path) => {
    expect(await own.ask(path)).toMatchObject({ status: 401, json: { error: { code: 'unauthenticated' } } })
  })

  it.each([
    ['POST', '/api/logout'],
    ['POST', '/api/password'],
    ['POST', '/api/users'],
    ['PATCH', '/api/users/root'],
    ['DELETE', '/api/users/root'],
    ['POST', '/api/services/x/invoke'],
    ['PUT', '/api/rules/x.tag-router'],
    ['DELETE', '/api/rules/x.tag-router'],
  ])('%s %s as well', async (method, path) => {
    expect((await own.ask(path, { method, body: {} })).status).toBe(401)
  })

  it('only the login page has something to know', async () => {
    const { status, json } = await own.ask('/api/about')
    expect({ status, json }).toEqual({ status: 200, json: { version: expect.any(String), defaultPassword: true } })
  })
})

describe('a session', () => {
  it('is 32 random bytes in a cookie that no script reads and no other site sends', async () => {
    const answer = await own.ask('/api/login', { body: { username: 'root', password: 'root' } })
    const [cookie] = answer.headers['set-cookie'] ?? []
    expect(cookie).toMatch(/^tsubo_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/)
    expect(answer.json).toMatchObject({ user: { name: 'root', role: 'admin' }, defaultPassword: true })
    expect(answer.headers['cache-control']).toBe('no-store')
    expect((await session(cookieOf(answer))).json).toMatchObject({ user: { name: 'root' } })
  })

  it('is sent by TLS alone where a proxy takes TLS', async () => {
    const proxied = await startConsole({ origins: ['https://console.example.com'] })
    const headers = { host: 'console.example.com', origin: 'https://console.example.com' }
    const answer = await proxied.ask('/api/login', { body: { username: 'root', password: 'root' }, headers })
    expect(answer.headers['set-cookie']?.[0]).toContain('; Secure')
    await proxied.close()
  })

  it.each([
    '',
    'tsubo_session=',
    'tsubo_session=root',
    `tsubo_session=${'A'.repeat(43)}`,
    'tsubo_session=%00',
    'tsubo_session=__proto__',
    'tsubo_session=constructor',
    `tsubo_session=${'A'.repeat(8000)}`,
    'session=x; Authorization=Bearer x',
  ])('that was forged is none: %s', async (cookie) => {
    expect((await session(cookie)).status).toBe(401)
  })

  it('is not opened by what the server keeps of it', async () => {
    const cookie = await own.login()
    const { createHash } = await import('node:crypto')
    const kept = createHash('sha256')
      .update(cookie.split('=')[1] as string)
      .digest('base64url')
    expect((await session(`tsubo_session=${kept}`)).status).toBe(401)
  })

  it('is over on the server after logout: replaying it opens nothing', async () => {
    const cookie = await own.login()
    expect((await own.ask('/api/logout', { body: {}, cookie })).status).toBe(204)
    expect((await session(cookie)).status).toBe(401)
  })

  it('is another one after each login: what the browser was given before is no session, or none any more', async () => {
    const planted = `tsubo_session=${'x'.repeat(43)}`
    const login = { username: 'root', password: 'root' }
    const answer = await own.ask('/api/login', { body: login, cookie: planted })
    expect(cookieOf(answer)).not.toBe(planted)
    expect((await session(planted)).status).toBe(401)
    const again = await own.ask('/api/login', { body: login, cookie: cookieOf(answer) })
    expect((await session(cookieOf(answer))).status).toBe(401)
    expect((await session(cookieOf(again))).status).toBe(200)
  })

  it('ends when it is not used, and at its time however much it is', async () => {
    const short = await startConsole({ session: { idleTimeoutMs: 400, absoluteTimeoutMs: 900 } })
    const idle = await short.login()
    const busy = await short.login()
    const began = Date.now()
    await vi.waitFor(async () => expect((await session(busy, short)).status).toBe(401), {
      timeout: 5000,
      interval: 100,
    })
    expect(Date.now() - began).toBeGreaterThan(700)
    expect((await session(idle, short)).status).toBe(401)
    const unused = await short.login()
    await new Promise((done) => setTimeout(done, 500))
    expect((await session(unused, short)).status).toBe(401)
    await short.close()
  })

  it('is no use after its user has another password, or another role', async () => {
    const console = await startConsole()
    const root = await console.login()
    const users = (method: string, path: string, body: unknown) => console.ask(path, { method, body, cookie: root })
    expect((await users('POST', '/api/users', { name: 'ann', password: 'a long one', role: 'viewer' })).status).toBe(
      201,
    )
    const ann = await console.login('ann', 'a long one')
    expect((await users('PATCH', '/api/users/ann', { role: 'operator' })).json).toMatchObject({ role: 'operator' })
    expect((await session(ann, console)).status).toBe(401)
    const again = await console.login('ann', 'a long one')
    expect((await users('DELETE', '/api/users/ann', {})).status).toBe(204)
    expect((await session(again, console)).status).toBe(401)

    const other = await console.login()
    const change = await console.ask('/api/password', {
      body: { current: 'root', next: 'correct horse' },
      cookie: root,
    })
    expect(change).toMatchObject({ status: 200, json: { defaultPassword: false } })
    expect((await session(other, console)).status).toBe(401)
    expect((await session(root, console)).status).toBe(401)
    expect((await session(cookieOf(change), console)).status).toBe(200)
    expect((await console.ask('/api/about')).json).toMatchObject({ defaultPassword: false })
    await console.close()
  })
})

describe('a login', () => {
  it('is no GET with the password in the address', async () => {
    expect((await own.ask('/api/login?username=root&password=root')).status).toBe(401)
  })

  it.each([
    [{ username: 'root', password: 'wrong' }, 401],
    [{ username: 'nobody', password: 'root' }, 401],
    [{ username: '', password: '' }, 401],
    [{ username: '__proto__', password: 'root' }, 401],
    [{ username: 'root' }, 400],
    [{ username: { $ne: '' }, password: { $ne: '' } }, 400],
    [{ username: 'root', password: 'root', role: 'admin' }, 400],
    [['root', 'root'], 400],
    [null, 400],
  ])('%j is answered %i', async (body, status) => {
    const answer = await own.ask('/api/login', { body })
    expect(answer.status).toBe(status)
    if (status === 401) expect(answer.json.error.message).toBe('wrong name or password')
    expect(answer.headers['set-cookie']).toBeUndefined()
  })

  it('is refused for a while after ten that failed, also with the right password, and from there alone', async () => {
    const console = await startConsole()
    const cookie = await console.login()
    const attempt = (password: string) => console.ask('/api/login', { body: { username: 'root', password } })
    const statuses: number[] = []
    for (let i = 0; i < 10; i++) statuses.push((await attempt(`guess ${i}`)).status)
    expect(statuses).toEqual(new Array(10).fill(401))
    const late = await attempt('root')
    expect(late).toMatchObject({ status: 429, json: { error: { code: 'too_many' } } })
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(60)
    // Who is in stays in.
    expect((await session(cookie, console)).status).toBe(200)
    await console.close()
  })

  it('cannot be tried faster by trying at the same time', async () => {
    const console = await startConsole()
    const attempt = (password: string) => console.ask('/api/login', { body: { username: 'root', password } })
    const answers = await Promise.all(Array.from({ length: 40 }, (_, i) => attempt(`guess ${i}`)))
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10)
    expect(answers.every(({ status }) => status === 401 || status === 429)).toBe(true)
    await console.close()
  })

  it('with the password that everybody knows is for this machine alone', async () => {
    await expect(startAdmin({ registry: own.registry, data: own.data, host: '0.0.0.0', port: 0 })).rejects.toThrow(
      /0\.0\.0\.0 can be reached from other machines, and everybody knows the password; set another/,
    )
    const first = { name: 'root', password: 'correct horse' }
    const other = await startConsole({ host: '0.0.0.0', first })
    expect(other.admin.defaultPassword).toBe(false)
    await expect(other.login()).rejects.toThrow('401')
    await other.login('root', 'correct horse')
    await other.close()
  })
})

it('passwords are kept as scrypt hashes, in files for their owner alone', async () => {
  const console = await startConsole()
  const cookie = await console.login()
  await console.ask('/api/users', { body: { name: 'ann', password: 'a long one', role: 'viewer' }, cookie })
  const path = join(console.data, 'users.json')
  const text = readFileSync(path, 'utf8')
  expect(text).toContain('scrypt$15$8$1$')
  expect(text).not.toContain('a long one')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(statSync(join(console.data, 'audit.jsonl')).mode & 0o777).toBe(0o600)
  expect(statSync(console.data).mode & 0o777).toBe(0o700)
  await console.close()
})
