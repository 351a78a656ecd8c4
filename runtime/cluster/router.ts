import type { Call } from '../call.js'
import type { Node } from './node.js'

/**
 * Narrows down where a call may go. Prepared once per list of nodes; per call it returns one of few remembered subsets (the
 * same subset is the same array), because a balancer prepares itself for each of them. An empty one refuses the call.
 */
export type Router = (nodes: readonly Node[]) => Route

export type Route = (call: Call) => readonly Node[]

/** One router out of several: each narrows down what the one before it has left. */
export function joinRouters(routers: readonly Router[]): Router {
  if (routers.length === 0) return (nodes) => () => nodes
  return routers.reduceRight((rest, router) => (nodes) => {
    const route = router(nodes)
    const prepared = new Map<readonly Node[], Route>()
    let lastSubset: readonly Node[] | undefined
    let lastRoute: Route | undefined
    const prepare = (subset: readonly Node[]): Route => {
      const next = prepared.get(subset) ?? rest(subset)
      // Subsets are few by contract; should a router break it, memory stays bounded all the same.
      if (prepared.size >= mostSubsets) prepared.clear()
      prepared.set(subset, next)
      lastSubset = subset
      lastRoute = next
      return next
    }
    return (call) => {
      const subset = route(call)
      // Mostly the one of the call before.
      return (subset === lastSubset ? (lastRoute as Route) : prepare(subset))(call)
    }
  })
}

/** More subsets of one list than so many are made anew instead of remembered. */
export const mostSubsets = 256
