import { expect, test } from 'vitest'
import { hourMs, minuteMs, reportOf, temporaryStore, tenCalls } from '../support/monitor.js'

const noon = Date.UTC(2026, 10, 28, 12)

test('sums, maxima, failures and percentiles are those of all reports', async () => {
  const store = await temporaryStore()
  store.add(reportOf([tenCalls({ failed: { unavailable: 2, 'com.acme.SoldOut': 1 } })]), noon)
  store.add(
    reportOf([tenCalls({ failed: { unavailable: 1 }, maxElapsedUs: 70_000, maxConcurrent: 2 })], { sequence: 2 }),
    noon + 5000,
  )
  const { series, stepSeconds } = store.query({ until: new Date(noon + minuteMs) }, noon + minuteMs)
  expect(stepSeconds).toBe(60)
  expect(series).toEqual([
    {
      labels: {},
      points: [
        {
          time: new Date(noon),
          calls: 20,
          failed: { unavailable: 3, 'com.acme.SoldOut': 1 },
          elapsedUs: 200_000,
          maxElapsedUs: 70_000,
          histogram: [0, 18, 0, 2, ...new Array(11).fill(0)],
          maxConcurrent: 3,
          retried: 2,
          hedged: 0,
          bytesOut: 2000,
          bytesIn: 4000,
          p50Us: 5000 + Math.round((5000 * 10) / 18),
          p99Us: 25_000 + Math.round(25_000 * 0.9),
        },
      ],
    },
  ])
})

test('every label tells apart, filters, and is left out where it is not asked for', async () => {
  const store = await temporaryStore()
  const counts = [
    tenCalls({ peer: 'tickets' }),
    tenCalls({ method: 'cancel', group: 'g', version: '1.0' }),
    tenCalls({ side: 'provider', service: 'com.acme.Users', method: 'find' }),
  ]
  store.add(reportOf(counts), noon)
  store.add(reportOf(counts, { sender: 'b', application: 'office', instance: '10.0.0.2:1' }), noon)
  const sums = (query: Parameters<typeof store.query>[0]) =>
    store
      .query(
        { since: new Date(noon - hourMs), until: new Date(noon + minuteMs), stepSeconds: 0, ...query },
        noon + minuteMs,
      )
      .series.map(({ labels, points }) => [labels, points[0]?.calls])
  expect(sums({})).toEqual([[{}, 60]])
  expect(sums({ by: ['side'] })).toEqual([
    [{ side: 'consumer' }, 40],
    [{ side: 'provider' }, 20],
  ])
  expect(sums({ by: ['service', 'method'], where: { application: 'shop' } })).toEqual([
    [{ service: 'com.acme.Tickets', method: 'book' }, 10],
    [{ service: 'com.acme.Tickets', method: 'cancel' }, 10],
    [{ service: 'com.acme.Users', method: 'find' }, 10],
  ])
  expect(sums({ by: ['instance'], where: { side: 'provider' } })).toHaveLength(2)
  expect(
    sums({ by: ['application', 'peer'], where: { side: 'consumer', service: 'com.acme.Tickets', group: '' } }),
  ).toEqual([
    [{ application: 'shop', peer: 'tickets' }, 10],
    [{ application: 'office', peer: 'tickets' }, 10],
  ])
  expect(sums({ where: { group: 'g', version: '1.0' } })).toEqual([[{}, 20]])
  expect(sums({ where: { service: 'nobody' } })).toEqual([])
})

test('a limit keeps those with the most calls, and says how many there are beside', async () => {
  const store = await temporaryStore()
  const counts = Array.from({ length: 30 }, (_, i) => tenCalls({ method: `m${i}`, calls: i + 1, histogram: [i + 1] }))
  store.add(reportOf(counts), noon)
  const { series, more } = store.query({ by: ['method'], limit: 3 }, noon + 1000)
  expect(series.map(({ labels }) => labels.method)).toEqual(['m29', 'm28', 'm27'])
  expect(more).toBe(27)
})

test('a wider step adds minutes up; beyond a day, and by whole hours, the answer comes from hours', async () => {
  const store = await temporaryStore()
  for (let i = 0; i < 180; i++) store.add(reportOf([tenCalls()], { sequence: i + 1 }), noon + i * minuteMs)
  const until = new Date(noon + 180 * minuteMs)
  const points = (stepSeconds: number, since: number, now = until.getTime()) => {
    const answer = store.query({ since: new Date(since), until, stepSeconds }, now)
    return [answer.stepSeconds, answer.series[0]?.points.map(({ calls }) => calls)]
  }
  expect(points(60, noon)).toEqual([60, new Array(180).fill(10)])
  expect(points(1800, noon)).toEqual([1800, new Array(6).fill(300)])
  expect(points(3600, noon)).toEqual([3600, [600, 600, 600]])
  // One point for all: whole hours as such, the rest by minutes.
  expect(points(0, noon + 30 * minuteMs)).toEqual([150 * 60, [1500]])
  // Two days later minutes are no longer asked.
  expect(points(60, noon, noon + 48 * hourMs)).toEqual([3600, [600, 600, 600]])
})

test('what cannot be asked is refused in words', async () => {
  const store = await temporaryStore()
  expect(() => store.query({ since: new Date(noon), until: new Date(noon) }, noon)).toThrow(
    'since: it has to lie before until',
  )
  expect(() => store.query({ since: new Date(Number.NaN) }, noon)).toThrow('since')
})
