import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A provider process of the demo, and what its log says. */
export interface DemoProvider {
  readonly name: string
  readonly pid: number
  /** `host:port` as it was published. */
  readonly address: string
  /** The references it booked, in the order of its log. */
  readonly booked: readonly string[]
  /** Ends it by this signal; resolves when it is gone and its log is read to the end. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

const script = fileURLToPath(new URL('provider.ts', import.meta.url))

/**
 * Starts one and waits for its ready line; it tells the monitor what it counts, if it is to. Rejects with what it printed when
 * it ends before that.
 */
export async function startProvider(name: string, registry: string, monitored: boolean): Promise<DemoProvider> {
  const args = ['--port', '0', '--think', '4', '--log', '--registry', registry]
  if (monitored) args.push('--monitor', '1000')
  const child = spawn(process.execPath, ['--conditions=@tsubo/source', '--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  const booked: string[] = []
  const address = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stderr.on('data', (chunk: Buffer) => {
      printed += chunk
    })
    child.once('close', () => reject(new Error(`${name} ended before it was ready: ${printed.trim()}`)))
    eachLine(child, (line) => {
      const ready = /^provider-server is ready at tsubo:\/\/(\S+?),? /.exec(line)
      if (ready?.[1]) resolve(ready[1])
      const booking = /^booked \d+ for (\S+)$/.exec(line)
      if (booking?.[1]) booked.push(booking[1])
    })
  })
  return {
    name,
    pid: child.pid ?? 0,
    address,
    booked,
    async kill(signal) {
      child.kill(signal)
      await closed
    },
  }
}

function eachLine(child: ChildProcess, take: (line: string) => void): void {
  let rest = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) take(line)
  })
}
