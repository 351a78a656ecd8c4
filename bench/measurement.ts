import { byRounds, type Compare, type Series } from './comparison.js'
import type { Window } from './load.js'
import { calmerHalf } from './pace.js'
import { type Pair, startPair } from './pair.js'
import type { Bench } from './peers/peer.js'
import type { Plan } from './plan.js'
import { medianRow, type Row } from './row.js'

export interface Measured {
  readonly rows: readonly Row[]
  /** How these rows compare: by what was measured at about the same time. */
  readonly compare: Compare
  /** Peers that broke down, with what they said. */
  readonly failed: ReadonlyMap<string, string>
  /** How much longer a fixed piece of work took than at its best: in the rounds that count, and in all. */
  readonly slowness: { readonly counted: number; readonly all: number }
  /** Windows that were measured again, and those that stayed disturbed. */
  readonly repeated: number
  readonly disturbed: number
}

/** One that still grows. */
interface Growing extends Series {
  readonly windows: Map<number, Window>
}

/** Large messages come last: what they leave of a heap would be measured with whatever follows them. */
const order = ['small', 'medium', 'stream', 'stream-each', 'echo1m'] as const

/** Streams end by themselves: long enough for a second or so. */
const streamItems = (peer: string) => (peer === 'tsubo' ? 1_000_000 : 50_000)

/**
 * Measures the peers of the plan in fresh processes, and that so many times. All of them live at once and take turns window by
 * window, round after round: a machine's pace changes from minute to minute, and what is compared has to have been measured
 * at about the same time. Of the rounds of a cell the calmer half counts (`pace.ts`). `before` hears of each step.
 */
export async function measure(plan: Plan, before: (repetition: number, step: string) => void): Promise<Measured> {
  const all = new Map<string, Growing>()
  const failed = new Map<string, string>()
  let repeated = 0

  /** One after the other does this, those that have not broken down. */
  async function each(pairs: Map<string, Pair>, work: (pair: Pair, peer: string) => Promise<void>): Promise<void> {
    for (const [peer, pair] of pairs) {
      if (failed.has(peer)) continue
      await work(pair, peer).catch((error: Error) => {
        failed.set(peer, error.message)
        // At once: what it still does would be in the windows of the others.
        return pair.end()
      })
    }
  }

  async function repeat(repetition: number, pairs: Map<string, Pair>): Promise<void> {
    await each(pairs, (pair, peer) => {
      before(repetition, `${peer} warms up`)
      return pair.run('small', 64, plan.warmUpMs).then(() => {})
    })
    for (const bench of order) {
      const able = new Map([...pairs].filter(([peer, { can }]) => can.includes(bench) && isAsked(bench, peer)))
      const count = (peer: string) => (bench === 'stream' || bench === 'stream-each' ? streamItems(peer) : 0)
      for (const inFlight of plan.inFlights[bench]) {
        before(repetition, `${bench}, ${inFlight} in flight`)
        await each(able, (pair, peer) => pair.run(bench, inFlight, plan.againMs, count(peer)).then(() => {}))
        for (let round = 0; round < plan.rounds; round++) {
          // There and back, so that nobody always follows the same one.
          const turns = round % 2 === 0 ? able : new Map([...able].reverse())
          await each(turns, async (pair, peer) => {
            const window = await leastDisturbed(() => pair.run(bench, inFlight, plan.windowMs, count(peer)))
            seriesOf(bench, inFlight, peer).windows.set(repetition * plan.rounds + round, window)
          })
        }
      }
    }
  }

  function isAsked(bench: Bench, peer: string): boolean {
    return plan.benches.includes(bench) && plan.only?.[bench]?.includes(peer) !== false
  }

  function seriesOf(bench: Bench, inFlight: number, peer: string): Growing {
    const key = `${bench} ${inFlight} ${peer}`
    const series = all.get(key) ?? { bench, inFlight, peer, windows: new Map() }
    all.set(key, series)
    return series
  }

  async function leastDisturbed(run: () => Promise<Window>): Promise<Window> {
    let best = await run()
    for (let tries = 1; best.foreign > plan.foreign && tries < plan.tries; tries++) {
      repeated++
      const again = await run()
      if (again.foreign < best.foreign) best = again
    }
    return best
  }

  for (let repetition = 1; repetition <= plan.repetitions; repetition++) {
    const pairs = new Map<string, Pair>()
    try {
      for (const peer of plan.peers) {
        if (failed.has(peer)) continue
        await startPair(peer).then(
          (pair) => pairs.set(peer, pair),
          (error: Error) => failed.set(peer, error.message),
        )
      }
      await repeat(repetition, pairs)
    } finally {
      await Promise.all([...pairs].flatMap(([peer, pair]) => (failed.has(peer) ? [] : [pair.end()])))
    }
  }
  const series = [...all.values()]
  const windowsOf = (some: readonly Series[]) => some.flatMap(({ windows }) => [...windows.values()])
  const counted = series.map((one) => ({ ...one, windows: calm(one, series) }))
  return {
    rows: counted.map(({ bench, peer, inFlight, windows }) => medianRow(bench, peer, inFlight, [...windows.values()])),
    compare: byRounds(counted),
    slowness: slownessOf(windowsOf(counted), windowsOf(series)),
    failed,
    repeated,
    disturbed: windowsOf(series).filter(({ foreign }) => foreign > plan.foreign).length,
  }
}

/** Its windows in those rounds of its cell in which the cores were faster. They are chosen by all peers' windows together. */
function calm({ bench, inFlight, windows }: Series, all: readonly Series[]): Map<number, Window> {
  const cell = all.filter((one) => one.bench === bench && one.inFlight === inFlight)
  const rounds = [...new Set(cell.flatMap((one) => [...one.windows.keys()]))]
  const paceOf = (round: number) => mean(cell.flatMap((one) => one.windows.get(round)?.paceUs ?? []))
  const calmer = new Set(calmerHalf(rounds, paceOf))
  return new Map([...windows].filter(([round]) => calmer.has(round)))
}

/** What a fixed piece of work took during these windows, and during all, in units of the least that it ever took. */
function slownessOf(counted: readonly Window[], all: readonly Window[]): Measured['slowness'] {
  const paces = (windows: readonly Window[]) => windows.map(({ paceUs }) => paceUs)
  const best = Math.min(...paces(all))
  return { counted: mean(paces(counted)) / best, all: mean(paces(all)) / best }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
