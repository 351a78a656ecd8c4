import { RpcError } from 'tsubo'
import type {
  CallSums,
  CountAnswer,
  CountPoint,
  CountQuery,
  CountReport,
  CountSeries,
  Label,
  Labels,
} from '../generated/tsubo/monitor.js'
import { getOrMake } from './get-or-make.js'
import type { Sqlite, Statement } from './sqlite.js'
import { type Stream, Streams } from './streams.js'
import { malformed, Sums } from './sums.js'
import { createTable, type Reading, type Span, Table } from './table.js'

/** Minutes are kept so long, and hours; both in minutes. */
export const minutesKept = 24 * 60
export const hoursKept = 31 * 24 * 60

export interface CountStoreOptions {
  /** When so many bytes are used, what is oldest goes before its time. */
  readonly maxBytes: number
  /** So many different streams are told apart; what is beyond is `_OTHER`. Default 200,000. */
  readonly maxStreams?: number
}

/** The database was written by a release that keeps things differently. */
const layout = 1

/** A query that would read more rows of minutes reads hours. 100,000 take a fifth of a second. */
const maxRows = 60_000
const maxPoints = 50_000

/** Time is counted in minutes since 1970 here. */
const minuteMs = 60_000

/** So many counts are added in one go, which takes about two seconds: nobody else is heard meanwhile. */
const mostCounts = 20_000

/**
 * What was counted, in SQLite: one row a stream and minute, one a stream and hour, both added to by the transaction that
 * takes a report, and failures by code beside them.
 *
 *   streams  id | labels                      minutes, hours              time, stream | 21 sums, 2 maxima
 *   senders  sender | last sequence           minute_errors, hour_errors  time, stream, code | count
 *
 * Rows lie in the order of time, then stream: a report changes few pages, and what is too old lies together. Times are the
 * monitor's own, from `now`: milliseconds since 1970.
 */
export class CountStore {
  readonly #db: Sqlite
  readonly #options: CountStoreOptions
  readonly #streams: Streams
  readonly #sequence: Statement
  readonly #heard: Statement
  readonly #tables: readonly Table[]
  readonly #codes = new Map<string, number>()
  readonly #newCode: Statement
  /** How far what is too old was deleted, on the clock of the first purge. */
  #purged: { readonly at: number; readonly now: number } | undefined

