import { expect, test } from 'vitest'
import { newAuthority } from '../support/certificates.js'
import { root, runNode } from '../support/child.js'

test('after close() no timer, socket, listener or buffer is left, and the process ends by itself', async () => {
  const authority = newAuthority()
  const { certFile, keyFile } = authority.issue('server')
  const node = ['--expose-gc', '--conditions=@tsubo/source', '--import', 'tsx']
  const script = `${root}test/support/open-and-close.ts`
  const { code, stdout, stderr } = await runNode([
    ...node,
    script,
    authority.folder,
    authority.caFile,
    certFile,
    keyFile,
  ])
  authority.remove()
  expect([code, stderr]).toEqual([0, ''])
  const { outcomes, during, before, after, grownBytes, bytesAfter } = JSON.parse(stdout)
  expect(during).toBeGreaterThan(before.resources.length)
  expect(after).toEqual(before)
  // Every call has ended: answered, or told why not.
  const ends = ['x', 'sent', 'unavailable', 'unavailable']
  const whereNobodyIs = Array(4).fill('unavailable')
  expect(outcomes.sort()).toEqual([...ends, ...ends, ...ends, ...ends, ...whereNobodyIs].sort())
  // What frames were written into stays in a pool for those to come: a few slabs of 64 KiB, and no more with each time.
  expect(grownBytes).toBeLessThan(512 * 1024)
  expect(bytesAfter).toBeLessThan(4 * 1024 * 1024)
})
