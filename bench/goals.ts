import { byMedians, type Compare } from './comparison.js'
import { offPeers } from './reference.js'
import { type Cell, type Row, rowsOf } from './row.js'

/** What tsubo must reach against another peer of the same run, in rate; `best` is the best peer that is neither raw nor gRPC. */
export interface Goal extends Cell {
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

/** A ratio of tsubo to another peer, and what it must be. */
export interface Ratio {
  readonly is: number
  readonly bound: number
  readonly kept: boolean
}

/** A goal as a run decides it. */
export interface Judgement extends Cell {
  /** The other one; with `best` whoever that is. */
  readonly peer: string
  readonly best: boolean
  /** Absent where the goal is one about CPU alone. */
  readonly rate?: Ratio
  /**
   * CPU of both sides per call. A rate of r x the other's asks for at most 1/r of its CPU per call: what is gained by
   * keeping more of the machine busy is no gain.
   */
  readonly cpu: Ratio
  /** `rate only`: the rate is what it must be and the CPU per call isn't. */
  readonly verdict: 'reached' | 'rate only' | 'missed'
  /** The other one is off (see `offPeers`): the verdict is what the figures say, and decides nothing. */
  readonly undecided: boolean
}

/** Judges each goal that these rows are enough for; with a `share` below 1 by floors, at that share of the goals. */
export function judge(rows: readonly Row[], share = 1, compare: Compare = byMedians): Judgement[] {
  const off = offPeers(rows, compare)
  const judged = (cell: Cell, against: Goal['against'], rateBound: number | undefined, cpuBound: number) => {
    const { bench, inFlight } = cell
    const all = rowsOf(rows, cell)
    const tsubo = all.find(({ peer }) => peer === 'tsubo')
    if (!tsubo) return []
    const other = against === 'best' ? best(all, tsubo, compare) : all.find(({ peer }) => peer === against)
    if (!other) return []
    const { peer } = other
    const is = compare(tsubo, other)
    const rate = rateBound === undefined ? undefined : atLeast(is.rate, rateBound)
    const cpu = atMost(is.cpu, cpuBound)
    const judgement: Judgement = {
      bench,
      inFlight,
      peer,
      best: against === 'best',
      ...(rate && { rate }),
      cpu,
      verdict: verdictOf(rate, cpu),
      undecided: off.some((one) => one.peer === peer && one.bench === bench && one.inFlight === inFlight),
    }
    return [judgement]
  }
  return [
    ...goals.flatMap((goal) => judged(goal, goal.against, goal.atLeast * share, 1 / (goal.atLeast * share))),
    ...cpuGoals.flatMap((goal) => judged(goal, 'raw-each', undefined, goal.atMost / share)),
  ]
}

function verdictOf(rate: Ratio | undefined, cpu: Ratio): Judgement['verdict'] {
  if (cpu.kept && rate?.kept !== false) return 'reached'
  return rate?.kept ? 'rate only' : 'missed'
}

function atLeast(is: number, bound: number): Ratio {
  return { is, bound, kept: is >= bound }
}

function atMost(is: number, bound: number): Ratio {
  return { is, bound, kept: is <= bound }
}

/** The fastest that is neither raw, tsubo nor a gRPC. */
function best(rows: readonly Row[], tsubo: Row, compare: Compare): Row | undefined {
  return rows
    .filter(({ peer }) => !peer.startsWith('tsubo') && peer !== 'grpc-js' && !peer.startsWith('raw'))
    .toSorted((a, b) => compare(tsubo, a).rate - compare(tsubo, b).rate)[0]
}
