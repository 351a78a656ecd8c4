import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { ClientOptions } from '../../runtime/client.js'
import {
  broadcast,
  concurrency,
  conditionRouter,
  consistentHash,
  failback,
  failfast,
  failover,
  failsafe,
  firstAvailable,
  forking,
  hedging,
  leastActive,
  p2c,
  RpcError,
  rateLimit,
  roundRobin,
  shortestResponse,
  sticky,
  weightedRandom,
  zone,
} from '../../runtime/index.js'
import { root } from '../support/child.js'
import { installVirtualClock } from '../support/simulator/clock.js'
import type { Script } from '../support/simulator/endpoint.js'
import { fleet } from '../support/simulator/fleet.js'
import {
  exponential,
  extraShare,
  type Load,
  type Outcome,
  percentile,
  successShare,
  World,
} from '../support/simulator/world.js'

/*
 * What docs/governance.md says in figures, measured as it says: five providers that answer after 10 ms on average, a client of
 * 500 calls a second for 20 s. Each figure has to stand in the line of its strategy.
 */
const guide = readFileSync(`${root}docs/governance.md`, 'utf8').split('\n')
const clock = installVirtualClock()

const usual: Load = { perSecond: 500, seconds: 20 }
const good = (): Script => ({ latencyMs: exponential(10) })
const unavailable = new RpcError('unavailable', 'out of order')
const failsHalf = (): Script => ({ ...good(), error: () => (Math.random() < 0.5 ? unavailable : undefined) })
const slow = (): Script => ({ latencyMs: exponential(100) })

interface Run {
  readonly sim: World
  readonly outcomes: readonly Outcome[]
  readonly p99: string
  /** Of all attempts, those at the first provider. */
  readonly share: string
  readonly succeeded: string
  readonly extra: string
}

async function run(first: Script, options: Partial<ClientOptions>, load: Load = usual): Promise<Run> {
  clock.seed(7)
  const sim = new World(clock, [first, good(), good(), good(), good()])
  const outcomes = await sim.load(sim.client(options), load)
  return {
    sim,
    outcomes,
    p99: `${percentile(
      outcomes.filter(({ error }) => !error),
      0.99,
    ).toFixed(0)} ms`,
    share: percent((sim.endpoints[0]?.arrived ?? 0) / sim.arrived),
    succeeded: percent(successShare(outcomes)),
    extra: percent(extraShare(outcomes)),
  }
}

/** `99.8 %`, `20 %` */
function percent(share: number): string {
  const text = (share * 100).toFixed(1)
  return `${share >= 0.02 && share < 0.89 ? Math.round(share * 100) : text.replace(/\.0$/, '')} %`
}

function says(line: string, figure: string): void {
  const lines = guide.filter((each) => each.startsWith(line))
  expect.soft(lines.join('\n'), `docs/governance.md, ${line}`).toContain(figure)
}

test('balancers, with one of five ten times slower', async () => {
  const all = { weightedRandom, roundRobin, leastActive, shortestResponse, p2c }
  says('healthy, the p99 is', `${(await run(good(), {})).p99}.`)
  for (const [name, balancer] of Object.entries(all)) {
    const { p99, share } = await run(slow(), { balancer: balancer() })
    says(`| \`${name}()\``, `${p99}, ${share} |`)
  }
  const args = (i: number) => [`key ${i % 1000}`]
  const hashed = await run(slow(), { balancer: consistentHash() }, { ...usual, args })
  says('| `consistentHash()`', `${hashed.p99}, ${hashed.share} |`)
  const stuck = await run(slow(), { balancer: sticky(p2c()) })
  says('| `sticky(', `${stuck.p99}, ${stuck.share} |`)
}, 120_000)

