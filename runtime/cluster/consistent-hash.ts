import { formatHostPort } from '../address.js'
import type { Call } from '../call.js'
import { javaText } from './java-text.js'
import { md5 } from './md5.js'
import { type Balancer, bestFrom, isFit, type Node } from './node.js'

export interface ConsistentHashOptions {
  /** Which arguments decide, by their position. Default: the provider's `hash.arguments`, else the first one. */
  readonly arguments?: readonly number[]
  /** Points of each node on the ring, a multiple of 4. Default: the provider's `hash.nodes`, else 160. */
  readonly nodes?: number
}

/**
 * The same arguments go to the same node, and few move when a node comes or goes. It is Dubbo's ring (`consistenthash`:
 * ConsistentHashLoadBalance): with the same providers and arguments a Java consumer chooses the same one. Weights don't
 * count, as in Dubbo, but a node of weight 0 gets nothing. While the chosen node is down, or the call has failed there,
 * the next one on the ring takes its place.
 */
export function consistentHash(options: ConsistentHashOptions = {}): Balancer {
  return (nodes) => {
    const ringOf = rings(nodes, options.nodes)
    /** By `Method.index`: which arguments count. */
    const positions: (readonly number[] | undefined)[] = []
    return (call, tried) => {
      if (nodes.length === 0) return undefined
      const { index, schema } = call.method
      let counted = positions[index]
      if (!counted) {
        counted = options.arguments ?? hashArguments(nodes[0] as Node, schema.name)
        positions[index] = counted
      }
      return ringOf(schema.name).find(md5(keyOf(call, counted))[0] as number, tried)
    }
  }
}

function keyOf({ args, method: { schema } }: Call, positions: readonly number[]): string {
  let key = ''
  for (const i of positions) if (i < args.length) key += javaText(args[i], schema.params[i]?.type)
  return key
}

/** Dubbo's `<method>.<key>` or `<key>` of a provider. */
function parameter(node: Node, method: string, key: string): string | undefined {
  return node.provider.params.get(`${method}.${key}`) ?? node.provider.params.get(key)
}

/** Registries are foreign input: what is no list of positions counts as not said. */
function hashArguments(node: Node, method: string): readonly number[] {
  const text = parameter(node, method, 'hash.arguments') ?? ''
  return /^\d{1,4}(,\d{1,4}){0,63}$/.test(text) ? text.split(',').map(Number) : [0]
}

function hashNodes(node: Node, method: string): number {
  const text = parameter(node, method, 'hash.nodes') ?? ''
  return /^\d{1,4}$/.test(text) && Number(text) >= 4 ? Number(text) : 160
}

/** The rings over a list, made when they are first needed: mostly one, for the number of points may differ by method. */
function rings(nodes: readonly Node[], points: number | undefined): (method: string) => Ring {
  const bySize = new Map<number, Ring>()
  const byMethod = new Map<string, Ring>()
  const taking = nodes.filter((node) => node.weight > 0)
  return (method) => {
    let ring = byMethod.get(method)
    if (!ring) {
      const size = points ?? hashNodes(nodes[0] as Node, method)
      ring = bySize.get(size) ?? new Ring(taking.length > 0 ? taking : nodes, size)
      bySize.set(size, ring)
      byMethod.set(method, ring)
    }
    return ring
  }
}

/**
 * Points on a circle of 2^32, each owned by a node; a key belongs to the first point at or after it. The upper bits of a
 * point say in which of as many sections it lies, so that both sorting and looking up have a step or two to do.
 *
 *   section      0          1       2             #starts: where each section begins in the sorted points
 *   points    | 3 7 |              | 21 | ...     a key of section 1 begins to look at 21
 */
class Ring {
  readonly #nodes: readonly Node[]
  readonly #points: Uint32Array
  readonly #owners: Uint32Array
  readonly #shift: number
  readonly #starts: Uint32Array

  constructor(nodes: readonly Node[], size: number) {
    this.#nodes = nodes
    const perNode = Math.floor(size / 4) * 4
    const total = nodes.length * perNode
    const bits = Math.min(24, Math.max(4, Math.ceil(Math.log2(total))))
    const shift = 32 - bits
    this.#shift = shift
    // Counted into the section behind their own, the counts add up to where each section begins.
    const starts = new Uint32Array(2 ** bits + 1)
    const pointsOfNodes = nodes.map((node) => pointsOf(node, perNode))
    for (const points of pointsOfNodes) {
      for (const point of points) starts[(point >>> shift) + 1] = (starts[(point >>> shift) + 1] as number) + 1
    }
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] as number) + (starts[i - 1] as number)
    const filled = starts.slice()
    const points = new Uint32Array(total)
    const owners = new Uint32Array(total)
    pointsOfNodes.forEach((own, owner) => {
      for (const point of own) {
        const section = point >>> shift
        let at = filled[section] as number
        filled[section] = at + 1
        // Sorted within the section, equal points in the order of their nodes.
        for (const first = starts[section] as number; at > first && (points[at - 1] as number) > point; at--) {
          points[at] = points[at - 1] as number
          owners[at] = owners[at - 1] as number
        }
        points[at] = point
        owners[at] = owner
      }
    })
    this.#points = points
    this.#owners = owners
    this.#starts = starts
  }

  find(hash: number, tried: readonly Node[] | undefined): Node | undefined {
    const key = hash >>> 0
    const points = this.#points
    let at = this.#starts[key >>> this.#shift] as number
    while (at < points.length && (points[at] as number) < key) at++
    if (at === points.length) at = 0
    // Two nodes may have a point in common: as in Dubbo's map it belongs to the one that came last.
    while (at + 1 < points.length && points[at + 1] === points[at]) at++
    for (let steps = 0; steps < Math.min(points.length, 2048); steps++) {
      const node = this.#nodes[this.#owners[at] as number] as Node
      if (isFit(node, tried)) return node
      if (++at === points.length) at = 0
    }
    return bestFrom(this.#nodes, this.#owners[at] as number, tried)
  }
}

const known = new WeakMap<Node, Uint32Array>()

/** A node's points, which its address decides; remembered, for most nodes stay when a list changes. */
function pointsOf(node: Node, count: number): Uint32Array {
  const remembered = known.get(node)
  if (remembered?.length === count) return remembered
  const points = new Uint32Array(count)
  const address = formatHostPort(node.address.host, node.address.port)
  for (let i = 0; i < count / 4; i++) points.set(md5(`${address}${i}`), i * 4)
  known.set(node, points)
  return points
}
