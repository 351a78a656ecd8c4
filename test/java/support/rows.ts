import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import type { Outcome } from './consumer.js'
import type { Line } from './lines.js'

/** One row of the matrix in one direction, as test-java.json has it. */
export interface Row {
  readonly line: Line['name']
  readonly protocol: 'dubbo'
  readonly direction: Direction
  readonly row: string
  readonly ok: boolean
}

export type Direction = 'java to typescript' | 'typescript to java'

export const directions: readonly Direction[] = ['java to typescript', 'typescript to java']

/** Where rows are gathered while tests run in several processes; undefined where nobody gathers them. */
const gathered = process.env.TSUBO_JAVA_ROWS

/** Hands rows on for test-java.json, and tells those that failed, a line each. */
export function record(line: Line, direction: Direction, outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(([row, wrong]): Row => {
    return { line: line.name, protocol: 'dubbo', direction, row, ok: wrong === undefined }
  })
  if (gathered) appendFileSync(gathered, rows.map((row) => `${JSON.stringify(row)}\n`).join(''))
  return outcomes.flatMap(([row, wrong]) => (wrong === undefined ? [] : [`${row}: ${wrong}`])).join('\n')
}

/** What was gathered, each row once: where it ran several times it is ok only if it always was. */
export function readRows(file: string): Row[] {
  const rows = new Map<string, Row>()
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []
  for (const line of lines) {
    const row = JSON.parse(line) as Row
    const key = [row.line, row.direction, row.row].join()
    rows.set(key, { ...row, ok: row.ok && (rows.get(key)?.ok ?? true) })
  }
  return [...rows.values()]
}
