import { statSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import type { CountPeriod } from '../../generated/tsubo/monitor.js'
import { CountStore } from '../../monitor/count-store.js'
import { openSqlite } from '../../monitor/sqlite.js'
import { dayMs, minuteMs, reportOf, temporaryFolder, tenCalls } from '../support/monitor.js'

const maxBytes = 2 ** 31
const megabyte = 2 ** 20

test('the log beside the database stays below 32 MB with the largest reports there are, and below 16 after larger ones', async () => {
  const folder = temporaryFolder()
  const store = new CountStore(await openSqlite(folder, maxBytes), { maxBytes })
  onTestFinished(() => store.close())
  const logBytes = () => statSync(`${folder}/monitor.db-wal`).size
  let now = Date.UTC(2026, 10, 28, 12)
  let sequence = 0
  let method = 0
  /** Methods that nobody has heard of: each makes a stream of nearly every kind. */
  const add = (periods: number, counts: number): number => {
    const all = Array.from(
      { length: periods },
      (_, i): CountPeriod => ({
        agoMs: i * minuteMs,
        counts: Array.from({ length: counts }, () =>
          tenCalls({ method: `m${method++}`, peer: 'some-provider', failed: { unavailable: 1 } }),
        ),
      }),
    )
    // Reports have a bound; what has no number isn't held to it.
    if (periods * counts > 20_000) store.addUnnumbered({ ...reportOf([]), periods: all }, now)
    else store.add({ ...reportOf([]), sequence: ++sequence, periods: all }, now)
    now += minuteMs
    return logBytes()
  }
  // What clients and servers send at most, of one minute and after an hour without a monitor.
  for (let i = 0; i < 3; i++) expect(add(1, 5000)).toBeLessThan(32 * megabyte)
  for (let i = 0; i < 3; i++) expect(add(60, 83)).toBeLessThan(32 * megabyte)
  // The largest that are taken, of two minutes and of two hours.
  expect(add(2, 10_000)).toBeLessThan(32 * megabyte)
  expect(add(120, 166)).toBeLessThan(32 * megabyte)
  expect(add(2, 20_000)).toBeGreaterThan(16 * megabyte)
  expect(add(1, 1)).toBeLessThanOrEqual(16 * megabyte)
  // And while all of it is deleted.
  now += 2 * dayMs
  for (let step = 0; store.purge(now, now); step++) {
    expect(step).toBeLessThan(10_000)
    expect(logBytes()).toBeLessThan(32 * megabyte)
  }
})
