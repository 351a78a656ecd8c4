import { runFromSources } from './from-sources.js'

/**
 * `npm run bench -- chaos`: what faults cost, in failed calls. Nothing here is about speed, so it runs from the sources,
 * with the same ZooKeeper and the same faults as the tests.
 */
export function run(args: string[]): Promise<void> {
  return runFromSources('chaos/main.ts', args)
}
