import type { Call } from '../call.js'
import { maxTimerMs, now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Entry, Guard, Limit } from '../guard.js'

export interface ConcurrencyOptions {
  /** So many calls may wait for one to end, each as long as its deadline allows; further ones are refused. Default 0. */
  readonly maxWaiting?: number
}

/**
 * A bulkhead: at most `max` calls of a method at once. On a client it is Dubbo's `actives`, which lets calls wait; on a server
 * `executes`, which doesn't. What is refused is `resource_exhausted` with the time that a call takes as advice.
 */
export function concurrency(max: number, { maxWaiting = 0 }: ConcurrencyOptions = {}): Limit {
  checkMax('concurrency', max)
  const running = `${max} calls are running${maxWaiting > 0 ? ` and ${maxWaiting} wait` : ''} already`
  return Object.assign(() => bulkhead(max, maxWaiting, running), { executes: max })
}

/** The same for all methods together, and nobody waits: they share one guard. */
export function overallConcurrency(max: number): Limit {
  checkMax('maxConcurrent', max)
  const shared = bulkhead(max, 0, `the provider works on ${max} calls already (maxConcurrent)`)
  return () => shared
}

function checkMax(option: string, max: number): void {
  if (!(Number.isInteger(max) && max >= 1)) throw new RangeError(`${option}: ${max} is not a whole number from 1`)
}

/** `full`: why a call is refused while `max` are running and `maxWaiting` wait. */
function bulkhead(max: number, maxWaiting: number, full: string): Guard {
  let running = 0
  let averageMs = 0
  const waiting = new Set<(entry: Entry) => void>()

  const refusal = (call: Call, why: string) =>
    RpcError.untraced('resource_exhausted', `${call.method.path}: ${why}`, {
      retryable: true,
      retryAfterMs: Math.max(1, Math.round(averageMs)),
    })
  const wait = (call: Call): Promise<Entry> =>
    new Promise((resolve) => {
      const leftMs = Math.min(maxTimerMs, call.deadline - now())
      const inVain = () => go(refusal(call, `waited for one of ${max} running calls to end, in vain`))
      const timer = setTimeout(inVain, leftMs)
      const go = (entry: Entry) => {
        clearTimeout(timer)
        waiting.delete(go)
        resolve(entry)
      }
      waiting.add(go)
    })

  return {
    enter(call) {
      if (running < max) {
        running++
        return undefined
      }
      return waiting.size < maxWaiting ? wait(call) : refusal(call, full)
    },
    leave(call) {
      averageMs += ((call.answeredAt || now()) - call.startedAt - averageMs) / 16
      // Who waits takes the place over.
      const [next] = waiting
      if (next) next(undefined)
      else running--
    },
  }
}
