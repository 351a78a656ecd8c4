import { AliasTable } from './alias-table.js'
import { type Balancer, bestFrom, isFit, type Node, type Pick } from './node.js'

/**
 * The node with the fewest attempts under way, among equals at random by weight (Dubbo's `leastactive`). An idle one is
 * found by drawing; only where most are busy all are looked at.
 */
export function leastActive(): Balancer {
  return (nodes) => {
    const table = new AliasTable(nodes.map((node) => node.weight))
    const scan = lowest(nodes, (node) => node.pending)
    return (call, tried) => {
      for (let draws = 0; draws < 8 && nodes.length > 0; draws++) {
        const node = nodes[table.draw()] as Node
        if (node.pending === 0 && isFit(node, tried)) return node
      }
      return scan(call, tried)
    }
  }
}

/**
 * The node whose next reply is likely the soonest: latency times attempts under way (Dubbo's `shortestresponse`), among
 * equals at random by weight. Looks at every node; for hundreds of them take `p2c()`.
 */
export function shortestResponse(): Balancer {
  return (nodes) => lowest(nodes, (node, now) => (node.latencyMs(now) || 1) * (node.pending + 1))
}

/** Goes through all nodes for the lowest value; of several equal ones takes each in proportion to its weight. */
function lowest(nodes: readonly Node[], costOf: (node: Node, now: number) => number): Pick {
  const equal = nodes.every((node) => node.weight === 0)
  return (call, tried) => {
    let best: Node | undefined
    let least = Number.POSITIVE_INFINITY
    let weights = 0
    for (const node of nodes) {
      const weight = equal ? 1 : node.weight
      if (weight === 0 || !isFit(node, tried)) continue
      const value = costOf(node, call.startedAt)
      if (value > least) continue
      weights = value < least ? weight : weights + weight
      least = value
      if (weights === weight || Math.random() * weights < weight) best = node
    }
    return best ?? bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
  }
}