  /** Throws what SQLite throws, for one that another release made too. */
  constructor(db: Sqlite, options: CountStoreOptions) {
    this.#db = db
    this.#options = options
    const found = Number(db.prepare('pragma user_version').all()[0]?.[0])
    if (found !== 0 && found !== layout) {
      throw new Error(`${db.file} was written by another release of tsubo; take another folder, or move it away`)
    }
    db.transaction(() => {
      db.run(`pragma user_version = ${layout}`)
      db.run(
        'create table if not exists senders (sender text primary key, sequence integer not null, seen integer not null) without rowid',
      )
      db.run('create table if not exists codes (id integer primary key, code text not null)')
      for (const name of ['minutes', 'hours']) createTable(db, name)
    })
    this.#streams = new Streams(db, options.maxStreams ?? 200_000)
    this.#tables = [new Table(db, 'minutes', 'minute_errors', 1), new Table(db, 'hours', 'hour_errors', 60)]
    this.#sequence = db.prepare('select sequence from senders where sender = ?')
    this.#heard = db.prepare(
      'insert into senders values (?, ?, ?) on conflict do update set sequence = excluded.sequence, seen = excluded.seen',
    )
    for (const [id, code] of db.prepare('select id, code from codes').all()) this.#codes.set(String(code), Number(id))
    this.#newCode = db.prepare('insert into codes (id, code) values (?, ?)')
  }

  /**
   * Adds a report, whole or not at all. Returns false for one that was added before: a sender's go up by one each time, and
   * whoever starts anew is another sender. Throws RpcError (`invalid_argument`) for a malformed one, and what SQLite throws.
   */
  add(report: CountReport, now: number): boolean {
    const [[last] = [0]] = this.#sequence.all(report.sender)
    if (report.sequence <= Number(last)) return false
    const counts = report.periods.reduce((sum, period) => sum + period.counts.length, 0)
    if (counts > mostCounts) {
      const text = `a report holds ${counts} counts, and ${mostCounts} are the most: send the others in the next one`
      throw new RpcError('invalid_argument', text)
    }
    this.#add(report, now, () => this.#heard.run(report.sender, report.sequence, Math.floor(now / minuteMs)))
    return true
  }

  /** Adds counts of somebody who doesn't number what he sends: sent twice they count twice. Throws as `add` does. */
  addUnnumbered(counted: Counted, now: number): void {
    this.#add(counted, now, () => {})
  }

  #add(report: Counted, now: number, note: () => void): void {
    const minute = Math.floor(now / minuteMs)
    const codes = this.#codes.size
    try {
      this.#db.transaction(() => {
        const sums = [new Map<number, Map<number, Sums>>(), new Map<number, Map<number, Sums>>()] as const
        for (const { agoMs, counts } of report.periods) {
          const at = Math.floor((now - agoMs) / minuteMs)
          if (at <= minute - hoursKept) continue
          for (const counted of counts) {
            const own = new Sums()
            own.add(counted)
            const labels = labelsOf(report, counted)
            for (const { id } of this.#streams.of(labels, at - (at % 60))) {
              if (at > minute - minutesKept) gather(sums[0], at, id, own)
              gather(sums[1], at - (at % 60), id, own)
            }
          }
        }
        this.#tables.forEach((table, i) => {
          for (const [time, streams] of sums[i as 0 | 1]) {
            for (const [stream, own] of streams) table.add(time, stream, own, (code) => this.#codeId(code))
          }
        })
        note()
      })
      this.#streams.committed()
    } catch (error) {
      this.#streams.rolledBack()
      for (const [code, id] of this.#codes) if (id > codes) this.#codes.delete(code)
      throw error
    }
  }

  /** Throws RpcError (`invalid_argument`) for what can't be asked. */
  query(query: CountQuery, now: number): CountAnswer {
    const until = query.until?.getTime() ?? now
    const since = query.since?.getTime() ?? until - 3_600_000
    if (!(since < until)) throw new RpcError('invalid_argument', 'since: it has to lie before until')
    const { by = [], where = {}, limit = 20 } = query
    const { streams, all, first, last } = this.#streams.matching(where, by)
    const groups = grouped(streams, by)
    const oldest = Math.floor(now / minuteMs) - minutesKept + 1
    const span = {
      since: Math.max(Math.floor(since / minuteMs), Math.floor(now / minuteMs) - hoursKept - 60),
      until: Math.ceil(until / minuteMs),
    }
    if (span.since >= span.until) span.since = span.until - 1

    let step = stepOf(query.stepSeconds, span)
    if (step % 60 !== 0 && span.since < oldest - 1) step = Math.ceil(step / 60) * 60
    let picked: readonly Group[] = groups
    if (groups.length > limit) picked = this.#most(groups, limit, whole(span, 60), { all, first, last })
    const rows = picked.reduce((sum, group) => sum + group.streams.length, 0) * (span.until - span.since)
    if (step % 60 !== 0 && rows > maxRows) step = Math.ceil(step / 60) * 60
    while (step !== 0 && step < 2 ** 30 && (picked.length * (span.until - span.since)) / step > maxPoints) step *= 2

    const range = step === 0 ? span : whole(span, step)
    const segments = step === 0 ? mixed(span, oldest) : [{ table: step % 60 === 0 ? 1 : 0, ...range }]
    if (step === 0 && segments[0]) {
      range.since = Math.min(...segments.map((segment) => segment.since))
      range.until = Math.max(...segments.map((segment) => segment.until))
    }
    const points = picked.map(() => new Map<number, Sums>())
    const seek = picked.reduce((sum, group) => sum + group.streams.length, 0) * 4 < all
    this.#pick(picked)
    for (const segment of segments) {
      const table = this.#tables[segment.table] as Table
      const reading = { ...segment, step: step || range.until - range.since, from: range.since, seek, first, last }
      for (const [bucket, group, ...figures] of table.read(reading)) {
        getOrMake(points[Number(group)] as Map<number, Sums>, Number(bucket), () => new Sums()).merge(
          figures.map(Number),
        )
      }
      for (const [bucket, group, code, count] of table.readErrors(reading)) {
        getOrMake(points[Number(group)] as Map<number, Sums>, Number(bucket), () => new Sums()).fail(
          String(code),
          Number(count),
        )
      }
    }
    const stepMinutes = step || range.until - range.since
    const series = picked
      .map((group, i) => seriesOf(group.labels, points[i] as Map<number, Sums>, range.since, stepMinutes))
      .filter(({ points }) => points.length > 0)
      .sort((a, b) => callsIn(b) - callsIn(a))
    return {
      since: new Date(range.since * minuteMs),
      until: new Date(range.until * minuteMs),
      stepSeconds: stepMinutes * 60,
      series,
      more: groups.length - picked.length,
    }
  }

  /**
   * Deletes what is too old, a part of it at a time: true where there is more to do. A clock that jumps ahead deletes nothing
   * before its time: between two calls no more goes than time went by, `elapsedMs` on a clock that doesn't jump.
   */
  purge(now: number, elapsedMs: number): boolean {
    const before = this.#purged
    const at = before ? Math.min(now, before.at + (elapsedMs - before.now)) : now
    this.#purged = { at: Math.max(at, before?.at ?? at), now: elapsedMs }
    const minute = Math.floor(this.#purged.at / minuteMs)
    let more = false
    this.#db.transaction(() => {
      more = this.#trim(0, minute - minutesKept + 1, 10) || more
      more = this.#trim(1, minute - (minute % 60) - hoursKept, 60) || more
      if (this.#db.usedBytes() > this.#options.maxBytes * 0.9) more = this.#shrink() || more
      this.#db.prepare('delete from senders where seen < ?').run(minute - hoursKept)
      this.#streams.purge(minute - hoursKept - 60)
    })
    this.#streams.committed()
    return more
  }

  /** Bytes of the database that hold something. */
  get usedBytes(): number {
    return this.#db.usedBytes()
  }

  close(): void {
    this.#db.close()
  }

  /** What is oldest goes: of the minutes while there are more than an hour of them, then of the hours. */
  #shrink(): boolean {
    const [minutes, hours] = this.#tables.map((table) => table.span()) as [Span | undefined, Span | undefined]
    if (minutes && minutes.until - minutes.since > 60) return this.#trim(0, minutes.since + 10, 10)
    if (hours && hours.until - hours.since > 120) return this.#trim(1, hours.since + 60, 60)
    return false
  }

  #trim(index: 0 | 1, before: number, atOnce: number): boolean {
    const table = this.#tables[index] as Table
    const { since } = table.span() ?? { since: before }
    if (since >= before) return false
    const to = Math.min(before, since + atOnce)
    table.delete(to)
    return to < before || this.#db.usedBytes() > this.#options.maxBytes * 0.9
  }

  #codeId(code: string): number {
    // A bound for what strangers may make up.
    const text = this.#codes.has(code) || this.#codes.size < 10_000 ? clean(code) : '_OTHER'
    let id = this.#codes.get(text)
    if (id === undefined) {
      id = this.#codes.size + 1
      this.#newCode.run(id, text)
      this.#codes.set(text, id)
    }
    return id
  }

  /** The groups with the most calls in these hours. */
  #most(
    groups: readonly Group[],
    limit: number,
    span: Span,
    kind: Omit<Reading, 'step' | 'from' | 'seek' | keyof Span> & { all: number },
  ): readonly Group[] {
    this.#pick(groups)
    const calls = new Map<number, number>()
    const streams = groups.reduce((sum, group) => sum + group.streams.length, 0)
    for (const [group, count] of (this.#tables[1] as Table).readCalls({
      ...span,
      ...kind,
      step: 1,
      from: 0,
      seek: streams * 4 < kind.all,
    })) {
      calls.set(Number(group), Number(count))
    }
    return [...calls]
      .sort(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([index]) => groups[index] as Group)
  }

  /** Tells the database which streams belong to which group. */
  #pick(groups: readonly Group[]): void {
    const pairs = groups.flatMap((group, i) => group.streams.map(({ id }) => [id, i]))
    this.#db.run('delete from picked')
    this.#db.prepare('insert into picked select value ->> 0, value ->> 1 from json_each(?)').run(JSON.stringify(pairs))
  }
}

