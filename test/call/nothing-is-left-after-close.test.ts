import { expect, test } from 'vitest'
import { root, runNode } from '../support/child.js'

test('after close() no timer, socket or listener is left, and the process ends by itself', async () => {
  const script = `${root}test/support/open-and-close.ts`
  const { code, stdout, stderr } = await runNode(['--conditions=@tsubo/source', '--import', 'tsx', script])
  expect([code, stderr]).toEqual([0, ''])
  const { outcomes, during, before, after } = JSON.parse(stdout)
  expect(during).toBeGreaterThan(before.resources.length)
  expect(after).toEqual(before)
  // Every call has ended: answered, or told why not.
  expect(outcomes.sort()).toEqual(['unavailable', 'unavailable', 'unavailable', 'unavailable', 'x', 'x'])
})
