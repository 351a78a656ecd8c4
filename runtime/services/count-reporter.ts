import { randomUUID } from 'node:crypto'
import {
  type CountPeriod,
  type CountReport,
  type MethodCount,
  MonitorServiceClient,
  type Side,
} from '../../generated/tsubo/monitor.js'
import type { Invocable } from '../call.js'
import { now, within } from '../clock.js'
import { RpcError } from '../error.js'
import type { Counts, CountsReader, PeerCounts } from '../observers/counts.js'
import { backoffMs } from '../protocol/backoff.js'

export interface MonitorOptions {
  /** How often what was counted is sent, in milliseconds. Default 60,000: whole minutes. From 10 on. */
  readonly intervalMs?: number
  /**
   * What reports go through. Default: a client of their own in the same registry, with the same TLS, protocols and
   * interceptors on a client, and none of them on a server.
   */
  readonly through?: Invocable
}

/** Who counts, and where it goes. */
export interface Reporting {
  readonly counts: Counts
  readonly side: Side
  readonly application: string
  readonly instance: string
  /** The application of a peer, by what the counts call it. */
  readonly peerOf?: (place: string) => string | undefined
  readonly to: Invocable
  readonly intervalMs?: number | undefined
  /** Lets go of `to`. */
  readonly ended?: () => Promise<void>
}

/** Minutes of which each is kept by itself while the monitor is away; those before them are added up. */
const maxPeriods = 60
/** Methods, peers and minutes taken together; beyond, the oldest minutes are added up. About 10 MB. */
const maxCounts = 20_000
/** So many go in one report. */
const maxReported = 5_000
/** At the end, whoever closes waits no longer than this for the monitor. */
const lastWordMs = 2_000

/** What was counted in a time. */
interface Period {
  /** Its middle, on `now()`'s clock. */
  readonly at: number
  readonly counts: readonly MethodCount[]
}

/**
 * Sends a monitor what one side of a process counts, every minute.
 *
 *   counts -> [ periods that wait: at most 60, then the oldest two become one ] -> [ a report: until it is acknowledged ] -> monitor
 *
 * A report that was sent once is never changed and sent again under its number until it is acknowledged, so the monitor can
 * tell that it has it. Sums are never dropped while the process lives: what is lost when it is killed is what it hadn't sent.
 */
export class CountReporter {
  readonly #about: Reporting
  readonly #monitor: MonitorServiceClient
  readonly #reader: CountsReader
  readonly #sender = randomUUID()
  readonly #intervalMs: number
  /** Not all processes of a machine room at the same second. */
  readonly #delayMs: number
  #waiting: Period[] = []
  #report: { readonly sequence: number; readonly periods: readonly Period[] } | undefined
  #sequence = 0
  #sampledAt = now()
  #failures = 0
  #sampling: NodeJS.Timeout | undefined
  #retrying: NodeJS.Timeout | undefined
  #sending: Promise<void> | undefined
  #closed = false

  /** Throws RangeError for an interval that is none. */
  constructor(about: Reporting) {
    const { intervalMs = 60_000 } = about
    if (!(intervalMs >= 10 && intervalMs <= 3_600_000)) {
      throw new RangeError(`monitor.intervalMs: ${intervalMs} is not from 10 to 3,600,000 milliseconds`)
    }
    this.#about = about
    this.#intervalMs = intervalMs
    this.#delayMs = Math.random() * Math.min(10_000, intervalMs / 6)
    this.#monitor = new MonitorServiceClient(about.to, { timeoutMs: Math.max(1000, Math.min(10_000, intervalMs)) })
    this.#reader = about.counts.reader()
    this.#sampleLater()
  }

