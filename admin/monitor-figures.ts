import {
  type CallSums,
  type CountPoint,
  type CountQuery,
  type CountSeries,
  type Label,
  MonitorServiceClient,
  type Side,
} from '../generated/tsubo/monitor.js'
import { MonitorServiceSchema } from '../generated/tsubo/monitor.schema.js'
import type { Client } from '../runtime/client.js'
import type { ListedProvider } from '../runtime/registry/catalog.js'
import type { Figures, Metric, MetricsQuery, MonitorStatus, Series, SeriesLine } from './api.js'
import type { FigureSource } from './figures.js'
import type { Inventory } from './inventory.js'
import { Problem } from './problem.js'
import { clientOf } from './provider-access.js'

const askEveryMs = 10_000
const minuteMs = 60_000
/** So long after its end a minute has been told of by everybody: reports come every minute, counted in the middle of what they cover. */
const settledMs = 45_000
const maxSeries = 1000
const maxLines = 20
const none: MonitorStatus = { state: 'none', reason: 'no monitor is registered; tsubo monitor runs one' }

interface Told {
  readonly all: Figures | undefined
  readonly services: ReadonlyMap<string, Figures>
  readonly applications: ReadonlyMap<string, Figures>
  readonly instances: ReadonlyMap<string, Figures>
  readonly edges: ReadonlyMap<string, Figures>
  readonly providers: ReadonlyMap<string, Figures>
  readonly consumers: ReadonlyMap<string, Figures>
}

const nothing: ReadonlyMap<string, Figures> = new Map()
const silence: Told = {
  all: undefined,
  services: nothing,
  applications: nothing,
  instances: nothing,
  edges: nothing,
  providers: nothing,
  consumers: nothing,
}

/**
 * Figures of the monitor that is found in the registry, asked for every 10 s. While it is away the last ones stay, and the status says
 * so; without one there are none.
 */
