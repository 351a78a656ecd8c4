import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from './child.js'
import { closeLater, until } from './network.js'

/** A process that goes on running. Ended by `closeAll` at the latest. */
export interface Serving {
  readonly child: ChildProcess
  /** All that it has printed so far, stdout and stderr. */
  printed(): string
  /** Waits until it has printed this so many times; fails with what it printed instead. */
  prints(text: string | RegExp, times?: number): Promise<void>
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Tells it to end. */
  end(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals | null>
}

/** Starts a `tsubo` command in a folder; that of this repository, or of where else it is installed. */
export function startTsubo(
  args: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
  tsubo = root,
): Serving {
  return startNode([join(tsubo, 'cli/tsubo.js'), ...args], folder, env)
}

/** Starts one of the example's applications, from its sources. */
export function startExample(
  name: 'provider' | 'consumer',
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Serving {
  return startNode(['--conditions=@tsubo/source', '--import', 'tsx', `examples/ticket/${name}.ts`, ...args], root, env)
}

function startNode(args: readonly string[], folder: string, env: Readonly<Record<string, string>> = {}): Serving {
  const child = spawn(process.execPath, args, {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk
    })
  }
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal)),
  )
  const over = () => child.exitCode !== null || child.signalCode !== null
  closeLater(async () => {
    if (!over()) child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    ended,
    printed: () => text,
    async prints(wanted, times = 1) {
      const found = () => text.split(wanted).length > times
      try {
        await until(() => found() || over(), 20_000)
      } catch {
        // Said below, with what there is.
      }
      if (!found()) throw new Error(`${wanted} was not printed ${times} times, but:\n${text}`)
    },
    end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** A project of these files within this repository, so that 'tsubo' is this one; removed by `closeAll`. */
export function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(root, '.serve-'))
  closeLater(async () => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) write(join(folder, name), text)
  return folder
}

export function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}

/** Modules of services, for projects: `..` is the repository. */
export const userService = (answer: string) => `
  import { UserServiceSkeleton } from '../../generated/user.js'
  export class Users extends UserServiceSkeleton {
    async buyTicket() {
      ${answer}
    }
  }
`
