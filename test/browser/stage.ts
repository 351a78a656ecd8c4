import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { openRegistry, type Registry } from 'tsubo'
import { startZooKeeper, type ZooKeeper } from 'tsubo/testing'
import { type RunningAdmin, startAdmin } from '../../admin/server.js'
import { openPicture, type Picture, type PictureOptions } from '../../examples/ticket/picture.js'
import { createMonitor, type Monitor } from '../../monitor/monitor.js'

/** A console with something to show, and a browser to look at it. */
export interface Stage {
  readonly zooKeeper: ZooKeeper
  readonly registry: Registry
  readonly picture: Picture
  readonly monitor: Monitor
  readonly admin: RunningAdmin
  readonly url: string
  /** A page that nobody is logged in on. What it logs as an error and asks of other hosts is kept. */
  newPage(options?: BrowserContextOptions): Promise<Watched>
  /** The same, logged in as root. */
  newSession(options?: BrowserContextOptions): Promise<Watched>
  close(): Promise<void>
}

export interface Watched {
  readonly page: Page
  /** Errors of scripts, and what the content security policy refused. */
  readonly errors: string[]
  /** Addresses outside of the console that were asked for. */
  readonly outside: string[]
}

export interface StageOptions extends PictureOptions {
  readonly chromium: string
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-browser-'))
  const zooKeeper = await startZooKeeper()
  const registry = openRegistry(zooKeeper.address)
  const monitor = await createMonitor({ folder: join(folder, 'monitor'), registry })
  const picture = await openPicture(zooKeeper.address, { reportMs: 250, ...options })
  const data = join(folder, 'admin')
  const admin = await startAdmin({ registry, port: 0, data, onWarning: (line) => console.error(line) })
  const browser: Browser = await chromium.launch({
    executablePath: options.chromium,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })

  const newPage = async (contextOptions: BrowserContextOptions = {}): Promise<Watched> => {
    const context = await browser.newContext({
      locale: 'en',
      viewport: { width: 1360, height: 860 },
      reducedMotion: 'reduce',
      ...contextOptions,
    })
    const page = await context.newPage()
    page.setDefaultTimeout(10_000)
    const errors: string[] = []
    const outside: string[] = []
    page.on('pageerror', (error) => errors.push(error.stack ?? error.message))
    page.on('console', (message) => {
      // Answers of 401 and the like are a part of how it works.
      const text = message.text()
      if (message.type() === 'error' && !/Failed to load resource/.test(text)) errors.push(text)
    })
    page.on('request', (request) => {
      if (!request.url().startsWith(admin.url)) outside.push(request.url())
    })
    return { page, errors, outside }
  }
  return {
    zooKeeper,
    registry,
    picture,
    monitor,
    admin,
    url: admin.url,
    newPage,
    async newSession(contextOptions) {
      const watched = await newPage(contextOptions)
      await watched.page.goto(admin.url)
      await logIn(watched.page)
      return watched
    },
    async close() {
      await browser.close()
      await picture.close()
      await admin.close()
      await monitor.close()
      await registry.close()
      await zooKeeper.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Whatever the language. */
export async function logIn(page: Page, name = 'root', password = 'root'): Promise<void> {
  await page.locator('input[name=username]').fill(name)
  await page.locator('input[name=password]').fill(password)
  await page.locator('button[type=submit]').click()
  await page.locator('.shell').waitFor()
}
