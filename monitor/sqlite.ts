import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type Libsql from 'libsql'

/** What the monitor needs of SQLite. Everything is synchronous; what fails throws an error with SQLite's code. */
export interface Sqlite {
  /** Where it lies. */
  readonly file: string
  run(sql: string): void
  prepare(sql: string): Statement
  /** All of it or nothing. */
  transaction<T>(work: () => T): T
  /** Bytes of the file that hold something. */
  usedBytes(): number
  close(): void
}

export interface Statement {
  run(...values: readonly Value[]): void
  /** Rows as lists of columns. */
  all(...values: readonly Value[]): Value[][]
}

export type Value = number | string | null

const pageBytes = 4096

/**
 * Opens `monitor.db` in this folder, both made where they are missing, for this process alone. At most `maxBytes` go into it,
 * beside a log of what was written last. Throws where it can't be had, in words for people.
 *
 * libsql is SQLite with prebuilt binaries. Of the two that need no compiler it is the one that opens again after a kill -9:
 * node-sqlite3-wasm locks by making a directory, which nobody removes then.
 */
export async function openSqlite(folder: string, maxBytes: number): Promise<Sqlite> {
  // Loaded here alone: an optional peer, and a native one.
  const { default: Database } = await import('libsql')
  const file = join(folder, 'monitor.db')
  let db: Libsql.Database
  try {
    mkdirSync(folder, { recursive: true })
    db = new Database(file)
  } catch (cause) {
    throw new Error(`${file} can't be opened or made: ${(cause as Error).message}`, { cause })
  }
  try {
    // Before the first access: with it, a second process is refused.
    db.pragma('locking_mode = exclusive')
    db.pragma('journal_mode = wal')
    // What was acknowledged is on the disk, a loss of power included.
    db.pragma('synchronous = full')
    db.pragma('cache_size = -32000')
    db.pragma('journal_size_limit = 16777216')
    db.pragma('temp_store = memory')
    db.pragma(`max_page_count = ${Math.floor(maxBytes / pageBytes)}`)
  } catch (cause) {
    db.close()
    if (codeOf(cause) === 'SQLITE_BUSY') {
      throw new Error(`${file} is in use by another process; end it, or take another folder`, { cause })
    }
    throw cause
  }
  const pragma = (name: string): number => Number(db.prepare(`pragma ${name}`).raw().all()[0]?.[0 as never])
  return {
    file,
    run: (sql) => void db.exec(sql),
    prepare(sql) {
      const statement = db.prepare(sql)
      return {
        run: (...values) => void statement.run(...values),
        all: (...values) => statement.raw().all(...values) as Value[][],
      }
    },
    transaction(work) {
      db.exec('begin immediate')
      try {
        const result = work()
        db.exec('commit')
        return result
      } catch (error) {
        // SQLite has rolled back by itself after some errors.
        if (db.inTransaction) db.exec('rollback')
        throw error
      }
    },
    usedBytes: () => (pragma('page_count') - pragma('freelist_count')) * pageBytes,
    close() {
      if (!db.open) return
      try {
        // Writes the log into the file and removes it. libsql lets go of a database when its statements are collected; of the
        // lock, by which a monitor that is opened again in this process would be refused, this does at once.
        db.pragma('journal_mode = delete')
        db.pragma('locking_mode = normal')
        db.prepare('select 1 from sqlite_master').all()
      } catch {
        // It stays in the log, for whoever opens it next.
      }
      db.close()
    },
  }
}

/** SQLite's name for what went wrong, `SQLITE_FULL`; undefined for what isn't from there. */
export function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code
  return typeof code === 'string' && code.startsWith('SQLITE_') ? code : undefined
}

/** The file is no database, or one whose pages contradict each other. */
export function isCorrupt(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error) ?? '')
}

/**
 * Puts a file that can't be read out of the way, as `monitor.db.corrupt`, in place of an earlier one. Returns where it is
 * now. Throws, in words for people, where it has to stay; tried again, it goes on where it was.
 */
export function setAside(folder: string): string {
  const file = join(folder, 'monitor.db')
  const aside = `${file}.corrupt`
  const first = existsSync(file)
  try {
    for (const ending of ['', '-wal', '-shm']) {
      if (existsSync(file + ending)) renameSync(file + ending, aside + ending)
      // Of an earlier one.
      else if (first) rmSync(aside + ending, { force: true })
    }
  } catch (cause) {
    throw new Error(`${file} can't be put aside as ${aside}, move it away: ${(cause as Error).message}`, { cause })
  }
  return aside
}
