import type { TestProject } from 'vitest/node'
import type { Installation } from './installation.js'
import { installAdvice } from './installation.js'
import { provideZooKeeper } from './provision.js'

declare module 'vitest' {
  interface ProvidedContext {
    readonly zooKeeper: { readonly address?: string; readonly installation?: Installation }
  }
  interface TaskMeta {
    /** Set on tests that need a real ZooKeeper, so that those not run can be counted. */
    needsZooKeeper?: true
  }
}

/** Starts the run's one shared ZooKeeper and, when none can be had, ends the run by saying how many tests were left out. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Every project inherits this file; what the root project provides reaches all of them.
  if (!project.isRootProject()) return undefined
  const { address, installation, close } = await provideZooKeeper((line) => console.error(line))
  project.provide('zooKeeper', { ...(address && { address }), ...(installation && { installation }) })
  return async () => {
    await close()
    let notRun = 0
    for (const file of project.vitest.state.getTestModules()) {
      for (const test of file.children.allTests('skipped')) {
        if (test.meta().needsZooKeeper) notRun++
      }
    }
    if (notRun === 0) return
    const required = Boolean(process.env.CI || process.env.TSUBO_REQUIRE_ZOOKEEPER)
    if (required) process.exitCode = 1
    // Written in this turn, after the reporters' summary, and nothing follows it.
    process.stdout.write(
      `real ZooKeeper: none found, ${notRun} tests not run; ${installAdvice} or set TSUBO_ZOOKEEPER\n`,
    )
  }
}
