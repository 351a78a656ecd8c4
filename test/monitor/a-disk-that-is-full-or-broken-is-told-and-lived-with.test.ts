import { spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createMonitor, type MonitorOptions, MonitorServiceClient } from '../../monitor/index.js'
import { createClient } from '../../runtime/client.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { root } from '../support/child.js'
import { reportOf, temporaryFolder, tenCalls } from '../support/monitor.js'
import { closeAll } from '../support/network.js'
import { startTsubo } from '../support/serving.js'

afterEach(closeAll)

/** A registry that it isn't registered in. */
const nowhere = ['--registry', 'static://127.0.0.1:1', '--host', '127.0.0.1']

function askAt(port: number | string) {
  const client = createClient({ registry: staticRegistry(`127.0.0.1:${port}`) })
  onTestFinished(() => client.close())
  return { service: new MonitorServiceClient(client), close: () => client.close() }
}

/** A monitor in this process, and a client that talks to it over a socket. */
async function monitorIn(folder: string, options: Partial<MonitorOptions> = {}) {
  const told: string[] = []
  const monitor = await createMonitor({
    folder,
    listen: { host: '127.0.0.1' },
    tell: (line) => told.push(line),
    ...options,
  })
  onTestFinished(() => monitor.close())
  const { service } = askAt(monitor.running.bound.port)
  const calls = async () => {
    const { series } = await service.query({ since: new Date(Date.now() - 600_000), stepSeconds: 0 })
    return series[0]?.points[0]?.calls ?? 0
  }
  return { service, told, calls }
}

const many = (from: number) =>
  Array.from({ length: 500 }, (_, i) => tenCalls({ method: `m${from + i}`, failed: { unavailable: 1 } }))

test('no room: the report is refused whole as unavailable, told once, and taken when it comes again', async () => {
  const monitor = await monitorIn(temporaryFolder(), { maxBytes: 2 ** 19 })
  let refused = 0
  for (let sequence = 1; refused === 0 && sequence < 50; sequence++) {
    await monitor.service
      .report(reportOf(many(sequence * 500), { sequence, sender: `s${sequence}` }))
      .catch((error) => {
        expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('full') })
        refused = sequence
      })
  }
  expect(refused).toBeGreaterThan(1)
  expect(await monitor.calls()).toBe((refused - 1) * 5000)
  await expect(monitor.service.report(reportOf(many(0), { sender: 'x' }))).rejects.toMatchObject({
    code: 'unavailable',
  })
  expect(monitor.told).toEqual([expect.stringMatching(/monitor\.db can't be written: .*full; reports are refused/)])
  // A smaller one that goes in is taken.
  await monitor.service.report(reportOf([tenCalls({ method: `m${500}` })], { sender: 'y' })).catch(() => {})
})

test('a disk that takes no more lets the monitor live, answer and go on once there is room', {
  timeout: 30_000,
}, async () => {
  const folder = temporaryFolder()
  // A limit of the shell's on the size of files: what is written beyond it fails, as on a full disk.
  const limited = `ulimit -S -f 700; trap '' XFSZ; exec "$0" "$@"`
  const child = spawn(
    'bash',
    ['-c', limited, process.execPath, `${root}cli/tsubo.js`, 'monitor', ...nowhere, '--data', folder],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    },
  )
  onTestFinished(() => void child.kill('SIGKILL'))
  let printed = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (printed += chunk))
  const port = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', () => {
      const [, found] = /ready at tsubo:\/\/127\.0\.0\.1:(\d+)/.exec(printed) ?? []
      if (found) resolve(found)
    })
    child.once('close', () => reject(new Error(printed)))
  })
  const { service } = askAt(port)
  let taken = 0
  let error: unknown
  while (!error && taken < 100) {
    await service.report(reportOf(many(taken * 500), { sender: `s${taken}` })).then(
      () => taken++,
      (thrown) => {
        error = thrown
      },
    )
  }
  expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining("can't be written") })
  const { series } = await service.query({ since: new Date(Date.now() - 600_000), stepSeconds: 0 })
  expect(series[0]?.points[0]?.calls).toBe(taken * 5000)
  expect(printed).toContain("monitor.db can't be written")
  expect(child.exitCode).toBe(null)
})

test('a file that is no database is put aside when it starts, and a new one begins', async () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'monitor.db'), 'not a database, but long enough to look like one. '.repeat(500))
  const monitor = await monitorIn(folder)
  expect(monitor.told).toEqual([
    expect.stringMatching(/can't be read .*: it is now .*monitor\.db\.corrupt, and a new one begins/),
  ])
  await monitor.service.report(reportOf([tenCalls()]))
  expect(await monitor.calls()).toBe(10)
  expect(readdirSync(folder)).toContain('monitor.db.corrupt')
})

test('pages that were overwritten are noticed when they are read: put aside, and the report goes into a new one', async () => {
  const folder = temporaryFolder()
  const first = startTsubo(['monitor', ...nowhere, '--data', folder], folder)
  await first.prints('ready at')
  const { service, close } = askAt(/127\.0\.0\.1:(\d+)/.exec(first.printed())?.[1] ?? '')
  for (let i = 0; i < 6; i++) await service.report(reportOf(many(i * 500), { sequence: i + 1 }))
  await close()
  expect(await first.end()).toBe(0)
  const file = join(folder, 'monitor.db')
  const { size } = statSync(file)
  const handle = openSync(file, 'r+')
  // The first pages, which say what it is, stay.
  writeSync(handle, Buffer.alloc(size - 16 * 4096, 0x5a), 0, size - 16 * 4096, 16 * 4096)
  closeSync(handle)
  const second = await monitorIn(folder)
  await second.service.report(reportOf(many(0), { sequence: 7 }))
  expect(second.told).toEqual([expect.stringMatching(/monitor\.db\.corrupt, and a new one begins/)])
  expect(await second.calls()).toBe(5000)
})

test('a second monitor on the same folder is refused in words', { timeout: 30_000 }, async () => {
  const folder = temporaryFolder()
  await monitorIn(folder)
  const second = startTsubo(['monitor', ...nowhere, '--data', folder], folder)
  expect(await second.ended).toBe(1)
  expect(second.printed()).toContain(
    `${folder}/monitor.db is in use by another process; end it, or take another folder`,
  )
})
