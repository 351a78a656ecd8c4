import type { Sqlite, Statement } from './sqlite.js'
import { added, largest, type Sums } from './sums.js'

/** From one minute to another, in minutes since 1970; the last one is not part of it. */
export interface Span {
  since: number
  until: number
}

/** What is to be read: rows from `since` to `until`, in buckets of `step` from `from` on. */
export interface Reading extends Span {
  readonly step: number
  readonly from: number
  /** Look for each stream by itself; else go through all of their kind, which lie between `first` and `last`. */
  readonly seek: boolean
  readonly first: number
  readonly last: number
}

/** The rows of one resolution: a minute or an hour. */
export class Table {
  readonly #db: Sqlite
  readonly #name: string
  readonly #errors: string
  readonly #unit: number
  readonly #add: Statement
  readonly #addError: Statement

  constructor(db: Sqlite, name: string, errors: string, unit: number) {
    this.#db = db
    this.#name = name
    this.#errors = errors
    this.#unit = unit
    const columns = [...added, ...largest]
    this.#add = db.prepare(
      `insert into ${name} (time, stream, ${columns.join(', ')}) values (?, ?${', ?'.repeat(columns.length)})
       on conflict do update set ${[
         ...added.map((column) => `${column} = ${column} + excluded.${column}`),
         ...largest.map((column) => `${column} = max(${column}, excluded.${column})`),
       ].join(', ')}`,
    )
    this.#addError = db.prepare(
      `insert into ${errors} values (?, ?, ?, ?) on conflict do update set count = count + excluded.count`,
    )
  }

  add(time: number, stream: number, sums: Sums, codeId: (code: string) => number): void {
    this.#add.run(time, stream, ...sums.figures)
    for (const [code, count] of sums.failed) this.#addError.run(time, stream, codeId(code), count)
  }

  /** Bucket, group, and the columns. */
  read(reading: Reading) {
    const columns = [...added.map((column) => `sum(m.${column})`), ...largest.map((column) => `max(m.${column})`)]
    return this.#select(`${bucket(reading)}, p.grp, ${columns.join(', ')}`, this.#name, reading, 'group by 1, 2')
  }

  /** Bucket, group, code, count. */
  readErrors(reading: Reading) {
    const from = `${bucket(reading)}, p.grp, (select code from codes where id = m.code), sum(m.count)`
    return this.#select(from, this.#errors, reading, 'group by 1, 2, m.code')
  }

  /** Group and its calls. */
  readCalls(reading: Reading) {
    return this.#select('p.grp, sum(m.calls)', this.#name, reading, 'group by 1')
  }

  /** From the first to behind the last row. */
  span(): Span | undefined {
    const [row] = this.#db.prepare(`select min(time), max(time) from ${this.#name}`).all()
    return row?.[0] == null ? undefined : { since: Number(row[0]), until: Number(row[1]) + this.#unit }
  }

  delete(before: number): void {
    for (const name of [this.#name, this.#errors]) {
      this.#db.prepare(`delete from ${name} where time < ?`).run(before)
    }
  }

  #select(what: string, table: string, { since, until, seek, first, last }: Reading, end: string) {
    // The plus keeps the planner from taking the join for an index: without, it reads all streams of a time.
    const rows = seek
      ? `picked p cross join ${table} m on m.time = t.time and m.stream = p.stream`
      : `${table} m on m.time = t.time and m.stream between ${first} and ${last} cross join picked p on p.stream = +m.stream`
    // Numbers as text: bound ones are fractions to SQLite, and so is what they divide.
    return this.#db
      .prepare(
        `with recursive t(time) as (values (${since}) union all
           select time + ${this.#unit} from t where time + ${this.#unit} < ${until})
         select ${what} from t cross join ${rows} ${end}`,
      )
      .all()
  }
}

function bucket({ from, step }: Reading): string {
  return `(t.time - ${from}) / ${step}`
}

/** Makes what a resolution needs, where it is missing. */
export function createTable(db: Sqlite, name: string): void {
  const columns = [...added, ...largest].map((column) => `${column} integer not null`)
  db.run(`create table if not exists ${name} (
    time integer not null, stream integer not null, ${columns.join(', ')}, primary key (time, stream)) without rowid`)
  db.run(`create table if not exists ${name.replace(/s$/, '')}_errors (
    time integer not null, stream integer not null, code integer not null, count integer not null,
    primary key (time, stream, code)) without rowid`)
  db.run('create temp table if not exists picked (stream integer primary key, grp integer not null)')
}
