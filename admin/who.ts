import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context, MiddlewareHandler } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { type Accounts, roles } from './accounts.js'
import type { Role } from './api.js'
import { Problem } from './problem.js'
import type { Reach } from './request-guard.js'
import type { OpenSession, Sessions } from './sessions.js'

/** Who a request comes from. */
export interface Who {
  readonly name: string
  readonly role: Role
  /** Where from: an address. */
  readonly host: string
  readonly token: string
  readonly session: OpenSession
}

/** What the console's handlers find in their context. */
export interface Env {
  Variables: { who: Who }
}

const cookieName = 'tsubo_session'

/** Lets in who has a session; everybody else is answered 401. */
export function signedInOnly(sessions: Sessions, accounts: Accounts): MiddlewareHandler<Env> {
  return async (c, next) => {
    const token = tokenOf(c)
    const session = token === undefined ? undefined : sessions.find(token, true)
    const account = session && accounts.get(session.user)
    if (token === undefined || !session || !account) {
      throw new Problem('unauthenticated', 'log in: POST /api/login {"username": "...", "password": "..."}')
    }
    c.set('who', { name: account.name, role: account.role, host: hostOf(c), token, session })
    return next()
  }
}

/** Lets in who has at least this role; it is looked up for each request, so that a change holds at once. */
export function atLeast(role: Role): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { name, role: has } = c.get('who')
    if (roles.indexOf(has) < roles.indexOf(role)) {
      throw new Problem('forbidden', `${name} is a ${has}; that takes ${role === 'viewer' ? 'a' : 'an'} ${role}`)
    }
    return next()
  }
}

export function hostOf(c: Context): string {
  return getConnInfo(c).remote.address ?? ''
}

export function tokenOf(c: Context): string | undefined {
  return getCookie(c, cookieName)
}

/** Scripts don't see it, other sites' pages don't send it, and where the console is reached by TLS nothing else does. */
export function giveCookie(c: Context, token: string, { origins }: Reach): void {
  const host = c.req.header('host')
  const secure = origins.some((origin) => origin === `https://${host}`)
  setCookie(c, cookieName, token, { httpOnly: true, sameSite: 'Strict', path: '/', secure })
}

export function takeCookie(c: Context): void {
  deleteCookie(c, cookieName, { path: '/' })
}
