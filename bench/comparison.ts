import type { Window } from './load.js'
import { type Cell, cpuOf, medianOf, type Row } from './row.js'

/** What one peer does in units of what another does: calls per second, and CPU of both sides per call. */
export interface Comparison {
  readonly rate: number
  readonly cpu: number
}

export type Compare = (row: Row, other: Row) => Comparison

/** By the medians that the rows are. */
export const byMedians: Compare = (row, other) => ({
  rate: row.callsPerSecond / other.callsPerSecond,
  cpu: cpuOf(row) / cpuOf(other),
})

/** What a peer did in one cell: a bench with so many calls in flight. */
export interface Series extends Cell {
  readonly peer: string
  /** By the round that each was part of. */
  readonly windows: ReadonlyMap<number, Window>
}

/**
 * By rounds: medians of the ratios of windows that belong together. Within a round all peers have had the machine at about the same
 * time, so that a pace that changes in between is in no ratio. Rows without common rounds are compared by their medians.
 */
export function byRounds(all: readonly Series[]): Compare {
  const seriesOf = (row: Row) =>
    all.find(({ bench, inFlight, peer }) => bench === row.bench && inFlight === row.inFlight && peer === row.peer)
  return (row, other) => {
    const others = seriesOf(other)
    const pairs = [...(seriesOf(row)?.windows ?? [])].flatMap(([round, window]) => {
      const beside = others?.windows.get(round)
      return row.bench === other.bench && row.inFlight === other.inFlight && beside ? [{ window, beside }] : []
    })
    if (pairs.length === 0) return byMedians(row, other)
    return {
      rate: medianOf(pairs.map(({ window, beside }) => rateOf(window) / rateOf(beside))),
      cpu: medianOf(pairs.map(({ window, beside }) => cpuPerCall(window) / cpuPerCall(beside))),
    }
  }
}

function rateOf({ calls, elapsedMs }: Window): number {
  return calls / elapsedMs
}

function cpuPerCall({ calls, cpuUs, serverCpuUs }: Window): number {
  return (cpuUs + serverCpuUs) / calls
}