  /** Sends what there is, if the monitor takes it within 2 seconds, and ends. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#sampling)
    clearTimeout(this.#retrying)
    this.#sample()
    this.#reader.close()
    const until = now() + lastWordMs
    await within(lastWordMs, this.#sending)
    if (now() < until) await within(until - now(), this.#send(until))
    await this.#about.ended?.()
  }

  /** At whole minutes of the clock, which may jump: the next one is looked for each time. */
  #sampleLater(): void {
    const waitMs = this.#intervalMs - (Date.now() % this.#intervalMs)
    this.#sampling = setTimeout(() => {
      this.#sample()
      this.#sampleLater()
      setTimeout(() => {
        if (!this.#closed) void this.#send()
      }, this.#delayMs).unref()
    }, waitMs)
    this.#sampling.unref()
  }

  #sample(): void {
    const sampledAt = now()
    const at = (this.#sampledAt + sampledAt) / 2
    this.#sampledAt = sampledAt
    const counts = added(this.#reader.read().flatMap((counted) => this.#toMethodCount(counted) ?? []))
    if (counts.length === 0) return
    this.#waiting.push({ at, counts })
    while (
      this.#waiting.length > maxPeriods ||
      (this.#waiting.length > 1 && this.#waiting.reduce((sum, period) => sum + period.counts.length, 0) > maxCounts)
    ) {
      const [first, second, ...rest] = this.#waiting as [Period, Period, ...Period[]]
      this.#waiting = [{ at: first.at, counts: added([...first.counts, ...second.counts]) }, ...rest]
    }
  }

  /** The runtime's own services are left out: what they are called for is to look. */
  #toMethodCount(counted: PeerCounts): MethodCount | undefined {
    const { service, method } = counted
    if (service.name.startsWith('tsubo.')) return undefined
    const peer = this.#about.peerOf?.(counted.peer)
    return {
      side: this.#about.side,
      service: service.name,
      ...(service.group !== undefined && { group: service.group }),
      ...(service.version !== undefined && { version: service.version }),
      method,
      ...(peer !== undefined && { peer }),
      calls: counted.calls,
      failed: Object.fromEntries(counted.failed),
      elapsedUs: Math.round(counted.elapsedMs * 1000),
      maxElapsedUs: Math.round(counted.maxElapsedMs * 1000),
      histogram: [...counted.histogram],
      maxConcurrent: counted.maxConcurrent,
      retried: counted.retried,
      hedged: counted.hedged,
      bytesOut: counted.bytesOut,
      bytesIn: counted.bytesIn,
    }
  }

  /** Sends what waits, one report after the other, until there is nothing left or one fails. */
  #send(until = Number.POSITIVE_INFINITY): Promise<void> {
    clearTimeout(this.#retrying)
    this.#sending ??= this.#sendAll(until).finally(() => {
      this.#sending = undefined
    })
    return this.#sending
  }

  async #sendAll(until: number): Promise<void> {
    while (this.#report || this.#waiting.length > 0) {
      this.#report ??= { sequence: ++this.#sequence, periods: this.#take() }
      try {
        await this.#monitor.report(
          this.#toReport(this.#report),
          until === Number.POSITIVE_INFINITY ? {} : { timeoutMs: Math.max(1, until - now()) },
        )
        this.#failures = 0
      } catch (thrown) {
        const error = RpcError.from(thrown)
        // Sending it again wouldn't make it better, and what comes after it would wait for ever.
        if (error.code !== 'invalid_argument') {
          this.#failed(error)
          return
        }
        warn(`the monitor refuses a report for good, and its counts are lost: ${error.message}`)
      }
      this.#report = undefined
    }
  }

  #failed(error: RpcError): void {
    this.#failures++
    if (this.#failures === 3) warn(`counts wait for a monitor: ${error.message}`)
    if (this.#closed) return
    const waitMs = Math.min(backoffMs(this.#failures, 500, 15_000), this.#intervalMs)
    this.#retrying = setTimeout(() => void this.#send(), waitMs)
    this.#retrying.unref()
  }

  /** As much as goes in one report, the oldest first. */
  #take(): Period[] {
    const taken: Period[] = []
    let room = maxReported
    while (room > 0 && this.#waiting[0]) {
      const { at, counts } = this.#waiting[0]
      taken.push({ at, counts: counts.slice(0, room) })
      if (counts.length > room) this.#waiting[0] = { at, counts: counts.slice(room) }
      else this.#waiting.shift()
      room -= counts.length
    }
    return taken
  }

  /** The same counts each time it is sent; only how long ago they were is said anew. */
  #toReport({ sequence, periods }: { sequence: number; periods: readonly Period[] }): CountReport {
    const { application, instance } = this.#about
    const sentAt = now()
    return {
      sender: this.#sender,
      sequence,
      application,
      instance,
      periods: periods.map(
        ({ at, counts }): CountPeriod => ({ agoMs: Math.max(0, Math.round(sentAt - at)), counts: [...counts] }),
      ),
    }
  }
}

/** One entry for each method and peer. */
function added(counts: readonly MethodCount[]): MethodCount[] {
  const sums = new Map<string, MethodCount>()
  for (const counted of counts) {
    const { service, group, version, method, peer } = counted
    const key = JSON.stringify([service, group, version, method, peer])
    const sum = sums.get(key)
    if (!sum) {
      sums.set(key, { ...counted, failed: { ...counted.failed }, histogram: [...counted.histogram] })
      continue
    }
    for (const figure of ['calls', 'elapsedUs', 'retried', 'hedged', 'bytesOut', 'bytesIn'] as const) {
      sum[figure] += counted[figure]
    }
    for (const [code, count] of Object.entries(counted.failed)) sum.failed[code] = (sum.failed[code] ?? 0) + count
    counted.histogram.forEach((count, i) => {
      sum.histogram[i] = (sum.histogram[i] ?? 0) + count
    })
    sum.maxElapsedUs = Math.max(sum.maxElapsedUs, counted.maxElapsedUs)
    sum.maxConcurrent = Math.max(sum.maxConcurrent, counted.maxConcurrent)
  }
  return [...sums.values()]
}

function warn(text: string): void {
  process.emitWarning(text, { code: 'TSUBO_MONITOR' })
}
