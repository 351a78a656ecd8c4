import type { Call } from '../call.js'
import { maxTimerMs, now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Entry, Guard, Limit } from '../guard.js'
import type { Method } from '../method.js'

export interface ConcurrencyOptions {
  /** So many calls may wait for one to end, each as long as its deadline allows; further ones are refused. Default 0. */
  readonly maxWaiting?: number
}

/**
 * A bulkhead: at most `max` calls of a method at once. On a client it is Dubbo's `actives`, which lets calls wait; on a server
 * `executes`, which doesn't. What is refused is `resource_exhausted` with the time that a call takes as advice.
 */
export function concurrency(max: number, { maxWaiting = 0 }: ConcurrencyOptions = {}): Limit {
  if (!(Number.isInteger(max) && max >= 1)) throw new RangeError(`concurrency: ${max} is not a whole number from 1`)
  const limit = (method: Method): Guard => {
    let running = 0
    let averageMs = 0
    const waiting = new Set<(entry: Entry) => void>()

    const refusal = (what: string) =>
      RpcError.untraced('resource_exhausted', `${method.path}: ${what}`, {
        retryable: true,
        retryAfterMs: Math.max(1, Math.round(averageMs)),
      })
    const wait = (call: Call): Promise<Entry> =>
      new Promise((resolve) => {
        const leftMs = Math.min(maxTimerMs, call.deadline - now())
        const timer = setTimeout(() => go(refusal(`waited for one of ${max} running calls to end, in vain`)), leftMs)
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
        if (waiting.size < maxWaiting) return wait(call)
        return refusal(`${max} calls are running${maxWaiting > 0 ? ` and ${maxWaiting} wait` : ''} already`)
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
  return Object.assign(limit, { executes: max })
}
