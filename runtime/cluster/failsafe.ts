import { Call } from '../call.js'
import { RpcError } from '../error.js'
import type { Policy } from './cluster.js'
import { failfast } from './failover.js'

/** Hears of failures that callers don't see. Default: a warning on the console. */
export type OnFailure = (error: RpcError, call: Call) => void

const warn: OnFailure = (error, call) =>
  console.warn(`${call.method.path} failed and goes on as if not: ${error.message}`)

/**
 * A failure counts as an empty answer, `undefined` (Dubbo's `failsafe`): for what must not disturb its caller, as an audit log.
 * One try, or what `policy` does.
 */
export function failsafe(policy: Policy = failfast(), onFailure: OnFailure = warn): Policy {
  return (cluster) => {
    const run = policy(cluster)
    return (call) =>
      run(call).catch((thrown: unknown) => {
        onFailure(RpcError.from(thrown), call)
        return undefined
      })
  }
}

export interface FailbackOptions {
  /** How often a failed call is tried again. Default 3, as Dubbo. */
  readonly retries?: number
  /** How long after each failure, in milliseconds. Default 5000, as Dubbo. */
  readonly everyMs?: number
  /** So many may wait to be tried again; what fails beyond that is given up. Default 100, as Dubbo. */
  readonly maxWaiting?: number
  /** Hears of those that were given up. */
  readonly onFailure?: OnFailure
}

/**
 * Like `failsafe()`, and the call is tried again in the background (Dubbo's `failback`): for notifications that should arrive
 * some time. They are lost when the process ends, and may arrive twice.
 */
export function failback({
  retries = 3,
  everyMs = 5000,
  maxWaiting = 100,
  onFailure = warn,
}: FailbackOptions = {}): Policy {
  return (cluster) => {
    const run = failfast()(cluster)
    let waiting = 0
    const later = (call: Call, error: RpcError, left: number): void => {
      if (left === 0 || waiting >= maxWaiting || cluster.closed) {
        onFailure(error, call)
        return
      }
      waiting++
      const timer = setTimeout(() => {
        waiting--
        const { method, service, args, metadata } = call
        const again = new Call(method, service, args, call.deadline - call.startedAt, metadata)
        again.unrecorded = call.unrecorded
        cluster.guarded(again, run).catch((thrown: unknown) => later(again, RpcError.from(thrown), left - 1))
      }, everyMs)
      // Nobody waits for it: it is no reason for a process to stay.
      timer.unref()
    }
    return (call) =>
      run(call).catch((thrown: unknown) => {
        later(call, RpcError.from(thrown), retries)
        return undefined
      })
  }
}
