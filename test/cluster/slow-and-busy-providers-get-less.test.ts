import { expect, test } from 'vitest'
import { leastActive, shortestResponse } from '../../runtime/cluster/least-active.js'
import type { Balancer, Node } from '../../runtime/cluster/node.js'
import { p2c } from '../../runtime/cluster/p2c.js'
import { newCall, newNodes } from '../support/nodes.js'

function counts(balancer: Balancer, nodes: readonly Node[], picks: number): number[] {
  const pick = balancer(nodes)
  const chosen = Array.from({ length: picks }, () => pick(newCall()))
  return nodes.map((node) => chosen.filter((one) => one === node).length)
}

test('least active takes the one with the fewest calls under way, whatever the weights', () => {
  const nodes = newNodes(5, (i) => ({ weight: 1 + i * 100 }))
  nodes.forEach((node, i) => {
    node.pending = i === 0 ? 1 : 2 + i
  })
  expect(counts(leastActive(), nodes, 200)).toEqual([200, 0, 0, 0, 0])
})

test('shortest response multiplies latency and calls under way', () => {
  const nodes = newNodes(3)
  const now = performance.now()
  for (const [i, node] of nodes.entries()) node.observe([10, 10, 40][i] as number, now, false)
  ;(nodes[0] as Node).pending = 5
  ;(nodes[1] as Node).pending = 2
  expect(counts(shortestResponse(), nodes, 100)).toEqual([0, 100, 0].map((n) => n))
})

test('power of two choices never takes the slowest while it draws another one with it', () => {
  const nodes = newNodes(5)
  const now = performance.now()
  for (const [i, node] of nodes.entries()) node.observe(i === 4 ? 100 : 10, now, false)
  const [a = 0, b = 0, c = 0, d = 0, slow = 0] = counts(p2c(), nodes, 8000)
  // One draw of 2 million has no other to compare it with: eight times over it is the same node.
  expect(slow).toBeLessThanOrEqual(2)
  for (const share of [a, b, c, d]) expect(share / 8000).toBeCloseTo(0.25, 1)
})

test('a node that nobody has heard of is tried once, not flooded', () => {
  const nodes = newNodes(2)
  const [known, fresh] = nodes as [Node, Node]
  known.observe(10, performance.now(), false)
  // One pick of 256 draws the same node eight times over, and has no other to compare it with.
  const most = 47
  expect(counts(p2c(), nodes, 50)[1]).toBeGreaterThanOrEqual(most)
  fresh.pending = 1
  expect(counts(p2c(), nodes, 50)[0]).toBeGreaterThanOrEqual(most)
})

test('a slow node is tried again after a while, for what it was fades', () => {
  const [slow, quick] = newNodes(2) as [Node, Node]
  const now = performance.now()
  slow.observe(100, now, false)
  quick.observe(10, now, false)
  expect(slow.cost(now + 10_000)).toBeGreaterThan(quick.cost(now))
  expect(slow.cost(now + 30_000)).toBeLessThan(quick.cost(now))
})

test('failing quickly does not look like being fast', () => {
  const [failing, working] = newNodes(2) as [Node, Node]
  const now = performance.now()
  working.observe(20, now, false)
  for (let i = 0; i < 5; i++) failing.observe(0.1, now, true)
  expect(failing.cost(now)).toBeGreaterThan(working.cost(now))
})
