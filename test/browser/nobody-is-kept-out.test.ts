import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import type { RuleStore } from '../../runtime/registry/rule-store.js'
import { replaceRule } from '../../runtime/rule/history.js'
import { openStage, type Stage, type Watched } from './stage.js'

/*
 * axe looks at every page, in both themes. A policy would keep it out, so it is off here; another test holds the pages to it.
 */
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 20 })
  for (const weight of [50, 60]) {
    const store = stage.registry.ruleStore as RuleStore
    const text = `configs:\n  - side: provider\n    addresses: ["10.0.0.1:1"]\n    parameters: { weight: ${weight} }\n`
    await replaceRule(store, key, await store.read(key), Buffer.from(text))
  }
})

afterAll(() => stage.close())

const service = 'services/com.miao.shop.OrderService'
const key = 'com.miao.shop.OrderService:1.0.0:.configurators'
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
  ['rules', 'tbody tr'],
  [`rules/${key}`, '.history li'],
  ['rules/shop.tag-router', '.item'],
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
    const { host, port } = stage.picture.ticketOffices[0]!.published
    for (const [path, shown] of [...pages, [`instances/${host}:${port}`, 'dl']] as const) {
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
