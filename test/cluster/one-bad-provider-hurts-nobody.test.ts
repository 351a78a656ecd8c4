import { beforeEach, describe, expect, test } from 'vitest'
import { failover } from '../../runtime/cluster/failover.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { p2c } from '../../runtime/cluster/p2c.js'
import { RpcError } from '../../runtime/error.js'
import { installVirtualClock } from '../support/simulator/clock.js'
import type { Script } from '../support/simulator/endpoint.js'
import { exponential, extraShare, percentile, successShare, World } from '../support/simulator/world.js'

const clock = installVirtualClock()
beforeEach(() => clock.seed(7))

const five = (bad: Script, good: () => Script = () => ({ latencyMs: exponential(10) })) =>
  new World(clock, [bad, good(), good(), good(), good()])
const unavailable = () => new RpcError('unavailable', 'out of order')

describe.each(['unavailable', 'internal'] as const)('one of five fails half of its calls: %s', (code) => {
  test('99.9 % of the idempotent calls succeed with at most 10 % more', async () => {
    const sim = five({ latencyMs: exponential(10), error: () => half(new RpcError(code, 'out of order')) })
    const outcomes = await sim.load(sim.client(), { perSecond: 500, seconds: 20 })
    // What fails as `internal` isn't retried, so there only leaving the provider alone helps.
    expect(successShare(outcomes)).toBeGreaterThanOrEqual(code === 'unavailable' ? 0.999 : 0.99)
    expect(extraShare(outcomes)).toBeLessThanOrEqual(0.1)
    // Ejected soon after it was first called, and again each time it came back.
    expect((sim.endpoints[0]?.arrived ?? 0) / outcomes.length).toBeLessThan(0.03)
  })
})

function half<T>(error: T): T | undefined {
  return Math.random() < 0.5 ? error : undefined
}

test('one of five is ten times slower: the p99 stays within 1.5 times the healthy one, with P2C and with hedging', async () => {
  const healthy = five({ latencyMs: exponential(10) })
  const usual = percentile(await healthy.load(healthy.client(), { perSecond: 500, seconds: 20 }), 0.99)
  const p99 = async (options: Parameters<World['client']>[0]) => {
    const sim = five({ latencyMs: exponential(100) })
    return percentile(await sim.load(sim.client(options), { perSecond: 500, seconds: 20 }), 0.99)
  }
  expect(await p99({})).toBeGreaterThan(3 * usual)
  expect(await p99({ balancer: p2c() })).toBeLessThan(1.5 * usual)
  expect(await p99({ policy: hedging({ delayMs: 30 }) })).toBeLessThan(1.5 * usual)
  expect(await p99({ policy: hedging() })).toBeLessThan(1.5 * usual)
})

test('one of three is killed at 2,000 calls a second: no idempotent call fails, and it is left at once', async () => {
  const good = () => ({ latencyMs: exponential(5) })
  const sim = new World(clock, [good(), good(), good()])
  setTimeout(() => sim.endpoints[0]?.kill(), 1000)
  const outcomes = await sim.load(sim.client(), { perSecond: 2000, seconds: 3 })
  expect(successShare(outcomes)).toBe(1)
  expect(sim.endpoints[0]?.arrived).toBeLessThan(700)
})

test('one that accepts and never answers is left alone once attempts are bounded', async () => {
  const sim = five({ silent: true })
  const client = sim.client({ policy: failover({ attemptTimeoutMs: 100 }) })
  const outcomes = await sim.load(client, { perSecond: 200, seconds: 20 })
  expect(successShare(outcomes)).toBeGreaterThanOrEqual(0.999)
  expect(extraShare(outcomes)).toBeLessThan(0.05)
})

test('one that flaps is called while it is up, and costs nobody anything while it is down', async () => {
  const sim = five({ latencyMs: 10 })
  const bad = sim.endpoints[0] as World['endpoints'][number]
  for (let at = 500; at < 10_000; at += 1000) {
    setTimeout(() => bad.kill(), at)
    setTimeout(() => {
      bad.script.down = false
    }, at + 500)
  }
  const outcomes = await sim.load(sim.client(), { perSecond: 500, seconds: 10 })
  expect(successShare(outcomes)).toBe(1)
  expect(extraShare(outcomes)).toBeLessThan(0.02)
})

