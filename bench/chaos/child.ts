import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A process of this folder, told its task as JSON and asked over IPC. */
export class Child {
  readonly #process: ChildProcess
  readonly #name: string
  readonly gone: Promise<void>

  constructor(name: 'provider' | 'load', task: object) {
    this.#name = name
    const script = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
    this.#process = spawn(
      process.execPath,
      ['--conditions=@tsubo/source', '--import', 'tsx', script, JSON.stringify(task)],
      { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] },
    )
    // Registries tell of every outage; that is what is being made here.
    const said: string[] = []
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (process.env.CHAOS_LOG) process.stderr.write(`${name} ${this.#process.pid}: ${text}`)
      said.push(text)
    })
    const killWithUs = () => this.#process.kill('SIGKILL')
    process.once('exit', killWithUs)
    this.gone = new Promise((resolve) =>
      this.#process.once('exit', (code, signal) => {
        process.off('exit', killWithUs)
        if (code !== 0 && signal !== 'SIGKILL') console.error(`${name} ended with ${signal ?? code}:\n${said.join('')}`)
        resolve()
      }),
    )
  }

  /** The next message from it. Rejects when it ends before, or after 30 s. */
  next<T>(): Promise<T> {
    return new Promise((resolve, reject) => {
      const over = (settle: () => void) => {
        clearTimeout(timer)
        this.#process.off('message', onMessage).off('exit', onExit)
        settle()
      }
      const onMessage = (message: unknown) => over(() => resolve(message as T))
      const onExit = () => over(() => reject(new Error(`${this.#name} ended before it answered`)))
      const timer = setTimeout(() => over(() => reject(new Error(`${this.#name} gave no answer for 30 s`))), 30_000)
      this.#process.on('message', onMessage).on('exit', onExit)
    })
  }

  ask<T>(question: string | object): Promise<T> {
    const answer = this.next<T>()
    this.#process.send(question)
    return answer
  }

  /** Ends it by this signal; resolves when it is gone. */
  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#process.kill(signal)
    await this.gone
  }
}
