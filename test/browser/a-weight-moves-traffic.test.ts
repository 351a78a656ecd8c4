import { readFileSync } from 'node:fs'
import { createClient } from 'tsubo'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { TicketServiceClient } from '../../generated/ticket.js'
import { openStage, type Stage } from './stage.js'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 60 })
})

afterAll(() => stage.close())

const key = 'com.miao.server.TicketService::.configurators'

/** Which share of 300 calls a provider gets. */
async function shareOf(address: string): Promise<number> {
  const client = createClient({ registry: stage.registry, application: 'counter' })
  const tickets = new TicketServiceClient(client)
  // The first call waits for the rules.
  await tickets.getTicket()
  await Promise.all(Array.from({ length: 300 }, () => tickets.getTicket()))
  const { attempts } = client.counts
  await client.close()
  return (attempts.get(address) ?? 0) / 301
}

it('is set on the page of its service, tried before it is written, and taken back from its history', async () => {
  const { page, errors } = await stage.newSession()
  const { host, port } = stage.picture.ticketOffices[0]!.published
  const address = `${host}:${port}`
  expect(await shareOf(address)).toBeGreaterThan(0.25)

  await page.goto(`${stage.url}/services/com.miao.server.TicketService`)
  // The monitor has told of the traffic, so that a dry run knows it.
  await expect
    .poll(() => page.locator('.figure', { hasText: 'Calls/s' }).textContent(), { timeout: 15_000 })
    .toMatch(/\d/)
  await page.getByRole('button', { name: `Actions for ${address}` }).click()
  await page.getByRole('button', { name: 'Set weight…' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.locator('input[type=number]').fill('0')
  await dialog.getByText(/Would move \d+ % of the traffic|Would move \d+% of the traffic/).waitFor()
  await dialog.getByText('matches 1 of 3 providers').waitFor()
  await dialog.locator('.diff tr.added').first().waitFor()
  // Nothing is written by a dry run.
  expect(await stage.registry.ruleStore?.read(key)).toBeUndefined()

  await dialog.getByRole('button', { name: 'Save rule' }).click()
  await dialog.getByText('Saved in').waitFor()
  await dialog.getByText(/(\d) of \1 tsubo consumers applied revision [0-9a-f]{12}/).waitFor({ timeout: 15_000 })
  await dialog.getByRole('button', { name: 'Done' }).click()
  await expect.poll(() => shareOf(address), { timeout: 5000 }).toBe(0)
  const weight = page
    .getByRole('row', { name: new RegExp(address) })
    .locator('td')
    .nth(4)
  await expect.poll(() => weight.textContent()).toMatch(/^0/)

  // Another change, by form and as YAML; then back to no rule at all.
  await page.goto(`${stage.url}/rules/${encodeURIComponent(key)}`)
  await page.getByLabel('Value of weight').fill('30')
  await page.locator('.diff tr.removed', { hasText: 'weight: 0' }).waitFor()
  await page.getByRole('tab', { name: 'YAML' }).click()
  const yaml = page.getByLabel('The rule as YAML')
  await expect.poll(() => yaml.inputValue()).toContain('weight: 30')
  await yaml.fill('configs: [')
  await page.getByText('This is no rule.').waitFor()
  expect(await page.getByRole('button', { name: 'Save rule' }).isDisabled()).toBe(true)
  await yaml.fill(`configs:\n  - side: provider\n    addresses: ["${address}"]\n    parameters: { weight: 30 }\n`)
  await page.getByRole('button', { name: 'Save rule' }).click()
  await page.getByText(`${key} is saved.`).waitFor()

  await expect.poll(() => page.locator('.history li').count()).toBe(2)
  await page.locator('.history li').last().getByRole('button', { name: 'Compare' }).click()
  await page.getByRole('dialog').locator('.diff tr.removed').first().waitFor()
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back to this' }).click()
  await page.getByText('There is no such rule yet.').waitFor()
  await expect.poll(() => shareOf(address), { timeout: 5000 }).toBeGreaterThan(0.25)
  expect(errors).toEqual([])

  await page.goto(`${stage.url}/audit`)
  await page.getByRole('row', { name: /Rule rolled back/ }).waitFor()
  await page
    .getByRole('row', { name: /Rule saved/ })
    .first()
    .getByRole('button', { name: 'Show change' })
    .click()
  await page.getByRole('dialog').locator('.diff tr.added').first().waitFor()
})

it('is a rule that somebody else has changed meanwhile: nothing is written, and it is said', async () => {
  const { page } = await stage.newSession()
  const store = stage.registry.ruleStore
  const { replaceRule } = await import('../../runtime/rule/history.js')
  const text = (weight: number) =>
    Buffer.from(`configs:\n  - side: provider\n    addresses: ["10.0.0.1:1"]\n    parameters: { weight: ${weight} }\n`)
  if (!store) throw new Error('no store')
  await replaceRule(store, key, await store.read(key), text(10))
  await page.goto(`${stage.url}/rules/${encodeURIComponent(key)}`)
  await page.getByLabel('Value of weight').fill('40')
  await page.locator('.diff tr.added').first().waitFor()
  await replaceRule(store, key, await store.read(key), text(20))
  await page.getByText('Somebody else has changed this rule since you began.').waitFor()
  await page.getByRole('button', { name: 'Save rule' }).click()
  await page.getByText('Somebody else changed it meanwhile.').first().waitFor()
  expect(String((await store.read(key))?.data)).toContain('weight: 20')
})

it('its pages are small: 80 kB zipped without charts, with both languages', async () => {
  const { readdirSync } = await import('node:fs')
  const { gzipSync } = await import('node:zlib')
  const folder = new URL('../../dist/admin/ui/', import.meta.url)
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
  const sizes = new Map(files.map((name) => [name, gzipSync(readFileSync(new URL(name, folder)), { level: 9 }).length]))
  const charts = [...sizes].filter(([name]) => /(^|\/)plot-/.test(name))
  expect(charts.length).toBeGreaterThan(0)
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0)
  const rest = all - charts.reduce((sum, [, size]) => sum + size, 0)
  console.log(`pages ${(rest / 1000).toFixed(1)} kB zipped, charts ${((all - rest) / 1000).toFixed(1)} kB`)
  expect(rest).toBeLessThan(80_000)
  // And they come when they are needed, not before.
  expect(readFileSync(new URL('index.html', folder), 'utf8')).not.toContain('plot-')
})
