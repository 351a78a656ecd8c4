import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, type Registry } from 'tsubo'
import { MonitorServiceClient } from 'tsubo/monitor'

/** The monitor process of the demo. */
export interface DemoMonitor {
  readonly pid: number
  /** What consumer and providers have told it of the last minute, as lines to print. */
  lastMinute(registry: Registry): Promise<string[]>
  close(): Promise<void>
}

const tsubo = fileURLToPath(new URL('../../cli/tsubo.js', import.meta.url))

/** Starts `tsubo monitor` and waits for its ready line. Rejects with what it printed when it ends before that. */
export async function startMonitor(registry: string): Promise<DemoMonitor> {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-demo-monitor-'))
  const child = spawn(process.execPath, [tsubo, 'monitor', '--registry', registry, '--data', folder], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void closed.then(() => rmSync(folder, { recursive: true, force: true }))
  await new Promise<void>((resolve, reject) => {
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        if (printed.includes('monitor is ready')) resolve()
      })
    }
    child.once('close', () => reject(new Error(`the monitor ended before it was ready: ${printed.trim()}`)))
  })
  return {
    pid: child.pid ?? 0,
    async lastMinute(registry) {
      const client = createClient({ registry, application: 'demo' })
      // The minute that isn't over yet, and the one before it.
      const since = new Date(Date.now() - 60_000)
      const answer = await new MonitorServiceClient(client).query({ since, stepSeconds: 0, by: ['side', 'method'] })
      await client.close()
      const rows = answer.series.map(({ labels: { side = '', method = '' }, points: [point] }) => {
        const failed = Object.values(point?.failed ?? {}).reduce((sum, count) => sum + count, 0)
        const ms = (us: number | undefined) => `${((us ?? 0) / 1000).toFixed(1)} ms`
        return [side, method, point?.calls, failed, ms(point?.p50Us), ms(point?.p99Us), ms(point?.maxElapsedUs)]
      })
      rows.sort((a, b) => (`${a[1]} ${a[0]}` < `${b[1]} ${b[0]}` ? -1 : 1))
      const lines = [['side', 'method', 'calls', 'failed', 'p50', 'p99', 'longest'], ...rows]
      return lines.map(([side, method, ...figures]) => {
        const cells = figures.map((figure) => String(figure).padStart(10)).join('')
        return `  ${String(side).padEnd(9)} ${String(method).padEnd(11)}${cells}`
      })
    },
    async close() {
      child.kill('SIGTERM')
      await closed
    },
  }
}
