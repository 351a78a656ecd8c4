import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../support/zookeeper/server.js'
import { commonFlags, type Line, loopback } from './lines.js'

const folder = fileURLToPath(new URL('..', import.meta.url))
const mark = '@@ '

/** An application in Java that does what it is told (Console.java). */
export interface JavaApplication {
  readonly line: Line
  /** What it has written so far, its log among it. */
  readonly output: string
  /** One command at a time. Rejects with what went wrong there, and when there is no answer within `withinMs` (30 s). */
  say(command: string, withinMs?: number): Promise<string>
  /** Ends it in good order, as Dubbo does: unregisters, lets calls end. */
  stop(): Promise<void>
  kill(): Promise<void>
}

type Answer = { readonly how: string; readonly what: string }

/**
 * Starts one that provides or consumes over a ZooKeeper, `host:port`; resolves when it says that it is ready. Dubbo 2.7.3 waits for
 * ever, now and then, for the first word of its config centre: one that says nothing is started anew, once.
 */
export function startJava(line: Line, role: Role, zooKeeper: string): Promise<JavaApplication> {
  return start(line, role, zooKeeper, 25_000).catch(() => start(line, role, zooKeeper, 60_000))
}

type Role = 'provider' | 'consumer'

async function start(line: Line, role: Role, zooKeeper: string, withinMs: number): Promise<JavaApplication> {
  const registry = `zookeeper://${zooKeeper}`
  const home = mkdtempSync(join(tmpdir(), 'tsubo-java-'))
  const classes = join(folder, line.module, 'target')
  const classPath = `${join(classes, 'classes')}:${readFileSync(join(classes, 'classpath'), 'utf8').trim()}`
  // Dubbo keeps files at home; each application has a home of its own.
  // 20880, Dubbo's default, is for one application a machine.
  const own = [`-Duser.home=${home}`, `-Ddubbo.protocol.port=${await freePort()}`]
  const flags = [...commonFlags, ...line.flags, ...own, '-cp', classPath]
  const args = line.name === '3.3' ? [`--spring.profiles.active=${role}`] : [role, registry]
  const child = spawn(process.env.TSUBO_JAVA ?? 'java', [...flags, 'com.miao.Application', ...args], {
    env: { ...process.env, ...loopback, REGISTRY: registry, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const killWithUs = () => child.kill('SIGKILL')
  process.once('exit', killWithUs)
  const gone = ended(child).then(() => {
    process.removeListener('exit', killWithUs)
    rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  })
  const answers = readAnswers(child)
  const say = async (command: string, withinMs = 30_000): Promise<string> => {
    child.stdin.write(`${command}\n`)
    const { how, what } = await answers.next(command, withinMs)
    if (how === 'error') throw new Error(what)
    return what
  }
  const { how } = await answers.next('its start', withinMs).catch(async (error) => {
    child.kill('SIGKILL')
    await gone
    throw error
  })
  if (how !== 'ready') throw new Error(`${line.module} began with ${how}`)
  return {
    line,
    get output() {
      return answers.output
    },
    say,
    async stop() {
      child.stdin.end('stop\n')
      await gone
    },
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('error', () => resolve())
    child.once('close', () => resolve())
  })
}

function readAnswers(child: ChildProcess & { readonly stdout: NodeJS.ReadableStream | null }) {
  let output = ''
  let rest = ''
  let over = false
  const came: Answer[] = []
  let waiting: (() => void) | undefined
  const take = (text: string): void => {
    output += text
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      if (!line.startsWith(mark)) continue
      const [how = '', ...words] = line.slice(mark.length).split(' ')
      came.push({ how, what: unescaped(words.join(' ')) })
    }
    waiting?.()
  }
  child.stdout?.setEncoding('utf8').on('data', take)
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.once('close', () => {
    over = true
    waiting?.()
  })
  const failure = (what: string) => new Error(`${what}; the end of what it wrote:\n${output.slice(-3000)}`)
  return {
    get output() {
      return output
    },
    next(what: string, withinMs: number): Promise<Answer> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting = undefined
          reject(failure(`no answer to ${what} within ${withinMs} ms`))
        }, withinMs)
        waiting = () => {
          const answer = came.shift()
          if (!answer && !over) return
          clearTimeout(timer)
          waiting = undefined
          if (answer) resolve(answer)
          else reject(failure(`it ended before it answered ${what}`))
        }
        waiting()
      })
    },
  }
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, letter: string) => ({ n: '\n', r: '\r' })[letter] ?? letter)
}