/** What is counted of a report. */
type Counted = Pick<CountReport, 'application' | 'instance' | 'periods'>

interface Group {
  readonly labels: Labels
  readonly streams: Stream[]
}

function labelsOf({ application, instance }: Counted, counted: CallSums & Labels): Labels {
  const labels: Record<string, string> = { side: counted.side ?? 'consumer', application, instance }
  for (const name of ['service', 'group', 'version', 'method', 'peer'] as const) {
    const value = counted[name]
    if (value !== undefined) labels[name] = value
  }
  if (!labels.service || !labels.method) throw malformed('a service or method without a name')
  for (const [name, value] of Object.entries(labels)) labels[name] = clean(value)
  return labels as Labels
}

/** Foreign text goes to terminals and pages later. */
function clean(text: string): string {
  return /\p{Cc}/u.test(text) ? text.replace(/\p{Cc}/gu, '\ufffd') : text
}

function gather(into: Map<number, Map<number, Sums>>, time: number, stream: number, own: Sums): void {
  const sums = getOrMake(
    getOrMake(into, time, () => new Map<number, Sums>()),
    stream,
    () => new Sums(),
  )
  sums.merge(own.figures)
  for (const [code, count] of own.failed) sums.fail(code, count)
}

/** A group for each of the values that occur. */
function grouped(streams: readonly Stream[], by: readonly Label[]): Group[] {
  const groups = new Map<string, Group>()
  for (const stream of streams) {
    const values = by.map((name) => stream.labels[name] ?? '')
    const key = values.join('\n')
    const group = getOrMake(groups, key, () => ({
      labels: Object.fromEntries(by.flatMap((name, i) => (values[i] ? [[name, values[i]]] : []))) as Labels,
      streams: [],
    }))
    group.streams.push(stream)
  }
  return [...groups.values()]
}

