import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Runs a program of this folder from its sources, beside the tests that it shares code with; its exit code becomes ours. */
export async function runFromSources(program: string, args: readonly string[], nodeOptions: readonly string[] = []) {
  // Compiled, this file lies one folder deeper.
  const main = fileURLToPath(new URL(`../${program}`, import.meta.url))
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const options = [...nodeOptions, '--conditions=@tsubo/source', '--import', 'tsx']
  const child = spawn(process.execPath, [...options, main, ...args], { cwd: root, stdio: 'inherit' })
  // Ctrl-C reaches both; the child cleans up and ends, and then so does this.
  process.on('SIGINT', () => {})
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve(code ?? 1))
  })
}
