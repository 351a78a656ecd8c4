import type { Window } from './pair.js'

/** One measurement: a bench, a peer, so many calls in flight. What `--json` writes. */
export interface Row {
  readonly bench: string
  readonly peer: string
  readonly inFlight: number
  readonly callsPerSecond: number
  readonly p50Us: number
  readonly p99Us: number
  readonly clientCpuUsPerCall: number
  readonly serverCpuUsPerCall: number
}

/** The medians of a cell's windows, one per repetition. */
export function medianRow(bench: string, peer: string, inFlight: number, windows: readonly Window[]): Row {
  const median = (of: (window: Window) => number) => medianOf(windows.map(of))
  return {
    bench,
    peer,
    inFlight,
    callsPerSecond: round(median(({ calls, elapsedMs }) => (calls / elapsedMs) * 1000)),
    p50Us: round(median(({ p50Us }) => p50Us)),
    p99Us: round(median(({ p99Us }) => p99Us)),
    clientCpuUsPerCall: round(median(({ cpuUs, calls }) => cpuUs / calls)),
    serverCpuUsPerCall: round(median(({ serverCpuUs, calls }) => serverCpuUs / calls)),
  }
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return ((sorted[Math.floor(middle)] ?? 0) + (sorted[Math.ceil(middle)] ?? 0)) / 2
}

function round(value: number): number {
  return Number(value.toPrecision(5))
}
