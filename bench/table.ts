import type { CodecResult } from './codec-result.js'
import { byMedians, type Compare } from './comparison.js'
import type { Judgement, Ratio } from './goals.js'
import { offPeers } from './reference.js'
import { type Row, rowsOf } from './row.js'

const order = ['small', 'medium', 'echo1m', 'stream', 'stream-each']

/** Every measurement, with tsubo's ratios to it in rate and in CPU per call. Peers that are off are marked. */
export function rateTable(rows: readonly Row[], compare: Compare = byMedians): string {
  const sorted = rows.toSorted((a, b) => order.indexOf(a.bench) - order.indexOf(b.bench) || a.inFlight - b.inFlight)
  const off = offPeers(rows, compare)
  const lines = sorted.map((row) => {
    const { bench, inFlight, peer } = row
    const tsubo = rowsOf(rows, row).find((one) => one.peer === 'tsubo')
    const ratios = tsubo && compare(tsubo, row)
    const isOff = off.some((one) => one.peer === peer && one.bench === bench && one.inFlight === inFlight)
    return [
      bench,
      String(inFlight),
      isOff ? `${peer} (off)` : peer,
      integer(row.callsPerSecond),
      row.p50Us > 0 ? integer(row.p50Us) : '-',
      row.p99Us > 0 ? integer(row.p99Us) : '-',
      number(row.clientCpuUsPerCall),
      number(row.serverCpuUsPerCall),
      ratios ? number(ratios.rate) : '-',
      ratios ? number(ratios.cpu) : '-',
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

/** The goals of a run, those against peers that are off by themselves, and how many there are of each. */
export function goalTable(judgements: readonly Judgement[], title: 'goal' | 'floor'): string {
  const decided = judgements.filter(({ undecided }) => !undecided)
  const undecided = judgements.filter((one) => one.undecided)
  const head = ['rate x', 'must be', 'CPU x', 'must be', 'reached']
  const count = (verdict: Judgement['verdict']) => decided.filter((one) => one.verdict === verdict).length
  return [
    ...(decided.length > 0 ? [table([title, ...head], decided.map(goalLine), [0, 5])] : []),
    ...(undecided.length > 0
      ? [table([`${title} against a peer that is off: undecided`, ...head], undecided.map(goalLine), [0, 5])]
      : []),
    `${judgements.length} ${title}s: ${count('reached')} reached, ${count('rate only')} by the rate only, ${count('missed')} missed, ${undecided.length} undecided\n`,
  ].join('\n')
}

function goalLine({ bench, inFlight, peer, best, rate, cpu, verdict, undecided }: Judgement): string[] {
  const texts = { reached: 'yes', 'rate only': 'rate only', missed: 'NO' }
  return [
    `${bench}, ${inFlight} in flight / ${best ? `best other, ${peer}` : peer}${undecided ? ' (off)' : ''}`,
    ...ratioTexts(rate, '>='),
    ...ratioTexts(cpu, '<='),
    undecided ? `undecided (${texts[verdict]})` : texts[verdict],
  ]
}

function ratioTexts(ratio: Ratio | undefined, sign: string): [string, string] {
  return ratio ? [exact(ratio.is), `${sign} ${exact(ratio.bound)}`] : ['-', '-']
}

/** To three digits: what is close to its bound has to be told from it. */
function exact(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** The peers that are off, with what they take and what they took where the goals were set; empty where none is. */
export function offTable(rows: readonly Row[], compare: Compare = byMedians): string {
  const lines = offPeers(rows, compare).map(({ bench, inFlight, peer, is, was }) => [
    bench,
    String(inFlight),
    peer,
    exact(is),
    exact(was),
    exact(is / was),
  ])
  const head = ['off', 'in flight', 'peer', "CPU x raw-each's", 'where the goals were set', 'of that']
  return lines.length > 0 ? table(head, lines, [0, 2]) : ''
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
