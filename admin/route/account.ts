import { Hono } from 'hono'
import { z } from 'zod'
import { type Account, type Accounts, accountName, roles } from '../accounts.js'
import type { About, Session, UserRow } from '../api.js'
import type { AttemptLimit } from '../attempt-limit.js'
import type { AuditLog } from '../audit-log.js'
import { checkNewPassword } from '../password.js'
import { Problem } from '../problem.js'
import { bodyOf } from '../request-body.js'
import type { Reach } from '../request-guard.js'
import type { OpenSession, Sessions } from '../sessions.js'
import { atLeast, type Env, giveCookie, hostOf, takeCookie, tokenOf } from '../who.js'

interface Parts {
  readonly version: string
  readonly reach: Reach
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly attempts: AttemptLimit
  readonly audit: AuditLog
}

const login = z.strictObject({ username: z.string().max(256), password: z.string().max(1024) })
const newPassword = z.strictObject({ current: z.string().max(1024), next: z.string().max(1024) })
const newUser = z.strictObject({ name: accountName, password: z.string().max(1024), role: z.enum(roles) })
const userChange = z.strictObject({ password: z.string().max(1024).optional(), role: z.enum(roles).optional() })

/** What is open to who isn't logged in. */
export function publicRoutes({ version, reach, accounts, sessions, attempts, audit }: Parts): Hono {
  const app = new Hono()
  app.get('/about', (c) => c.json({ version, defaultPassword: accounts.defaultPassword } satisfies About))

  app.post('/login', async (c) => {
    const { username, password } = await bodyOf(c, login)
    const host = hostOf(c)
    attempts.begin(host, username)
    const account = await accounts.login(username, password)
    const entry = { user: username.slice(0, 64), host, target: username.slice(0, 64) }
    if (!account) {
      await audit.record({ ...entry, action: 'login.refused', outcome: 'wrong name or password' }).catch(() => {})
      throw new Problem('unauthenticated', 'wrong name or password')
    }
    attempts.succeeded(host, username)
    // A session that the browser was given before, by whomever, is none any more.
    const former = tokenOf(c)
    if (former !== undefined) sessions.end(former)
    const { token, session } = sessions.open(account.name)
    giveCookie(c, token, reach)
    await audit.record({ ...entry, action: 'login', outcome: 'done' }).catch(() => {})
    return c.json(sessionOf(account, session, sessions))
  })
  return app
}

/** One's own session and password, and for admins everybody's. */
export function accountRoutes({ reach, accounts, sessions, attempts, audit }: Parts): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/session', (c) => {
    const { name, session } = c.get('who')
    return c.json(sessionOf(accounts.get(name) as Account, session, sessions))
  })

  app.post('/logout', async (c) => {
    const { name, host, token } = c.get('who')
    sessions.end(token)
    takeCookie(c)
    await audit.record({ user: name, host, action: 'logout', target: name, outcome: 'done' }).catch(() => {})
    return c.body(null, 204)
  })

  app.post('/password', async (c) => {
    const { current, next } = await bodyOf(c, newPassword)
    const { name, host } = c.get('who')
    await audit.check()
    checkNewPassword(next, name, 'next')
    attempts.begin(host, name)
    if (!(await accounts.verify(name, current))) {
      throw new Problem('invalid', 'the current password is another one', { field: 'current' })
    }
    attempts.succeeded(host, name)
    const account = await accounts.change(name, { password: next })
    sessions.endOf(name)
    const { token, session } = sessions.open(name)
    giveCookie(c, token, reach)
    await audit.record({ user: name, host, action: 'password.change', target: name, outcome: 'done' })
    return c.json(sessionOf(account, session, sessions))
  })

  const row = ({ name, role, defaultPassword, changedAt, lastLoginAt }: Account): UserRow => ({
    name,
    role,
    defaultPassword,
    changedAt,
    ...(lastLoginAt !== undefined && { lastLoginAt }),
    sessions: sessions.count(name),
  })
  app.use('/users', atLeast('admin'))
  app.use('/users/*', atLeast('admin'))
  app.get('/users', (c) => c.json(accounts.list().map(row)))

  app.post('/users', async (c) => {
    const { name, password, role } = await bodyOf(c, newUser)
    const { name: user, host } = c.get('who')
    await audit.check()
    const account = await accounts.create(name, password, role)
    await audit.record({ user, host, action: 'user.create', target: name, after: `role: ${role}`, outcome: 'done' })
    return c.json(row(account), 201)
  })

  app.patch('/users/:name', async (c) => {
    const target = c.req.param('name')
    const change = await bodyOf(c, userChange)
    const { name: user, host } = c.get('who')
    await audit.check()
    const before = accounts.get(target)?.role
    const account = await accounts.change(target, change)
    sessions.endOf(target)
    const after = `role: ${account.role}${change.password === undefined ? '' : '\npassword: another one'}`
    await audit.record({ user, host, action: 'user.change', target, before: `role: ${before}`, after, outcome: 'done' })
    return c.json(row(account))
  })

  app.delete('/users/:name', async (c) => {
    const target = c.req.param('name')
    const { name: user, host } = c.get('who')
    if (target === user) throw new Problem('conflict', 'nobody can delete oneself')
    await audit.check()
    const before = accounts.get(target)?.role
    await accounts.remove(target)
    sessions.endOf(target)
    await audit.record({ user, host, action: 'user.delete', target, before: `role: ${before}`, outcome: 'done' })
    return c.body(null, 204)
  })
  return app
}

function sessionOf({ name, role, defaultPassword }: Account, session: OpenSession, sessions: Sessions): Session {
  return {
    user: { name, role },
    defaultPassword,
    expiresAt: new Date(session.expiresAt).toISOString(),
    idleTimeoutMs: sessions.idleTimeoutMs,
  }
}
