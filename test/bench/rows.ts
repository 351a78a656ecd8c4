import type { Row } from '../../bench/row.js'

/** A measurement; CPU in microseconds a call, half of it on each side. */
export function row(bench: string, inFlight: number, peer: string, callsPerSecond: number, cpuUs: number): Row {
  return {
    bench,
    peer,
    inFlight,
    callsPerSecond,
    p50Us: 100,
    p99Us: 500,
    clientCpuUsPerCall: cpuUs / 2,
    serverCpuUsPerCall: cpuUs / 2,
  }
}
