import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** The repository's root folder, with a slash at its end. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The compiler as a command: TypeScript 7, and the last one that is written in TypeScript, which many projects still have. */
export const tsc = {
  7: `${root}node_modules/@typescript/native/bin/tsc`,
  6: `${root}node_modules/typescript/bin/tsc`,
}

export interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs Node with these arguments to its end, from the repository's root where no other folder is given. */
export function runNode(
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly timeoutMs?: number } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: options.cwd ?? root,
      // What the test runner sets for itself must not decide how the child behaves.
      env: { ...process.env, NODE_OPTIONS: '', NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.timeoutMs ?? 14_000,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}

/** Runs the `tsubo` command to its end, as `npx tsubo` does. */
export function runTsubo(args: readonly string[], options?: Parameters<typeof runNode>[1]): Promise<Ended> {
  return runNode([`${root}cli/tsubo.js`, ...args], options)
}
