import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startZooKeeper } from 'tsubo/testing'
import { startMonitor } from './demo-monitor.js'
import { openPicture } from './picture.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
/** So long one more ticket office is there, and then isn't. */
const stayMs = 20_000
const reportMs = 5_000

/**
 * The whole picture to look at: a registry, a monitor, applications that call each other, and the console, each told by a line.
 * Goes on until Ctrl-C. Rejects where one of them can't start.
 */
export async function showAdmin(
  given: { readonly registry?: string | undefined; readonly port?: string | undefined },
  step: (name: string, text: string) => void,
): Promise<void> {
  buildPages(step)
  const builtIn = given.registry === undefined ? await startZooKeeper() : undefined
  const registry = given.registry ?? builtIn?.address ?? ''
  step('registry', builtIn ? `${registry}: built in, speaks ZooKeeper's protocol` : registry)
  const monitor = await startMonitor(registry)
  step('monitor', `pid ${monitor.pid}: clients and servers tell it every ${reportMs / 1000} s what they counted`)
  const picture = await openPicture(registry, { reportMs })
  const offices = picture.ticketOffices.map(({ published: { host, port } }) => `${host}:${port}`)
  step('providers', `3 ticket offices (${offices.join(', ')}), 2 shops, a user server`)
  step('consumers', 'web, app and reports call them, about 60 times a second')
  const admin = await startConsole(registry, given.port ?? '7001')
  step('console', `${admin.url}  log in as root with the password root`)
  console.log('\nOne more ticket office comes and goes every 20 s: it is on an open page at once. Ctrl-C ends it all.')

  const ended = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => ended.abort())
  void admin.closed.then(() => ended.abort())
  while (!ended.signal.aborted) {
    await pause(stayMs, ended.signal)
    if (ended.signal.aborted) break
    const more = await picture.addTicketOffice()
    await pause(stayMs, ended.signal)
    await more.close()
  }
  console.log('')
  await admin.close()
  await picture.close()
  await monitor.close()
  await builtIn?.close()
  step('end', 'all of it has ended')
}

/** A checkout has no built pages. */
function buildPages(step: (name: string, text: string) => void): void {
  if (existsSync(`${root}dist/admin/ui/index.html`)) return
  const { status, stderr } = spawnSync('npm', ['run', '-s', 'build:ui'], { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`the console's pages can't be built: ${stderr.trim()}`)
  step('build', "the console's pages, once (npm run build:ui)")
}

interface DemoConsole {
  readonly url: string
  readonly closed: Promise<void>
  close(): Promise<void>
}

async function startConsole(registry: string, port: string): Promise<DemoConsole> {
  // An own folder, or a password that was changed once would hold for ever.
  const data = mkdtempSync(join(tmpdir(), 'tsubo-demo-admin-'))
  const args = ['cli/tsubo.js', 'admin', '--registry', registry, '--port', port, '--data', data]
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void closed.then(() => rmSync(data, { recursive: true, force: true }))
  const url = await new Promise<string>((resolve, reject) => {
    let printed = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text
        const [, found] = /ready at (http:\S+?),/.exec(printed) ?? []
        if (found) resolve(found)
      })
    }
    child.once('close', () => reject(new Error(`the console ended before it was ready: ${printed.trim()}`)))
  })
  return {
    url,
    closed,
    async close() {
      child.kill('SIGTERM')
      await closed
    },
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal }).catch(() => undefined)
}
