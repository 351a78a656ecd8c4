import { expect, it } from 'vitest'
import { byMedians, byRounds, type Series } from '../../bench/comparison.js'
import { judge } from '../../bench/goals.js'
import type { Window } from '../../bench/load.js'
import { medianRow } from '../../bench/row.js'
import { rateTable } from '../../bench/table.js'

/** A window of one second, with so many microseconds of CPU a call. */
const window = (calls: number, cpuUs: number): Window => ({
  calls,
  elapsedMs: 1000,
  p50Us: 1,
  p99Us: 2,
  cpuUs: (calls * cpuUs) / 2,
  serverCpuUs: (calls * cpuUs) / 2,
  foreign: 0,
  paceUs: 500,
})

const series = (peer: string, windows: readonly (Window | undefined)[]): Series => ({
  bench: 'small',
  inFlight: 64,
  peer,
  windows: new Map(windows.flatMap((one, round) => (one ? [[round, one] as const] : []))),
})

const rowOf = ({ bench, inFlight, peer, windows }: Series) => medianRow(bench, peer, inFlight, [...windows.values()])

/** The machine is twice as fast in rounds 1 and 2 as in 0 and 3, and tsubo always three times as fast as raw-each. */
const tsubo = series('tsubo', [window(30, 4), window(60, 2), window(60, 2), window(30, 4)])
const rawEach = series('raw-each', [window(10, 10), window(20, 5), window(20, 5), window(10, 10)])
/** Lost its windows in the fast rounds. */
const half = series('nest', [window(5, 40), undefined, undefined, window(5, 40)])

it('by the medians of the ratios within the rounds that both were part of', () => {
  const compare = byRounds([tsubo, rawEach, half])
  expect(compare(rowOf(tsubo), rowOf(rawEach))).toEqual({ rate: 3, cpu: 0.4 })
  expect(compare(rowOf(rawEach), rowOf(tsubo)).cpu).toBe(2.5)
  // By medians it would be 45 to 5.
  expect(compare(rowOf(tsubo), rowOf(half))).toEqual({ rate: 6, cpu: 0.1 })
  expect(byMedians(rowOf(tsubo), rowOf(half)).rate).toBe(9)
})

it('by medians where there are no rounds in common', () => {
  const other = { ...rowOf(rawEach), inFlight: 512 }
  expect(byRounds([tsubo, rawEach])(rowOf(tsubo), other)).toEqual(byMedians(rowOf(tsubo), other))
  expect(byRounds([])(rowOf(tsubo), rowOf(rawEach))).toEqual(byMedians(rowOf(tsubo), rowOf(rawEach)))
})

it('in the goals and in the table alike', () => {
  const rows = [tsubo, rawEach, half].map(rowOf)
  const compare = byRounds([tsubo, rawEach, half])
  const best = judge(rows, 1, compare).find((one) => one.best)
  expect(best).toMatchObject({ peer: 'nest', rate: { is: 6 }, cpu: { is: 0.1 } })
  const line = rateTable(rows, compare)
    .split('\n')
    .find((one) => one.includes('nest'))
  expect(line).toMatch(/ 6\.0 \| +0\.10 \|$/)
})
