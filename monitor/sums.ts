import { RpcError } from 'tsubo'
import type { CallSums } from '../generated/tsubo/monitor.js'

/** How many buckets a histogram has, and their upper bounds in microseconds; the last one has none. */
export const boundsUs = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000].map((ms) => ms * 1000)
export const buckets = boundsUs.length + 1

/** The columns that are added up, and those of which the largest counts, in the order in which `Sums` holds them. */
export const added = [
  'calls',
  'elapsed',
  'bytes_out',
  'bytes_in',
  'retried',
  'hedged',
  ...Array.from({ length: buckets }, (_, i) => `h${i}`),
] as const
export const largest = ['max_elapsed', 'max_concurrent'] as const

/** Figures by column; failures are beside them, by code. */
export class Sums {
  readonly figures = new Array<number>(added.length + largest.length).fill(0)
  readonly failed = new Map<string, number>()

  /** Throws RpcError for figures that can't be. */
  add(counted: CallSums): void {
    const { histogram } = counted
    const own = [
      counted.calls,
      counted.elapsedUs,
      counted.bytesOut,
      counted.bytesIn,
      counted.retried,
      counted.hedged,
      ...Array.from({ length: buckets }, (_, i) => histogram[i] ?? 0),
      counted.maxElapsedUs,
      counted.maxConcurrent,
    ]
    const failed = Object.entries(counted.failed)
    if (!own.every(isFigure) || !failed.every(([, count]) => isFigure(count))) {
      throw malformed('a figure is negative, or larger than a year of calls makes it')
    }
    // Dubbo has none.
    if (histogram.length > buckets || (histogram.length > 0 && sum(histogram) !== counted.calls)) {
      throw malformed('a histogram does not add up to the calls')
    }
    if (sum(failed.map(([, count]) => count)) > counted.calls) throw malformed('more calls failed than there were')
    if (failed.length > 100 || failed.some(([code]) => code.length > 512)) {
      throw malformed('more than 100 codes, or one beyond 512 characters')
    }
    this.merge(own)
    for (const [code, count] of failed) this.fail(code, count)
  }

  /** Columns of another one, or of the database. */
  merge(columns: readonly number[]): void {
    const { figures } = this
    for (let i = 0; i < added.length; i++) (figures[i] as number) += columns[i] as number
    for (let i = added.length; i < figures.length; i++) {
      if ((columns[i] as number) > (figures[i] as number)) figures[i] = columns[i] as number
    }
  }

  fail(code: string, count: number): void {
    if (count > 0) this.failed.set(code, (this.failed.get(code) ?? 0) + count)
  }

  get calls(): number {
    return this.figures[0] as number
  }

  toCallSums(): CallSums {
    const [calls = 0, elapsedUs = 0, bytesOut = 0, bytesIn = 0, retried = 0, hedged = 0] = this.figures
    const [maxElapsedUs = 0, maxConcurrent = 0] = this.figures.slice(added.length)
    const histogram = this.figures.slice(6, added.length)
    const failed = Object.fromEntries(this.failed)
    return { calls, failed, elapsedUs, maxElapsedUs, histogram, maxConcurrent, retried, hedged, bytesOut, bytesIn }
  }

  /** So long this share of the calls took at most, of those with a histogram: within its bucket as if they lay evenly in it. Microseconds. */
  percentile(share: number): number | undefined {
    const { figures } = this
    const known = sum(figures.slice(6, added.length))
    if (known === 0) return undefined
    const maxUs = figures[added.length] as number
    let left = share * known
    for (let i = 0; i < buckets; i++) {
      const count = figures[6 + i] as number
      const fromUs = boundsUs[i - 1] ?? 0
      const toUs = Math.max(fromUs, Math.min(boundsUs[i] ?? maxUs, maxUs))
      if (left <= count) return Math.round(fromUs + (toUs - fromUs) * (count === 0 ? 0 : left / count))
      left -= count
    }
    return maxUs
  }
}

/** What one process counts in a report is far below; what the monitor adds up stays exact. */
const most = 2 ** 46

function isFigure(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}

function sum(values: readonly number[]): number {
  return values.reduce((all, value) => all + value, 0)
}

/** A report that no counting process sends. Nothing of it is counted. */
export function malformed(what: string): RpcError {
  return new RpcError('invalid_argument', `the report can't be right: ${what}`)
}
