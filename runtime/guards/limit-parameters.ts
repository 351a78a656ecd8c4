import type { Limit } from '../guard.js'
import { flagIn, numberIn, type Parameters } from '../parameters.js'
import { concurrency } from './concurrency.js'
import { rateLimit } from './rate-limit.js'

/** Every name that means something to a provider about one of its methods. */
export const limitParameterNames: readonly string[] = ['executes', 'tps', 'tps.interval', 'overload']

/**
 * How parameters say that a provider limits a method, the first limit first:
 *
 * `overload` (true, false): by `shedding` · `executes` · `tps` with `tps.interval` (ms, default 60,000)
 *
 * Throws RangeError that names the parameter and what it may be.
 */
export function readLimitParameters(parameters: Parameters, shedding: Limit): Limit[] {
  const executes = numberIn(parameters, 'executes', 0)
  const tps = numberIn(parameters, 'tps', 1)
  const perMs = numberIn(parameters, 'tps.interval', 1) ?? 60_000
  return [
    ...(flagIn(parameters, 'overload') ? [shedding] : []),
    // 0 is Dubbo's "no limit".
    ...(executes ? [concurrency(executes)] : []),
    ...(tps ? [rateLimit(tps, { perMs })] : []),
  ]
}
