import { AliasTable } from './alias-table.js'
import { type Balancer, bestFrom, isFit, type Node } from './node.js'

/**
 * The better of two nodes drawn by weight ("power of two choices"): better is the smaller product of latency and attempts
 * under way (`Node.cost`). Keeps away from slow nodes without asking all of them, so it costs the same at any number.
 * The one to take where providers differ in speed.
 */
export function p2c(): Balancer {
  return (nodes) => {
    const table = new AliasTable(nodes.map((node) => node.weight))
    const draw = (tried: readonly Node[] | undefined, other: Node | undefined): Node | undefined => {
      for (let draws = 0; draws < 8; draws++) {
        const node = nodes[table.draw()] as Node
        if (node !== other && isFit(node, tried)) return node
      }
      return undefined
    }
    return (call, tried) => {
      if (nodes.length === 0) return undefined
      const one = draw(tried, undefined)
      if (one === undefined) return bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
      const other = nodes.length === 1 ? undefined : draw(tried, one)
      // The call's beginning is near enough to now, and reading the clock costs more than the rest.
      return other !== undefined && other.cost(call.startedAt) < one.cost(call.startedAt) ? other : one
    }
  }
}
