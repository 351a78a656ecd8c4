import type { Call } from '../call.js'
import type { ServiceKey } from '../service-key.js'
import { type Balancer, isFit, type Node } from './node.js'

/**
 * Stays with the node it chose for a method while that is available (Dubbo's `sticky=true`), through changes of the list.
 * `balancer` chooses the first one, and the next when it is gone.
 */
export function sticky(balancer: Balancer): Balancer {
  /** By service and `Method.index`. */
  const kept = new WeakMap<ServiceKey, (Node | undefined)[]>()
  const keptFor = (call: Call): (Node | undefined)[] => {
    const byMethod = kept.get(call.service) ?? []
    kept.set(call.service, byMethod)
    return byMethod
  }
  return (nodes) => {
    const pick = balancer(nodes)
    const listed = new Set(nodes)
    return (call, tried) => {
      const byMethod = keptFor(call)
      const last = byMethod[call.method.index]
      if (last && listed.has(last) && last.weight > 0 && isFit(last, tried)) return last
      const node = pick(call, tried)
      byMethod[call.method.index] = node
      return node
    }
  }
}
