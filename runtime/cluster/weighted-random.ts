import { type Balancer, bestFrom, type Node } from './node.js'

/**
 * Random in proportion to the weights: the default, Dubbo's too. An alias table (Vose's method) makes a pick cost the
 * same at any number of nodes: one random number decides the column and which of its two nodes.
 */
export function weightedRandom(): Balancer {
  return (nodes) => {
    const table = aliasTable(nodes.map((node) => node.weight))
    return (_call, tried) => {
      if (nodes.length === 0) return undefined
      const scaled = Math.random() * nodes.length
      const column = Math.floor(scaled)
      const index = scaled - column < (table.share[column] as number) ? column : (table.alias[column] as number)
      const node = nodes[index] as Node
      if (node.available && !tried?.includes(node)) return node
      return bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
    }
  }
}

/**
 * Column i holds index i for the lower `share[i]` of its width and index `alias[i]` for the rest. Weights that are all
 * zero count as equal.
 */
function aliasTable(weights: readonly number[]): { share: Float64Array; alias: Int32Array } {
  const n = weights.length
  const sum = weights.reduce((a, b) => a + b, 0)
  const scaled = weights.map((weight) => (sum > 0 ? (weight * n) / sum : 1))
  const share = new Float64Array(n).fill(1)
  const alias = Int32Array.from(weights, (_weight, i) => i)
  const small: number[] = []
  const large: number[] = []
  for (let i = 0; i < n; i++) ((scaled[i] as number) < 1 ? small : large).push(i)
  while (small.length > 0 && large.length > 0) {
    const less = small.pop() as number
    const more = large[large.length - 1] as number
    share[less] = scaled[less] as number
    alias[less] = more
    scaled[more] = (scaled[more] as number) - (1 - (scaled[less] as number))
    if ((scaled[more] as number) < 1) small.push(large.pop() as number)
  }
  return { share, alias }
}
