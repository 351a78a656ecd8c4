import { tracingChannel } from 'node:diagnostics_channel'
import {
  type Call,
  type ClientOptions,
  circuitBreaker,
  concurrency,
  counts,
  createClient,
  framed,
  type Interceptor,
  memory,
  type Observer,
  type Policy,
  rateLimit,
  staticRegistry,
} from 'tsubo'
import { clientTraces, serverTraces } from 'tsubo/otel'
import { BenchServiceClient } from './generated/bench.js'
import { items } from './messages.js'
import { numberFrom, optionsOf } from './options.js'
import { calmerHalf, paceUs } from './pace.js'
import { medianOf } from './row.js'

/*
 * What a layer adds to a call, in nanoseconds: a client whose policy answers at once, with the layer and without it, by
 * turns in one process. So there is no socket and no codec in it, only the composed chain.
 */
const usage = `npm run bench -- micro [--calls <n>] [--rounds <n>]
  per call: four pass-through interceptors, one more counting observer, traces without an SDK, everything that governs a call,
  and diagnostics_channel events that nobody listens to
  --calls   per round; default 1000000
  --rounds  the calmer half of which counts, after three that don't; default 9`

const passThrough: Interceptor = (next) => (call) => next(call)
const answered = Promise.resolve()
const addresses = [1, 2, 3, 4, 5].map((port) => ({ protocol: 'tsubo', host: '127.0.0.1', port }))

/** Hears of every call and does nothing: what it costs to be one more observer. */
const deaf: Observer = { begin() {}, end() {} }

/** The same, that tells diagnostics channels as every client and server does; the channels are theirs. */
const { start, asyncEnd, error: failed } = tracingChannel('tsubo.client.call')
const events: Observer = {
  begin(call) {
    if (start.hasSubscribers) start.publish({ call })
  },
  end(call, error) {
    if (error && failed.hasSubscribers) failed.publish({ call, error })
    if (asyncEnd.hasSubscribers) asyncEnd.publish({ call })
  },
}

/** A look at a flag is less than rounds differ by: so many at once can be told from none. */
const many = 8

interface Chain {
  /** Takes so many calls through; nanoseconds each. */
  round(calls: number): number
}

async function chain(interceptors: readonly Interceptor[], observers: readonly Observer[]): Promise<Chain> {
  let seen: Call | undefined
  let turn = 0
  const client = createClient({
    registry: memory('micro'),
    interceptors,
    observers,
    // Does to the observers what failover does, in the same order, and nothing else.
    policy: (cluster) => (call) => {
      seen = call
      cluster.observer.begin(call)
      // Each call at another provider, as balancers choose.
      const address = addresses[turn++ % addresses.length]!
      call.peer = address
      cluster.observer.attempt(call, address)
      // As a connection notes it, by the clock that was read for the whole chunk of replies.
      call.answeredAt = call.startedAt
      cluster.observer.end(call, undefined)
      return answered
    },
  })
  await new BenchServiceClient(client).small(items[0]!)
  const call = seen!
  return {
    round(calls) {
      const startedAt = performance.now()
      for (let i = 0; i < calls; i++) void client.invoke(call)
      return ((performance.now() - startedAt) * 1e6) / calls
    },
  }
}

/** Five providers that answer in the same turn. */
async function governed(options: Partial<ClientOptions>): Promise<Chain> {
  const attempt = { cancel() {} }
  const protocol: ReturnType<typeof framed> = {
    ...framed(),
    connect: (address) => ({
      address,
      state: 'ready',
      available: true,
      send(call, sink) {
        call.answeredAt = call.startedAt
        sink.reply(undefined)
        return attempt
      },
      close: async () => {},
    }),
  }
  let seen: Call | undefined
  const see: Interceptor = (next) => (call) => {
    seen ??= call
    return next(call)
  }
  const registry = staticRegistry([1, 2, 3, 4, 5].map((port) => `127.0.0.1:${port}`))
  const client = createClient({ registry, protocols: [protocol], interceptors: [see], ...options })
  await new BenchServiceClient(client).small(items[0]!)
  return {
    round(calls) {
      const call = seen as Call
      call.deadline = Number.POSITIVE_INFINITY
      const startedAt = performance.now()
      for (let i = 0; i < calls; i++) void client.invoke(call)
      return ((performance.now() - startedAt) * 1e6) / calls
    },
  }
}

