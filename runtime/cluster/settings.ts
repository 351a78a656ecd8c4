import type { Interceptor } from '../call.js'
import { joinGuards, type Limit } from '../guard.js'
import type { CircuitOptions } from '../guards/circuit.js'
import type { Method } from '../method.js'
import type { Parameters } from '../parameters.js'
import { type Skeleton, serviceOf } from '../stub.js'
import { readCallParameters } from './call-parameters.js'
import type { Policy } from './cluster.js'
import { fallback, parseMock } from './fallback.js'
import type { Balancer } from './node.js'
import type { MethodSettings } from './plan.js'

/** What may be told apart by service and method. What isn't said here is as for the client. */
export interface MethodOptions {
  /** For the whole call, where neither call nor stub nor contract says, in milliseconds. */
  readonly timeoutMs?: number
  readonly policy?: Policy
  readonly balancer?: Balancer
  /** What may refuse a call before any provider is chosen, the first one first. */
  readonly limits?: readonly Limit[]
  /** Leaves out providers at which too many calls of the method fail. `true`: with its defaults. */
  readonly breaker?: CircuitOptions | boolean
  /** Whether calls of the method that fail make a provider be left out (the client's `outlierEjection`). Default true. */
  readonly outlierEjection?: boolean
  /** Answers in the provider's place when calling failed: an object that extends the service's skeleton. */
  readonly fallback?: Skeleton
  /** Dubbo's mock: `force:return ...`, `fail:return ...`. */
  readonly mock?: string
}

/** What a method goes by where nobody says otherwise. */
export interface DefaultSettings {
  readonly timeoutMs: number
  readonly policy: Policy
  readonly balancer: Balancer
}

/**
 * The settings of a method out of everything that says something about it; the later one wins, option by option: the client's
 * own, the contract's tags of the service, then of the method, `methods` of the client for the service, then for the method,
 * and what rules say. Throws RangeError for parameters that make no sense.
 */
export function settle(
  method: Method,
  defaults: DefaultSettings,
  inCode: Readonly<Record<string, MethodOptions>>,
  rules: Parameters = {},
): MethodSettings {
  const { name } = method.service
  const layers: readonly MethodOptions[] = [
    readCallParameters({ ...method.service.tags, ...method.schema.tags }),
    inCode[name] ?? {},
    inCode[method.path] ?? {},
    readCallParameters(rules),
  ]
  const merged: MethodOptions = Object.assign({}, ...layers)
  const wraps: Interceptor[] = []
  // A rule decides over what code says, so it is the outermost.
  if (merged.mock !== undefined) wraps.push(parseMock(merged.mock))
  if (merged.fallback) {
    const own = merged.fallback[serviceOf].schema.name
    if (own !== name) throw new TypeError(`the fallback of ${name} is one for ${own}`)
    wraps.push(fallback(merged.fallback, method.schema.name))
  }
  const breaker = merged.breaker === true ? {} : merged.breaker || undefined
  return {
    timeoutMs: merged.timeoutMs ?? defaults.timeoutMs,
    policy: merged.policy ?? defaults.policy,
    balancer: merged.balancer ?? defaults.balancer,
    guard: joinGuards((merged.limits ?? []).map((limit) => limit(method))),
    breaker,
    ejects: merged.outlierEjection ?? true,
    wrap: wraps.length === 0 ? undefined : (next) => wraps.reduceRight((inner, wrap) => wrap(inner), next),
  }
}
