import { now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Limit } from '../guard.js'
import { Circuit, type CircuitOptions, isFault } from './circuit.js'

/**
 * Stops calling a method of which too many calls fail, wherever they go, and tries it again by single probes: for a
 * dependency of the providers that is down, where another provider is no help. Refused calls fail at once as
 * `unavailable`. For single providers see `MethodOptions.breaker`.
 */
export function circuitBreaker(options: CircuitOptions = {}): Limit {
  return (method) => {
    const circuit = new Circuit(options)
    return {
      breaker: circuit,
      enter() {
        const at = now()
        if (circuit.admits(at)) {
          circuit.begin()
          return undefined
        }
        const waitMs = Math.ceil(circuit.waitMs(at))
        const when = waitMs > 0 ? `the next try is in ${waitMs} ms` : 'it is being tried just now'
        return RpcError.untraced('unavailable', `${method.path} is not called, for too many calls failed: ${when}`, {
          retryAfterMs: waitMs,
        })
      },
      leave: (call, error) => circuit.end(isFault(error), call.answeredAt || now()),
    }
  }
}
