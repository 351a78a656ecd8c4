import { type Balancer, bestFrom, type Node } from './node.js'

/**
 * In turn, in proportion to the weights and spread out: with weights 3 and 1 the order is a a b a, not a a a b.
 * The order is laid out once per list; a pick is one step through it.
 */
export function roundRobin(): Balancer {
  return (nodes) => {
    const order = smoothOrder(nodes)
    let step = Math.floor(Math.random() * Math.max(1, order.length))
    return (_call, tried) => {
      if (order.length === 0) return bestFrom(nodes, 0, tried)
      step = (step + 1) % order.length
      const node = order[step] as Node
      if (node.available && !tried?.includes(node)) return node
      return bestFrom(order, step, tried)
    }
  }
}

/** Longest order that is laid out exactly; larger weights are scaled down to it. */
const mostSteps = 4096

/** Each node as often as its weight, evenly spaced: its k-th turn stands at (k + 0.5) / weight of the round. */
function smoothOrder(nodes: readonly Node[]): Node[] {
  const divisor = nodes.reduce((d, node) => gcd(d, Math.round(node.weight)), 0) || 1
  const turns = nodes.map((node) => Math.round(node.weight) / divisor)
  const sum = turns.reduce((a, b) => a + b, 0)
  const scale = Math.max(1, sum / mostSteps)
  const places: { at: number; node: Node }[] = []
  nodes.forEach((node, i) => {
    const count = turns[i] === 0 ? 0 : Math.max(1, Math.round((turns[i] as number) / scale))
    for (let k = 0; k < count; k++) places.push({ at: (k + 0.5) / count, node })
  })
  return places.sort((a, b) => a.at - b.at).map((place) => place.node)
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b)
}
