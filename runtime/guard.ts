import type { Call } from './call.js'
import type { RpcError } from './error.js'
import type { Method } from './method.js'

/**
 * Decides whether a call may go on, and hears when it is over: limits, breakers and load shedding, on both sides. An
 * interceptor could do the same, but would add a promise to every call.
 *
 * `enter` returns nothing to let the call pass, why it is refused, or a promise of either where the call has to wait.
 * `leave` comes exactly once for each call that passed, and for no other.
 */
export interface Guard {
  enter(call: Call): Entry | Promise<Entry>
  leave?(call: Call, error: RpcError | undefined): void
  /** Where it is a circuit breaker: how that stands, for whoever looks. */
  readonly breaker?: { state(at: number): 'closed' | 'open' | 'half-open' } | undefined
}

export type Entry = RpcError | undefined

/** One gate out of several; undefined for none. A call that one of them refuses leaves those it had passed. */
export function joinGuards(guards: readonly Guard[]): Guard | undefined {
  if (guards.length < 2) return guards[0]
  const leave = (call: Call, error: RpcError | undefined, passed: number) => {
    for (let i = passed - 1; i >= 0; i--) guards[i]?.leave?.(call, error)
  }
  const enterFrom = (call: Call, first: number): Entry | Promise<Entry> => {
    for (let i = first; i < guards.length; i++) {
      const entry = (guards[i] as Guard).enter(call)
      if (entry === undefined) continue
      if (!(entry instanceof Promise)) {
        leave(call, entry, i)
        return entry
      }
      return entry.then((refusal) => {
        if (refusal === undefined) return enterFrom(call, i + 1)
        leave(call, refusal, i)
        return refusal
      })
    }
    return undefined
  }
  return {
    breaker: guards.find(({ breaker }) => breaker)?.breaker,
    enter: (call) => enterFrom(call, 0),
    leave: (call, error) => leave(call, error, guards.length),
  }
}

/** Makes the guard of one method: what it counts, it counts per method, unless it hands out the same one to all. */
export interface Limit {
  (method: Method): Guard
  /** So many calls of a method it lets run at once, where that is a fixed number: providers register it. */
  readonly executes?: number
}
