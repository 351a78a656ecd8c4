import { AliasTable } from './alias-table.js'
import { type Balancer, bestFrom, isFit, type Node } from './node.js'

/** Random in proportion to the weights: the default, Dubbo's too (`random`). A pick costs the same at any number of nodes. */
export function weightedRandom(): Balancer {
  return (nodes) => {
    const table = new AliasTable(nodes.map((node) => node.weight))
    return (_call, tried) => {
      if (nodes.length === 0) return undefined
      // Drawing again keeps the shares of those that are left; it is given up only where most won't do.
      for (let draws = 0; draws < 8; draws++) {
        const node = nodes[table.draw()] as Node
        if (isFit(node, tried)) return node
      }
      return bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
    }
  }
}
