import type { CodecResult } from './codec.js'
import { cpuGoals, cpuOf, goals } from './goals.js'
import type { Row } from './row.js'

const order = ['small', 'medium', 'echo1m', 'stream']

/** Every measurement, with tsubo's ratios to it in rate and in CPU per call. */
export function rateTable(rows: readonly Row[]): string {
  const sorted = rows.toSorted((a, b) => order.indexOf(a.bench) - order.indexOf(b.bench) || a.inFlight - b.inFlight)
  const lines = sorted.map((row) => {
    const tsubo = rows.find((r) => r.peer === 'tsubo' && r.bench === row.bench && r.inFlight === row.inFlight)
    return [
      row.bench,
      String(row.inFlight),
      row.peer,
      integer(row.callsPerSecond),
      row.p50Us > 0 ? integer(row.p50Us) : '-',
      row.p99Us > 0 ? integer(row.p99Us) : '-',
      number(row.clientCpuUsPerCall),
      number(row.serverCpuUsPerCall),
      tsubo ? number(tsubo.callsPerSecond / row.callsPerSecond) : '-',
      tsubo ? number(cpuOf(tsubo) / cpuOf(row)) : '-',
    ]
  })
  return table(
    [
      'bench',
      'in flight',
      'peer',
      'calls/s',
      'p50 us',
      'p99 us',
      'CPU client us',
      'CPU server us',
      'tsubo x',
      'its CPU x',
    ],
    lines,
    [0, 2],
  )
}

/** `against`: the way that the others are compared with. */
export function codecTable(results: readonly CodecResult[], against = 'protobufjs'): string {
  const lines = results.map(({ way, message, fresh, bytes, encodeNs, decodeNs }) => {
    const other = results.find((r) => r.way === against && r.message === message)
    return [
      `codec ${message}`,
      way,
      fresh ? 'fresh buffers' : 'into a slab',
      String(bytes),
      integer(encodeNs),
      integer(decodeNs),
      other ? number((other.encodeNs + other.decodeNs) / (encodeNs + decodeNs)) : '-',
    ]
  })
  return table(['bench', 'codec', '', 'bytes', 'encode ns', 'decode ns', `x ${against}`], lines, [0, 1, 2])
}

/** Each goal that this run can judge, multiplied by `share`. */
export function goalTable(rows: readonly Row[], share: number): { text: string; missed: number } {
  const lines: string[][] = []
  let missed = 0
  const cell = (bench: string, inFlight: number) =>
    rows.filter((row) => row.bench === bench && row.inFlight === inFlight)
  const judge = (name: string, ratio: number, bound: number, fulfilled: boolean, sign: string) => {
    if (!fulfilled) missed++
    lines.push([name, number(ratio), `${sign} ${number(bound)}`, fulfilled ? 'yes' : 'NO'])
  }
  for (const { bench, inFlight, against, atLeast } of goals) {
    const all = cell(bench, inFlight)
    const tsubo = all.find(({ peer }) => peer === 'tsubo')
    const other = against === 'best' ? best(all) : all.find(({ peer }) => peer === against)
    if (!tsubo || !other) continue
    const ratio = tsubo.callsPerSecond / other.callsPerSecond
    const label = against === 'best' ? `best other, ${other.peer}` : against
    judge(`${bench}, ${inFlight} in flight: rate / ${label}`, ratio, atLeast * share, ratio >= atLeast * share, '>=')
  }
  for (const { bench, inFlight, atMost } of cpuGoals) {
    const all = cell(bench, inFlight)
    const tsubo = all.find(({ peer }) => peer === 'tsubo')
    const raw = all.find(({ peer }) => peer === 'raw-each')
    if (!tsubo || !raw) continue
    const ratio = cpuOf(tsubo) / cpuOf(raw)
    judge(`${bench}, ${inFlight} in flight: CPU / raw-each`, ratio, atMost / share, ratio <= atMost / share, '<=')
  }
  const text = lines.length === 0 ? '' : table([share === 1 ? 'goal' : 'floor', 'is', 'must be', 'reached'], lines, [0])
  return { text, missed }
}

/** The fastest that is neither raw, tsubo nor a gRPC. */
function best(rows: readonly Row[]): Row | undefined {
  return rows
    .filter(({ peer }) => peer !== 'tsubo' && peer !== 'grpc-js' && !peer.startsWith('raw'))
    .toSorted((a, b) => b.callsPerSecond - a.callsPerSecond)[0]
}

export function table(head: readonly string[], lines: readonly (readonly string[])[], left: readonly number[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i]!.length)))
  const print = (line: readonly string[]) =>
    `| ${line.map((text, i) => (left.includes(i) ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (left.includes(i) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [print(head), rule, ...lines.map(print), ''].join('\n')
}

function integer(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

export function number(value: number): string {
  return value >= 100 ? integer(value) : value.toPrecision(value >= 10 ? 3 : 2)
}
