import { expect, it } from 'vitest'
import { cpuGoals, goals, judge } from '../../bench/goals.js'
import type { Row } from '../../bench/row.js'
import { goalTable } from '../../bench/table.js'
import { row } from './rows.js'

/** tsubo with 64 small calls in flight, where goals ask for 2.3 x raw-each, 70 x grpc-js, 8 x the best other one. */
const tsubo = (callsPerSecond: number, cpuUs: number) => row('small', 64, 'tsubo', callsPerSecond, cpuUs)
const rawEach = row('small', 64, 'raw-each', 100_000, 10)
const nest = (callsPerSecond: number) => row('small', 64, 'nest', callsPerSecond, 27.8)
/** Three times what it took where the goals were set. */
const offMoleculer = (callsPerSecond: number) => row('small', 64, 'moleculer', callsPerSecond, 90)

/** The goal against that peer, in rate. */
function against(peer: string, rows: readonly Row[], share?: number) {
  return judge(rows, share).find((one) => one.peer === peer && one.rate !== undefined)
}

it('reached with the rate it asks for, at no more CPU per call than the rate makes up for', () => {
  expect(against('raw-each', [tsubo(230_000, 4.3), rawEach])).toMatchObject({ verdict: 'reached', undecided: false })
  expect(against('raw-each', [tsubo(230_000, 4.4), rawEach])).toMatchObject({ verdict: 'rate only' })
  expect(against('raw-each', [tsubo(229_000, 4.3), rawEach])).toMatchObject({ verdict: 'missed' })
  expect(against('raw-each', [tsubo(229_000, 9), rawEach])).toMatchObject({ verdict: 'missed' })
  const ratios = against('raw-each', [tsubo(300_000, 5), rawEach])
  expect(ratios?.rate).toEqual({ is: 3, bound: 2.3, kept: true })
  expect(ratios?.cpu).toEqual({ is: 0.5, bound: 1 / 2.3, kept: false })
})

it('by CPU alone, at 0.45 of raw-each', () => {
  const byCpu = (us: number) => judge([tsubo(1, us), rawEach]).find(({ rate }) => rate === undefined)
  expect(byCpu(4.5)).toMatchObject({ verdict: 'reached' })
  expect(byCpu(4.6)).toMatchObject({ verdict: 'missed' })
})

it('by floors when the run is a quick one, in rate and in CPU', () => {
  const rows = [tsubo(140_000, 7), rawEach]
  expect(against('raw-each', rows)).toMatchObject({ verdict: 'missed' })
  const floor = against('raw-each', rows, 0.6)
  expect(floor).toMatchObject({ verdict: 'reached' })
  expect(floor?.rate?.bound).toBeCloseTo(1.38)
  expect(floor?.cpu.bound).toBeCloseTo(1 / 1.38)
})

it('against the fastest of the others, which is neither raw nor a gRPC nor tsubo itself', () => {
  const others = ['grpc-js', 'raw-calls', 'tsubo-dubbo'].map((peer) => row('small', 64, peer, 1e6, 1))
  const best = judge([tsubo(320_000, 1), rawEach, nest(40_000), ...others]).find((one) => one.best)
  expect(best).toMatchObject({ peer: 'nest', rate: { is: 8, bound: 8 }, verdict: 'reached', undecided: false })
})

it('undecided against a peer that is off, with what the figures say', () => {
  const best = (rate: number) =>
    judge([tsubo(rate, 1), rawEach, nest(40_000), offMoleculer(50_000)]).find((one) => one.best)
  // The fastest is who it is, off or not: a slower one in its place would make the goal easier.
  expect(best(400_000)).toMatchObject({ peer: 'moleculer', verdict: 'reached', undecided: true })
  expect(best(390_000)).toMatchObject({ peer: 'moleculer', verdict: 'missed', undecided: true })
  const slowerOff = judge([tsubo(400_000, 1), rawEach, nest(40_000), offMoleculer(30_000)]).find((one) => one.best)
  expect(slowerOff).toMatchObject({ peer: 'nest', undecided: false })
})

it('not judged where the run has not measured both', () => {
  expect(judge([tsubo(1, 1)])).toEqual([])
  expect(judge([rawEach, nest(1)])).toEqual([])
})

it('printed with both ratios; undecided ones stand apart and are counted apart', () => {
  const rows = [tsubo(330_000, 4.4), rawEach, nest(40_000), offMoleculer(50_000)]
  const text = goalTable(judge(rows), 'goal')
  expect(text.split('\n')).toEqual([
    '| goal                           | rate x | must be | CPU x |  must be | reached   |',
    '|--------------------------------|-------:|--------:|------:|---------:|-----------|',
    '| small, 64 in flight / raw-each |    3.3 |  >= 2.3 |  0.44 | <= 0.435 | rate only |',
    '| small, 64 in flight / raw-each |      - |       - |  0.44 |  <= 0.45 | yes       |',
    '',
    '| goal against a peer that is off: undecided        | rate x | must be |  CPU x |  must be | reached        |',
    '|---------------------------------------------------|-------:|--------:|-------:|---------:|----------------|',
    '| small, 64 in flight / best other, moleculer (off) |    6.6 |    >= 8 | 0.0489 | <= 0.125 | undecided (NO) |',
    '',
    '3 goals: 1 reached, 1 by the rate only, 0 missed, 1 undecided',
    '',
  ])
})

it('one of twenty-six, no two of them for the same ratio', () => {
  const names = goals.map(({ bench, inFlight, against }) => `${bench} ${inFlight} ${against}`)
  expect(new Set(names).size).toBe(24)
  expect(goals.length + cpuGoals.length).toBe(26)
})
