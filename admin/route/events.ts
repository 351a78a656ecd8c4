import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Status } from '../api.js'
import type { EventFeed } from '../event-stream.js'
import { Problem } from '../problem.js'
import type { OpenSession, Sessions } from '../sessions.js'
import type { Env } from '../who.js'

const heartbeatMs = 15_000
/** Who takes nothing for so long is left. */
const stalledMs = 30_000
const maxOfSession = 4
const maxOfAll = 64

/** What happens, as it happens. */
export function eventRoutes(feed: EventFeed, sessions: Sessions, status: () => Status): Hono<Env> {
  const app = new Hono<Env>()
  const open = new Map<OpenSession, number>()
  let all = 0

  app.get('/events', (c) => {
    const { session, token } = c.get('who')
    const own = open.get(session) ?? 0
    if (own >= maxOfSession || all >= maxOfAll) {
      const message =
        own >= maxOfSession ? `a session has at most ${maxOfSession} event streams` : 'too many event streams'
      throw new Problem('too_many', `${message}; close some`, { retryAfterMs: 5000 })
    }
    open.set(session, own + 1)
    all++
    const reader = feed.reader(c.req.header('last-event-id'))
    // Proxies must not gather it.
    c.header('X-Accel-Buffering', 'no')
    return streamSSE(c, async (stream) => {
      const over = new AbortController()
      const end = () => over.abort()
      stream.onAbort(end)
      session.ended.addEventListener('abort', end)
      const left = new Promise<void>((done) => over.signal.addEventListener('abort', () => done()))
      /** Waits until it is taken, but not for ever. */
      const taken = (write: Promise<unknown>): Promise<unknown> => {
        const stalled = setTimeout(end, stalledMs)
        return Promise.race([write, left]).finally(() => clearTimeout(stalled))
      }
      try {
        await taken(stream.writeSSE({ event: 'status', data: JSON.stringify(status()), id: reader.place }))
        while (!over.signal.aborted && !session.ended.aborted && sessions.find(token, false)) {
          const events = await reader.next(heartbeatMs, over.signal)
          for (const event of events) await taken(stream.writeSSE({ ...event }))
          if (events.length === 0 && !over.signal.aborted) await taken(stream.write(': \n\n'))
        }
      } finally {
        session.ended.removeEventListener('abort', end)
        const left = (open.get(session) ?? 1) - 1
        if (left > 0) open.set(session, left)
        else open.delete(session)
        all--
        // A reader that takes nothing holds up the end of the stream as well.
        if (!stream.closed) stream.abort()
      }
    })
  })
  return app
}
