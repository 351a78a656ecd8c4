import { runFromSources } from './from-sources.js'

/** `npm run bench -- fleet`: what many consumers and many providers do to each other, by the simulator of the tests. */
export function run(args: string[]): Promise<void> {
  // 10,000 consumers of 1,000 providers are ten million nodes, at 320 bytes.
  return runFromSources('fleet/main.ts', args, ['--max-old-space-size=8192'])
}
