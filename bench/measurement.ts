import type { Window } from './load.js'
import { startPair } from './pair.js'
import type { Bench } from './peers/peer.js'
import type { Plan } from './plan.js'
import { medianRow, type Row } from './row.js'

export interface Measured {
  readonly rows: readonly Row[]
  /** Peers that broke down, with what they said. */
  readonly failed: ReadonlyMap<string, string>
  /** Windows that were measured again, and those that stayed disturbed. */
  readonly repeated: number
  readonly disturbed: number
}

interface Cell {
  readonly bench: Bench
  readonly peer: string
  readonly inFlight: number
  readonly windows: Window[]
}

/** Large messages come last: what they leave of a heap would be measured with whatever follows them. */
const order = ['small', 'medium', 'stream', 'stream-each', 'echo1m'] as const

/** Streams end by themselves: long enough for a second or so. */
const streamItems = (peer: string) => (peer === 'tsubo' ? 1_000_000 : 50_000)

/** Measures all peers of the plan, one after the other and that so many times. `before` hears of each turn. */
export async function measure(plan: Plan, before: (repetition: number, peer: string) => void): Promise<Measured> {
  const cells = new Map<string, Cell>()
  const failed = new Map<string, string>()
  let repeated = 0

  async function turn(peer: string): Promise<void> {
    const pair = await startPair(peer)
    try {
      await pair.run('small', 64, plan.warmUpMs)
      for (const bench of order) {
        if (!plan.benches.includes(bench) || !pair.can.includes(bench)) continue
        if (plan.only?.[bench]?.includes(peer) === false) continue
        const count = bench === 'stream' || bench === 'stream-each' ? streamItems(peer) : 0
        if (bench !== 'small') await pair.run(bench, bench === 'medium' ? 64 : 1, plan.benchWarmUpMs, count)
        for (const inFlight of plan.inFlights[bench]) {
          const key = `${bench} ${inFlight} ${peer}`
          const cell = cells.get(key) ?? { bench, peer, inFlight, windows: [] }
          cells.set(key, cell)
          cell.windows.push(await leastDisturbed(() => pair.run(bench, inFlight, plan.windowMs, count)))
        }
      }
    } finally {
      await pair.end()
    }
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
    for (const peer of plan.peers) {
      if (failed.has(peer)) continue
      before(repetition, peer)
      await turn(peer).catch((error: Error) => failed.set(peer, error.message))
    }
  }
  const all = [...cells.values()]
  return {
    rows: all.map(({ bench, peer, inFlight, windows }) => medianRow(bench, peer, inFlight, windows)),
    failed,
    repeated,
    disturbed: all.flatMap(({ windows }) => windows).filter(({ foreign }) => foreign > plan.foreign).length,
  }
}
