import type { Row } from './row.js'

/** What tsubo must reach against another peer of the same run, in rate; `best` is the best peer that isn't raw. */
export interface Goal {
  readonly bench: string
  readonly inFlight: number
  readonly against: 'raw-batched' | 'raw-each' | 'grpc-js' | 'best' | 'protobufjs'
  readonly atLeast: number
}

export const goals: readonly Goal[] = [
  ...goalsOf('small', 1, { 'raw-each': 0.85, 'grpc-js': 4, best: 1.4 }),
  ...goalsOf('small', 64, { 'raw-batched': 0.5, 'raw-each': 2.3, 'grpc-js': 70, best: 8 }),
  ...goalsOf('small', 512, { 'raw-batched': 0.17, 'raw-each': 4, 'grpc-js': 110, best: 12 }),
  ...goalsOf('medium', 64, { 'raw-batched': 0.28, 'raw-each': 1.05, 'grpc-js': 35, best: 5.5 }),
  ...goalsOf('echo1m', 1, { 'raw-each': 0.8, 'grpc-js': 7 }),
  ...goalsOf('echo1m', 4, { 'raw-each': 0.8, 'grpc-js': 7 }),
  ...goalsOf('stream', 1, { 'grpc-js': 25 }),
  ...goalsOf('codec small', 1, { protobufjs: 2 }),
  ...goalsOf('codec medium', 1, { protobufjs: 2 }),
  ...goalsOf('codec small, fresh', 1, { protobufjs: 1.6 }),
  ...goalsOf('codec medium, fresh', 1, { protobufjs: 1.6 }),
]

/** CPU of both sides per call, at most this share of raw-each's. */
export const cpuGoals = [
  { bench: 'small', inFlight: 64, atMost: 0.45 },
  { bench: 'small', inFlight: 512, atMost: 0.25 },
] as const

function goalsOf(bench: string, inFlight: number, against: Partial<Record<Goal['against'], number>>): Goal[] {
  return Object.entries(against).map(([peer, atLeast]) => ({
    bench,
    inFlight,
    against: peer as Goal['against'],
    atLeast,
  }))
}

/**
 * CPU of both sides per call against raw-each's as it was measured when the goals were set (small). A peer that is far
 * off is set up wrongly, here or there, and says nothing.
 */
const expectedCpu: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  'raw-batched': { 64: 0.1, 512: 0.018 },
  'grpc-js': { 1: 6.3, 64: 18.6, 512: 20.8 },
  connect: { 1: 9.7, 64: 37.8, 512: 45 },
  moleculer: { 1: 2.07, 64: 2.97, 512: 2.6 },
  nest: { 1: 2, 64: 2.78, 512: 2.9 },
}

export const cpuTolerance = 0.3

/** Names peers whose cost is off by more than the tolerance, with both figures. */
export function brokenPeers(rows: readonly Row[]): string[] {
  const broken: string[] = []
  for (const row of rows) {
    if (row.bench !== 'small') continue
    const expected = expectedCpu[row.peer]?.[row.inFlight]
    const raw = rows.find((r) => r.peer === 'raw-each' && r.bench === row.bench && r.inFlight === row.inFlight)
    if (expected === undefined || !raw) continue
    const measured = cpuOf(row) / cpuOf(raw)
    if (measured > expected * (1 + cpuTolerance) || measured < expected * (1 - cpuTolerance)) {
      broken.push(
        `${row.peer}, ${row.bench} at ${row.inFlight}: ${measured.toPrecision(3)} x raw-each's CPU per call, expected ${expected}`,
      )
    }
  }
  return broken
}

export function cpuOf(row: Row): number {
  return row.clientCpuUsPerCall + row.serverCpuUsPerCall
}