test('no more than half are ejected, and nobody when all fail alike', async () => {
  const two = new World(clock, [{ error: unavailable }, { error: unavailable }, {}, {}, {}])
  await two.load(two.client(), { perSecond: 500, seconds: 5 })
  expect(two.endpoints.slice(0, 2).every(({ arrived }) => arrived < 60)).toBe(true)

  const most = new World(clock, [{ error: unavailable }, { error: unavailable }, { error: unavailable }, {}])
  await most.load(most.client(), { perSecond: 500, seconds: 5 })
  const ejected = most.endpoints.filter(({ arrived }) => arrived < 200).length
  expect(ejected).toBeLessThanOrEqual(2)

  const all = new World(
    clock,
    [1, 2, 3, 4].map(() => ({ error: unavailable })),
  )
  const outcomes = await all.load(all.client(), { perSecond: 200, seconds: 5 })
  expect(successShare(outcomes)).toBe(0)
  const shares = all.endpoints.map(({ arrived }) => arrived / all.arrived)
  expect(Math.min(...shares)).toBeGreaterThan(0.05)
})

test('an ejected provider is given another chance, and stays when it works', async () => {
  const script: Script = { error: unavailable }
  const sim = five(script)
  const client = sim.client()
  await sim.load(client, { perSecond: 200, seconds: 2 })
  delete script.error
  const before = sim.endpoints[0]?.arrived ?? 0
  await sim.load(client, { perSecond: 200, seconds: 5 })
  expect(sim.endpoints[0]?.arrived).toBe(before)
  await clock.run(5000)
  const outcomes = await sim.load(client, { perSecond: 200, seconds: 5 })
  expect(((sim.endpoints[0]?.arrived ?? 0) - before) / outcomes.length).toBeCloseTo(0.2, 1)
})

test('a circuit of its own per provider and method: open, probed, closed again', async () => {
  const script: Script = { error: unavailable, latencyMs: 5 }
  const sim = new World(clock, [script, { latencyMs: 5 }])
  const client = sim.client({ outlierEjection: false, methods: { 'sim.Service/read': { breaker: true } } })
  await sim.load(client, { perSecond: 100, seconds: 2 })
  const opened = sim.endpoints[0]?.arrived ?? 0
  expect(opened).toBeLessThan(40)
  // Every 5 s, then 10, then 20 it is probed, by one call each.
  await sim.load(client, { perSecond: 100, seconds: 17 })
  const probes = (sim.endpoints[0]?.arrived ?? 0) - opened
  expect(probes).toBeGreaterThanOrEqual(1)
  expect(probes).toBeLessThanOrEqual(3)
  // The other method has circuits of its own.
  const before = sim.endpoints[0]?.arrived ?? 0
  await sim.load(client, { perSecond: 50, seconds: 1, name: 'write' })
  expect((sim.endpoints[0]?.arrived ?? 0) - before).toBeGreaterThan(10)
  delete script.error
  await clock.run(45_000)
  const outcomes = await sim.load(client, { perSecond: 100, seconds: 2 })
  expect(successShare(outcomes)).toBe(1)
  expect(sim.endpoints[0]?.finished).toBeGreaterThan(opened + 50)
})

test('where the circuits of all are open, calls fail at once', async () => {
  const sim = new World(clock, [{ error: unavailable }, { error: unavailable }])
  const client = sim.client({ outlierEjection: false, methods: { 'sim.Service': { breaker: true } } })
  await sim.load(client, { perSecond: 100, seconds: 1 })
  const before = sim.arrived
  const outcome = sim.call(client)
  await clock.run(5)
  expect((await outcome).error?.message).toContain('tried by single probes only')
  expect(sim.arrived).toBe(before)
})
