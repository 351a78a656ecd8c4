import { expect, onTestFinished, test } from 'vitest'
import type { CountPeriod, CountReport, MethodCount } from '../../generated/tsubo/monitor.js'
import { createMonitor, MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { dayMs, hourMs, minuteMs, reportOf, temporaryFolder, temporaryStore, tenCalls } from '../support/monitor.js'
import { failure } from '../support/network.js'

const noon = Date.UTC(2026, 10, 28, 12)

function callsIn(store: Awaited<ReturnType<typeof temporaryStore>>, now = noon): number {
  const { series } = store.query(
    { since: new Date(now - 30 * dayMs), until: new Date(now + hourMs), stepSeconds: 0 },
    now,
  )
  return series[0]?.points[0]?.calls ?? 0
}

test('sent again it is known, by sender and sequence; a process that starts anew is another sender', async () => {
  const store = await temporaryStore()
  expect(store.add(reportOf([tenCalls()], { sequence: 1 }), noon)).toBe(true)
  expect(store.add(reportOf([tenCalls()], { sequence: 1 }), noon + 1000)).toBe(false)
  expect(store.add(reportOf([tenCalls()], { sequence: 2 }), noon + 2000)).toBe(true)
  expect(store.add(reportOf([tenCalls()], { sequence: 1 }), noon + 3000)).toBe(false)
  expect(store.add(reportOf([tenCalls()], { sender: 'b', sequence: 1 }), noon)).toBe(true)
  // One that is missing was counted by a database that is gone: those that follow are taken.
  expect(store.add(reportOf([tenCalls()], { sequence: 9 }), noon)).toBe(true)
  expect(callsIn(store)).toBe(40)
})

test.each<[string, Partial<MethodCount>, string]>([
  ['negative', { calls: -10, histogram: [-10] }, 'negative'],
  ['beyond what can be', { bytesOut: 2 ** 50 }, 'larger'],
  ['a fraction', { elapsedUs: 0.5 }, 'negative, or larger'],
  ['not a number', { maxElapsedUs: Number.NaN }, 'negative, or larger'],
  ['a histogram of other calls', { histogram: [1] }, 'histogram'],
  ['too many buckets', { histogram: [...new Array(15).fill(0), 10] }, 'histogram'],
  ['more failures than calls', { failed: { unavailable: 11 } }, 'more calls failed'],
  ['endless codes', { failed: Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`c${i}`, 0])) }, '100 codes'],
  ['no method', { method: '' }, 'without a name'],
])('a malformed one leaves nothing behind: %s', async (_name, over, text) => {
  const store = await temporaryStore()
  const good = tenCalls({ method: 'search' })
  expect(() => store.add(reportOf([good, tenCalls(over)]), noon)).toThrow(text)
  expect(callsIn(store)).toBe(0)
  expect(store.query({ by: ['method'] }, noon).series).toEqual([])
  // The next one of this sender is taken.
  expect(store.add(reportOf([good]), noon)).toBe(true)
  expect(callsIn(store)).toBe(10)
})

const { periods: one, ...about } = reportOf([tenCalls()])
const [period] = one as [CountPeriod]

test.each<[string, Partial<CountReport>, string]>([
  ['121 periods', { periods: Array.from({ length: 121 }, () => period) }, 'periods: .*120'],
  [
    '20,001 counts of a period',
    { periods: [{ agoMs: 0, counts: Array.from({ length: 20_001 }, () => tenCalls()) }] },
    'counts: .*20000',
  ],
  [
    '20,001 counts in two periods',
    {
      periods: [10_000, 10_001].map((length) => ({ agoMs: 0, counts: Array.from({ length }, () => tenCalls()) })),
    },
    '20001 counts, and 20000 are the most',
  ],
  ['a period to come', { periods: [{ ...period, agoMs: -1 }] }, 'agoMs: .* 0'],
  [
    'a service of 513 characters',
    { periods: [{ agoMs: 0, counts: [tenCalls({ service: 's'.repeat(513) })] }] },
    'service: .* 512',
  ],
  ['a sequence that is none', { sequence: 0 }, 'sequence: .* 1'],
  ['nobody who sends it', { sender: '' }, 'sender: .* 1'],
  ['a histogram of other calls', { periods: [{ agoMs: 0, counts: [tenCalls({ histogram: [1] })] }] }, 'histogram'],
])(
  'a running monitor refuses it as invalid_argument, counts nothing of it, and goes on: %s',
  async (_name, over, text) => {
    const monitor = await createMonitor({ folder: temporaryFolder(), listen: { host: '127.0.0.1' } })
    onTestFinished(() => monitor.close())
    const client = createClient({ registry: staticRegistry(`127.0.0.1:${monitor.running.bound.port}`) })
    onTestFinished(() => client.close())
    const service = new MonitorServiceClient(client)
    const good = { ...about, periods: one }
    const error = await failure(service.report({ ...good, ...over }))
    expect(error).toMatchObject({ code: 'invalid_argument', message: expect.stringMatching(text) })
    expect((await service.query({})).series).toEqual([])
    await service.report(good)
    expect((await service.query({ stepSeconds: 0 })).series[0]?.points[0]?.calls).toBe(10)
  },
)

test('counts that come late belong to when they were, by the clock of the monitor alone', async () => {
  const store = await temporaryStore()
  store.add(reportOf([tenCalls()], { agoMs: 50 * minuteMs }), noon)
  store.add(reportOf([tenCalls()], { sequence: 2, agoMs: 2 * dayMs }), noon)
  store.add(reportOf([tenCalls()], { sequence: 3, agoMs: 40 * dayMs }), noon)
  const minutes = store.query({ since: new Date(noon - hourMs), until: new Date(noon) }, noon)
  expect(minutes.series[0]?.points.map(({ time }) => time)).toEqual([new Date(noon - 50 * minuteMs)])
  // Two days ago there are hours only; what is older than a month is not kept.
  expect(callsIn(store)).toBe(20)
})

test('a clock that jumps loses nothing: back, sums go on in earlier minutes; ahead, nothing is deleted before its time', async () => {
  const store = await temporaryStore()
  store.add(reportOf([tenCalls()], { sequence: 1 }), noon)
  store.add(reportOf([tenCalls()], { sequence: 2 }), noon - 3 * hourMs)
  expect(callsIn(store)).toBe(20)
  let elapsedMs = 0
  expect(store.purge(noon, elapsedMs)).toBe(false)
  store.add(reportOf([tenCalls()], { sequence: 3 }), noon + 365 * dayMs)
  elapsedMs += minuteMs
  store.purge(noon + 365 * dayMs, elapsedMs)
  elapsedMs += minuteMs
  store.purge(noon + 2 * minuteMs, elapsedMs)
  expect(callsIn(store, noon + 2 * minuteMs)).toBe(20)
})

test('names beyond the bound become one, and control characters are harmless', async () => {
  const store = await temporaryStore({ maxStreams: 60 })
  for (let i = 0; i < 50; i++) {
    store.add(reportOf([tenCalls({ method: `m${i}\n\u001b[31m` })], { sequence: i + 1 }), noon)
  }
  const { series } = store.query({ by: ['method'], stepSeconds: 0, limit: 1000 }, noon + minuteMs)
  expect(series.length).toBeLessThan(60)
  expect(series[0]?.labels.method).toBe('_OTHER')
  expect(series.reduce((sum, { points }) => sum + (points[0]?.calls ?? 0), 0)).toBe(500)
  expect(series[1]?.labels.method).toMatch(/^m\d+\ufffd\ufffd\[31m$/)
})
