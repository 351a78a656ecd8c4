import { describe, expect, it } from 'vitest'
import { runNode, tsc } from '../support/child.js'

describe.each([7, 6] as const)('the compiler, version %i,', (version) => {
  it('accepts what fits, refuses what does not, and accepts every generated file under strict flags', async () => {
    const project = ['--noEmit', '-p', 'test/codegen/compiler']
    const { code, stdout } = await runNode([tsc[version], ...project], { timeoutMs: 55_000 })
    expect(stdout).toBe('')
    expect(code).toBe(0)
  }, 60_000)
})
