import { spawn, spawnSync } from 'node:child_process'
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
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
  return { service, told, calls, close: () => monitor.close() }
}

const many = (from: number) =>
  Array.from({ length: 500 }, (_, i) => tenCalls({ method: `m${from + i}`, failed: { unavailable: 1 } }))

test('no room below the bound: a report is refused whole as unavailable, told once, and taken when it comes again below a larger one', async () => {
  const folder = temporaryFolder()
  const monitor = await monitorIn(folder, { maxBytes: 2 ** 19 })
  let refused = 0
  const send = (to: typeof monitor, sequence: number) =>
    to.service.report(reportOf(many(sequence * 500), { sequence, sender: 'who' }))
  for (let sequence = 1; refused === 0 && sequence < 50; sequence++) {
    await send(monitor, sequence).catch((error) => {
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining('full') })
      refused = sequence
    })
  }
  expect(refused).toBeGreaterThan(1)
  expect(await monitor.calls()).toBe((refused - 1) * 5000)
  await expect(send(monitor, refused)).rejects.toMatchObject({ code: 'unavailable' })
  expect(monitor.told).toEqual([expect.stringMatching(/monitor\.db can't be written: .*full; reports are refused/)])
  await monitor.close()

  const larger = await monitorIn(folder, { maxBytes: 2 ** 24 })
  for (let again = 0; again < 2; again++) {
    await send(larger, refused)
    expect(await larger.calls()).toBe(refused * 5000)
  }
  expect(larger.told).toEqual([])
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
  const send = (sequence: number) => service.report(reportOf(many(sequence * 500), { sequence, sender: 'who' }))
  const calls = async () => {
    const { series } = await service.query({ since: new Date(Date.now() - 600_000), stepSeconds: 0 })
    return series[0]?.points[0]?.calls
  }
  let refused = 0
  for (let sequence = 1; refused === 0 && sequence < 100; sequence++) {
    await send(sequence).catch((error) => {
      expect(error).toMatchObject({ code: 'unavailable', message: expect.stringContaining("can't be written") })
      refused = sequence
    })
  }
  expect(refused).toBeGreaterThan(1)
  expect(await calls()).toBe((refused - 1) * 5000)
  expect(printed).toContain("monitor.db can't be written")
  expect(child.exitCode).toBe(null)

  const freed = spawnSync('prlimit', ['--pid', String(child.pid), '--fsize=unlimited:'], { encoding: 'utf8' })
  expect(freed).toMatchObject({ status: 0, stderr: '' })
  for (let again = 0; again < 2; again++) {
    await send(refused)
    expect(await calls()).toBe(refused * 5000)
  }
  await send(refused + 1)
  expect(await calls()).toBe((refused + 1) * 5000)
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

let filled: Promise<Buffer> | undefined

/** A folder with a database of 1000 methods. */
async function filledFolder(): Promise<string> {
  filled ??= (async () => {
    const folder = temporaryFolder()
    const monitor = await monitorIn(folder)
    for (let i = 0; i < 2; i++) await monitor.service.report(reportOf(many(i * 500), { sequence: i + 1 }))
    await monitor.close()
    return readFileSync(join(folder, 'monitor.db'))
  })()
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'monitor.db'), await filled)
  return folder
}

/** Overwrites the figures in a database; what says what it holds, and whose figures they are, stays. */
function corrupt(folder: string): void {
  const file = openSync(join(folder, 'monitor.db'), 'r+')
  const page = Buffer.alloc(4096)
  // https://www.sqlite.org/fileformat.html#b_tree_pages: the first byte of a leaf of a table without rowids.
  for (let at = 16 * page.length; readSync(file, page, 0, page.length, at) > 0; at += page.length) {
    if (page[0] === 0x0a) writeSync(file, Buffer.alloc(page.length, 0x5a), 0, page.length, at)
  }
  closeSync(file)
}

/** Makes a directory that isn't empty of a path: no file takes its place. Returns how to take it away. */
function occupy(path: string): () => void {
  mkdirSync(join(path, 'something'), { recursive: true })
  return () => rmSync(path, { recursive: true })
}

test('pages that were overwritten are noticed when they are read: put aside, and the report goes into a new one', async () => {
  const folder = await filledFolder()
  const monitor = await monitorIn(folder)
  corrupt(folder)
  await monitor.service.report(reportOf(many(0), { sequence: 3 }))
  expect(monitor.told).toEqual([expect.stringMatching(/monitor\.db\.corrupt, and a new one begins/)])
  expect(await monitor.calls()).toBe(5000)
})

test.each<[string, (folder: string) => () => void]>([
  ['it has to stay where it is', (folder) => occupy(join(folder, 'monitor.db.corrupt'))],
  [
    'a new one has no place',
    (folder) => {
      renameSync(folder, `${folder}-gone`)
      writeFileSync(folder, '')
      onTestFinished(() => rmSync(`${folder}-gone`, { recursive: true }))
      return () => rmSync(folder)
    },
  ],
])(
  'a corrupt one that nothing can replace is told once, lived with, and replaced when that can be: %s',
  async (_, obstruct) => {
    const folder = await filledFolder()
    const monitor = await monitorIn(folder)
    corrupt(folder)
    const clear = obstruct(folder)
    const report = () => monitor.service.report(reportOf(many(0), { sequence: 3 }))
    for (const ask of [report, report, monitor.calls]) {
      await expect(ask()).rejects.toMatchObject({
        code: 'unavailable',
        message: expect.stringMatching(/the database is corrupt .* and no new one can be made/),
      })
    }
    clear()
    for (let again = 0; again < 2; again++) {
      await report()
      expect(await monitor.calls()).toBe(5000)
    }
    expect(monitor.told).toEqual([
      expect.stringMatching(/no new one can be made: .*; reports are refused, and come again once it can/),
      expect.stringMatching(/monitor\.db\.corrupt, and a new one begins/),
    ])
  },
)

test('a corrupt one that is noticed when what is old is deleted, and that nothing can replace, ends nothing', async () => {
  const folder = await filledFolder()
  corrupt(folder)
  const clear = occupy(join(folder, 'monitor.db.corrupt'))
  const unhandled = vi.fn()
  process.on('unhandledRejection', unhandled)
  onTestFinished(() => void process.off('unhandledRejection', unhandled))
  const monitor = await monitorIn(folder)
  expect(monitor.told).toEqual([expect.stringMatching(/monitor\.db can't be put aside as .*, move it away/)])
  await expect(monitor.calls()).rejects.toMatchObject({ code: 'unavailable' })
  clear()
  await monitor.service.report(reportOf([tenCalls()]))
  expect(await monitor.calls()).toBe(10)
  expect(unhandled).not.toHaveBeenCalled()
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
