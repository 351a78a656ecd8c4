import type { ClientOptions } from '../../../runtime/client.js'
import { overload } from '../../../runtime/guards/overload.js'
import type { Method } from '../../../runtime/method.js'
import type { VirtualClock } from './clock.js'
import { onServer, type Script } from './endpoint.js'
import { exponential, extraShare, type Outcome, percentile, successShare, World } from './world.js'

export interface FleetOptions {
  readonly consumers: number
  readonly providers: number
  /** Of all consumers together, as a share of what all providers can do. Default 0.3. */
  readonly load?: number
  /** Of virtual time, for each part of it. */
  readonly seconds: number
  readonly client?: Partial<ClientOptions>
  /** Providers refuse what would drown them (`overload()`). Default true. */
  readonly shed?: boolean
}

/** What came of the calls of one part. */
export interface FleetFigures {
  readonly part: 'healthy' | 'slow' | 'killed' | 'overload'
  readonly calls: number
  readonly succeeded: number
  /** Attempts beyond the first, per call. */
  readonly extra: number
  readonly p50: number
  readonly p99: number
  /** Attempts at the busiest provider that is as the others are, as a multiple of their average. */
  readonly busiest: number
  /** Calls a second that were answered, as a share of what the providers can do. */
  readonly goodput: number
}

/** Two workers of 20 ms: 100 calls a second. */
const capacity = 2
const workMs = 20
const perProvider = (capacity * 1000) / workMs

/**
 * Many consumers, each with a client of its own, and many providers, in one process and in virtual time: as they are (`healthy`),
 * with one in a hundred ten times slower, with one in a hundred killed while the registry still lists it, with twice as much to do as
 * they can. The same seed, the same figures.
 */
export async function fleet(clock: VirtualClock, options: FleetOptions): Promise<FleetFigures[]> {
  const { consumers, providers, load = 0.3, seconds, shed = true } = options
  const scripts = Array.from({ length: providers }, (): Script => {
    const script = { latencyMs: exponential(workMs), capacity }
    return shed ? { ...script, guard: onServer(overload()({} as Method)) } : script
  })
  const world = new World(clock, scripts)
  const clients = Array.from({ length: consumers }, () => world.client(options.client))
  const few = world.endpoints.slice(0, Math.ceil(providers / 100))
  const others = world.endpoints.slice(few.length)

  const part = async (name: FleetFigures['part'], share = load): Promise<FleetFigures> => {
    const before = others.map(({ arrived }) => arrived)
    const outcomes = await calls(world, clients, share * providers * perProvider, seconds)
    const arrived = others.map((endpoint, i) => endpoint.arrived - (before[i] ?? 0))
    const average = arrived.reduce((sum, each) => sum + each, 0) / others.length
    const good = outcomes.filter(({ error }) => !error)
    return {
      part: name,
      calls: outcomes.length,
      succeeded: successShare(outcomes),
      extra: extraShare(outcomes),
      p50: percentile(good, 0.5),
      p99: percentile(good, 0.99),
      busiest: Math.max(...arrived) / average,
      goodput: good.length / seconds / (providers * perProvider),
    }
  }

  // What everybody does first: limits find themselves, latencies become known.
  await part('healthy')
  const figures = [await part('healthy')]
  for (const { script } of few) script.latencyMs = exponential(10 * workMs)
  figures.push(await part('slow'))
  for (const { script } of few) script.latencyMs = exponential(workMs)
  for (const endpoint of few) setTimeout(() => endpoint.kill(), 1000)
  figures.push(await part('killed'))
  for (const { script } of few) script.down = false
  figures.push(await part('overload', 2))
  return figures
}

/** Calls of idempotent methods at random moments, each by some consumer. */
async function calls(
  world: World,
  clients: ReturnType<World['client']>[],
  perSecond: number,
  seconds: number,
): Promise<Outcome[]> {
  const outcomes: Promise<Outcome>[] = []
  const next = (atMs: number): void => {
    const waitMs = -Math.log(1 - Math.random()) * (1000 / perSecond)
    if (atMs + waitMs >= seconds * 1000) return
    setTimeout(() => {
      const client = clients[Math.floor(Math.random() * clients.length)] as (typeof clients)[number]
      outcomes.push(world.call(client))
      next(atMs + waitMs)
    }, waitMs)
  }
  next(0)
  await world.clock.run(seconds * 1000 + 3000)
  return Promise.all(outcomes)
}
