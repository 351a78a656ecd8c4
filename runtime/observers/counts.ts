import { type Address, formatHostPort } from '../address.js'
import type { Call, Observer } from '../call.js'
import { now } from '../clock.js'
import type { Code, RpcError } from '../error.js'
import type { ServiceKey } from '../service-key.js'

/**
 * Upper bounds of the buckets of `MethodCounts.histogram`, in milliseconds; the last bucket has none. OpenTelemetry's
 * for `rpc.*.call.duration` (semantic conventions, RPC metrics).
 */
export const bucketBoundsMs = [5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10_000] as const

/** What was counted of one method, under one group and version. */
export interface MethodCounts {
  readonly service: ServiceKey
  readonly method: string
  calls: number
  succeeded: number
  /** By code; declared errors by their full name. */
  readonly failed: Map<Code | string, number>
  /** Attempts beyond the first of each call. */
  retried: number
  /** Calls under way now, and the most there ever were at once. */
  concurrent: number
  maxConcurrent: number
  /** Over all ended calls, in milliseconds. */
  elapsedMs: number
  maxElapsedMs: number
  /** Ended calls by elapsed time; one more entry than `bucketBoundsMs`. */
  readonly histogram: number[]
  /** Bytes of frames, heads included, that went out and came in; in-process calls have none. */
  bytesOut: number
  bytesIn: number
}

/** Counts calls on one side, at the one point where all figures come from. */
export interface Counts extends Required<Observer> {
  readonly methods: readonly MethodCounts[]
  /** Attempts by `host:port` of the provider (clients only). */
  readonly attempts: ReadonlyMap<string, number>
  /** By name: `counts.of('com.miao.server.TicketService', 'book')`; with several groups or versions the first of them. */
  of(service: string, method: string): MethodCounts | undefined
}

/** Makes an observer that counts. Clients and servers have one of their own; see `Client.counts`. */
export function counts(): Counts {
  return new Counter()
}

interface Entry extends MethodCounts {
  /** The same method under another group or version. */
  next: Entry | undefined
}

class Counter implements Counts {
  readonly methods: Entry[] = []
  /** By `Method.index`: no lookup by text on a call's way. */
  readonly #entries: (Entry | undefined)[] = []
  readonly #attempts = new Map<Address, { count: number }>()

  get attempts(): ReadonlyMap<string, number> {
    const byPlace = new Map<string, number>()
    for (const [{ host, port }, { count }] of this.#attempts) {
      const place = formatHostPort(host, port)
      byPlace.set(place, (byPlace.get(place) ?? 0) + count)
    }
    return byPlace
  }

  of(service: string, method: string): MethodCounts | undefined {
    return this.methods.find((entry) => entry.service.name === service && entry.method === method)
  }

  begin(call: Call): void {
    const entry = this.#entry(call)
    entry.calls++
    if (++entry.concurrent > entry.maxConcurrent) entry.maxConcurrent = entry.concurrent
  }

  attempt(call: Call, to: Address): void {
    const attempts = this.#attempts.get(to)
    if (attempts) attempts.count++
    else this.#attempts.set(to, { count: 1 })
    if (call.attempts > 1) this.#entry(call).retried++
  }

  end(call: Call, error: RpcError | undefined): void {
    const entry = this.#entry(call)
    const elapsedMs = (call.answeredAt || now()) - call.startedAt
    entry.concurrent--
    entry.elapsedMs += elapsedMs
    if (elapsedMs > entry.maxElapsedMs) entry.maxElapsedMs = elapsedMs
    let bucket = 0
    while (elapsedMs > (bucketBoundsMs[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
    entry.histogram[bucket] = (entry.histogram[bucket] as number) + 1
    entry.bytesOut += call.bytesOut
    entry.bytesIn += call.bytesIn
    if (!error) entry.succeeded++
    else {
      const kind = error.type ?? error.code
      entry.failed.set(kind, (entry.failed.get(kind) ?? 0) + 1)
    }
  }

  #entry(call: Call): Entry {
    for (let entry = this.#entries[call.method.index]; entry; entry = entry.next) {
      if (entry.service === call.service) return entry
    }
    return this.#newEntry(call)
  }

  #newEntry({ method, service }: Call): Entry {
    const entry: Entry = {
      service,
      method: method.schema.name,
      calls: 0,
      succeeded: 0,
      failed: new Map(),
      retried: 0,
      concurrent: 0,
      maxConcurrent: 0,
      elapsedMs: 0,
      maxElapsedMs: 0,
      histogram: new Array<number>(bucketBoundsMs.length + 1).fill(0),
      bytesOut: 0,
      bytesIn: 0,
      next: this.#entries[method.index],
    }
    this.#entries[method.index] = entry
    this.methods.push(entry)
    return entry
  }
}
