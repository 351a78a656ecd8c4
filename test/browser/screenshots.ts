import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { replaceRule } from '../../runtime/rule/history.js'
import { chromiumAdvice, findChromium } from './chromium.js'
import { tellHistory } from './history.js'
import { logIn, openStage } from './stage.js'

/*
 * `npm run screenshots`: every page of the console in both themes and both languages, into docs/screenshots. They are WebP, which
 * the browser itself makes of what it has drawn.
 */

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
const service = 'services/com.miao.shop.OrderService'
const key = 'com.miao.server.TicketService::.configurators'
const rule = `rules/${encodeURIComponent(key)}`

interface Shot {
  readonly name: string
  readonly path: string
  /** What must be there. */
  readonly shown: string
  readonly first?: (page: Page) => Promise<void>
}

const call = {
  reference: '9007199254740993',
  articles: [
    ['tea', 2],
    ['teapot', 1],
  ],
  payment: { kind: 'voucher', codes: ['SPRING'] },
  dueBy: '2026-12-24T18:30:00.250Z',
  recipient: null,
  place: [31.23, 121.47],
  labels: ['fragile'],
}

const shots: readonly Shot[] = [
  { name: 'overview', path: '', shown: '.u-over' },
  { name: 'services', path: 'services', shown: 'tbody tr' },
  { name: 'service', path: 'services/com.miao.server.TicketService', shown: 'tbody tr' },
  { name: 'contract', path: `${service}?view=contract`, shown: '.members' },
  { name: 'traffic', path: `services/com.miao.server.TicketService?view=traffic`, shown: '.u-over' },
  {
    name: 'call',
    path: `${service}?view=try&method=quote`,
    shown: 'textarea',
    async first(page) {
      await page.locator('section[aria-live] textarea').fill(JSON.stringify(call, undefined, 2))
      await page.locator('.try button[type=submit]').click()
      await page.locator('.result-head .badge.ok').waitFor()
      await page.evaluate('scrollTo(0, 150)')
    },
  },
  { name: 'applications', path: 'applications', shown: 'tbody tr' },
  { name: 'application', path: 'applications/ticket-office', shown: '.u-over' },
  { name: 'instances', path: 'instances', shown: 'tbody tr' },
  { name: 'topology', path: 'topology', shown: '.edge-label' },
  { name: 'rules', path: 'rules', shown: 'tbody tr' },
  {
    name: 'rule',
    path: rule,
    shown: '.history li',
    async first(page) {
      await page.locator('.item input').last().fill('40')
      await page.locator('.diff tr.added').first().waitFor()
    },
  },
  { name: 'audit', path: 'audit', shown: 'tbody tr' },
  { name: 'users', path: 'users', shown: 'tbody tr' },
  { name: 'account', path: 'account', shown: 'form' },
]

const chromium = await findChromium((line) => console.error(line))
if (!chromium) {
  console.error(`no Chromium was found: ${chromiumAdvice}`)
  process.exit(1)
}
const stage = await openStage({ chromium })
await tellHistory(stage.picture)
const office = stage.picture.ticketOffices[2]?.published
const store = stage.registry.ruleStore
if (!store || !office) throw new Error('the stage is empty')
for (const weight of [80, 60]) {
  const text = `# The third office is slower than the others.\nconfigs:\n  - side: provider\n    addresses: ["${office.host}:${office.port}"]\n    parameters: { weight: ${weight} }\n`
  await replaceRule(store, key, await store.read(key), Buffer.from(text))
}
const tags = 'force: false\ntags:\n  - name: gray\n    match:\n      - { key: region, value: { prefix: hangzhou } }\n'
await replaceRule(store, 'ticket-office.tag-router', undefined, Buffer.from(tags))

rmSync(folder, { recursive: true, force: true })
mkdirSync(folder, { recursive: true })
for (const [locale, language] of [
  ['en', 'en'],
  ['zh-CN', 'zh'],
] as const) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { page } = await stage.newPage({ locale, colorScheme, viewport: { width: 1360, height: 850 } })
    const take = async (name: string): Promise<void> => {
      await page.mouse.move(0, 0)
      // Fonts, curves, and whatever else is drawn a moment later.
      await page.waitForTimeout(250)
      writeFileSync(`${folder}${name}-${colorScheme}-${language}.webp`, await webp(page, await page.screenshot()))
    }
    await page.goto(stage.url)
    await page.locator('form').waitFor()
    await take('login')
    await logIn(page)
    for (const { name, path, shown, first } of shots) {
      await page.goto(`${stage.url}/${path}`)
      await page.locator(shown).first().waitFor()
      await first?.(page)
      await take(name)
    }
    await page.context().close()
  }
}
await stage.close()
const sizes = readdirSync(folder).map((name) => statSync(folder + name).size)
console.log(
  `${sizes.length} pictures, ${Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1024)} KiB in docs/screenshots`,
)
process.exit(0)

/** A canvas encodes it; a page without a policy does so. */
async function webp(page: Page, png: Buffer): Promise<Buffer> {
  const blank = await page.context().newPage()
  const encoded = (await blank.evaluate(`(async () => {
    const bytes = Uint8Array.from(atob('${png.toString('base64')}'), (c) => c.charCodeAt(0))
    const picture = await createImageBitmap(new Blob([bytes], { type: 'image/png' }))
    const canvas = document.createElement('canvas')
    canvas.width = picture.width
    canvas.height = picture.height
    canvas.getContext('2d').drawImage(picture, 0, 0)
    return canvas.toDataURL('image/webp', 0.86).split(',')[1]
  })()`)) as string
  await blank.close()
  return Buffer.from(encoded, 'base64')
}
