import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import Database from 'libsql'
import { createClient, openRegistry } from 'tsubo'
import { type CountQuery, MonitorServiceClient } from 'tsubo/monitor'
import { numberFrom, optionsOf } from './options.js'
import { medianOf } from './row.js'

const usage = `npm run bench -- monitor [options]
  --instances <n>       that report, 50 methods each; default 200
  --minutes <n>         that are reported for measuring; default 5
  --hours <n>           of minutes that the database has for the queries; default 24
  --keep                leave the database where it is, and say where

Prints what the monitor's process uses of a core for a minute of reports, how large a day is, and how long queries take.
Linux only: CPU is read from /proc.`

const methods = 50
const minuteMs = 60_000

/** The aims: a small part of one core, and a query over a day in under so many milliseconds. */
const aims = { shareOfCore: 0.05, queryMs: 200 }

interface MonitorProcess {
  readonly pid: number
  readonly service: MonitorServiceClient
  close(): Promise<void>
}

/** `npm run bench -- monitor`: `tsubo monitor` in a process of its own, with the load of a middling machine room. */
export async function run(args: string[]): Promise<void> {
  const { values: options } = optionsOf(usage, {
    args,
    options: {
      instances: { type: 'string', default: '200' },
      minutes: { type: 'string', default: '5' },
      hours: { type: 'string', default: '24' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (options.help) return console.log(usage)
  const instances = numberFrom(1, '--instances', options.instances, usage)
  const minutes = numberFrom(1, '--minutes', options.minutes, usage)
  const hours = numberFrom(1, '--hours', options.hours, usage)
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-bench-monitor-'))
  try {
    const now = Date.now()
    const share = await takeReports(folder, instances, minutes, now)
    const file = join(folder, 'monitor.db')
    console.log(`${instances} instances x ${methods} methods: ${(share * 100).toFixed(1)} % of one core`)
    fill(file, hours)
    collectGarbage()
    console.log(`${hours} h of minutes and of hours: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`)
    const slowest = await ask(folder, hours)
    if (share > aims.shareOfCore) console.log(`above the aim of ${aims.shareOfCore * 100} % of a core`)
    if (slowest > aims.queryMs) console.log(`above the aim of ${aims.queryMs} ms a query`)
    if (share > aims.shareOfCore || slowest > aims.queryMs) process.exitCode = 1
  } finally {
    if (options.keep) console.log(folder)
    else rmSync(folder, { recursive: true, force: true })
  }
}

/** Reports some minutes as fast as they are taken. Returns what one of them takes of a minute of one core. */
async function takeReports(folder: string, instances: number, minutes: number, now: number): Promise<number> {
  const monitor = await startMonitor(folder)
  let cpuMs = 0
  for (let minute = 0; minute <= minutes; minute++) {
    // The first one makes the streams, once in their life.
    if (minute === 1) cpuMs = cpuOf(monitor.pid)
    for (let instance = 0; instance < instances; instance++) {
      await monitor.service.report({
        sender: `bench-${instance}`,
        sequence: minute + 1,
        application: `app${instance % 10}`,
        instance: `10.0.${instance >> 8}.${instance & 255}:20880`,
        periods: [{ agoMs: Date.now() - now + (minutes - minute) * minuteMs, counts: countsOf(instance, minute) }],
      })
    }
  }
  cpuMs = cpuOf(monitor.pid) - cpuMs
  await monitor.close()
  return cpuMs / minutes / minuteMs
}

function countsOf(instance: number, minute: number) {
  return Array.from({ length: methods }, (_, i) => {
    const provider = instance % 2 === 0
    const slow = 10 + ((i + minute) % 7)
    return {
      side: provider ? ('provider' as const) : ('consumer' as const),
      service: `com.acme.Service${i % 10}`,
      method: `method${i}`,
      ...(!provider && { peer: `app${i % 10}` }),
      calls: 1000 + 4 * slow,
      failed: i % 5 === 0 ? { unavailable: 2, deadline_exceeded: 1 } : {},
      elapsedUs: 5_000_000 + i * 1000 + minute,
      maxElapsedUs: 400_000 + i,
      histogram: [600, 200, 100, 50, 50, slow, slow, slow, slow],
      maxConcurrent: 20 + (i % 5),
      retried: 1,
      hedged: 0,
      bytesOut: 200_000 + i,
      bytesIn: 800_000 + i,
    }
  })
}

/** Copies the last whole minute to all minutes of the hours before, and the hour to as many. */
function fill(file: string, hours: number): void {
  const db = new Database(file)
  db.pragma('journal_mode = wal')
  db.pragma('synchronous = off')
  db.pragma('cache_size = -64000')
  const columnsOf = (table: string): string[] =>
    (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
  const copy = (table: string, unit: number, factor: number): void => {
    const [row] = db.prepare(`select max(time) from ${table}`).raw().all() as [number][]
    const last = (row?.[0] ?? 0) - unit
    const from = table.startsWith('hour') ? last + unit : last
    const columns = columnsOf(table).map((name) =>
      /^(?:time|stream|code|max_)/.test(name) ? name : `${name} * ${factor}`,
    )
    columns[0] = '?'
    const statement = db.prepare(
      `insert or ignore into ${table} select ${columns.join(', ')} from ${table} where time = ?`,
    )
    for (let i = 1; i < (hours * 60) / unit; i++) {
      db.exec('begin')
      statement.run(from - i * unit, from)
      db.exec('commit')
    }
  }
  copy('minutes', 1, 1)
  copy('minute_errors', 1, 1)
  copy('hours', 60, 10)
  copy('hour_errors', 60, 10)
  db.pragma('wal_checkpoint(truncate)')
  db.close()
}

/** libsql lets go of a file once its statements are collected. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
}

/** Asks what a console asks, about the whole time, and returns the median of the slowest. */
async function ask(folder: string, hours: number): Promise<number> {
  const monitor = await startMonitor(folder)
  const provider = { side: 'provider' } as const
  const queries: Readonly<Record<string, CountQuery>> = {
    'all calls over time': { where: provider },
    'one service over time': { where: { ...provider, service: 'com.acme.Service1' } },
    'one method over time': { where: { ...provider, service: 'com.acme.Service1', method: 'method1' } },
    'one instance over time': { where: { instance: '10.0.0.2:20880' } },
    'services over time': { where: provider, by: ['service'] },
    '20 busiest methods over time': { where: provider, by: ['service', 'method'] },
    '20 busiest instances over time': { where: provider, by: ['instance'] },
    'methods, summed': { where: provider, by: ['service', 'method'], stepSeconds: 0, limit: 1000 },
    'instances, summed': { by: ['application', 'instance'], stepSeconds: 0, limit: 1000 },
    'who calls whom': {
      where: { side: 'consumer' },
      by: ['application', 'peer', 'service'],
      stepSeconds: 0,
      limit: 1000,
    },
    'one method by instance': {
      where: { ...provider, service: 'com.acme.Service1', method: 'method1' },
      by: ['instance'],
      stepSeconds: 0,
      limit: 1000,
    },
  }
  let slowest = 0
  for (const [name, query] of Object.entries(queries)) {
    const took: number[] = []
    let said = ''
    for (let i = 0; i < 5; i++) {
      const began = performance.now()
      const { series, stepSeconds } = await monitor.service.query({
        since: new Date(Date.now() - hours * 3_600_000),
        ...query,
      })
      took.push(performance.now() - began)
      said = `${series.length} series of ${series[0]?.points.length ?? 0} points, step ${stepSeconds} s`
    }
    const median = medianOf(took)
    slowest = Math.max(slowest, median)
    const most = Math.max(...took)
    console.log(`  ${name.padEnd(32)} ${median.toFixed(0).padStart(5)} ms (at most ${most.toFixed(0)})  ${said}`)
  }
  await monitor.close()
  return slowest
}

async function startMonitor(folder: string): Promise<MonitorProcess> {
  const tsubo = fileURLToPath(new URL('../../cli/tsubo.js', import.meta.url))
  const where = ['--registry', 'static://127.0.0.1:1', '--host', '127.0.0.1', '--data', folder, '--max-size', '20gb']
  const child = spawn(process.execPath, [tsubo, 'monitor', ...where], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const port = await new Promise<string>((resolve, reject) => {
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text
      const [, found] = /ready at tsubo:\/\/127\.0\.0\.1:(\d+)/.exec(printed) ?? []
      if (found) resolve(found)
    })
    child.once('exit', () => reject(new Error(`tsubo monitor ended before it was ready: ${printed}`)))
  })
  const registry = openRegistry(`static://127.0.0.1:${port}`)
  const client = createClient({ registry })
  return {
    pid: child.pid ?? 0,
    service: new MonitorServiceClient(client, { timeoutMs: 30_000 }),
    async close() {
      await client.close()
      child.kill('SIGTERM')
      await closed
    },
  }
}

/** Milliseconds of CPU that a process has used, of 10 ms each. */
function cpuOf(pid: number): number {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13) ?? []
  return (Number(user) + Number(system)) * 10
}
