import { beforeEach, expect, test } from 'vitest'
import { failover } from '../../runtime/cluster/failover.js'
import { RpcError } from '../../runtime/error.js'
import type { Guard } from '../../runtime/guard.js'
import { overload } from '../../runtime/guards/overload.js'
import type { Method } from '../../runtime/method.js'
import { installVirtualClock } from '../support/simulator/clock.js'
import { onServer } from '../support/simulator/endpoint.js'
import { exponential, extraShare, type Outcome, percentile, successShare, World } from '../support/simulator/world.js'

const clock = installVirtualClock()
beforeEach(() => clock.seed(3))

const method = {} as Method

test('five times overload: goodput is at least 80 % of what it can do, and what is accepted stays quick', async () => {
  // Ten workers of 10 ms: 1,000 calls a second.
  const script = () => ({ latencyMs: exponential(10), capacity: 10 })
  const normal = new World(clock, [script()])
  const usual = percentile(await normal.load(normal.client(), { perSecond: 500, seconds: 10 }), 0.99)

  const sim = new World(clock, [{ ...script(), guard: onServer(overload()(method)) }])
  const client = sim.client()
  const outcomes = await sim.load(client, { perSecond: 5000, seconds: 8 })
  const good = outcomes.filter(({ error }) => !error)
  const late = outcomes.filter(({ beganAt }) => beganAt > (outcomes[0] as Outcome).beganAt + 2000)
  expect(good.length / 8).toBeGreaterThan(800)
  expect(
    percentile(
      late.filter(({ error, attempts }) => !error && attempts === 1),
      0.99,
    ),
  ).toBeLessThan(2 * usual)
  // Without it nobody is answered in time.
  const drowned = new World(clock, [script()])
  const lost = await drowned.load(drowned.client(), { perSecond: 5000, seconds: 3 })
  expect(lost.filter(({ error, elapsedMs }) => !error && elapsedMs < 2 * usual).length / 3).toBeLessThan(200)
})

test('a retry storm never exceeds the budget', async () => {
  const sim = new World(
    clock,
    [1, 2, 3].map(() => ({ error: () => new RpcError('unavailable', 'out of order') })),
  )
  const client = sim.client({ policy: failover({ retries: 5 }), outlierEjection: false })
  const outcomes = await sim.load(client, { perSecond: 500, seconds: 30 })
  expect(successShare(outcomes)).toBe(0)
  // The reserve of 10 in 10 to 20 s comes on top.
  expect(extraShare(outcomes)).toBeLessThanOrEqual(0.2 + 40 / outcomes.length)
  expect(extraShare(outcomes)).toBeGreaterThan(0.15)
})

test('a provider that asks for a pause gets one, while others are there', async () => {
  const sheds = (): Guard => ({
    enter: () => new RpcError('resource_exhausted', 'busy', { retryable: true, retryAfterMs: 2000 }),
  })
  const sim = new World(clock, [{ guard: sheds() }, {}, {}])
  const outcomes = await sim.load(sim.client(), { perSecond: 500, seconds: 10 })
  expect(successShare(outcomes)).toBe(1)
  // Once every 2 s, by what was on its way.
  expect(sim.endpoints[0]?.refused).toBeLessThan(40)

  const alone = new World(clock, [{ guard: sheds() }])
  const client = alone.client()
  const outcome = alone.call(client)
  await clock.run(5000)
  expect((await outcome).error?.code).toBe('resource_exhausted')
  const again = alone.call(client)
  await clock.run(5000)
  expect((await again).error?.code).toBe('resource_exhausted')
  expect(alone.endpoints[0]?.arrived).toBe(2)
})
