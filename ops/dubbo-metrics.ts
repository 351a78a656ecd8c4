import { hostname, networkInterfaces } from 'node:os'
import { bucketBoundsMs, type Code, type OutcomeCounts } from 'tsubo'
import type { Exposition, Join } from './exposition.js'
import type { Counted } from './metrics.js'

/** Which of Dubbo's figures a failure belongs to. What a handler throws is `business`, declared or not. */
const kinds: Partial<Record<Code, string>> = {
  unknown: 'business_failed',
  deadline_exceeded: 'timeout',
  resource_exhausted: 'limit',
  unavailable: 'failed_network',
  unimplemented: 'failed_service_unavailable',
  invalid_argument: 'failed_codec',
  internal: 'failed_codec',
}
const declared = 'business_failed'
const otherwise = 'unknown_failed'
const allKinds = [...new Set([...Object.values(kinds), otherwise])]

/** Upper bounds of the histogram, in seconds. */
const boundsSeconds = bucketBoundsMs.map((ms) => ms / 1000)

/** This machine, as Dubbo's labels have it: its first address that others can reach, else its own. */
const { address: ip } = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal) ?? { address: '127.0.0.1' }
const machine = { hostname: hostname(), ip }

/** Calls and their time, of all clients that have one method in common. */
interface Total {
  calls: number
  elapsedMs: number
}

const latest: Join = (_, value) => value

/**
 * The same figures under the names of Dubbo 3's Prometheus endpoint, with its labels
 * (https://dubbo.apache.org/en/overview/reference/metrics/standard_metrics), as 3.3.6 writes them: what is under way is a gauge in
 * spite of its `_total`, and the histogram is in seconds in spite of its `milliseconds`. What of Dubbo's isn't there is in
 * docs/operations.md.
 */
export function dubboMetrics(out: Exposition, all: readonly Counted[]): void {
  for (const application of new Set(all.map((each) => each.application))) {
    const of = { application_name: application, ...machine }
    out.counter('dubbo_application_info_total', 'What this process is.', of, 1)
  }
  const totals = new Map<string, Total>()
  for (const counted of all) callMetrics(out, counted, totals)
}

function callMetrics(out: Exposition, { side, application, methods }: Counted, totals: Map<string, Total>): void {
  const prefix = `dubbo_${side === 'server' ? 'provider' : 'consumer'}`
  for (const method of methods) {
    const { service, calls, succeeded, elapsedMs, outcomes, histogram } = method
    const of = {
      application_name: application,
      interface: service.name,
      method: method.method,
      group: service.group ?? '',
      version: service.version ?? '',
      ...machine,
      ...('peer' in method && { remote: method.peer }),
    }
    const counter = (name: string, help: string, value: number) => out.counter(`${prefix}_${name}`, help, of, value)
    const gauge = (name: string, help: string, value: number, join?: Join) =>
      out.gauge(`${prefix}_${name}`, help, of, value, join)
    counter('requests_total', 'Calls that are over.', calls)
    counter('requests_succeed_total', 'Those that succeeded.', succeeded)
    counter('requests_failed_total', 'Those that failed.', calls - succeeded)
    for (const [kind, count] of byKind(outcomes)) counter(`requests_${kind}_total`, 'Failed calls of this kind.', count)
    const key = JSON.stringify([side, ...Object.values(of)])
    const total = totals.get(key) ?? { calls: 0, elapsedMs: 0 }
    totals.set(key, total)
    total.calls += calls
    total.elapsedMs += elapsedMs
    const averageMs = total.calls === 0 ? 0 : total.elapsedMs / total.calls
    gauge('rt_milliseconds_sum', 'Time of calls, all together.', elapsedMs)
    gauge('rt_milliseconds_avg', 'Time of a call, on average.', averageMs, latest)
    gauge('rt_milliseconds_max', 'The longest call.', method.maxElapsedMs, Math.max)
    out.histogram(`${prefix}_rt_milliseconds_histogram_seconds`, 'Time of calls, in seconds.', of, {
      bounds: boundsSeconds,
      buckets: histogram,
      sum: elapsedMs / 1000,
    })
    // What is under way, and which call came last, isn't told apart by peer.
    if ('peer' in method) continue
    gauge('requests_processing_total', 'Calls under way.', method.concurrent)
    if (calls === 0) continue
    gauge('rt_milliseconds_min', 'The shortest call.', method.minElapsedMs, Math.min)
    gauge('rt_milliseconds_last', 'The call that ended last.', method.lastElapsedMs, latest)
  }
}

function byKind(outcomes: readonly OutcomeCounts[]): ReadonlyMap<string, number> {
  const failed = new Map(allKinds.map((kind) => [kind, 0]))
  for (const { code, type, calls } of outcomes) {
    if (code === 'ok') continue
    const kind = type === undefined ? (kinds[code] ?? otherwise) : declared
    failed.set(kind, (failed.get(kind) ?? 0) + calls)
  }
  return failed
}
