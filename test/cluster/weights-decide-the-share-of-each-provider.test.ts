import { describe, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { type Balancer, Node } from '../../runtime/cluster/node.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { weightedRandom } from '../../runtime/cluster/weighted-random.js'
import type { Connection } from '../../runtime/protocol/protocol.js'
import { serviceKey } from '../../runtime/service-key.js'

const call = {} as Call
const service = serviceKey('test.Service')

function node(port: number, weight: number, available = true): Node {
  const address = { protocol: 'tsubo', host: '127.0.0.1', port }
  const connection = { address, available } as Connection
  return new Node({ service, addresses: [address], weight, application: '', params: new Map() }, address, connection)
}

function shares(balancer: Balancer, nodes: readonly Node[], picks: number): number[] {
  const pick = balancer(nodes)
  const counts = new Map<Node | undefined, number>()
  for (let i = 0; i < picks; i++) {
    const chosen = pick(call)
    counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
  }
  return nodes.map((n) => (counts.get(n) ?? 0) / picks)
}

const balancers: Record<string, Balancer> = { weightedRandom: weightedRandom(), roundRobin: roundRobin() }

describe.each(Object.entries(balancers))('%s', (_name, balancer) => {
  test.each([[[100, 100, 100]], [[300, 100]], [[1, 0, 3]], [[100]], [[7, 11, 13, 69]], [[1, 1000]]])(
    'weights %j',
    (weights) => {
      const sum = weights.reduce((a, b) => a + b, 0)
      const nodes = weights.map((weight, i) => node(i + 1, weight))
      for (const [i, share] of shares(balancer, nodes, 100_000).entries()) {
        expect(share).toBeCloseTo((weights[i] as number) / sum, 1.7)
      }
    },
  )

  test('weights that are all zero count as equal', () => {
    for (const share of shares(balancer, [node(1, 0), node(2, 0)], 10_000)) expect(share).toBeGreaterThanOrEqual(0)
    expect(shares(balancer, [node(1, 0), node(2, 0)], 10_000).reduce((a, b) => a + b, 0)).toBeCloseTo(1)
  })

  test('one that is down is passed over while another is up, and chosen when none is', () => {
    const [down, up] = [node(1, 100, false), node(2, 100)]
    expect(shares(balancer, [down, up], 1000)).toEqual([0, 1])
    expect(shares(balancer, [down], 10)).toEqual([1])
  })

  test('one that was tried is passed over while another is left', () => {
    const nodes = [node(1, 100), node(2, 100), node(3, 100)]
    const pick = balancer(nodes)
    for (let i = 0; i < 100; i++) expect(pick(call, [nodes[0] as Node, nodes[1] as Node])).toBe(nodes[2])
  })

  test('an empty list has nobody to choose', () => {
    expect(balancer([])(call)).toBeUndefined()
  })
})

test('round robin spreads: weights 3 and 1 never leave the light one out for a whole round', () => {
  const nodes = [node(1, 300), node(2, 100)]
  const pick = roundRobin()(nodes)
  const order = Array.from({ length: 40 }, () => pick(call)?.address.port).join('')
  expect(order).not.toMatch(/1111|22/)
})
