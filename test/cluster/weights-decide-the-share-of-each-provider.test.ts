import { describe, expect, test } from 'vitest'
import { leastActive, shortestResponse } from '../../runtime/cluster/least-active.js'
import type { Balancer, Node } from '../../runtime/cluster/node.js'
import { p2c } from '../../runtime/cluster/p2c.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { weightedRandom } from '../../runtime/cluster/weighted-random.js'
import { newCall, newNode, newNodes } from '../support/nodes.js'

const call = newCall()

function node(port: number, weight: number, available = true): Node {
  return newNode('127.0.0.1', port, { weight, available })
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

const byWeight: Record<string, Balancer> = {
  weightedRandom: weightedRandom(),
  roundRobin: roundRobin(),
  // Among equals they go by weight.
  leastActive: leastActive(),
  shortestResponse: shortestResponse(),
}
const all: Record<string, Balancer> = { ...byWeight, p2c: p2c() }

describe.each(Object.entries(byWeight))('%s', (_name, balancer) => {
  test.each([[[100, 100, 100]], [[300, 100]], [[1, 0, 3]], [[100]], [[7, 11, 13, 69]], [[1, 1000]]])(
    'weights %j',
    (weights) => {
      const sum = weights.reduce((a, b) => a + b, 0)
      const nodes = weights.map((weight, i) => node(i + 1, weight))
      for (const [i, share] of shares(balancer, nodes, 100_000).entries()) {
        expect(Math.abs(share - (weights[i] as number) / sum)).toBeLessThan(0.006)
      }
    },
  )
})

describe.each(Object.entries(all))('%s', (_name, balancer) => {
  test('weights that are all zero count as equal', () => {
    for (const share of shares(balancer, [node(1, 0), node(2, 0)], 10_000)) expect(share).toBeCloseTo(0.5, 1)
  })

  test('a weight of zero gets nothing while another one has some', () => {
    expect(shares(balancer, [node(1, 0), node(2, 1), node(3, 0)], 1000)).toEqual([0, 1, 0])
  })

  test('one that is down is passed over while another is up, and chosen when none is', () => {
    const [down, up] = [node(1, 100, false), node(2, 100)]
    expect(shares(balancer, [down, up], 1000)).toEqual([0, 1])
    expect(shares(balancer, [down], 10)).toEqual([1])
  })

  test('those that are left keep their shares when others are down', () => {
    const nodes = [node(1, 100, false), node(2, 300), node(3, 100), node(4, 100, false)]
    if (balancer === all.p2c) return
    const [, heavy = 0, light = 0] = shares(balancer, nodes, 40_000)
    expect(heavy).toBeCloseTo(0.75, 1.7)
    expect(light).toBeCloseTo(0.25, 1.7)
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

describe('round robin', () => {
  test('never leaves the light one of two out for a whole round', () => {
    const nodes = [node(1, 300), node(2, 100)]
    const pick = roundRobin()(nodes)
    const order = Array.from({ length: 40 }, () => pick(call)?.address.port).join('')
    expect(order).not.toMatch(/1111|22/)
  })

  test('goes through equal ones in their order', () => {
    const nodes = newNodes(50)
    const pick = roundRobin()(nodes)
    const order = Array.from({ length: 150 }, () => nodes.indexOf(pick(call) as Node))
    for (let i = 1; i < order.length; i++) expect(order[i]).toBe(((order[i - 1] as number) + 1) % 50)
  })

  test('weights hold among thousands, after one round as after ten', () => {
    const nodes = newNodes(2000, (i) => ({ weight: 1 + ((i * 7919) % 100) }))
    const sum = nodes.reduce((total, { weight }) => total + weight, 0)
    const pick = roundRobin()(nodes)
    for (const rounds of [1, 9]) {
      const counts = new Map<Node | undefined, number>()
      for (let i = 0; i < rounds * sum; i++) {
        const chosen = pick(call)
        counts.set(chosen, (counts.get(chosen) ?? 0) + 1)
      }
      // Less than one turn apart at each end.
      for (const one of nodes) expect(Math.abs((counts.get(one) ?? 0) - rounds * one.weight)).toBeLessThan(2)
    }
  })
})
