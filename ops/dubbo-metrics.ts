import { hostname } from 'node:os'
import { bucketBoundsMs, type Code } from 'tsubo'
import type { Exposition } from './exposition.js'
import type { Counted } from './metrics.js'

/** Which of Dubbo's figures a failure belongs to, as far as it has one: the rest is `unknown`. */
const kinds: Partial<Record<Code, string>> = {
  deadline_exceeded: 'timeout',
  resource_exhausted: 'limit',
  unavailable: 'failed_network',
  unimplemented: 'failed_service_unavailable',
  invalid_argument: 'failed_codec',
  internal: 'failed_codec',
}

/**
 * The same figures under the names of Dubbo 3's Prometheus endpoint, with its labels
 * (https://dubbo.apache.org/en/overview/reference/metrics/standard_metrics). Left out is what it takes over a sliding window
 * (`..._aggregate`, `qps_total`, quantiles): Prometheus finds it from these, over any number of processes.
 */
export function dubboMetrics(out: Exposition, { side, application, methods }: Counted): void {
  const prefix = `dubbo_${side === 'server' ? 'provider' : 'consumer'}`
  const add = (name: string, help: string, of: Record<string, string | undefined>, value: number) =>
    name.endsWith('_total')
      ? out.counter(`${prefix}_${name}`, help, of, value)
      : out.gauge(`${prefix}_${name}`, help, of, value)
  for (const method of methods) {
    const { service, calls, succeeded, elapsedMs, outcomes, histogram } = method
    const of = {
      application_name: application,
      interface: service.name,
      method: method.method,
      group: service.group,
      version: service.version,
      hostname: hostname(),
      ...('peer' in method && typeof method.peer === 'string' && { remote: method.peer }),
    }
    add('requests_total', 'Calls that are over.', of, calls)
    add('requests_succeed_total', 'Those that succeeded.', of, succeeded)
    add(
      'requests_failed_total',
      'Those that failed, declared errors left out.',
      of,
      calls - succeeded - declared(method),
    )
    add('requests_business_failed_total', 'Those that failed with a declared error.', of, declared(method))
    if (!('peer' in method)) add('requests_processing', 'Calls under way.', of, method.concurrent)
    const failures = new Map<string, number>(
      [...new Set(Object.values(kinds)), 'unknown_failed'].map((kind) => [kind, 0]),
    )
    for (const { code, type, calls } of outcomes) {
      if (code === 'ok' || type !== undefined) continue
      const kind = kinds[code] ?? 'unknown_failed'
      failures.set(kind, (failures.get(kind) ?? 0) + calls)
    }
    for (const [kind, count] of failures) add(`requests_${kind}_total`, 'Failed calls of this kind.', of, count)
    add('rt_milliseconds_sum', 'Time of calls, all together.', of, elapsedMs)
    add('rt_milliseconds_avg', 'Time of a call, on average.', of, calls === 0 ? 0 : elapsedMs / calls)
    add('rt_milliseconds_max', 'The longest call.', of, method.maxElapsedMs)
    out.histogram(`${prefix}_rt_milliseconds_histogram`, 'Time of calls.', of, {
      bounds: bucketBoundsMs,
      buckets: histogram,
      sum: elapsedMs,
    })
  }
}

function declared({ outcomes }: Counted['methods'][number]): number {
  return outcomes.reduce((sum, { type, calls }) => sum + (type === undefined ? 0 : calls), 0)
}
