import { expect, it } from 'vitest'
import { offPeers } from '../../bench/reference.js'
import type { Row } from '../../bench/row.js'
import { offTable, rateTable } from '../../bench/table.js'
import { row } from './rows.js'

/** Where the goals were set, a call of grpc-js with 64 in flight took 18.6 times the CPU of raw-each. */
const grpcJs = (timesRawEach: number, rawUs = 10): readonly Row[] => [
  row('small', 64, 'raw-each', 250_000, rawUs),
  row('small', 64, 'grpc-js', 6_000, rawUs * timesRawEach),
]
const names = (rows: readonly Row[]) =>
  offPeers(rows).map(({ bench, inFlight, peer }) => `${peer} ${bench} ${inFlight}`)

it('by more than 30 % of what it took where the goals were set, whether dearer or cheaper', () => {
  for (const times of [18.6 * 0.72, 18.6, 18.6 * 1.28]) expect(names(grpcJs(times))).toEqual([])
  for (const times of [18.6 * 0.68, 18.6 * 1.32]) expect(names(grpcJs(times))).toEqual(['grpc-js small 64'])
  const [one] = offPeers(grpcJs(30))
  expect(one?.is).toBeCloseTo(30)
  expect(one?.was).toBeCloseTo(18.6, 1)
})

it("in units of raw-each's CPU per call, whatever the machine", () => {
  expect(names(grpcJs(18.6, 1000))).toEqual([])
  expect(names(grpcJs(30, 0.1))).toEqual(['grpc-js small 64'])
})

it('in each cell by itself', () => {
  const rows = [
    ...grpcJs(30),
    row('small', 1, 'raw-each', 10_000, 90),
    row('small', 1, 'grpc-js', 2_000, 90 * 6.3),
    row('echo1m', 1, 'raw-each', 900, 2000),
    row('echo1m', 1, 'grpc-js', 100, 2000 * 7.1),
    row('echo1m', 4, 'raw-each', 900, 2000),
    row('echo1m', 4, 'grpc-js', 100, 2000 * 4),
  ]
  expect(names(rows)).toEqual(['grpc-js small 64', 'grpc-js echo1m 4'])
})

it('with streams, which raw-each has none of, by its small calls', () => {
  const stream = (us: number) => [...grpcJs(18.6), row('stream', 1, 'grpc-js', 100_000, us)]
  expect(names(stream(15))).toEqual([])
  expect(names(stream(25))).toEqual(['grpc-js stream 1'])
})

it('never where there is nothing to hold it against', () => {
  expect(names([row('small', 64, 'grpc-js', 6_000, 1e9)])).toEqual([])
  const unknown = ['fastify', 'trpc', 'thrift', 'tsubo'].map((peer) => row('small', 64, peer, 6_000, 1e9))
  expect(names([row('small', 64, 'raw-each', 250_000, 10), ...unknown])).toEqual([])
  expect(names([row('medium', 64, 'raw-each', 250_000, 10), row('medium', 64, 'grpc-js', 5_000, 1e9)])).toEqual([])
})

it('is marked in the table, and told with both figures', () => {
  const rows = [row('small', 64, 'tsubo', 500_000, 4), ...grpcJs(30), row('small', 64, 'nest', 50_000, 27.8)]
  const lines = rateTable(rows).split('\n')
  const peers = lines.slice(2, -1).map((line) => line.split('|')[3]?.trim())
  expect(peers).toEqual(['tsubo', 'raw-each', 'grpc-js (off)', 'nest'])
  expect(offTable(rows).split('\n')).toEqual([
    "| off   | in flight | peer    | CPU x raw-each's | where the goals were set | of that |",
    '|-------|----------:|---------|-----------------:|-------------------------:|--------:|',
    '| small |        64 | grpc-js |               30 |                     18.6 |    1.62 |',
    '',
  ])
  expect(offTable(grpcJs(18.6))).toBe('')
})
