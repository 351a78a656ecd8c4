import { now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Limit } from '../guard.js'

export interface RateLimitOptions {
  /** The time in which `calls` may come, in milliseconds. Default 1000; Dubbo's `tps.interval` is 60,000. */
  readonly perMs?: number
  /** So many may come at once after a pause. Default: `calls`. */
  readonly burst?: number
}

/** A token bucket per method: `calls` per second, or per `perMs`. What is above is `resource_exhausted`, with when to come again. */
export function rateLimit(calls: number, { perMs = 1000, burst = calls }: RateLimitOptions = {}): Limit {
  if (!(calls > 0 && perMs > 0 && burst >= 1))
    throw new RangeError('rateLimit: calls, perMs and burst have to be above 0')
  return (method) => {
    let tokens = burst
    let filledAt = now()
    return {
      enter(call) {
        // When it begins is when it came; the clock needn't be read again.
        const at = Math.max(filledAt, call.startedAt)
        tokens = Math.min(burst, tokens + ((at - filledAt) * calls) / perMs)
        filledAt = at
        if (tokens >= 1) {
          tokens--
          return undefined
        }
        const text = `${method.path}: more than ${calls} calls in ${perMs} ms`
        const retryAfterMs = Math.ceil(((1 - tokens) * perMs) / calls)
        return RpcError.untraced('resource_exhausted', text, { retryable: true, retryAfterMs })
      },
    }
  }
}