export function followMonitor(inventory: Inventory): FigureSource {
  const listeners = new Set<() => void>()
  let status = none
  let told = silence
  let toldText = ''
  let access:
    | { readonly of: readonly ListedProvider[]; readonly client: Client; readonly monitor: MonitorServiceClient }
    | undefined
  let asking = false
  let closed = false

  const reach = (): MonitorServiceClient | undefined => {
    const of = inventory.get(MonitorServiceSchema.name)?.providers.filter(({ enabled }) => enabled) ?? []
    if (access && of.length === access.of.length && of.every((each, i) => each === access?.of[i])) return access.monitor
    void access?.client.close(0)
    access = undefined
    if (of.length === 0) return undefined
    const client = clientOf(of)
    access = { of, client, monitor: new MonitorServiceClient(client, { timeoutMs: 5000 }) }
    return access.monitor
  }
  const set = (next: MonitorStatus, figures: Told): void => {
    const text = JSON.stringify([next, figures.all])
    status = next
    told = figures
    if (text === toldText) return
    toldText = text
    for (const listener of [...listeners]) listener()
  }
  const ask = async (): Promise<void> => {
    if (asking || closed) return
    asking = true
    try {
      const monitor = reach()
      if (!monitor) return set(none, silence)
      const until = Date.now()
      const next = await lastMinute(monitor, until)
      if (!closed) set({ state: 'connected', until: new Date(next.until).toISOString() }, next.told)
    } catch (error) {
      const { until } = status
      const reason = `the monitor doesn't answer: ${(error as Error).message.slice(0, 300)}`
      if (!closed) set({ state: 'away', reason, ...(until !== undefined && { until }) }, told)
    } finally {
      asking = false
    }
  }
  const timer = setInterval(ask, askEveryMs)
  timer.unref()
  const stop = inventory.listen({
    changed({ services }) {
      if (services.some(({ name }) => name === MonitorServiceSchema.name)) void ask()
    },
  })

  return {
    get status() {
      return status
    },
    get all() {
      return told.all
    },
    service: (name) => told.services.get(name),
    application: (name) => told.applications.get(name),
    instance: (address) => told.instances.get(address),
    edge: (from, to) => told.edges.get(pair(from, to)),
    provider: (service, address) => told.providers.get(pair(service, address)),
    consumer: (service, application) => told.consumers.get(pair(service, application)),
    async series(query) {
      const monitor = reach()
      if (!monitor) throw new Problem('unavailable', none.reason ?? '')
      try {
        return await seriesOf(monitor, query)
      } catch (error) {
        if (error instanceof Problem) throw error
        throw new Problem('unavailable', `the monitor doesn't answer: ${(error as Error).message.slice(0, 300)}`)
      }
    },
    listen(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    async close() {
      closed = true
      clearInterval(timer)
      stop()
      await access?.client.close(0)
    },
  }
}

/** The last minute that everybody has told of; where there is none yet, as much as there is. */
async function lastMinute(
  monitor: MonitorServiceClient,
  now: number,
): Promise<{ readonly told: Told; readonly until: number }> {
  const whole = Math.floor((now - settledMs) / minuteMs) * minuteMs
  const since = whole - minuteMs
  const query = (by: Label[], side?: Side): Promise<CountSeries[]> => {
    const where = side && { where: { side } }
    const range = { since: new Date(since), until: new Date(now), stepSeconds: 60 }
    return monitor.query({ ...range, by, limit: maxSeries, ...where }).then(({ series }) => series)
  }
  const [sides, services, applications, edges, instances, providers, consumers] = await Promise.all([
    query(['side']),
    query(['side', 'service']),
    query(['side', 'application']),
    query(['application', 'peer'], 'consumer'),
    query(['instance'], 'provider'),
    query(['service', 'instance'], 'provider'),
    query(['service', 'application'], 'consumer'),
  ])
  const settled = sides.some(({ points }) => points.some(({ time }) => time.getTime() === since))
  const newest = Math.max(since, ...sides.flatMap(({ points }) => points.map(({ time }) => time.getTime())))
  const start = settled ? since : newest
  const seconds = settled ? 60 : Math.min(60, Math.max(5, (now - start) / 1000))
  const figures = (all: readonly CountSeries[], keyOf: (labels: CountSeries['labels']) => string) => {
    const found = new Map<string, Figures>()
    for (const { labels, points } of all) {
      const point = points.find(({ time }) => time.getTime() === start)
      const each = point && figuresOf(point, seconds)
      const key = keyOf(labels)
      // Both sides count the same calls, but not everybody counts: the side that has seen more knows more.
      if (each && each.rate > (found.get(key)?.rate ?? -1)) found.set(key, each)
    }
    return found
  }
  const byProvider = figures(providers, ({ service = '', instance = '' }) => pair(service, instance))
  const byService = figures(services, ({ service = '' }) => service)
  // Of calls in hand at once each process has its own most: a service has them all.
  const inHand = new Map<string, number>()
  for (const { labels, points } of providers) {
    const point = points.find(({ time }) => time.getTime() === start)
    if (point) inHand.set(labels.service ?? '', (inHand.get(labels.service ?? '') ?? 0) + point.maxConcurrent)
  }
  for (const [service, concurrent] of inHand) {
    const known = byService.get(service)
    if (known) byService.set(service, { ...known, concurrent })
  }
  return {
    until: start + seconds * 1000,
    told: {
      all: figures(sides, () => '').get(''),
      services: byService,
      applications: figures(applications, ({ application = '' }) => application),
      edges: figures(edges, ({ application = '', peer = '' }) => pair(application, peer)),
      instances: figures(instances, ({ instance = '' }) => instance),
      providers: byProvider,
      consumers: figures(consumers, ({ service = '', application = '' }) => pair(service, application)),
    },
  }
}

function figuresOf(point: CountPoint, seconds: number): Figures {
  const { calls, p50Us, p99Us, maxConcurrent } = point
  return {
    rate: calls / seconds,
    errorRate: failures(point) / seconds,
    ...(p50Us !== undefined && { p50Ms: p50Us / 1000 }),
    ...(p99Us !== undefined && { p99Ms: p99Us / 1000 }),
    concurrent: maxConcurrent,
  }
}

function failures({ failed }: CallSums): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0)
}

