import { randomUUID } from 'node:crypto'
import type { AdminEvents } from './api.js'

/** One event, ready to be sent. */
export interface StreamEvent {
  readonly id: string
  readonly event: keyof AdminEvents
  readonly data: string
}

const kept = 256

/**
 * What is told to everybody who listens. Of each event one copy is kept, whoever is how slow: a reader has a place in it, and one who
 * fell behind too far is told so (`resync`).
 */
export interface EventFeed {
  tell<E extends keyof AdminEvents>(event: E, data: AdminEvents[E]): void
  /** A place behind all there is, or behind the event of `lastId`. */
  reader(lastId?: string): EventReader
}

export interface EventReader {
  /** The id of what it has read up to. */
  readonly place: string
  /** What came since the last time; waits for the first of it. Empty when `signal` aborts or `waitMs` are over. */
  next(waitMs: number, signal: AbortSignal): Promise<readonly StreamEvent[]>
}

export function createEventFeed(): EventFeed {
  /** Events of another run of the server are none of ours. */
  const run = randomUUID().slice(0, 8)
  const events: StreamEvent[] = []
  let count = 0
  const waiting = new Set<() => void>()
  const lost = (): StreamEvent => ({ id: `${run}-${count}`, event: 'resync', data: '{}' })

  return {
    tell(event, data) {
      events.push({ id: `${run}-${++count}`, event, data: JSON.stringify(data) })
      if (events.length > kept) events.shift()
      for (const wake of [...waiting]) wake()
    },
    reader(lastId) {
      const [ofRun, number] = lastId?.split('-') ?? []
      const known = ofRun === run && /^\d{1,15}$/.test(number ?? '') && Number(number) <= count
      // Who was told something by another run, or by nobody knows whom, has missed all since.
      let missed = lastId !== undefined && !known
      let place = known ? Number(number) : count
      const take = (): StreamEvent[] => {
        const first = count - events.length
        const behind = missed || place < first
        const news = behind ? [lost()] : events.slice(place - first)
        missed = false
        place = count
        return news
      }
      return {
        get place() {
          return `${run}-${place}`
        },
        async next(waitMs, signal) {
          if (missed || place < count) return take()
          await new Promise<void>((done) => {
            const end = (): void => {
              clearTimeout(timer)
              waiting.delete(end)
              signal.removeEventListener('abort', end)
              done()
            }
            const timer = setTimeout(end, waitMs)
            waiting.add(end)
            signal.addEventListener('abort', end)
            if (signal.aborted) end()
          })
          return signal.aborted || place === count ? [] : take()
        },
      }
    },
  }
}
