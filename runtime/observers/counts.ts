import { formatHostPort } from '../address.js'
import type { Call, Observer } from '../call.js'
import type { Code, RpcError } from '../error.js'

/** What was counted of one method. */
export interface MethodCounts {
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
}

/** Counts calls on either side; hand it to `observers` and read it when you like. */
export interface Counts extends Observer {
  /** By `service/method`. */
  readonly methods: ReadonlyMap<string, MethodCounts>
  /** Attempts by `host:port` of the provider (clients only). */
  readonly attempts: ReadonlyMap<string, number>
}

/** Makes an observer that counts. */
export function counts(): Counts {
  const methods = new Map<string, MethodCounts>()
  const attempts = new Map<string, number>()
  const first = new WeakSet<Call>()
  const of = (call: Call): MethodCounts => {
    const known = methods.get(call.method.path)
    if (known) return known
    const fresh: MethodCounts = {
      calls: 0,
      succeeded: 0,
      failed: new Map(),
      retried: 0,
      concurrent: 0,
      maxConcurrent: 0,
      elapsedMs: 0,
      maxElapsedMs: 0,
    }
    methods.set(call.method.path, fresh)
    return fresh
  }
  return {
    methods,
    attempts,
    begin(call) {
      const m = of(call)
      m.calls++
      m.maxConcurrent = Math.max(m.maxConcurrent, ++m.concurrent)
    },
    attempt(call, to) {
      const where = formatHostPort(to.host, to.port)
      attempts.set(where, (attempts.get(where) ?? 0) + 1)
      if (first.has(call)) of(call).retried++
      else first.add(call)
    },
    end(call, error: RpcError | undefined) {
      const m = of(call)
      const elapsedMs = performance.now() - call.startedAt
      m.concurrent--
      m.elapsedMs += elapsedMs
      m.maxElapsedMs = Math.max(m.maxElapsedMs, elapsedMs)
      if (!error) m.succeeded++
      else {
        const kind = error.type ?? error.code
        m.failed.set(kind, (m.failed.get(kind) ?? 0) + 1)
      }
    },
  }
}