/** In minutes; 0: one point. */
function stepOf(seconds: number | undefined, { since, until }: Span): number {
  if (seconds === undefined) {
    const minutes = until - since
    return [1, 5, 15, 60, 360].find((step) => minutes / step <= 300) ?? 1440
  }
  const step = Math.ceil(seconds / 60)
  return step <= 60 ? step : Math.ceil(step / 60) * 60
}

/** Whole steps around it. */
function whole({ since, until }: Span, step: number): Span {
  return { since: Math.floor(since / step) * step, until: Math.ceil(until / step) * step }
}

/** Whole hours as hours, and what is beside them as minutes, where those are still there. */
function mixed({ since, until }: Span, oldest: number): (Span & { table: number })[] {
  const from = since < oldest ? Math.floor(since / 60) * 60 : Math.ceil(since / 60) * 60
  const to = until < oldest ? Math.ceil(until / 60) * 60 : Math.floor(until / 60) * 60
  if (from >= to) return [{ table: 0, since, until }]
  return [
    ...(since < from ? [{ table: 0, since, until: from }] : []),
    { table: 1, since: from, until: to },
    ...(to < until ? [{ table: 0, since: to, until }] : []),
  ]
}

function seriesOf(labels: Labels, points: ReadonlyMap<number, Sums>, since: number, step: number): CountSeries {
  const inOrder = [...points].sort(([a], [b]) => a - b)
  return {
    labels,
    points: inOrder.map(([bucket, sums]): CountPoint => {
      const p50Us = sums.percentile(0.5)
      const p99Us = sums.percentile(0.99)
      return {
        time: new Date((since + bucket * step) * minuteMs),
        ...sums.toCallSums(),
        ...(p50Us !== undefined && { p50Us }),
        ...(p99Us !== undefined && { p99Us }),
      }
    }),
  }
}

function callsIn({ points }: CountSeries): number {
  return points.reduce((sum, { calls }) => sum + calls, 0)
}
