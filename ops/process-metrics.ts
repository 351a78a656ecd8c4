import { createHistogram, type EventLoopUtilization, performance, type RecordableHistogram } from 'node:perf_hooks'
import { getHeapStatistics } from 'node:v8'
import type { Exposition } from './exposition.js'

/** How often the event loop is to come by. Milliseconds. */
const turnMs = 20

/**
 * What a Node process is like: OpenTelemetry's names for Node and V8 (semantic conventions, runtime metrics), and Prometheus's
 * for processes. The event loop's figures are those since they were last read.
 */
export class ProcessMetrics {
  /** How much later it came than it was to come, in nanoseconds. */
  readonly #late: RecordableHistogram = createHistogram()
  /**
   * A timer of our own in place of Node's `monitorEventLoopDelay`: once reset, that one doesn't see what blocks the loop until its
   * next turn, which is what the answer to whoever reads it takes.
   */
  readonly #timer: NodeJS.Timeout
  #cameAt = performance.now()
  #utilization: EventLoopUtilization = performance.eventLoopUtilization()

  constructor() {
    this.#timer = setInterval(() => this.#came(), turnMs).unref()
  }

  #came(): void {
    const at = performance.now()
    this.#late.record(Math.max(1, Math.round((at - this.#cameAt - turnMs) * 1e6)))
    this.#cameAt = at
  }

  write(out: Exposition): void {
    const late = this.#late
    const seconds = {
      // Without any it would be as much as fits in there.
      min: late.count === 0 ? 0 : late.min / 1e9,
      max: late.max / 1e9,
      mean: late.count === 0 ? 0 : late.mean / 1e9,
      p50: late.percentile(50) / 1e9,
      p90: late.percentile(90) / 1e9,
      p99: late.percentile(99) / 1e9,
    }
    for (const [name, value] of Object.entries(seconds)) {
      const help = `How late the event loop was, ${name}, since this was last read.`
      out.gauge(`nodejs_eventloop_delay_${name}_seconds`, help, {}, value)
    }
    late.reset()
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
    clearInterval(this.#timer)
  }
}
