import { parseArgs } from 'node:util'
import { type Call, counts, createClient, type Interceptor, memory, type Observer } from 'tsubo'
import { BenchServiceClient } from './generated/bench.js'
import { items } from './messages.js'
import { medianOf } from './row.js'

/*
 * What a layer adds to a call, in nanoseconds: a client whose policy answers at once, with the layer and without it, by
 * turns in one process. So there is no socket and no codec in it, only the composed chain.
 */
const usage = `npm run bench -- micro [--calls <n>] [--rounds <n>]
  four pass-through interceptors, and one more counting observer, per call
  --calls   per round; default 1000000
  --rounds  that count, after three that don't; default 9`

const passThrough: Interceptor = (next) => (call) => next(call)
const answered = Promise.resolve()
const address = { protocol: 'tsubo', host: '127.0.0.1', port: 20880 }

interface Chain {
  /** Takes so many calls through; nanoseconds each. */
  round(calls: number): number
}

async function chain(interceptors: readonly Interceptor[], observers: readonly Observer[]): Promise<Chain> {
  let seen: Call | undefined
  const client = createClient({
    registry: memory('micro'),
    interceptors,
    observers,
    // Does to the observers what failover does, in the same order, and nothing else.
    policy: (cluster) => (call) => {
      seen = call
      cluster.observer.begin(call)
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

/** `npm run bench -- micro`: the price of interceptors and of the counting observer. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      calls: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '9' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const calls = Number(values.calls)
  const rounds = Number(values.rounds)
  if (!(calls >= 1) || !(rounds >= 1)) throw new RangeError(`--calls and --rounds: numbers from 1\n\n${usage}`)

  const chains = {
    plain: await chain([], []),
    intercepted: await chain([passThrough, passThrough, passThrough, passThrough], []),
    counted: await chain([], [counts()]),
  }
  const ns: Record<keyof typeof chains, number[]> = { plain: [], intercepted: [], counted: [] }
  for (let i = 0; i < 3 + rounds; i++) {
    for (const name of ['plain', 'intercepted', 'counted'] as const) ns[name].push(chains[name].round(calls))
  }
  const median = (name: keyof typeof chains) => medianOf(ns[name].slice(3))
  const plain = median('plain')
  console.log(`one call through the chain alone: ${plain.toFixed(0)} ns`)
  const kept = [
    judge('four pass-through interceptors', median('intercepted') - plain, 50),
    judge('the counting observer', median('counted') - plain, 60),
  ]
  if (kept.includes(false)) process.exitCode = 1
}

function judge(what: string, ns: number, atMost: number): boolean {
  const kept = ns <= atMost
  console.log(`${kept ? 'ok  ' : 'MISS'}  ${what.padEnd(32)} ${ns.toFixed(0)} ns a call, at most ${atMost}`)
  return kept
}
