import { SeatClass, TicketServiceClient } from '../../generated/ticket.js'
import {
  createClient,
  type Discovery,
  type Observer,
  openRegistry,
  p2c,
  RpcError,
  weightedRandom,
} from '../../runtime/index.js'

/** What the consumer is told; it answers `true` once every provider has answered a call and the clock runs. */
export interface LoadTask {
  readonly registry: string
  readonly providers: number
  readonly callsPerSecond: number
  /** Taken in turn. `getTicket` is idempotent, `book` is not. */
  readonly methods: readonly ('getTicket' | 'book')[]
  /** Default: the client's own. */
  readonly balancer?: 'p2c' | undefined
}

/** What became of the calls; the answer to `stop`. */
export interface Outcome {
  readonly calls: number
  /** Those that failed, other than by being shed, and those that were not started on schedule. */
  readonly failed: number
  /** Refused as `resource_exhausted`. */
  readonly shed: number
  readonly late: number
  /** How far behind its schedule a call was at most. */
  readonly maxLateMs: number
  /** The first few, with the time since the start. */
  readonly errors: readonly string[]
}

/** What the consumer sees; the answer to `state`. */
export interface Sight {
  readonly listed: number
  readonly unconfirmed: number
  readonly fresh: boolean
  /** Attempts so far, by address. */
  readonly attempts: Readonly<Record<string, number>>
}

/** What became of the calls that began between two questions for it; the answer to a new rate. */
export interface Phase {
  readonly seconds: number
  readonly calls: number
  readonly succeeded: number
  readonly shed: number
  /** Sent to providers, retries included. */
  readonly attempts: number
  /** Of those that succeeded, from the beginning of the call, tries before and the pauses between them included; milliseconds. */
  readonly p99Ms: number
  /** Of those that succeeded at the first try: what accepted calls take. */
  readonly acceptedP99Ms: number
}

/** A call that starts later than this counts as failed, however it ends: an open loop doesn't wait for anybody. */
const lateMs = 100

const task = JSON.parse(process.argv[2] ?? '') as LoadTask
const registry = openRegistry(task.registry)
/** How long calls of this phase took that were answered at the first try. */
let acceptedMs: number[] = []
const acceptance: Observer = {
  end(call, error) {
    if (error === undefined && call.attempts === 1) acceptedMs.push(performance.now() - call.startedAt)
  },
}
const client = createClient({
  registry,
  application: 'chaos-consumer',
  observers: [acceptance],
  balancer: task.balancer === 'p2c' ? p2c() : weightedRandom(),
})
const tickets = new TicketServiceClient(client)
let discovery: Discovery = { state: 'pending' }
registry.watch(
  { name: 'com.miao.server.TicketService', group: undefined, version: undefined },
  { application: 'chaos-consumer' },
  (next) => {
    discovery = next
  },
)

const methods = {
  getTicket: () => tickets.getTicket(),
  book: () =>
    tickets.book({
      train: 'G1024',
      seatClass: SeatClass.Second,
      passengers: [{ name: '林喵', bornOn: new Date('1999-02-28') }],
      contact: { phone: '+86 10 5555 0100' },
    }),
}
const turns = task.methods.map((name) => methods[name])

while (client.counts.attempts.size < task.providers) await tickets.getTicket({ timeoutMs: 10_000 })

const attempts = (): number => [...client.counts.attempts.values()].reduce((sum, count) => sum + count, 0)

/** The calls between two questions. */
class Calls {
  readonly began = performance.now()
  readonly #attemptsBefore = attempts()
  readonly #tookMs: number[] = []
  readonly #acceptedMs: number[] = []
  calls = 0
  shed = 0
  underWay = 0

  constructor() {
    acceptedMs = this.#acceptedMs
  }

  succeeded(elapsedMs: number): void {
    this.#tookMs.push(elapsedMs)
  }

  /** Once all of them are over. */
  async phase(): Promise<Phase> {
    const seconds = (performance.now() - this.began) / 1000
    const attempted = attempts() - this.#attemptsBefore
    while (this.underWay > 0) await new Promise((next) => setTimeout(next, 5))
    return {
      seconds,
      calls: this.calls,
      succeeded: this.#tookMs.length,
      shed: this.shed,
      attempts: attempted,
      p99Ms: p99(this.#tookMs),
      acceptedP99Ms: p99(this.#acceptedMs),
    }
  }
}

let callsPerSecond = task.callsPerSecond
let calls = 0
let failed = 0
let shed = 0
let late = 0
let maxLateMs = 0
let underWay = 0
const errors: string[] = []
const began = performance.now()
let current = new Calls()

const timer = setInterval(() => {
  const now = performance.now()
  for (;;) {
    const dueAt = current.began + (current.calls * 1000) / callsPerSecond
    if (dueAt > now) break
    const behindMs = now - dueAt
    maxLateMs = Math.max(maxLateMs, behindMs)
    const onTime = behindMs <= lateMs
    if (!onTime) late++
    const turn = turns[calls++ % turns.length] as () => Promise<unknown>
    current.calls++
    start(turn(), onTime, current)
  }
}, 2)

function start(call: Promise<unknown>, onTime: boolean, among: Calls): void {
  const startedAt = performance.now()
  const over = () => {
    underWay--
    among.underWay--
  }
  underWay++
  among.underWay++
  call.then(
    () => {
      over()
      among.succeeded(performance.now() - startedAt)
      if (!onTime) failed++
    },
    (error: Error) => {
      over()
      if (error instanceof RpcError && error.code === 'resource_exhausted') {
        among.shed++
        shed++
        return
      }
      failed++
      const seconds = ((performance.now() - began) / 1000).toFixed(2)
      if (errors.length < 5) errors.push(`after ${seconds} s: ${error.message}`)
    },
  )
}

function p99(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN
}

/** Ends a phase, and begins the next one at this rate. */
function turnOver(rate: number): Promise<Phase> {
  const before = current
  callsPerSecond = rate
  current = new Calls()
  return before.phase()
}

process.on('message', async (question: 'state' | 'stop' | { callsPerSecond?: number }) => {
  if (question === 'state') {
    const found = discovery.state === 'found' ? discovery : undefined
    const sight: Sight = {
      listed: found?.providers.length ?? 0,
      unconfirmed: found?.unconfirmed?.length ?? 0,
      fresh: found !== undefined && !found.stale,
      attempts: Object.fromEntries(client.counts.attempts),
    }
    process.send?.(sight)
  } else if (question !== 'stop') {
    process.send?.(await turnOver(question.callsPerSecond ?? callsPerSecond))
  } else {
    clearInterval(timer)
    while (underWay > 0) await new Promise((next) => setTimeout(next, 5))
    const outcome: Outcome = { calls, failed, shed, late, maxLateMs: Math.round(maxLateMs), errors }
    await client.close()
    await registry.close()
    process.send?.(outcome, () => process.exit(0))
  }
})
process.once('disconnect', () => process.exit(1))
process.send?.(true)
