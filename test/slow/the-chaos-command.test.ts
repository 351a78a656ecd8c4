import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root, runNode } from '../support/child.js'
import { describeWithPrivateZooKeeper } from '../support/zookeeper/suite.js'

const run = (args: readonly string[]) =>
  runNode(['--conditions=@tsubo/source', '--import', 'tsx', `${root}bench/chaos/main.ts`, ...args], {
    timeoutMs: 120_000,
  })

describeWithPrivateZooKeeper('npm run bench -- chaos', () => {
  it('prints and writes scenario, calls, failed and recovery; no call fails when sessions expire', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tsubo-chaos-'))
    const file = join(folder, 'rows.json')
    const { stdout, stderr } = await run(['session-expired', 'rolling-restart', '--json', file])
    const rows = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>[]
    rmSync(folder, { recursive: true })
    expect(rows.map(({ scenario }) => scenario)).toEqual(['session-expired', 'rolling-restart'])
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(['scenario', 'calls', 'failed', 'recoveryMs'])
      expect(row.calls).toBeGreaterThan(10_000)
      expect(row.recoveryMs).toBeLessThan(6_000)
    }
    // On a busy machine calls may start too late, which counts; none may have failed.
    expect(stdout).not.toMatch(/^ {2}after /m)
    expect(stdout).toMatch(/^scenario +calls +failed +recovery\nsession-expired +\d+ +\d+ +\d+ ms\n/)
    expect(stderr).toBe('')
  })

  it('names its scenarios when asked for one that there is not', async () => {
    const { code, stderr } = await run(['nonsense'])
    expect(code).toBe(2)
    expect(stderr).toContain('there is no scenario "nonsense"')
    for (const name of ['rolling-restart', 'zookeeper-down', 'leader-killed', 'session-expired', 'zookeeper-blackhole'])
      expect(stderr).toContain(`\n  ${name} `)
  })
})
