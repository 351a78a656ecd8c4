import { expect, test } from 'vitest'
import { root, runNode } from '../support/child.js'

test('npm run demo -- --monitor: the consumer, its counts and the monitor agree, method by method', async () => {
  const script = `${root}examples/ticket/demo.ts`
  const { code, stdout, stderr } = await runNode(
    ['--conditions=@tsubo/source', '--import', 'tsx', script, '--monitor'],
    { timeoutMs: 120_000 },
  )
  expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' })
  const [summary = '', lastMinute = ''] = stdout.split("the monitor's last minute\n")
  const counted = new Map(
    [...summary.matchAll(/^ {2}(\w+) +(\d+) calls, (\d+) failed, /gm)].map(([, method, calls, failed]) => [
      method,
      { calls: Number(calls), failed: Number(failed) },
    ]),
  )
  expect([...counted.keys()].sort()).toEqual(['book', 'getTicket', 'search'])
  expect(summary).toMatch(/failed: 0 among the retry-safe ones\n.* booked twice: 0\n/)

  const [header, ...lines] = lastMinute
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/ {2,}/))
  // Where a provider that ends refuses requests that were on their way, those are of no method.
  const rows = lines.filter(([side, method]) => side !== 'provider' || method !== '_OTHER')
  expect(header).toEqual(['side', 'method', 'calls', 'failed', 'p50', 'p99', 'longest'])
  expect(rows.map(([side, method]) => `${side} ${method}`)).toEqual(
    [...counted.keys()].sort().flatMap((method) => [`consumer ${method}`, `provider ${method}`]),
  )
  for (const [side, method, calls, failed, ...times] of rows) {
    const own = counted.get(method)
    if (side === 'consumer') expect({ calls: Number(calls), failed: Number(failed) }).toEqual(own)
    // The one that is killed takes along what it hadn't sent.
    expect(Number(calls)).toBeGreaterThan((own?.calls ?? 0) / 2)
    expect(Number(calls)).toBeLessThanOrEqual((own?.calls ?? 0) * 1.1)
    for (const time of times) expect(time).toMatch(/^\d+\.\d ms$/)
  }
})