const units: Readonly<Record<Metric, Series['unit']>> = {
  calls: 'per_second',
  errors: 'per_second',
  p50: 'ms',
  p99: 'ms',
  mean: 'ms',
  concurrent: 'calls',
}

async function seriesOf(monitor: MonitorServiceClient, query: MetricsQuery): Promise<Series> {
  const { metric, by, service, method, application, instance, peer } = query
  const until = query.to === undefined ? new Date() : timeOf(query.to, 'to')
  const since = query.from === undefined ? new Date(until.getTime() - 3_600_000) : timeOf(query.from, 'from')
  if (since >= until) throw new Problem('invalid', 'from has to be before to', { field: 'from' })
  const ofProviders = instance !== undefined || by === 'instance'
  const side = by === 'side' ? undefined : (query.side ?? (ofProviders ? 'provider' : 'consumer'))
  const where = Object.entries({ side, service, method, application, instance, peer }).filter(([, value]) => value)
  const asked: CountQuery = {
    since,
    until,
    where: Object.fromEntries(where),
    ...(by && by !== 'code' && { by: [by] }),
    limit: maxLines,
  }
  const answer = await monitor.query(asked)
  const stepMs = answer.stepSeconds * 1000
  const from = answer.since.getTime()
  const count = Math.min(10_000, Math.max(0, Math.ceil((answer.until.getTime() - from) / stepMs)))
  const times = Array.from({ length: count }, (_, i) => from + i * stepMs)
  const line = (
    label: string,
    points: readonly CountPoint[],
    of: (point: CountPoint) => number | undefined,
  ): SeriesLine => {
    const values = new Array<number | null>(count).fill(null)
    for (const point of points) {
      const i = Math.floor((point.time.getTime() - from) / stepMs)
      if (i >= 0 && i < count) values[i] = of(point) ?? null
    }
    return { label, values }
  }
  const figure = (point: CountPoint): number | undefined => {
    switch (metric) {
      case 'calls':
        return point.calls / answer.stepSeconds
      case 'errors':
        return failures(point) / answer.stepSeconds
      case 'p50':
        return point.p50Us === undefined ? undefined : point.p50Us / 1000
      case 'p99':
        return point.p99Us === undefined ? undefined : point.p99Us / 1000
      case 'mean':
        return point.calls === 0 ? undefined : point.elapsedUs / point.calls / 1000
      case 'concurrent':
        return point.maxConcurrent
    }
  }
  const head = { metric, unit: units[metric], stepMs, times }
  if (by !== 'code') {
    const lines = answer.series.map(({ labels, points }) => line((by && labels[by]) ?? '', points, figure))
    return { ...head, lines, truncated: answer.more > 0 }
  }
  const points = answer.series[0]?.points ?? []
  const codes = new Map<string, number>()
  for (const { failed } of points) {
    for (const [code, times] of Object.entries(failed)) codes.set(code, (codes.get(code) ?? 0) + times)
  }
  const most = [...codes].sort(([, a], [, b]) => b - a).map(([code]) => code)
  const ofCode = (code: string) => (point: CountPoint) =>
    (Object.hasOwn(point.failed, code) ? (point.failed[code] ?? 0) : 0) / answer.stepSeconds
  const lines = most.slice(0, maxLines).map((code) => line(code, points, ofCode(code)))
  return { ...head, metric: 'errors', unit: 'per_second', lines, truncated: most.length > maxLines }
}

/** ISO 8601, or milliseconds since 1970. */
function timeOf(text: string, field: string): Date {
  const time = new Date(/^\d{1,16}$/.test(text) ? Number(text) : text)
  if (Number.isNaN(time.getTime())) throw new Problem('invalid', `${field} is no point in time`, { field })
  return time
}

function pair(a: string, b: string): string {
  return JSON.stringify([a, b])
}
