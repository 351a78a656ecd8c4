import { createHash, randomBytes } from 'node:crypto'

/** Somebody who is logged in. */
export interface OpenSession {
  readonly user: string
  /** Unix milliseconds. */
  readonly createdAt: number
  readonly expiresAt: number
  /** Aborts when it is over, however it ended. */
  readonly ended: AbortSignal
}

export interface SessionOptions {
  /** Without a request a session ends after this long. Default 30 minutes. */
  readonly idleTimeoutMs?: number
  /** However busy, it ends after this long. Default 12 hours. */
  readonly absoluteTimeoutMs?: number
}

/**
 * Who is logged in. What the browser has is 32 random bytes; what is kept is their hash, so that nobody learns a session from
 * here. In memory: a restart ends all of them.
 */
export interface Sessions {
  readonly idleTimeoutMs: number
  /** A new one, whatever the browser had before. At most 20 a user and 1,000 in all: the one longest unused makes room. */
  open(user: string): { readonly token: string; readonly session: OpenSession }
  /** The session of a token, if it is still good; `touch`: this counts as being used. */
  find(token: string, touch: boolean): OpenSession | undefined
  end(token: string): void
  /** Ends all of a user's. */
  endOf(user: string): void
  count(user: string): number
  close(): void
}

interface Kept extends OpenSession {
  usedAt: number
  readonly end: AbortController
}

const maxOfUser = 20
const maxOfAll = 1000
const sweepMs = 30_000

export function createSessions(options: SessionOptions = {}): Sessions {
  const { idleTimeoutMs = 30 * 60_000, absoluteTimeoutMs = 12 * 3_600_000 } = options
  /** By the token's hash, the one longest unused first. */
  const sessions = new Map<string, Kept>()
  const drop = (key: string): void => {
    sessions.get(key)?.end.abort()
    sessions.delete(key)
  }
  const isOver = ({ usedAt, expiresAt }: Kept, now: number) => now >= expiresAt || now - usedAt >= idleTimeoutMs
  const sweep = (): void => {
    const now = Date.now()
    for (const [key, session] of sessions) if (isOver(session, now)) drop(key)
  }
  const sweeper = setInterval(sweep, Math.min(sweepMs, idleTimeoutMs, absoluteTimeoutMs))
  sweeper.unref()
  const keysOf = (user: string) => [...sessions].filter(([, session]) => session.user === user).map(([key]) => key)

  return {
    idleTimeoutMs,
    open(user) {
      const own = keysOf(user)
      if (own.length >= maxOfUser && own[0]) drop(own[0])
      const [oldest] = sessions.keys()
      if (sessions.size >= maxOfAll && oldest !== undefined) drop(oldest)
      const token = randomBytes(32).toString('base64url')
      const now = Date.now()
      const end = new AbortController()
      const session = { user, createdAt: now, expiresAt: now + absoluteTimeoutMs, usedAt: now, end, ended: end.signal }
      sessions.set(hashOf(token), session)
      return { token, session }
    },
    find(token, touch) {
      const key = hashOf(token)
      const session = sessions.get(key)
      if (!session) return undefined
      const now = Date.now()
      if (isOver(session, now)) {
        drop(key)
        return undefined
      }
      if (touch) {
        session.usedAt = now
        sessions.delete(key)
        sessions.set(key, session)
      }
      return session
    },
    end: (token) => drop(hashOf(token)),
    endOf(user) {
      for (const key of keysOf(user)) drop(key)
    },
    count: (user) => keysOf(user).length,
    close() {
      clearInterval(sweeper)
      for (const key of [...sessions.keys()]) drop(key)
    },
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
