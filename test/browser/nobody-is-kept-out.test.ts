import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { openStage, type Stage, type Watched } from './stage.js'

/*
 * axe looks at every page, in both themes. A policy would keep it out, so it is off here; another test holds the pages to it.
 */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 20 })
})

afterAll(() => stage.close())

const service = 'services/com.miao.shop.OrderService'
const rule = 'rules/com.miao.shop.OrderService:1.0.0:.configurators'
const pages: readonly (readonly [string, string])[] = [
  ['', 'h1'],
  ['services', 'tbody tr'],
  [service, 'tbody tr'],
  [`${service}?view=consumers`, 'tbody tr'],
  [`${service}?view=contract`, '.members'],
  [`${service}?view=traffic`, '.chart, .empty'],
  [`${service}?view=try&method=place`, 'textarea'],
  ['applications', 'tbody tr'],
  ['applications/shop', 'tbody tr'],
  ['instances', 'tbody tr'],
  ['topology', '.node'],
  ['rules', '.empty'],
  [rule, '.item'],
  ['audit', 'tbody tr'],
  ['users', 'tbody tr'],
  ['account', 'form'],
  ['nowhere', '.empty'],
]

describe.each(['light', 'dark'] as const)('%s', (colorScheme) => {
  let watched: Watched

  it('the login page', async () => {
    watched = await stage.newPage({ bypassCSP: true, colorScheme })
    await watched.page.goto(stage.url)
    await watched.page.locator('form').waitFor()
    expect(await violations(watched.page)).toEqual([])
    await watched.page.context().close()
  })

  it('every page behind it', async () => {
    watched = await stage.newSession({ bypassCSP: true, colorScheme })
    const found: Record<string, unknown> = {}
    for (const [path, shown] of pages) {
      await watched.page.goto(`${stage.url}/${path}`)
      await watched.page.locator(shown).first().waitFor()
      const wrong = await violations(watched.page)
      if (wrong.length > 0) found[path] = wrong
    }
    expect(found).toEqual({})
  }, 90_000)

  it('dialogs and menus, which hold the focus and give it back', async () => {
    const { page } = watched
    await page.goto(`${stage.url}/${service}`)
    const menu = page.getByRole('button', { name: /Actions for/ }).first()
    await menu.click()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    expect(await page.evaluate('document.activeElement.ariaLabel')).toMatch(/^Actions for/)
    await menu.press('Enter')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.locator('dialog .diff').waitFor()
    expect(await violations(page)).toEqual([])
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.context().close()
  })
})

/** What axe has against a page, in a line each. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const found = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ' ' + target.join(' ') + ' ' + (any[0]?.message ?? ''))))`)
  return found as string[]
}
