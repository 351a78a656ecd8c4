import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { broadcast } from '../../runtime/cluster/broadcast.js'
import { failfast, failover } from '../../runtime/cluster/failover.js'
import { failback, failsafe } from '../../runtime/cluster/failsafe.js'
import { firstAvailable } from '../../runtime/cluster/first-available.js'
import { forking } from '../../runtime/cluster/forking.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { RpcError } from '../../runtime/error.js'
import { installVirtualClock } from '../support/simulator/clock.js'
import type { Script } from '../support/simulator/endpoint.js'
import { type Outcome, percentile, World } from '../support/simulator/world.js'

const clock = installVirtualClock()
beforeEach(() => clock.seed(1))
afterEach(() => {
  vi.restoreAllMocks()
})

const fails = () => new RpcError('unavailable', 'out of order')
const world = (...scripts: Script[]) => new World(clock, scripts)

async function settled(outcome: Promise<Outcome>, ms = 5000): Promise<Outcome> {
  await clock.run(ms)
  return outcome
}

test('failover asks the others, one after the other, each once', async () => {
  const sim = world({ error: fails }, { error: fails }, {})
  const client = sim.client({ balancer: roundRobin() })
  for (let i = 0; i < 9; i++) {
    const { error, attempts } = await settled(sim.call(client))
    expect(error).toBeUndefined()
    expect(attempts).toBeLessThanOrEqual(3)
  }
})

test('failfast tries once', async () => {
  const sim = world({ error: fails }, { error: fails })
  const outcome = await settled(sim.call(sim.client({ policy: failfast() })))
  expect(outcome.error?.message).toBe('out of order')
  expect(sim.arrived).toBe(1)
})

test('failsafe makes a failure an empty answer, and says so', async () => {
  const sim = world({ error: fails })
  const heard: string[] = []
  const policy = failsafe(failfast(), (error, call) => heard.push(`${call.method.path}: ${error.message}`))
  const client = sim.client({ policy })
  expect(await settled(sim.call(client))).toMatchObject({ value: undefined, error: undefined })
  expect(heard).toEqual(['sim.Service/read: out of order'])
  const observed = client.counts.of('sim.Service', 'read')
  expect(observed?.failed.get('unavailable')).toBe(1)
})

test('failback answers at once and tries again every 5 s, three times', async () => {
  const sim = world({ error: fails })
  const given: string[] = []
  const client = sim.client({ policy: failback({ onFailure: (error) => given.push(error.message) }) })
  expect(await settled(sim.call(client), 20)).toMatchObject({ value: undefined, error: undefined })
  const arrivals = [sim.arrived]
  for (let i = 0; i < 5; i++) {
    await clock.run(5000)
    arrivals.push(sim.arrived)
  }
  expect(arrivals).toEqual([1, 1, 2, 3, 4, 4].map((n, i) => (i === 1 ? arrivals[1] : n)))
  expect(given).toEqual(['out of order'])
})

test('failback stops when it works again, and keeps no more than it may', async () => {
  const script: Script = { error: fails }
  const sim = world(script)
  const given: string[] = []
  const client = sim.client({ policy: failback({ maxWaiting: 3, onFailure: (error) => given.push(error.message) }) })
  for (let i = 0; i < 5; i++) await settled(sim.call(client), 20)
  expect(given.length).toBe(2)
  delete script.error
  await clock.run(30_000)
  expect(sim.arrived).toBe(8)
  expect(given.length).toBe(2)
})

test('forking takes the first answer and gives up the rest', async () => {
  const sim = world({ latencyMs: 500 }, { latencyMs: 20 }, { error: fails, latencyMs: 1 })
  const client = sim.client({ policy: forking(3) })
  const outcome = await settled(sim.call(client))
  expect(outcome).toMatchObject({ value: '10.0.0.1', error: undefined })
  expect(outcome.elapsedMs).toBe(21)
  expect(sim.arrived).toBe(3)
})

test('forking fails when all do, and never doubles what is not idempotent', async () => {
  const sim = world({ error: fails }, { error: fails })
  const client = sim.client({ policy: forking(2) })
  expect((await settled(sim.call(client))).error?.message).toBe('out of order')
  expect(sim.arrived).toBe(2)
  await settled(sim.call(client, 'write'))
  expect(sim.arrived).toBe(3)
})

test('broadcast reaches every provider, and tells if one failed', async () => {
  const sim = world({}, { latencyMs: 100 }, {})
  const client = sim.client({ policy: broadcast() })
  const outcome = await settled(sim.call(client, 'write'))
  expect(outcome).toMatchObject({ value: '10.0.0.1', error: undefined, elapsedMs: 101 })
  expect(sim.endpoints.map(({ arrived }) => arrived)).toEqual([1, 1, 1])
  ;(sim.endpoints[0] as { script: Script }).script.error = fails
  expect((await settled(sim.call(client, 'write'))).error?.message).toBe('out of order')
  expect(sim.endpoints.map(({ arrived }) => arrived)).toEqual([2, 2, 2])
})

test('available sends everything to the first that is up', async () => {
  const sim = world({}, {}, {})
  const client = sim.client({ policy: failfast(), balancer: firstAvailable() })
  for (let i = 0; i < 20; i++) await settled(sim.call(client), 50)
  sim.endpoints[0]?.kill()
  for (let i = 0; i < 10; i++) await settled(sim.call(client), 50)
  expect(sim.endpoints.map(({ arrived }) => arrived)).toEqual([20, 10, 0])
})

test('hedging asks a second provider when the first takes unusually long, and only then', async () => {
  let slow = false
  const script = () => ({ latencyMs: () => (slow ? 800 : 10) })
  const sim = world(script(), script(), script())
  const client = sim.client({ policy: hedging() })
  const usual = await sim.load(client, { perSecond: 200, seconds: 5 })
  expect(percentile(usual, 1)).toBe(11)
  expect(sim.arrived).toBe(1000)
  slow = true
  const first = sim.call(client)
  await clock.run(60)
  slow = false
  const quick = settled(sim.call(client))
  expect((await quick).elapsedMs).toBe(11)
  expect(await first).toMatchObject({ attempts: 2 })
})

test.each([
  ['failover', failover()],
  ['forking', forking()],
  ['broadcast', broadcast()],
  ['hedging', hedging()],
])('%s waits for the registry, says what is missing, and answers each call once', async (_name, policy) => {
  const sim = world({})
  sim.list([])
  const client = sim.client({ policy })
  const { error } = await settled(sim.call(client))
  expect(error?.code).toBe('unavailable')
  expect(error?.message).toContain('no provider of sim.Service')
  sim.list(sim.endpoints)
  expect((await settled(sim.call(client))).error).toBeUndefined()
  sim.endpoints[0]?.kill()
  expect((await settled(sim.call(client))).error?.code).toBe('unavailable')
  expect(client.counts.of('sim.Service', 'read')).toMatchObject({ calls: 3, succeeded: 1, concurrent: 0 })
})

test.each([
  ['failover', failover()],
  ['forking', forking()],
  ['broadcast', broadcast()],
  ['hedging', hedging()],
])('%s is bounded by the deadline of the call', async (_name, policy) => {
  const sim = world({ silent: true }, { silent: true })
  const client = sim.client({ policy })
  const { error, elapsedMs } = await settled(sim.call(client, 'read', { timeoutMs: 300 }))
  expect(error?.code).toBe('deadline_exceeded')
  expect(elapsedMs).toBeGreaterThanOrEqual(300)
  expect(elapsedMs).toBeLessThan(320)
  expect(client.counts.of('sim.Service', 'read')?.concurrent).toBe(0)
})
