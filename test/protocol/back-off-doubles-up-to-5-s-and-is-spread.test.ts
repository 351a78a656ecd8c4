import { expect, test, vi } from 'vitest'
import { backoffMs } from '../../runtime/protocol/backoff.js'

test('each try waits between half of its bound and all of it: 100 ms, doubling, at most 5 s', () => {
  const bounds = [100, 200, 400, 800, 1600, 3200, 5000, 5000, 5000]
  for (const [i, bound] of bounds.entries()) {
    const waits = Array.from({ length: 200 }, () => backoffMs(i + 1))
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(bound / 2)
    expect(Math.max(...waits)).toBeLessThanOrEqual(bound)
    // Spread, so that thousands that lost the same provider don't come back in one moment.
    expect(new Set(waits.map((ms) => Math.floor((ms / bound) * 20))).size).toBeGreaterThan(5)
  }
})

test('however often it failed, and whatever chance says, it stays within its bounds', () => {
  const random = vi.spyOn(Math, 'random')
  for (const [chance, share] of [
    [0, 0.5],
    [1 - 2 ** -53, 1],
  ] as const) {
    random.mockReturnValue(chance)
    expect(backoffMs(1)).toBeCloseTo(100 * share, 6)
    for (const failures of [30, 1_000, 1e9]) expect(backoffMs(failures)).toBeCloseTo(5000 * share, 6)
    expect(backoffMs(1, 10, 20)).toBeCloseTo(10 * share, 6)
    expect(backoffMs(9, 10, 20)).toBeCloseTo(20 * share, 6)
  }
  random.mockRestore()
})
