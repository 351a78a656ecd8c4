import { numberFrom, optionsOf } from './options.js'
import { type Pair, startPair } from './pair.js'
import { traced } from './peers/traced.js'
import { medianOf } from './row.js'

/*
 * What traces cost: the same small calls, 64 in flight, without them and with them, by turns in processes of their own. What is
 * compared are windows next to each other, so that a machine that gets slower does so for both.
 */
const usage = `npm run bench -- otel [--rounds <n>] [--window <ms>]
  --rounds  of one window each; default 9
  --window  milliseconds; default 700`

const inFlight = 64
/** What one call of a hundred does takes its time to be compiled: after 3 s it still costs three times what it will. */
const warmUpMs = 8000
/** How much slower 1 % sampled, parent-based, may be at most, in percent. */
const atMost = 15

/** `npm run bench -- otel`: the price of traces without an SDK, with 1 % sampled, with all. */
export async function run(args: string[]): Promise<void> {
  const { values } = optionsOf(usage, {
    args,
    options: {
      rounds: { type: 'string', default: '9' },
      window: { type: 'string', default: '700' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return console.log(usage)
  const rounds = numberFrom(1, '--rounds', values.rounds, usage)
  const windowMs = numberFrom(50, '--window', values.window, usage)

  const names = ['tsubo', ...Object.keys(traced)]
  const pairs = new Map<string, Pair>()
  const rates = new Map<string, number[]>(names.map((name) => [name, []]))
  const cpu = new Map<string, number[]>(names.map((name) => [name, []]))
  try {
    for (const name of names) pairs.set(name, await startPair(name))
    for (const pair of pairs.values()) await pair.run('small', inFlight, warmUpMs)
    for (let i = 0; i < rounds; i++) {
      for (const [name, pair] of pairs) {
        const window = await pair.run('small', inFlight, windowMs)
        rates.get(name)?.push(window.calls / (window.elapsedMs / 1000))
        cpu.get(name)?.push((window.cpuUs + window.serverCpuUs) / window.calls)
      }
    }
  } finally {
    for (const pair of pairs.values()) await pair.end()
  }
  const plain = rates.get('tsubo') ?? []
  const beside = rates.get('SDK, no traces') ?? []
  const lostTo = (own: readonly number[], than: readonly number[]) =>
    100 * medianOf(own.map((rate, i) => 1 - rate / (than[i] ?? rate)))
  console.log(`small calls, ${inFlight} in flight, ${rounds} windows of ${windowMs} ms each, by turns`)
  for (const name of names) {
    const own = rates.get(name) ?? []
    const lost = lostTo(own, plain)
    const limited = name.endsWith('1 %')
    const kept = !limited || lost <= atMost
    if (!kept) process.exitCode = 1
    const verdict = limited ? (kept ? 'ok  ' : 'MISS') : '    '
    const share =
      name === 'tsubo'
        ? ''
        : limited
          ? `, ${lost.toFixed(1)} % slower, at most ${atMost} (${lostTo(own, beside).toFixed(1)} % than with the SDK alone)`
          : `, ${lost.toFixed(1)} % slower`
    const us = medianOf(cpu.get(name) ?? []).toFixed(2)
    console.log(
      `${verdict}  ${name.padEnd(18)} ${Math.round(medianOf(own))} calls a second, ${us} us of CPU each${share}`,
    )
  }
}
