import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Exposition } from './exposition.js'

/** How often the event loop is asked how late it is. Milliseconds. */
const resolutionMs = 20

/**
 * What a Node process is like: OpenTelemetry's names for Node and V8 (semantic conventions, runtime metrics), and Prometheus's
 * for processes. The event loop's figures are those since they were last read; what blocks it within its first turn after that, 20 ms,
 * is not seen.
 */
export class ProcessMetrics {
  readonly #delay: IntervalHistogram
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#delay = monitorEventLoopDelay({ resolution: resolutionMs })
    this.#delay.enable()
  }

  write(out: Exposition): void {
    const delay = this.#delay
    // How much later it came than it was to come.
    const late = (ns: number) => (Number.isFinite(ns) ? Math.max(0, ns / 1e9 - resolutionMs / 1000) : 0)
    const seconds = {
      min: delay.count === 0 ? 0 : late(delay.min),
      max: late(delay.max),
      mean: late(delay.mean),
      p50: late(delay.percentile(50)),
      p90: late(delay.percentile(90)),
      p99: late(delay.percentile(99)),
    }
    for (const [name, value] of Object.entries(seconds)) {
      const help = `How late the event loop was, ${name}, since this was last read.`
      out.gauge(`nodejs_eventloop_delay_${name}_seconds`, help, {}, value)
    }
    delay.reset()
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, this.#utilization)
    this.#utilization = now
    const share = 'The share of the time in which the event loop was busy, since this was last read.'
    out.gauge('nodejs_eventloop_utilization_ratio', share, {}, utilization)
    const heap = getHeapStatistics()
    out.gauge('v8js_memory_heap_used_bytes', 'What the heap holds.', {}, heap.used_heap_size)
    out.gauge('v8js_memory_heap_limit_bytes', 'What it may hold.', {}, heap.heap_size_limit)
    const { user, system } = process.cpuUsage()
    out.counter('process_cpu_seconds_total', 'CPU time of the process.', {}, (user + system) / 1e6)
    out.gauge('process_resident_memory_bytes', 'Memory of the process.', {}, process.memoryUsage.rss())
    const since = 'When the process began, in seconds since 1970.'
    out.gauge('process_start_time_seconds', since, {}, performance.timeOrigin / 1000)
  }

  close(): void {
    this.#delay.disable()
  }
}
