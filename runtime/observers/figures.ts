import { type Code, codes, type RpcError } from '../error.js'

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
  /** Bytes of frames, heads included, that went out and came in; in-process calls have none. */
  readonly bytesOut: number
  readonly bytesIn: number
}

/**
 * Where each figure lies in an array of them, so that adding up and taking differences is one loop:
 *
 *   | failed, by code 0..15 | succeeded | bytesOut | bytesIn | retried | hedged | elapsed | histogram 15 | longest |
 *   '---------------------------------------- sums --------------------------------------------'
 *
 * Times are whole microseconds, so that sums of differences are the sum, exactly.
 */
const succeededAt = codes.length
const bytesOutAt = succeededAt + 1
const bytesInAt = succeededAt + 2
const retriedAt = succeededAt + 3
const hedgedAt = succeededAt + 4
const elapsedAt = succeededAt + 5
const histogramAt = succeededAt + 6
const longestAt = histogramAt + bucketBoundsMs.length + 1

const codeIndex = new Map<string, number>(codes.map((code, i) => [code, i]))

/** One call, as far as it is counted. */
interface Counted {
  readonly bytesOut: number
  readonly bytesIn: number
  readonly attempts: number
  readonly hedges: number
}

/** Figures of calls: all sums but one maximum, which a reader may begin anew. About 500 bytes. */
export class Figures {
  readonly #all = new Float64Array(longestAt + 1)
  /** Failures by declared error; they are among no code. */
  #declared: Map<string, number> | undefined

  /** A call is over. `declared`: the full name of the error, where the contract has it. */
  count(call: Counted, elapsedMs: number, error: RpcError | undefined, declared: string | undefined): void {
    const all = this.#all
    const elapsedUs = Math.round(elapsedMs * 1000)
    let bucket = 0
    while (elapsedMs > (bucketBoundsMs[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    all[histogramAt + bucket]! += 1
    all[elapsedAt]! += elapsedUs
    if (elapsedUs > all[longestAt]!) all[longestAt] = elapsedUs
    all[bytesOutAt]! += call.bytesOut
    all[bytesInAt]! += call.bytesIn
    if (call.attempts > 1) {
      all[retriedAt]! += call.attempts - 1 - call.hedges
      all[hedgedAt]! += call.hedges
    }
    if (!error) all[succeededAt]! += 1
    else this.#fail(error.code, declared)
  }

  #fail(code: Code, declared: string | undefined): void {
    if (declared === undefined) {
      const at = codeIndex.get(code) ?? codeIndex.get('unknown')!
      this.#all[at]! += 1
    } else {
      this.#declared ??= new Map()
      this.#declared.set(declared, (this.#declared.get(declared) ?? 0) + 1)
    }
  }

  add(other: Figures): void {
    for (let i = 0; i < longestAt; i++) this.#all[i]! += other.#all[i]!
    this.longestUs = Math.max(this.longestUs, other.longestUs)
    for (const [name, count] of other.#declared ?? []) {
      this.#declared ??= new Map()
      this.#declared.set(name, (this.#declared.get(name) ?? 0) + count)
    }
  }

  /** What these have more than `before`; the maximum is theirs. */
  since(before: Figures | undefined): Figures {
    const more = new Figures()
    more.add(this)
    if (!before) return more
    for (let i = 0; i < longestAt; i++) more.#all[i]! -= before.#all[i]!
    for (const [name, count] of before.#declared ?? []) {
      const left = (more.#declared?.get(name) ?? 0) - count
      if (left === 0) more.#declared?.delete(name)
      else more.#declared?.set(name, left)
    }
    return more
  }

  /** The longest call, in microseconds. */
  get longestUs(): number {
    return this.#all[longestAt]!
  }
  set longestUs(us: number) {
    this.#all[longestAt] = us
  }

  get calls(): number {
    let calls = 0
    for (let i = histogramAt; i < longestAt; i++) calls += this.#all[i]!
    return calls
  }

  /** As plain data. */
  read(): CallCounts {
    const all = this.#all
    const failed = new Map<string, number>()
    codes.forEach((code, i) => {
      if (all[i]! > 0) failed.set(code, all[i]!)
    })
    for (const [name, count] of this.#declared ?? []) failed.set(name, count)
    return {
      calls: this.calls,
      succeeded: all[succeededAt]!,
      failed,
      retried: all[retriedAt]!,
      hedged: all[hedgedAt]!,
      elapsedMs: all[elapsedAt]! / 1000,
      maxElapsedMs: all[longestAt]! / 1000,
      histogram: [...all.subarray(histogramAt, longestAt)],
      bytesOut: all[bytesOutAt]!,
      bytesIn: all[bytesInAt]!,
    }
  }
}