test('policies', async () => {
  const twice = await run(good(), { policy: forking(2) })
  says('| `forking(2)`', `p99 ${twice.p99} instead of`)
  const hedged = await run(good(), { policy: hedging() })
  says('| `hedging()`', `p99 ${hedged.p99} instead of 47, for ${hedged.extra} more calls`)
  for (const [line, options] of [
    ['| `failfast()`, without ejection', { policy: failfast(), outlierEjection: false }],
    ['| `failfast()`, with it', { policy: failfast() }],
    [
      '| `failfast()`, with `breaker: true`',
      { policy: failfast(), outlierEjection: false, methods: { 'sim.Service': { breaker: true } } },
    ],
    ['| `failover()`, without ejection', { policy: failover(), outlierEjection: false }],
    ['| `failover()`, with it', { policy: failover() }],
  ] satisfies [string, Partial<ClientOptions>][]) {
    const { succeeded, extra, outcomes } = await run(failsHalf(), options)
    says(line, extraShare(outcomes) > 0 ? `${succeeded} | ${extra} |` : `${succeeded} |`)
  }
  const safe = await run(failsHalf(), { policy: failsafe(failover({ retries: 0 }), () => {}), outlierEjection: false })
  says(
    '| `failsafe()`',
    `${percent(safe.outcomes.filter(({ value }) => value === undefined).length / safe.outcomes.length)} of the answers`,
  )
  const given: RpcError[] = []
  const back = await run(failsHalf(), {
    policy: failback({ onFailure: (error) => given.push(error) }),
    outlierEjection: false,
  })
  await clock.run(30_000)
  says('| `failback()`', `${percent(1 - given.length / back.outcomes.length)} arrive`)
  const everybody = await run(good(), { policy: broadcast() })
  says('| `broadcast()`', `p99 ${everybody.p99}`)
  const one = await run(good(), { policy: failfast(), balancer: firstAvailable() })
  says('| `failfast()` with `firstAvailable()`', `${one.share} at one`)
}, 120_000)

test('limits, of 500 calls a second', async () => {
  const busy = await run(good(), { methods: { 'sim.Service': { limits: [concurrency(8, { maxWaiting: 1000 })] } } })
  says('| `concurrency(100, ', `\`concurrency(8, ...)\`: ${busy.p99}`)
  const rated = await run(good(), { methods: { 'sim.Service': { limits: [rateLimit(100)] } } })
  says('| `rateLimit(100)`', `${percent(successShare(rated.outcomes))} pass`)
})

test('routers', async () => {
  const tagged = new World(clock, [{ ...good(), params: { 'dubbo.tag': 'gray' } }, good(), good(), good(), good()])
  const to = tagged.client()
  await tagged.load(to, { ...usual, metadata: { 'dubbo.tag': 'gray' } })
  expect(tagged.endpoints.slice(1).every(({ arrived }) => arrived === 0)).toBe(true)

  const zones = ['a', 'a', 'b', 'b', 'b'].map((name) => ({ ...good(), params: { zone: name } }))
  for (const router of [zone({ zone: 'a' }), conditionRouter({ conditions: ['=> zone=a'] })]) {
    const sim = new World(
      clock,
      zones.map((each) => ({ ...each })),
    )
    const client = sim.client({ routers: [router] })
    expect(successShare(await sim.load(client, usual))).toBe(1)
    expect(sim.endpoints.slice(2).every(({ arrived }) => arrived === 0)).toBe(true)
  }
})

test('a fleet is the same on every run', async () => {
  const options = { consumers: 200, providers: 100, seconds: 1 }
  const small = async () => {
    clock.seed(5)
    return fleet(clock, options)
  }
  const figures = await small()
  expect(figures.map(({ part }) => part)).toEqual(['healthy', 'slow', 'killed', 'overload'])
  for (const { part, succeeded, goodput } of figures) {
    if (part === 'overload') expect(goodput).toBeGreaterThan(0.8)
    else expect(succeeded).toBeGreaterThan(0.995)
  }
  // Deadlines lie in buckets of the clock, which goes on between the two: what is drawn is the same, what is late by a tick isn't.
  const again = await small()
  expect(again.map(({ calls }) => calls)).toEqual(figures.map(({ calls }) => calls))
}, 120_000)
