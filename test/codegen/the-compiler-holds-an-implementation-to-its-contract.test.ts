import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, runNode } from '../support/child.js'

describe('the compiler', () => {
  it('accepts what fits, refuses what does not, and accepts every generated file under strict flags', async () => {
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const { code, stdout } = await runNode([tsc, '--noEmit', '-p', 'test/codegen/compiler'], { timeoutMs: 55_000 })
    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 60_000)
})
