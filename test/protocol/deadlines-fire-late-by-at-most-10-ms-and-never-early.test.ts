import { monitorEventLoopDelay } from 'node:perf_hooks'
import { expect, test } from 'vitest'
import { Deadline, hang, unhang } from '../../runtime/protocol/deadline.js'

class Probe extends Deadline {
  firedAt = 0
  readonly at: number
  constructor(at: number) {
    super()
    this.at = at
  }
  override expire(): void {
    this.firedAt = performance.now()
  }
}

test('500 deadlines over 300 ms: none early, nearly all within 10 ms, those taken out never', async () => {
  const loop = monitorEventLoopDelay({ resolution: 1 })
  loop.enable()
  const now = performance.now()
  const probes = Array.from({ length: 500 }, (_, i) => new Probe(now + ((i * 37) % 300) + 1))
  for (const probe of probes) hang(probe, probe.at)
  const gone = probes.filter((_, i) => i % 5 === 0)
  for (const probe of gone) unhang(probe)
  await new Promise((resolve) => setTimeout(resolve, 400))
  loop.disable()
  const fired = probes.filter((probe) => probe.firedAt > 0)
  expect(fired).toHaveLength(400)
  expect(gone.every((probe) => probe.firedAt === 0)).toBe(true)
  expect(Math.min(...fired.map((probe) => probe.firedAt - probe.at))).toBeGreaterThanOrEqual(0)
  // A busy machine holds up the event loop itself, and that is none of the wheel's; on a quiet one it is a few milliseconds.
  const late = fired.map((probe) => probe.firedAt - probe.at).sort((a, b) => a - b)
  expect(late[380]).toBeLessThanOrEqual(10 + loop.max / 1e6)
})

test('one that expires may take another of its bucket out', async () => {
  const before = new Probe(0)
  const after = new Probe(0)
  const between = new (class extends Deadline {
    override expire(): void {
      unhang(before)
      unhang(after)
      // The time of this one is over, too: it has its turn all the same.
      hang(late, at)
    }
  })()
  const late = new Probe(0)
  const at = performance.now() + 10
  hang(before, at)
  hang(between, at)
  hang(after, at)
  await new Promise((resolve) => setTimeout(resolve, 40))
  expect(after.firedAt).toBe(0)
  expect(before.firedAt).toBeGreaterThan(0)
  expect(late.firedAt).toBeGreaterThan(0)
})
