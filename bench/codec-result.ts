import type { Row } from './row.js'

/** One way to write and read one kind of message. */
export interface CodecResult {
  readonly way: string
  readonly message: 'small' | 'medium'
  /** Does each encoding return a buffer of its own? tsubo writes into a slab that is used again, as in its calls. */
  readonly fresh: boolean
  readonly bytes: number
  readonly encodeNs: number
  readonly decodeNs: number
}

/** A row for each codec as the goals know it: small and medium, in place and in fresh buffers. */
export function judgedCodecs(results: readonly CodecResult[]): Row[] {
  return results.flatMap((result) => {
    const bench = `codec ${result.message}`
    const row = codecRow(bench, result.way, result.encodeNs + result.decodeNs)
    const fresh = { ...row, bench: `${bench}, fresh` }
    return result.way === 'tsubo' ? [result.fresh ? fresh : row] : [row, fresh]
  })
}

/** By the name of the peer that a codec belongs to. */
const codecPeers: Readonly<Record<string, string>> = { tsubo: 'tsubo', protobufjs: 'grpc-js', JSON: 'fastify' }

/** For `--json`: a "call" is one small and one medium message, each encoded and decoded, as the peer does it in calls. */
export function codecRows(results: readonly CodecResult[]): Row[] {
  return Object.entries(codecPeers).flatMap(([way, peer]) => {
    const used = results.filter((result) => result.way === way && result.fresh === (way !== 'tsubo'))
    const ns = used.reduce((sum, { encodeNs, decodeNs }) => sum + encodeNs + decodeNs, 0)
    return used.length > 0 ? [codecRow('codec', peer, ns)] : []
  })
}

function codecRow(bench: string, peer: string, ns: number): Row {
  return {
    bench,
    peer,
    inFlight: 1,
    callsPerSecond: Math.round(1e9 / ns),
    p50Us: 0,
    p99Us: 0,
    clientCpuUsPerCall: Number((ns / 1000).toPrecision(5)),
    serverCpuUsPerCall: 0,
  }
}
