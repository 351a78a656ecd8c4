import { writeFileSync } from 'node:fs'
import type { Window } from './load.js'

/** One measurement: a bench, a peer, so many calls in flight. */
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

/** Which measurement this is; goals, references and ratios are found by it. */
export type Cell = Pick<Row, 'bench' | 'inFlight'>

/** The rows of one cell, one a peer. */
export function rowsOf(rows: readonly Row[], { bench, inFlight }: Cell): readonly Row[] {
  return rows.filter((row) => row.bench === bench && row.inFlight === inFlight)
}

/** CPU of both sides per call, microseconds. */
export function cpuOf(row: Row): number {
  return row.clientCpuUsPerCall + row.serverCpuUsPerCall
}

/** What `--json` writes: a list, a line for each measurement. */
export function writeJson(file: string, measurements: readonly object[]): void {
  writeFileSync(file, `[\n${measurements.map((one) => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`)
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
