import type { Limit } from '../guard.js'
import { concurrency } from '../guards/concurrency.js'
import { rateLimit } from '../guards/rate-limit.js'
import { flagIn, numberIn, oneIn, type Parameters } from '../parameters.js'
import { broadcast } from './broadcast.js'
import type { Policy } from './cluster.js'
import { consistentHash } from './consistent-hash.js'
import { failfast, failover } from './failover.js'
import { failback, failsafe } from './failsafe.js'
import { firstAvailable } from './first-available.js'
import { forking } from './forking.js'
import { hedging } from './hedging.js'
import { leastActive, shortestResponse } from './least-active.js'
import type { Balancer } from './node.js'
import { p2c } from './p2c.js'
import type { RetryBudgetOptions } from './retry-budget.js'
import { roundRobin } from './round-robin.js'
import type { MethodOptions } from './settings.js'
import { sticky } from './sticky.js'
import { weightedRandom } from './weighted-random.js'

/** `loadbalance`, by Dubbo's names; `adaptive` is Dubbo's name for its power of two choices. */
const balancers: Readonly<Record<string, () => Balancer>> = {
  random: weightedRandom,
  roundrobin: roundRobin,
  leastactive: leastActive,
  shortestresponse: shortestResponse,
  consistenthash: consistentHash,
  adaptive: p2c,
  p2c,
}

/** `cluster`, by Dubbo's names, and `hedging`. */
const policies: Readonly<Record<string, (numbers: Numbers) => Policy>> = {
  failover: ({ retries, attemptTimeoutMs, budget }) =>
    failover({
      ...(retries !== undefined && { retries }),
      ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
      ...(budget && { budget }),
    }),
  failfast,
  failsafe: () => failsafe(),
  failback: ({ retries }) => failback({ ...(retries !== undefined && { retries }) }),
  forking: ({ forks }) => forking(forks),
  broadcast,
  available: failfast,
  hedging: ({ delayMs, budget }) => hedging({ ...(delayMs !== undefined && { delayMs }), ...(budget && { budget }) }),
}

interface Numbers {
  readonly retries: number | undefined
  readonly forks: number | undefined
  readonly attemptTimeoutMs: number | undefined
  readonly delayMs: number | undefined
  readonly budget: RetryBudgetOptions | undefined
}

/** Every name that means something to a consumer. */
export const callParameterNames: readonly string[] = [
  'timeout',
  'loadbalance',
  'sticky',
  'cluster',
  'retries',
  'forks',
  'attempt.timeout',
  'retry.budget',
  'hedge.delay',
  'actives',
  'tps',
  'tps.interval',
  'breaker',
  'ejection',
  'mock',
]

/** So many calls of a client may wait for `actives`. */
const maxWaiting = 10_000

/**
 * How parameters say that a consumer calls a method:
 *
 * `timeout` (ms) · `loadbalance` · `sticky` · `cluster` · `retries` · `forks` · `attempt.timeout` (ms) ·
 * `retry.budget` (percent of the calls) · `hedge.delay` (ms) · `actives` · `tps` with `tps.interval` (ms) · `breaker` and
 * `ejection` (true, false) · `mock`
 *
 * Throws RangeError that names the parameter and what it may be.
 */
export function readCallParameters(parameters: Parameters): MethodOptions {
  const timeoutMs = numberIn(parameters, 'timeout', 1)
  const percent = numberIn(parameters, 'retry.budget', 0)
  const numbers: Numbers = {
    retries: numberIn(parameters, 'retries', 0),
    forks: numberIn(parameters, 'forks', 1),
    attemptTimeoutMs: numberIn(parameters, 'attempt.timeout', 1),
    delayMs: numberIn(parameters, 'hedge.delay', 1),
    budget: percent === undefined ? undefined : { share: percent / 100 },
  }
  const makePolicy = oneIn(parameters, 'cluster', policies)
  const tuned = numbers.retries !== undefined || numbers.attemptTimeoutMs !== undefined || percent !== undefined
  const policy = makePolicy ? makePolicy(numbers) : tuned ? policies.failover?.(numbers) : undefined
  const makeBalancer = oneIn(parameters, 'loadbalance', balancers)
  const chosen = makeBalancer?.() ?? (parameters.cluster === 'available' ? firstAvailable() : undefined)
  const balancer = flagIn(parameters, 'sticky') ? sticky(chosen ?? weightedRandom()) : chosen
  const actives = numberIn(parameters, 'actives', 0)
  const tps = numberIn(parameters, 'tps', 1)
  const limits: Limit[] = []
  // 0 is Dubbo's "no limit".
  if (actives) limits.push(concurrency(actives, { maxWaiting }))
  if (tps) limits.push(rateLimit(tps, { perMs: numberIn(parameters, 'tps.interval', 1) ?? 60_000 }))
  const breaker = flagIn(parameters, 'breaker')
  const outlierEjection = flagIn(parameters, 'ejection')
  const { mock } = parameters
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(policy && { policy }),
    ...(balancer && { balancer }),
    ...(actives !== undefined || tps !== undefined ? { limits } : {}),
    ...(breaker !== undefined && { breaker }),
    ...(outlierEjection !== undefined && { outlierEjection }),
    ...(mock !== undefined && { mock }),
  }
}
