import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CountReport, MethodCount } from '../../generated/tsubo/monitor.js'
import { CountStore, type CountStoreOptions } from '../../monitor/count-store.js'
import { openSqlite } from '../../monitor/sqlite.js'

export const minuteMs = 60_000
export const hourMs = 60 * minuteMs
export const dayMs = 24 * hourMs

/** A folder of the test's own, gone when it is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-monitor-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A store in a database of its own. */
export async function temporaryStore(options: Partial<CountStoreOptions> = {}): Promise<CountStore> {
  const maxBytes = options.maxBytes ?? 2 ** 30
  const store = new CountStore(await openSqlite(temporaryFolder(), maxBytes), { maxBytes, ...options })
  onTestFinished(() => store.close())
  return store
}

/** Ten calls of one method, of which as many failed as are given by code. */
export function tenCalls(over: Partial<MethodCount> = {}): MethodCount {
  return {
    side: 'consumer',
    service: 'com.acme.Tickets',
    method: 'book',
    calls: 10,
    failed: {},
    elapsedUs: 100_000,
    maxElapsedUs: 40_000,
    histogram: [0, 9, 0, 1],
    maxConcurrent: 3,
    retried: 1,
    hedged: 0,
    bytesOut: 1000,
    bytesIn: 2000,
    ...over,
  }
}

export function reportOf(counts: MethodCount[], over: Partial<CountReport> & { agoMs?: number } = {}): CountReport {
  const { agoMs = 0, ...rest } = over
  return {
    sender: 'a',
    sequence: 1,
    application: 'shop',
    instance: '10.0.0.1:20880',
    periods: [{ agoMs, counts }],
    ...rest,
  }
}
