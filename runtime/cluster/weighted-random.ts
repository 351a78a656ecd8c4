import { AliasTable } from './alias-table.js'
import { type Balancer, bestFrom, isFit, type Node } from './node.js'

/** Random in proportion to the weights: the default, Dubbo's too (`random`). A pick costs the same at any number of nodes. */
export function weightedRandom(): Balancer {
  return (nodes) => {
    // Whatever state it is in, there is no other.
    if (nodes.length < 2) return () => nodes[0]
    const table = new AliasTable(nodes.map((node) => node.weight))
    return (_call, tried) => {
      // Drawing again keeps the shares of those that are left; it is given up only where most won't do.
      for (let draws = 0; draws < 8; draws++) {
        const node = nodes[table.draw()] as Node
        if (isFit(node, tried)) return node
      }
      return bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
    }
  }
}
