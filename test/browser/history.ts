import { createClient } from 'tsubo'
import type { Picture } from '../../examples/ticket/picture.js'
import { type MethodCount, MonitorServiceClient } from '../../generated/tsubo/monitor.js'

/** Who calls what, how often a second, how long it takes and which share fails. */
const flows = [
  ['web', 'ticket-office', 'com.miao.server.TicketService', undefined, 'search', 21, 6, 0],
  ['web', 'ticket-office', 'com.miao.server.TicketService', undefined, 'getTicket', 9, 1, 0],
  ['app', 'ticket-office', 'com.miao.server.TicketService', undefined, 'cancel', 2, 2, 0.3],
  ['user-server', 'ticket-office', 'com.miao.server.TicketService', undefined, 'getTicket', 8, 1, 0],
  ['reports', 'ticket-office', 'com.miao.server.TicketService', undefined, 'getTicket', 5, 1, 0],
  ['web', 'shop', 'com.miao.shop.OrderService', '1.0.0', 'quote', 11, 14, 0.004],
  ['app', 'shop', 'com.miao.shop.OrderService', '1.0.0', 'place', 6, 32, 0.02],
  ['app', 'user-server', 'com.miao.server.UserService', undefined, 'buyTicket', 8, 3, 0],
] as const

const minutes = 100

/**
 * Tells a monitor of the last 100 minutes, as clients and servers would have done: so that curves are there to be looked at, for
 * which a test would have to run for as long.
 */
export async function tellHistory(picture: Picture): Promise<void> {
  const client = createClient({ registry: picture.registry, application: 'history' })
  const monitor = new MonitorServiceClient(client)
  const offices = picture.ticketOffices.map(({ published: { host, port } }) => `${host}:${port}`)
  const senders = new Map<
    string,
    { application: string; instance: string; counts: (minute: number) => MethodCount[] }
  >()
  for (const [caller, called, service, version, method, rate, ms, failing] of flows) {
    const count = (minute: number, share: number): Omit<MethodCount, 'side' | 'peer'> => ({
      service,
      ...(version && { version }),
      method,
      ...sums(rate * share * wave(minute, method.length), ms * (1 + 0.25 * Math.sin(minute / 9 + rate)), failing),
    })
    const add = (application: string, instance: string, counts: (minute: number) => MethodCount) => {
      const known = senders.get(`${application} ${instance}`)?.counts
      senders.set(`${application} ${instance}`, {
        application,
        instance,
        counts: (minute) => [...(known?.(minute) ?? []), counts(minute)],
      })
    }
    add(caller, `${caller}:4711`, (minute) => ({ side: 'consumer', peer: called, ...count(minute, 1) }))
    const instances = called === 'ticket-office' ? offices : [`${called}:1`]
    const weights = called === 'ticket-office' ? [0.4, 0.4, 0.2] : [1]
    for (const [i, instance] of instances.entries()) {
      add(called, instance, (minute) => ({ side: 'provider', peer: caller, ...count(minute, weights[i] ?? 1) }))
    }
  }
  let sent = 0
  for (const { application, instance, counts } of senders.values()) {
    const periods = Array.from({ length: minutes }, (_, i) => ({ agoMs: (i + 1) * 60_000, counts: counts(i) }))
    await monitor.report({ sender: `history-${++sent}`, sequence: 1, application, instance, periods })
  }
  await client.close()
}

/** Calm, then a busy half hour, never quite even. */
function wave(minute: number, salt: number): number {
  const busy = Math.exp(-(((minute - 24) / 12) ** 2))
  return 0.75 + 0.15 * Math.sin(minute / 7) + 0.9 * busy + 0.05 * Math.sin(minute * 2.3 + salt)
}

const bounds = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000]

function sums(rate: number, ms: number, failing: number): Omit<MethodCount, 'side' | 'peer' | 'service' | 'method'> {
  const calls = Math.round(rate * 60)
  const failed = Math.round(calls * failing)
  // Times fall off by half with each mean.
  const upTo = (bound: number) => Math.round(calls * (1 - Math.exp(-bound / ms)))
  const histogram = bounds.map((bound, i) => upTo(bound) - upTo(bounds[i - 1] ?? 0))
  return {
    calls,
    failed: failed > 0 ? { 'com.miao.server.OrderNotFound': failed } : {},
    elapsedUs: Math.round(calls * ms * 1000),
    maxElapsedUs: Math.round(ms * 6000),
    histogram: [...histogram, calls - histogram.reduce((sum, each) => sum + each, 0)],
    maxConcurrent: Math.max(1, Math.round((rate * ms) / 60)),
    retried: 0,
    hedged: 0,
    bytesOut: calls * 90,
    bytesIn: calls * 200,
  }
}
