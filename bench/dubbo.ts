import { cpus } from 'node:os'
import { measureCodecs } from './calls.js'
import type { CodecResult } from './codec-result.js'
import type { Compare } from './comparison.js'
import { measure } from './measurement.js'
import { optionsOf } from './options.js'
import { dubboPeer } from './peers/names.js'
import { type Row, writeJson } from './row.js'
import { codecTable, number, rateTable, table } from './table.js'

const usage = `npm run bench -- dubbo [options]
  --quick               a smoke test of half a minute, against floors at 0.6 of the goals
  --json <file>         writes one row a measurement`

/** What Dubbo's wire must reach against the native one in calls per second, and hessian 2 against hessian.js. */
const goals = { calls: 0.5, codec: 5 } as const

/** `npm run bench -- dubbo`: calls over Dubbo's own wire, and hessian 2 by itself. */
export async function run(args: string[]): Promise<void> {
  const { values: options } = optionsOf(usage, {
    args,
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) return console.log(usage)
  const { quick } = options
  const cpu = cpus()[0]?.model.trim() ?? 'unknown CPU'
  console.log(`tsubo bench: Node ${process.versions.node}, ${cpus().length} x ${cpu}\n`)
  const codecs = await measureCodecs(quick, 'hessian.js')
  console.log(codecTable(codecs, 'hessian.js'))
  const { rows, compare, failed } = await measure(
    {
      peers: ['tsubo', dubboPeer],
      benches: ['small', 'medium'],
      inFlights: { small: [1, 64], medium: [64], echo1m: [], stream: [], 'stream-each': [] },
      repetitions: quick ? 1 : 5,
      rounds: 5,
      warmUpMs: quick ? 2_000 : 5_000,
      againMs: quick ? 600 : 1_500,
      windowMs: quick ? 200 : 300,
      foreign: 0.06,
      tries: quick ? 1 : 3,
    },
    () => {},
  )
  console.log(rateTable(rows, compare))
  const share = quick ? 0.6 : 1
  const judged = judge(rows, compare, codecs).map(({ name, is, goal }) => ({ name, is, bound: goal * share }))
  const lines = judged.map(({ name, is, bound }) => [
    name,
    number(is),
    `>= ${number(bound)}`,
    is >= bound ? 'yes' : 'NO',
  ])
  console.log(table([quick ? 'floor' : 'goal', 'is', 'must be', 'reached'], lines, [0]))
  if (options.json !== undefined) writeJson(options.json, [...rows, ...codecs])
  for (const [peer, message] of failed) console.error(`bench: ${peer} failed: ${message}`)
  if (failed.size > 0 || judged.some(({ is, bound }) => is < bound)) process.exitCode = 1
}

interface Judged {
  readonly name: string
  readonly is: number
  readonly goal: number
}

function judge(rows: readonly Row[], compare: Compare, codecs: readonly CodecResult[]): Judged[] {
  const codec = (way: string, message: string) => {
    const found = codecs.find((result) => result.way === way && result.message === message)
    return found ? found.encodeNs + found.decodeNs : Number.NaN
  }
  const rate = (bench: string) => {
    const [native, dubbo] = ['tsubo', dubboPeer].map((peer) =>
      rows.find((row) => row.peer === peer && row.bench === bench && row.inFlight === 64),
    )
    return native && dubbo ? compare(dubbo, native).rate : Number.NaN
  }
  return ['small', 'medium'].flatMap((message) => [
    {
      name: `hessian 2, ${message}, encoded and decoded: speed / hessian.js`,
      is: codec('hessian.js', message) / codec('tsubo', message),
      goal: goals.codec,
    },
    {
      name: `${message}, 64 in flight: rate / native wire`,
      is: rate(message),
      goal: goals.calls,
    },
  ])
}
