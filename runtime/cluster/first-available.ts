import { type Balancer, isFit } from './node.js'

/** Always the first of the list that is up: everybody's traffic goes there, the others stand by (Dubbo's `available`). */
export function firstAvailable(): Balancer {
  return (nodes) => (_call, tried) => nodes.find((node) => node.weight > 0 && isFit(node, tried)) ?? nodes[0]
}
