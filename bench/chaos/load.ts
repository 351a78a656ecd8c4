import { SeatClass, TicketServiceClient } from '../../generated/ticket.js'
import { createClient, type Discovery, openRegistry } from '../../runtime/index.js'

/** What the consumer is told; it answers `true` once every provider has answered a call and the clock runs. */
export interface LoadTask {
  readonly registry: string
  readonly providers: number
  readonly callsPerSecond: number
  /** Taken in turn. `getTicket` is idempotent, `book` is not. */
  readonly methods: readonly ('getTicket' | 'book')[]
}

/** What became of the calls; the answer to `stop`. */
export interface Outcome {
  readonly calls: number
  /** Those that failed and those that were not started on schedule. */
  readonly failed: number
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

/** A call that starts later than this counts as failed, however it ends: an open loop doesn't wait for anybody. */
const lateMs = 100

const task = JSON.parse(process.argv[2] ?? '') as LoadTask
const registry = openRegistry(task.registry)
const client = createClient({ registry, application: 'chaos-consumer' })
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

let calls = 0
let failed = 0
let late = 0
let maxLateMs = 0
let underWay = 0
const errors: string[] = []
const began = performance.now()

const timer = setInterval(() => {
  const now = performance.now()
  for (; began + (calls * 1000) / task.callsPerSecond <= now; calls++) {
    const behindMs = now - (began + (calls * 1000) / task.callsPerSecond)
    maxLateMs = Math.max(maxLateMs, behindMs)
    const onTime = behindMs <= lateMs
    if (!onTime) late++
    start((turns[calls % turns.length] as () => Promise<unknown>)(), onTime)
  }
}, 2)

function start(call: Promise<unknown>, onTime: boolean): void {
  underWay++
  call.then(
    () => {
      underWay--
      if (!onTime) failed++
    },
    (error: Error) => {
      underWay--
      failed++
      const seconds = ((performance.now() - began) / 1000).toFixed(2)
      if (errors.length < 5) errors.push(`after ${seconds} s: ${error.message}`)
    },
  )
}

process.on('message', async (question) => {
  if (question === 'state') {
    const found = discovery.state === 'found' ? discovery : undefined
    const sight: Sight = {
      listed: found?.providers.length ?? 0,
      unconfirmed: found?.unconfirmed?.length ?? 0,
      fresh: found !== undefined && !found.stale,
      attempts: Object.fromEntries(client.counts.attempts),
    }
    process.send?.(sight)
  } else {
    clearInterval(timer)
    while (underWay > 0) await new Promise((next) => setTimeout(next, 5))
    const outcome: Outcome = { calls, failed, late, maxLateMs: Math.round(maxLateMs), errors }
    await client.close()
    await registry.close()
    process.send?.(outcome, () => process.exit(0))
  }
})
process.once('disconnect', () => process.exit(1))
process.send?.(true)
