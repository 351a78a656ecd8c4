import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { release } from '../../runtime/protocol/release.js'

const mib = 1024 * 1024

test('released memory is gone before any collection', async () => {
  // The port that swallows it takes two turns to be closed.
  release(Buffer.allocUnsafeSlow(mib))
  await setImmediate()
  await setImmediate()
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 64; i++) {
    const chunk = Buffer.allocUnsafeSlow(mib)
    release(chunk)
    expect(chunk.length).toBe(0)
  }
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * mib)
})

test('a buffer that shares its memory stays', () => {
  const whole = Buffer.alloc(64 * 1024, 7)
  const part = whole.subarray(16)
  release(part)
  expect(part[0]).toBe(7)
  expect(whole.length).toBe(64 * 1024)
})
