import { existsSync, statSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { CountStore } from '../../monitor/count-store.js'
import { openSqlite } from '../../monitor/sqlite.js'
import { dayMs, hourMs, minuteMs, reportOf, temporaryFolder, temporaryStore, tenCalls } from '../support/monitor.js'

const noon = Date.UTC(2026, 10, 28, 12)

function purgeAll(store: CountStore, at: number): void {
  for (let step = 0; store.purge(at, at); step++) expect(step).toBeLessThan(10_000)
}

test('minutes go after a day, hours after a month, and with them whoever was counted only then', async () => {
  const store = await temporaryStore()
  const at = [0, 2 * hourMs, 20 * hourMs, 20 * dayMs, 32 * dayMs]
  at.forEach((after, i) => {
    store.add(reportOf([tenCalls({ method: `m${i}` })], { sequence: i + 1 }), noon + after)
    purgeAll(store, noon + after)
  })
  const now = noon + 32 * dayMs + minuteMs
  const all = store.query({ since: new Date(noon - dayMs), until: new Date(now), stepSeconds: 0, by: ['method'] }, now)
  expect(all.series.map(({ labels }) => labels.method).sort()).toEqual(['m3', 'm4'])
  const minutes = store.query(
    { since: new Date(now - dayMs), until: new Date(now), stepSeconds: 60, by: ['method'] },
    now,
  )
  expect(minutes.series.map(({ labels }) => labels.method)).toEqual(['m4'])
})

test('the file stays below its bound: what is oldest goes first, the last hour and the hours last', async () => {
  const maxBytes = 1.5 * 2 ** 20
  const folder = temporaryFolder()
  const db = await openSqlite(folder, maxBytes)
  const store = new CountStore(db, { maxBytes })
  onTestFinished(() => store.close())
  const counts = Array.from({ length: 50 }, (_, i) => tenCalls({ method: `m${i}`, failed: { unavailable: 1 } }))
  const minutes = 300
  for (let i = 0; i < minutes; i++) {
    const now = noon + i * minuteMs
    store.add(reportOf(counts, { sequence: i + 1 }), now)
    if (i % 5 === 0) purgeAll(store, now)
  }
  const now = noon + (minutes - 1) * minuteMs
  purgeAll(store, now)
  expect(store.usedBytes).toBeLessThanOrEqual(maxBytes * 0.9)
  const size = ['', '-wal', '-shm'].reduce((sum, ending) => {
    const file = `${folder}/monitor.db${ending}`
    return sum + (existsSync(file) ? statSync(file).size : 0)
  }, 0)
  expect(size).toBeLessThan(maxBytes + 32 * 2 ** 20)
  const points = (stepSeconds: number) =>
    store.query({ since: new Date(noon), until: new Date(now + minuteMs), stepSeconds }, now).series[0]?.points ?? []
  // By the hour everything is there; by the minute the last hour is, and the first one isn't.
  expect(points(3600).reduce((sum, { calls }) => sum + calls, 0)).toBe(minutes * 500)
  const times = points(60).map(({ time }) => (time.getTime() - noon) / minuteMs)
  expect(times.at(-1)).toBe(minutes - 1)
  expect(times.length).toBeGreaterThanOrEqual(60)
  expect(times[0]).toBeGreaterThan(60)
})
