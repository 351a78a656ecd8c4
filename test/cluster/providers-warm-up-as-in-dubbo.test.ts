import { expect, test } from 'vitest'
import { warmUpWeight } from '../../runtime/cluster/warm-up.js'
import { installVirtualClock } from '../support/simulator/clock.js'
import { World } from '../support/simulator/world.js'

const clock = installVirtualClock()

/** What Dubbo's own code says for the same numbers: `AbstractLoadBalance.calculateWarmupWeight`. */
test.each([
  [0, 600_000, 100, 100],
  [1, 600_000, 100, 1],
  [5_999, 600_000, 100, 1],
  [6_000, 600_000, 100, 1],
  [12_000, 600_000, 100, 2],
  [300_000, 600_000, 100, 50],
  [594_000, 600_000, 100, 99],
  [599_999, 600_000, 100, 99],
  [600_000, 600_000, 100, 100],
  [-1, 600_000, 100, 1],
  [10, 20, 7, 3],
  [300_000, 600_000, 0, 0],
])('after %d of %d ms a weight of %3$d is %4$d', (uptime, warmUp, weight, expected) => {
  expect(warmUpWeight(weight, 1_000_000_000, warmUp, 1_000_000_000 + uptime)).toBe(expected)
})

test('a provider that has just started gets more by and by, without news from the registry', async () => {
  const started = String(Date.now())
  const world = new World(clock, [{}, { params: { timestamp: started, warmup: '10000' } }])
  const client = world.client()
  const fresh = world.endpoints[1]
  const shares: number[] = []
  for (let second = 0; second < 12; second++) {
    const before = fresh?.arrived ?? 0
    for (let i = 0; i < 2000; i++) void world.call(client)
    await clock.run(1000)
    shares.push(((fresh?.arrived ?? 0) - before) / 2000)
  }
  expect(shares[1]).toBeCloseTo(10 / 110, 1.5)
  expect(shares[5]).toBeCloseTo(50 / 150, 1.3)
  expect(shares[11]).toBeCloseTo(0.5, 1.3)
  // In its very first millisecond it has its full weight, as in Dubbo.
  for (const [i, share] of shares.entries()) if (i > 3) expect(share).toBeGreaterThan((shares[i - 3] as number) - 0.02)
})

test('a wall clock that jumps back makes it light, not absent', async () => {
  const world = new World(clock, [{}, { params: { timestamp: String(Date.now() + 3_600_000), warmup: '10000' } }])
  const client = world.client()
  for (let i = 0; i < 2000; i++) void world.call(client)
  await clock.run(1000)
  expect(world.endpoints[1]?.arrived).toBeGreaterThan(0)
  expect(world.endpoints[1]?.arrived).toBeLessThan(100)
})
