import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Answers {
  readonly server: number
  readonly client: number
}

/** One of the two processes of a measurement. */
export interface Role {
  /** What it said when it was ready: a server its port. */
  readonly first: number
  /** The next number it says by itself. */
  next(): Promise<number>
  /** Asks it for its number. */
  ask(): Promise<number>
  end(): void
}

const script = fileURLToPath(new URL('roles.js', import.meta.url))
/** Ten thousand connections take a while, a slow consumer a minute. Milliseconds. */
const patienceMs = 180_000

export async function startRole(args: string[]): Promise<Role> {
  const child = spawn(process.execPath, ['--expose-gc', script, ...args], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return {
    first: await answer(child),
    next: () => answer(child),
    ask() {
      child.send('measure')
      return answer(child)
    },
    end: kill,
  }
}

function answer(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${child.spawnargs.join(' ')} gave no answer`)), patienceMs)
    const onExit = (code: number | null) => {
      clearTimeout(timer)
      reject(new Error(`${child.spawnargs.join(' ')} ended by itself (${code})`))
    }
    child.once('exit', onExit)
    child.once('message', (message) => {
      clearTimeout(timer)
      child.off('exit', onExit)
      resolve(Number(message))
    })
  })
}
