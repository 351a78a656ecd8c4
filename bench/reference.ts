import { byMedians, type Compare } from './comparison.js'
import { type Cell, type Row, rowsOf } from './row.js'

/** They were read item by item there. */
const streamUs = { 'grpc-js': 21.9, connect: 22.4 }

/**
 * CPU of both sides per call or item, in microseconds, where the goals were set: two cores of an AMD EPYC (Zen 4, a virtual
 * machine), Node 20.20.2. There a write on a socket cost 7 us. Not measured there, so never off: `medium`; fastify, trpc and
 * thrift anywhere; `raw-batched`, `connect` by its own protocol and thrift with `echo1m`.
 */
const referenceUs: Readonly<Record<string, Readonly<Record<number, Readonly<Record<string, number>>>>>> = {
  small: {
    // One write each or one a tick is the same with one in flight.
    1: { 'raw-each': 91.6, 'raw-batched': 91.6, 'grpc-js': 577, connect: 887, moleculer: 189.4, nest: 182.7 },
    64: { 'raw-each': 14.67, 'raw-batched': 1.43, 'grpc-js': 272.2, connect: 554, moleculer: 43.5, nest: 40.8 },
    512: { 'raw-each': 14.1, 'raw-batched': 0.26, 'grpc-js': 292.8, connect: 634, moleculer: 36.6, nest: 40.9 },
  },
  echo1m: {
    1: { 'raw-each': 1618, 'grpc-js': 11_501 },
    4: { 'raw-each': 1374, 'grpc-js': 9235 },
  },
  stream: { 1: streamUs },
  'stream-each': { 1: streamUs },
}

/** `raw-each` has no stream: items are held against a small call of its own, at 64 in flight. */
const ofStreams: Cell = { bench: 'small', inFlight: 64 }
const yardsticks: Readonly<Record<string, Cell>> = { stream: ofStreams, 'stream-each': ofStreams }

/** How far CPU per call against raw-each's may be from where it was. */
export const cpuTolerance = 0.3

/** A peer whose CPU per call, in units of raw-each's, isn't what it was where the goals were set. */
export interface OffPeer extends Cell {
  readonly peer: string
  readonly is: number
  readonly was: number
}

/**
 * Those that are off by more than the tolerance, upwards or downwards. Such a peer is set up wrongly, or the machine has other
 * prices than the one where the goals were set; figures alone don't tell which, so a ratio to it decides nothing. A run
 * without `raw-each` can't tell.
 */
export function offPeers(rows: readonly Row[], compare: Compare = byMedians): OffPeer[] {
  return rows.flatMap((row) => {
    const { bench, inFlight, peer } = row
    const yardstick = yardsticks[bench] ?? { bench, inFlight }
    const rawUs = referenceUs[yardstick.bench]?.[yardstick.inFlight]?.['raw-each']
    const peerUs = referenceUs[bench]?.[inFlight]?.[peer]
    const raw = rowsOf(rows, yardstick).find((one) => one.peer === 'raw-each')
    if (rawUs === undefined || peerUs === undefined || raw === undefined) return []
    const is = compare(row, raw).cpu
    const was = peerUs / rawUs
    const off = is > was * (1 + cpuTolerance) || is < was * (1 - cpuTolerance)
    return off ? [{ bench, inFlight, peer, is, was }] : []
  })
}
