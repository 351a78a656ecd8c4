import { hostname } from 'node:os'
import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { isLoopbackHost, parseHostPort } from '../runtime/address.js'
import { Problem } from './problem.js'

/** By what names the console may be asked for. */
export interface Reach {
  /** It listens to this machine alone. */
  readonly loopback: boolean
  /** `https://console.example.com`: how else browsers reach it, through a proxy. */
  readonly origins: readonly string[]
}

/** Refuses requests for names that aren't its own: a page of another site can make its own name lead here (DNS rebinding). */
export function ownNamesOnly({ loopback, origins }: Reach): MiddlewareHandler {
  const known = new Set(origins.map((origin) => new URL(origin).host.toLowerCase()))
  const machine = hostname().toLowerCase()
  const isOwn = (text: string): boolean => {
    if (known.has(text.toLowerCase())) return true
    let host: string
    try {
      ;({ host } = parseHostPort(text, 80))
    } catch {
      return false
    }
    if (loopback) return isLoopbackHost(host)
    // Whoever names an address got it from nobody's DNS.
    return isAddress(host) || isLoopbackHost(host) || host.toLowerCase() === machine
  }
  return async (c, next) => {
    const host = c.req.header('host')
    if (host === undefined || !isOwn(host)) {
      const shown = JSON.stringify((host ?? '').slice(0, 100))
      throw new Problem('forbidden', `${shown} is no name of this console; start it with --origin to give it one`)
    }
    await next()
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^\d{1,3}(\.\d{1,3}){3}$/.test(host)
}

const safe = new Set(['GET', 'HEAD', 'OPTIONS'])

/**
 * What changes something has to come from the console's own pages, or from no page at all: forms and scripts of other sites are
 * refused, whatever they send. Both what the browser says of it and the content type have to be right; the latter because a form can't
 * send JSON.
 */
export function sameOriginOnly({ origins }: Reach): MiddlewareHandler {
  const known = new Set(origins)
  return async (c, next) => {
    const { req } = c
    if (safe.has(req.method)) return next()
    const site = req.header('sec-fetch-site')
    const origin = req.header('origin')
    const own = origin === undefined || known.has(origin) || hostOf(origin) === req.header('host')?.toLowerCase()
    if (!own || (site !== undefined && site !== 'same-origin' && !known.has(origin ?? ''))) {
      throw new Problem('forbidden', 'the request came from another site')
    }
    const [type] = (req.header('content-type') ?? '').split(';')
    if (type?.trim().toLowerCase() !== 'application/json') {
      throw new Problem('invalid', 'send it with Content-Type: application/json')
    }
    return next()
  }
}

function hostOf(origin: string): string | undefined {
  return /^https?:\/\/([^/]+)$/i.exec(origin)?.[1]?.toLowerCase()
}

const headers: Readonly<Record<string, string>> = {
  'Content-Security-Policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
}

/** Tells browsers to run nothing but the console's own files, and to show it in nobody's frame. */
export const safeHeaders: MiddlewareHandler = async (c, next) => {
  await next()
  for (const [name, value] of Object.entries(headers)) c.header(name, value)
  if (c.req.path.startsWith('/api/')) c.header('Cache-Control', 'no-store')
}

/** Of a body that is refused so much is read all the same, so that its sender gets to see the answer. */
const maxPassedOver = 8 << 20

/** Refuses longer bodies, by what they say of themselves or once so much has come. */
export function bodyUpTo(maxBytes: number): MiddlewareHandler {
  const tooLarge = (): never => {
    throw new Problem('too_large', `a request's body has at most ${maxBytes} bytes here`)
  }
  const limited = bodyLimit({ maxSize: maxBytes, onError: tooLarge })
  return async (c, next) => {
    const length = Number(c.req.header('content-length') ?? 0)
    if (length <= maxBytes) return limited(c, next)
    if (length <= maxPassedOver) for await (const _ of c.req.raw.body ?? []);
    return tooLarge()
  }
}
