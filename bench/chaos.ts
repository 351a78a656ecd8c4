import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * `npm run bench -- chaos`: what faults cost, in failed calls. Nothing here is about speed, so it runs from the sources,
 * with the same ZooKeeper and the same faults as the tests.
 */
export async function run(args: string[]): Promise<void> {
  const main = fileURLToPath(new URL('../chaos/main.ts', import.meta.url))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@tsubo/source', '--import', 'tsx', main, ...args], {
    cwd: root,
    stdio: 'inherit',
  })
  // Ctrl-C reaches both; the child cleans up and ends, and then so does this.
  process.on('SIGINT', () => {})
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
