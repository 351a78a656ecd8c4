import { now } from '../clock.js'
import type { Code, RpcError } from '../error.js'

/**
 * Upper bounds of the buckets of `CallCounts.histogram`, in milliseconds; the last bucket has none. OpenTelemetry's
 * for `rpc.*.call.duration` (semantic conventions, RPC metrics).
 */
export const bucketBoundsMs = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const

/** What was counted of calls that are over. */
export interface CallCounts {
  readonly calls: number
  readonly succeeded: number
  /** By code; declared errors by their full name. */
  readonly failed: ReadonlyMap<Code | string, number>
  /** Attempts beyond the first of each call: those after a failure, and those beside another one that was under way. */
  readonly retried: number
  readonly hedged: number
  /** Over all of them, in milliseconds. */
  readonly elapsedMs: number
  readonly maxElapsedMs: number
  /** Calls by elapsed time; one more entry than `bucketBoundsMs`. */
  readonly histogram: readonly number[]
  /** The same for each way in which calls ended. */
  readonly outcomes: readonly OutcomeCounts[]
  /** Bytes of frames, heads included, that went out and came in; in-process calls have none. */
  readonly bytesOut: number
  readonly bytesIn: number
}

/** Calls that ended in one way. */
export interface OutcomeCounts {
  readonly code: 'ok' | Code
  /** Full name of the declared error. */
  readonly type: string | undefined
  readonly calls: number
  readonly elapsedMs: number
  readonly histogram: readonly number[]
}

/**
 * Where each figure lies in an array of them, so that adding up and taking differences is one loop:
 *
 *   | elapsed | histogram 15 |                                             of calls that failed alike
 *   | elapsed | histogram 15 | bytesOut | bytesIn | retried | hedged |     of those that succeeded, and of all
 *
 * Times are whole microseconds, so that sums of differences are the sum, exactly.
 */
const histogramAt = 1
const timesLength = histogramAt + bucketBoundsMs.length + 1
const bytesOutAt = timesLength
const bytesInAt = timesLength + 1
const retriedAt = timesLength + 2
const hedgedAt = timesLength + 3
const length = timesLength + 4

/** One call, as far as it is counted. */
export interface Counted {
  readonly startedAt: number
  /** 0: it was never answered, and is over now. */
  readonly answeredAt: number
  readonly bytesOut: number
  readonly bytesIn: number
  readonly attempts: number
  readonly hedges: number
}

/** Calls that failed in one way. */
interface Failures {
  readonly code: Code
  readonly type: string | undefined
  readonly times: Float64Array
}

/** Figures of calls: all of them sums, but for three times. About 400 bytes, and 300 for each way to fail that was seen. */
export class Figures {
  readonly #sums = new Float64Array(length)
  /** By code, or the full name of a declared error. */
  #failures: Map<string, Failures> | undefined
  /** The longest call, the shortest one (-1: none yet), and that which ended last. */
  longestUs = 0
  shortestUs = -1
  lastUs = 0

  /** A call is over. `type`: the full name of its error, where the contract declares it. */
  count(call: Counted, error: RpcError | undefined, type: string | undefined): void {
    const elapsedMs = (call.answeredAt === 0 ? now() : call.answeredAt) - call.startedAt
    const elapsedUs = Math.round(elapsedMs * 1000)
    let bucket = 0
    while (elapsedMs > (bucketBoundsMs[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    const sums = this.#sums
    const times = error === undefined ? sums : this.timesOf(error.code, type)
    times[0]! += elapsedUs
    times[histogramAt + bucket]! += 1
    if (elapsedUs > this.longestUs) this.longestUs = elapsedUs
    if (elapsedUs < this.shortestUs || this.shortestUs < 0) this.shortestUs = elapsedUs
    this.lastUs = elapsedUs
    sums[bytesOutAt]! += call.bytesOut
    sums[bytesInAt]! += call.bytesIn
    if (call.attempts > 1) this.countMore(call)
  }

  private countMore({ attempts, hedges }: Counted): void {
    this.#sums[retriedAt]! += attempts - 1 - hedges
    this.#sums[hedgedAt]! += hedges
  }

  private timesOf(code: Code, type: string | undefined): Float64Array {
    const name = type ?? code
    this.#failures ??= new Map()
    let failures = this.#failures.get(name)
    if (!failures) {
      failures = { code, type, times: new Float64Array(timesLength) }
      this.#failures.set(name, failures)
    }
    return failures.times
  }

  add(other: Figures): void {
    addTo(this.#sums, other.#sums, 1)
    for (const { code, type, times } of other.#failures?.values() ?? []) addTo(this.timesOf(code, type), times, 1)
    this.longestUs = Math.max(this.longestUs, other.longestUs)
    if (other.shortestUs >= 0 && (other.shortestUs < this.shortestUs || this.shortestUs < 0)) {
      this.shortestUs = other.shortestUs
    }
  }

  /** What these have more than `before`; the maximum is theirs. */
  since(before: Figures | undefined): Figures {
    const more = new Figures()
    more.add(this)
    if (!before) return more
    addTo(more.#sums, before.#sums, -1)
    for (const { code, type, times } of before.#failures?.values() ?? []) addTo(more.timesOf(code, type), times, -1)
    return more
  }

  get calls(): number {
    let calls = callsOf(this.#sums)
    for (const { times } of this.#failures?.values() ?? []) calls += callsOf(times)
    return calls
  }

  /** As plain data. */
  read(): CallCounts {
    const sums = this.#sums
    const failures = [...(this.#failures?.values() ?? [])].filter(({ times }) => callsOf(times) > 0)
    const outcomes = failures.map(({ code, type, times }) => outcome(code, type, times))
    const succeeded = callsOf(sums)
    if (succeeded > 0) outcomes.unshift(outcome('ok', undefined, sums))
    const all = new Float64Array(timesLength)
    addTo(all, sums, 1)
    for (const { times } of failures) addTo(all, times, 1)
    return {
      calls: callsOf(all),
      succeeded,
      failed: new Map(failures.map(({ code, type, times }) => [type ?? code, callsOf(times)])),
      retried: sums[retriedAt]!,
      hedged: sums[hedgedAt]!,
      elapsedMs: all[0]! / 1000,
      maxElapsedMs: this.longestUs / 1000,
      histogram: histogramOf(all),
      outcomes,
      bytesOut: sums[bytesOutAt]!,
      bytesIn: sums[bytesInAt]!,
    }
  }
}

function addTo(sums: Float64Array, more: Float64Array, sign: 1 | -1): void {
  for (let i = 0; i < sums.length; i++) sums[i]! += sign * more[i]!
}

function callsOf(times: Float64Array): number {
  let calls = 0
  for (let i = histogramAt; i < timesLength; i++) calls += times[i]!
  return calls
}

/** Rounded, which they are: V8 keeps what it rounded in the list itself, and else 16 bytes more of each. */
function histogramOf(times: Float64Array): number[] {
  return Array.from(times.subarray(histogramAt, timesLength), Math.round)
}

function outcome(code: 'ok' | Code, type: string | undefined, times: Float64Array): OutcomeCounts {
  return { code, type, calls: callsOf(times), elapsedMs: times[0]! / 1000, histogram: histogramOf(times) }
}