/** The least that a policy can do: the first provider, once. */
const straight: Policy = (cluster) => (call) =>
  new Promise((resolve, reject) => {
    cluster.observer.begin(call)
    const [node] = cluster.nodes
    if (!node) {
      cluster.whenDecided(call, () => straight(cluster)(call).then(resolve, reject), reject)
      return
    }
    call.attempts++
    cluster.observer.attempt(call, node.address)
    node.connection.send(call, {
      call,
      reply(value) {
        cluster.observer.end(call, undefined)
        resolve(value)
        return undefined
      },
      fail: reject,
    })
  })

/** `npm run bench -- micro`: the price of interceptors and of the counting observer. */
export async function run(args: string[]): Promise<void> {
  const { values } = optionsOf(usage, {
    args,
    options: {
      calls: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '9' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const calls = numberFrom(1, '--calls', values.calls, usage)
  const rounds = numberFrom(1, '--rounds', values.rounds, usage)

  // Each by itself and before what it has nothing to do with, for V8 compiles a chain for as few kinds of observers as it has seen,
  // and a real process has few.
  const plain = await chain([], [])
  const added = async (more: Chain): Promise<number> => {
    const median = medians({ plain, more }, calls, rounds)
    return median('more') - median('plain')
  }
  const kept = [
    judge('the counting observer', await added(await chain([], [counts()])), 60),
    judge(
      'four pass-through interceptors',
      await added(await chain([passThrough, passThrough, passThrough, passThrough], [])),
      50,
    ),
    judge('traces of both sides, no SDK', await added(await chain([], [clientTraces(), serverTraces()])), 60),
  ]
  const governance = medians(
    {
      straight: await governed({ policy: straight, onIncompatible: 'ignore', outlierEjection: false }),
      governed: await governed({
        methods: {
          'tsubo.bench.BenchService': {
            limits: [concurrency(1000, { maxWaiting: 1000 }), rateLimit(1e12), circuitBreaker()],
            breaker: true,
          },
        },
      }),
    },
    calls,
    rounds,
  )
  kept.push(judge('failover, routers, limits, breakers', governance('governed') - governance('straight'), 250))
  const told = medians(
    {
      deaf: await chain([], Array<Observer>(many).fill(deaf)),
      events: await chain([], Array<Observer>(many).fill(events)),
    },
    calls,
    rounds,
  )
  // Being an observer costs what it costs; looking whether somebody listens is to cost nothing on top.
  kept.push(judge('events that nobody listens to', (told('events') - told('deaf')) / many, 5))
  if (kept.includes(false)) process.exitCode = 1
}

/** A round is taken in so many turns, for what else runs on a core comes and goes. */
const turnsPerRound = 5

/** Measures these by turns. By name the median of the calmer half of the rounds that count, nanoseconds a call. */
function medians<Name extends string>(
  chains: Readonly<Record<Name, Chain>>,
  calls: number,
  rounds: number,
): (name: Name) => number {
  const names = Object.keys(chains) as Name[]
  const turns = Array.from({ length: (3 + rounds) * turnsPerRound }, () => {
    const before = paceUs()
    const ns = new Map(names.map((name) => [name, chains[name].round(Math.ceil(calls / turnsPerRound))]))
    return { ns, paceUs: before + paceUs() }
  })
  const calm = calmerHalf(turns.slice(3 * turnsPerRound), (turn) => turn.paceUs)
  return (name) => medianOf(calm.map(({ ns }) => ns.get(name) as number))
}

function judge(what: string, ns: number, atMost: number): boolean {
  const kept = ns <= atMost
  console.log(`${kept ? 'ok  ' : 'MISS'}  ${what.padEnd(36)} ${Math.round(ns) || 0} ns a call, at most ${atMost}`)
  return kept
}
