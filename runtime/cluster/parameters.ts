import type { Limit } from '../guard.js'
import { concurrency } from '../guards/concurrency.js'
import { rateLimit } from '../guards/rate-limit.js'
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
import { roundRobin } from './round-robin.js'
import type { MethodOptions } from './settings.js'
import { sticky } from './sticky.js'
import { weightedRandom } from './weighted-random.js'

/** Settings as text, by Dubbo's names: what tags and rules are written in. Names that aren't known here are somebody else's. */
export type Parameters = Readonly<Record<string, string>>

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
  failover: ({ retries, attemptTimeoutMs }) =>
    failover({
      ...(retries !== undefined && { retries }),
      ...(attemptTimeoutMs !== undefined && { attemptTimeoutMs }),
    }),
  failfast,
  failsafe: () => failsafe(),
  failback: ({ retries }) => failback({ ...(retries !== undefined && { retries }) }),
  forking: ({ forks }) => forking(forks),
  broadcast,
  available: failfast,
  hedging: ({ delayMs }) => hedging({ ...(delayMs !== undefined && { delayMs }) }),
}

interface Numbers {
  readonly retries: number | undefined
  readonly forks: number | undefined
  readonly attemptTimeoutMs: number | undefined
  readonly delayMs: number | undefined
}

/** Every name that means something here. */
export const parameterNames: readonly string[] = [
  'timeout',
  'loadbalance',
  'sticky',
  'cluster',
  'retries',
  'forks',
  'attempt.timeout',
  'hedge.delay',
  'actives',
  'tps',
  'tps.interval',
  'breaker',
  'mock',
]

/** So many calls of a client may wait for `actives`. */
const maxWaiting = 10_000

/**
 * What parameters say:
 *
 * `timeout` (ms) · `loadbalance` · `sticky` · `cluster` · `retries` · `forks` · `attempt.timeout` (ms) · `hedge.delay` (ms) ·
 * `actives` · `tps` with `tps.interval` (ms) · `breaker` (true, false) · `mock`
 *
 * Throws RangeError that names the parameter and what it may be.
 */
export function readParameters(parameters: Parameters): MethodOptions {
  const number = (name: string, least: number): number | undefined => {
    const text = parameters[name]
    if (text === undefined) return undefined
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text)
    throw new RangeError(`${name}: ${JSON.stringify(text.slice(0, 40))} is not a whole number from ${least}`)
  }
  const named = <T>(name: string, known: Readonly<Record<string, T>>): T | undefined => {
    const text = parameters[name]
    if (text === undefined) return undefined
    if (Object.hasOwn(known, text)) return known[text]
    const one = Object.keys(known).join(', ')
    throw new RangeError(`${name}: ${JSON.stringify(text.slice(0, 40))} is not one of ${one}`)
  }
  const flags = { true: true, false: false }

  const timeoutMs = number('timeout', 1)
  const numbers: Numbers = {
    retries: number('retries', 0),
    forks: number('forks', 1),
    attemptTimeoutMs: number('attempt.timeout', 1),
    delayMs: number('hedge.delay', 1),
  }
  const makePolicy = named('cluster', policies)
  const tuned = numbers.retries !== undefined || numbers.attemptTimeoutMs !== undefined
  const policy = makePolicy ? makePolicy(numbers) : tuned ? policies.failover?.(numbers) : undefined
  const makeBalancer = named('loadbalance', balancers)
  const chosen = makeBalancer?.() ?? (parameters.cluster === 'available' ? firstAvailable() : undefined)
  const balancer = named('sticky', flags) ? sticky(chosen ?? weightedRandom()) : chosen
  const actives = number('actives', 0)
  const tps = number('tps', 1)
  const limits: Limit[] = []
  // 0 is Dubbo's "no limit".
  if (actives) limits.push(concurrency(actives, { maxWaiting }))
  if (tps) limits.push(rateLimit(tps, { perMs: number('tps.interval', 1) ?? 60_000 }))
  const breaker = named('breaker', flags)
  const { mock } = parameters
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(policy && { policy }),
    ...(balancer && { balancer }),
    ...(actives !== undefined || tps !== undefined ? { limits } : {}),
    ...(breaker !== undefined && { breaker }),
    ...(mock !== undefined && { mock }),
  }
}
