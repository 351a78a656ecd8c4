import type { TestProject } from 'vitest/node'
import { startZooKeeper } from '../../../zookeeper/server.js'
import type { Installation } from './installation.js'
import { installAdvice } from './installation.js'
import { provideZooKeeper } from './provision.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** `builtIn` is always there; the others are real ones, where they can be had. */
    readonly zooKeeper: { readonly builtIn: string; readonly address?: string; readonly installation?: Installation }
  }
  interface TaskMeta {
    /** Which ZooKeeper a test needs, the run's or one to stop and start: to count those not run. */
    needsZooKeeper?: 'shared' | 'private'
  }
}

/** Starts the run's shared ZooKeepers, the built-in one and a real one, and, when none can be had, ends the run by saying how many tests were left out. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Every project inherits this file; what the root project provides reaches all of them.
  if (!project.isRootProject()) return undefined
  const { address, installation, close } = await provideZooKeeper((line) => console.error(line))
  const builtIn = await startZooKeeper()
  project.provide('zooKeeper', {
    builtIn: `${builtIn.host}:${builtIn.port}`,
    ...(address && { address }),
    ...(installation && { installation }),
  })
  return async () => {
    await Promise.all([close(), builtIn.close()])
    let notRun = 0
    for (const file of project.vitest.state.getTestModules()) {
      for (const test of file.children.allTests('skipped')) {
        const needed = test.meta().needsZooKeeper
        // Skipped for want of one, and not because the run was told to leave it out.
        if ((needed === 'shared' && !address) || (needed === 'private' && !installation)) notRun++
      }
    }
    if (notRun === 0) return
    const required = Boolean(process.env.CI || process.env.TSUBO_REQUIRE_ZOOKEEPER)
    if (required) process.exitCode = 1
    // Written in this turn, after the reporters' summary, and nothing follows it.
    const missing = address ? 'none found that tests may stop' : 'none found'
    const advice = address ? installAdvice : `${installAdvice} or set TSUBO_ZOOKEEPER`
    process.stdout.write(`real ZooKeeper: ${missing}, ${notRun} tests not run; ${advice}\n`)
  }
}
