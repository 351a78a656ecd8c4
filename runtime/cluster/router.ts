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
  const [only] = routers
  if (routers.length === 1 && only) return only
  return routers.reduceRight<Router>(
    (rest, router) => {
      return (nodes) => {
        const route = router(nodes)
        const prepared = new Map<readonly Node[], Route>()
        return (call) => {
          const subset = route(call)
          let next = prepared.get(subset)
          if (!next) {
            // Subsets are few by contract; should a router break it, memory stays bounded all the same.
            if (prepared.size >= mostSubsets) prepared.clear()
            next = rest(subset)
            prepared.set(subset, next)
          }
          return next(call)
        }
      }
    },
    (nodes) => () => nodes,
  )
}

/** More subsets of one list than so many are made anew instead of remembered. */
export const mostSubsets = 256
