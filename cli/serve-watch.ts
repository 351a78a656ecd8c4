import { type ChildProcess, spawn } from 'node:child_process'
import { dirname, relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Folders, fingerprint } from './folders.js'
import { childVariable, type FromChild, type FromParent } from './serve-watch-child.js'

/** Editors save in several steps: what happens within this time is one change. */
const gatherMs = 60
/** File systems that tell nothing (network mounts, full watch tables) are looked at this often. */
const lookMs = 2000
/** A new one that can't register takes the old one's place all the same: the registry is away, for both of them. */
const mostOverlapMs = 5000

const watched = (name: string) => /\.(?:[mc]?[jt]s|json|properties)$/.test(name) && !name.endsWith('.tsbuildinfo')

/**
 * Runs the container in a process of its own, and a new one after each change of a file in its folder. The new one loads
 * first: one that can't leaves the old one running. Then the old one unregisters and ends its calls; with a fixed port the
 * new one waits for that, otherwise both are there for a moment and no call finds nobody.
 *
 * Returns the exit code once it was told to end.
 */
export async function serveAndWatch(args: readonly string[], config: string | undefined): Promise<number> {
  const root = config === undefined ? resolve('.') : dirname(resolve(config))
  let current: Child | undefined
  let loading: Child | undefined
  let seen = fingerprint(root, watched)
  let ending = false

  const round = async (): Promise<void> => {
    if (ending) return
    const next = new Child(args)
    loading = next
    const port = await next.loaded
    loading = undefined
    if (port === undefined) {
      if (ending) return
      const left = current ? 'what ran before goes on' : 'waiting for a change'
      process.stderr.write(`tsubo serve: it didn't start; ${left}\n`)
      return
    }
    if (ending) return next.end()
    const before = current
    current = next
    if (port > 0) await before?.end()
    next.open()
    if (before && port === 0) {
      await Promise.race([next.ready, sleep(mostOverlapMs, undefined, { ref: false })])
      await before.end()
    }
    void next.ended.then(() => {
      if (current !== next || ending) return
      current = undefined
      process.stderr.write('tsubo serve: it has ended by itself; waiting for a change\n')
    })
  }

  return new Promise((done) => {
    let gathering: NodeJS.Timeout | undefined
    let running = round()
    const look = (): void => {
      gathering ??= setTimeout(() => {
        gathering = undefined
        const now = fingerprint(root, watched)
        if (now === seen || ending) return
        const changed = firstChange(seen, now)
        seen = now
        process.stdout.write(`${changed ? relative(root, changed) : 'a file'} changed: restarting\n`)
        running = running.then(round)
      }, gatherMs)
    }
    const folders = new Folders(root, look)
    const looking = setInterval(() => {
      folders.follow()
      look()
    }, lookMs)
    const end = async (): Promise<void> => {
      if (ending) {
        loading?.kill()
        current?.kill()
        process.exit(1)
      }
      ending = true
      clearInterval(looking)
      clearTimeout(gathering)
      folders.close()
      void loading?.end()
      await running
      await current?.end()
      done(0)
    }
    process.on('SIGTERM', end)
    process.on('SIGINT', end)
  })
}

/** One process of a container. */
class Child {
  /** Its port once its modules are there, 0 for any; undefined: it ended before. */
  readonly loaded: Promise<number | undefined>
  /** It is registered, or has ended. */
  readonly ready: Promise<void>
  readonly #process: ChildProcess
  readonly ended: Promise<void>

  constructor(args: readonly string[]) {
    const [script = ''] = process.argv.slice(1)
    // A group of its own: Ctrl-C at the terminal goes to us, who end it in good order.
    this.#process = spawn(process.execPath, [...process.execArgv, script, 'serve', ...args], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [childVariable]: '1' },
      detached: true,
    })
    this.ended = new Promise((resolve) => {
      this.#process.once('exit', () => resolve())
      this.#process.once('error', () => resolve())
    })
    const said = <K extends FromChild['kind']>(kind: K) =>
      new Promise<Extract<FromChild, { kind: K }>>((resolve) => {
        this.#process.on('message', (message: FromChild) => {
          if (message.kind === kind) resolve(message as Extract<FromChild, { kind: K }>)
        })
      })
    this.loaded = Promise.race([said('loaded').then(({ port }) => Math.max(0, port)), this.ended.then(() => undefined)])
    this.ready = Promise.race([said('ready').then(() => {}), this.ended])
  }

  open(): void {
    this.#process.send({ kind: 'open' } satisfies FromParent)
  }

  /** Resolves when it is gone. */
  end(): Promise<void> {
    this.#process.kill('SIGTERM')
    return this.ended
  }

  kill(): void {
    this.#process.kill('SIGKILL')
  }
}

/** The path of the first file that differs. */
function firstChange(before: string, after: string): string | undefined {
  const known = new Set(before.split('\n'))
  const now = after.split('\n')
  const line = now.find((each) => !known.has(each)) ?? before.split('\n').find((each) => !now.includes(each))
  return line?.split(' ').slice(0, -3).join(' ')
}
