import type { Label, Labels } from '../generated/tsubo/monitor.js'
import type { Sqlite, Statement } from './sqlite.js'

/** In the order in which they are kept. */
export const labelNames = [
  'side',
  'application',
  'instance',
  'service',
  'group',
  'version',
  'method',
  'peer',
] as const satisfies readonly Label[]

/**
 * Every call is counted in one stream of each of these: told apart by nothing but the side, by application ... and last by
 * everything. A query reads from the first that tells apart what it asks for: that is how one over a day, and all instances,
 * reads a thousand rows in place of millions.
 */
const kinds: readonly (readonly Label[])[] = [
  ['side'],
  ['side', 'application'],
  ['side', 'service', 'group', 'version'],
  ['side', 'service', 'group', 'version', 'method'],
  ['side', 'application', 'instance'],
  ['side', 'application', 'service', 'group', 'version', 'peer'],
  labelNames,
]

/** What stands in for those that would be one too many. */
export const other = '_OTHER'

/** A stream of figures over time: its labels never change. */
export interface Stream {
  readonly id: number
  readonly labels: Labels
  /** The last hour in which it was counted in, in minutes since 1970. */
  seen: number
}

/** Ids say the kind, so that those of a kind lie together: `kind * 2^32 + number`. */
const kindFactor = 2 ** 32

/** The streams there are, in memory and in the database. */
export class Streams {
  readonly #byKey = new Map<string, Stream>()
  readonly #byKind = kinds.map(() => new Map<number, Stream>())
  readonly #next = kinds.map((_, kind) => kind * kindFactor + 1)
  readonly #max: number
  readonly #insert: Statement
  readonly #touch: Statement
  readonly #forget: Statement
  /** How to take back what the transaction that is running has changed here. */
  #undo: (() => void)[] = []

  constructor(db: Sqlite, max: number) {
    this.#max = max
    db.run('create table if not exists streams (id integer primary key, labels text not null, seen integer not null)')
    this.#insert = db.prepare('insert into streams (id, labels, seen) values (?, ?, ?)')
    this.#touch = db.prepare('update streams set seen = ? where id = ?')
    this.#forget = db.prepare('delete from streams where id = ?')
    for (const [id, text, seen] of db.prepare('select id, labels, seen from streams').all()) {
      this.#keep({ id: Number(id), labels: JSON.parse(String(text)) as Labels, seen: Number(seen) })
    }
  }

  /** The streams that calls with these labels are counted in, one of each kind. Within a transaction. */
  of(labels: Labels, hour: number): Stream[] {
    return kinds.map((names, kind) => {
      const own = only(labels, names)
      const found = this.#byKey.get(keyOf(kind, own)) ?? this.#make(kind, own, hour)
      if (found.seen < hour) {
        const { seen } = found
        this.#undo.push(() => {
          found.seen = seen
        })
        this.#touch.run(hour, found.id)
        found.seen = hour
      }
      return found
    })
  }

  /** Those that a query reads, and the ids between which all of their kind lie. */
  matching(where: Labels, by: readonly Label[]) {
    const needed = new Set<Label>([...by, ...(Object.keys(where) as Label[])])
    const kind = kinds.findIndex((names) => [...needed].every((name) => names.includes(name)))
    const all = this.#byKind[kind] as Map<number, Stream>
    const wanted = Object.entries(where) as [Label, string][]
    const streams = [...all.values()].filter(({ labels }) =>
      wanted.every(([name, value]) => (labels[name] ?? '') === value),
    )
    return { streams, all: all.size, first: kind * kindFactor, last: (kind + 1) * kindFactor - 1 }
  }

  /** Forgets those that weren't counted in since this hour. */
  purge(since: number): void {
    for (const stream of this.#byKey.values()) {
      if (stream.seen >= since) continue
      this.#forget.run(stream.id)
      this.#drop(stream)
    }
  }

  /** The transaction was taken back, and what it made with it. */
  rolledBack(): void {
    for (const undo of this.#undo.reverse()) undo()
    this.#undo = []
  }

  committed(): void {
    this.#undo = []
  }

  #make(kind: number, labels: Labels, hour: number): Stream {
    if (this.#byKey.size >= this.#max) {
      const folded = foldedOf(labels)
      const found = this.#byKey.get(keyOf(kind, folded))
      if (found) return found
      return this.#insertNew(kind, folded, hour)
    }
    return this.#insertNew(kind, labels, hour)
  }

  #insertNew(kind: number, labels: Labels, hour: number): Stream {
    const stream: Stream = { id: this.#next[kind] as number, labels, seen: hour }
    this.#insert.run(stream.id, JSON.stringify(labels), hour)
    this.#undo.push(() => this.#drop(stream))
    this.#keep(stream)
    return stream
  }

  #drop(stream: Stream): void {
    const kind = Math.floor(stream.id / kindFactor)
    this.#byKey.delete(keyOf(kind, stream.labels))
    this.#byKind[kind]?.delete(stream.id)
  }

  #keep(stream: Stream): void {
    const kind = Math.floor(stream.id / kindFactor)
    this.#byKey.set(keyOf(kind, stream.labels), stream)
    this.#byKind[kind]?.set(stream.id, stream)
    this.#next[kind] = Math.max(this.#next[kind] as number, stream.id + 1)
  }
}

/** All but the side is one. */
function foldedOf(labels: Labels): Labels {
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [name, name === 'side' ? value : other]),
  ) as Labels
}

function only(labels: Labels, names: readonly Label[]): Labels {
  const own: Record<string, string> = {}
  for (const name of names) {
    const value = labels[name]
    if (value !== undefined && value !== '') own[name] = value
  }
  return own as Labels
}

function keyOf(kind: number, labels: Labels): string {
  let key = String(kind)
  for (const name of labelNames) key += `\n${labels[name] ?? ''}`
  return key
}
