import { effect, signal } from '@preact/signals'
import type { AdminEvents, RegistryChange, Status } from '../api.ts'
import { session } from './request.ts'

/** What a page may follow: it asks again when this has changed. */
export type Topic = 'registry' | 'rule' | 'figures'

/** The last word of the server about itself, the registry and the monitor. */
export const status = signal<Status | undefined>(undefined)

/** `away`: the stream is broken and begun anew again and again; what is shown grows old meanwhile. */
export const liveness = signal<'connecting' | 'live' | 'away'>('connecting')

/** Go up with every event of that name. */
export const turns = { registry: signal(0), rule: signal(0), figures: signal(0) }

/** The latest change of what is registered, to be said to those who can't see it. */
export const latestChange = signal<RegistryChange | undefined>(undefined)

const longestPauseMs = 15_000

/** Keeps one stream of events open as long as somebody is logged in. */
export function followEvents(): void {
  let stop: (() => void) | undefined
  effect(() => {
    const loggedIn = typeof session.value === 'object'
    if (loggedIn && !stop) stop = open()
    if (!loggedIn) {
      stop?.()
      stop = undefined
    }
  })
}

function open(): () => void {
  let source: EventSource | undefined
  let timer = 0
  let pauseMs = 500
  let everOpen = false

  const connect = (): void => {
    source = new EventSource('/api/events')
    source.onopen = () => {
      pauseMs = 500
      liveness.value = 'live'
      // What happened while nobody listened is known to the lists only.
      if (everOpen) allTurn()
      everOpen = true
    }
    source.onerror = () => {
      liveness.value = everOpen ? 'away' : 'connecting'
      // EventSource itself comes back only where the connection broke, not where an answer was refused.
      source?.close()
      clearTimeout(timer)
      timer = setTimeout(connect, pauseMs * (0.75 + Math.random() / 2))
      pauseMs = Math.min(pauseMs * 2, longestPauseMs)
    }
    on('status', (value) => {
      status.value = value
    })
    on('registry', (change) => {
      latestChange.value = change
      turns.registry.value++
    })
    on('rule', () => turns.rule.value++)
    on('figures', () => turns.figures.value++)
    on('resync', allTurn)
  }

  const on = <K extends keyof AdminEvents>(name: K, take: (data: AdminEvents[K]) => void): void => {
    source?.addEventListener(name, (event) => take(JSON.parse((event as MessageEvent<string>).data) as AdminEvents[K]))
  }

  connect()
  return () => {
    clearTimeout(timer)
    source?.close()
    liveness.value = 'connecting'
    status.value = undefined
  }
}

function allTurn(): void {
  for (const turn of Object.values(turns)) turn.value++
}
