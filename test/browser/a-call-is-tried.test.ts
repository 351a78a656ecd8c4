import { createClient } from 'tsubo'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { type Order, OrderServiceClient } from '../../generated/order.js'
import { openStage, type Stage } from './stage.js'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 5 })
})

afterAll(() => stage.close())

const order: Order = {
  reference: 9_007_199_254_740_993n,
  articles: new Map([
    ['tea', 2],
    ['teapot', 1],
  ]),
  payment: { kind: 'voucher', codes: ['SPRING', 'AUTUMN'] },
  dueBy: new Date('2026-12-24T18:30:00.250Z'),
  recipient: 'Miao',
  place: [31.23, 121.47],
  labels: new Set(['fragile']),
}

it('with a union, a bigint, a Date and a Map filled in, and is answered as the generated client is', async () => {
  const { page, errors } = await stage.newSession()
  await page.goto(`${stage.url}/services/com.miao.shop.OrderService?view=try&method=quote`)
  await page.getByLabel('reference').fill('9007199254740993')
  const articles = page.getByRole('group', { name: 'articles', exact: true })
  for (const [i, [article, count]] of [...order.articles].entries()) {
    await articles.getByRole('button', { name: 'entry: order.articles' }).click()
    await articles.getByLabel(`key ${i + 1}`).fill(article)
    await articles
      .getByLabel(`value ${i + 1}`, { exact: false })
      .first()
      .fill(String(count))
  }
  const payment = page.getByRole('group', { name: 'payment', exact: true })
  await payment.getByLabel('Member of Payment').selectOption('kind: "voucher"')
  for (const [i, code] of ['SPRING', 'AUTUMN'].entries()) {
    await payment.getByRole('button', { name: 'item: order.payment.codes' }).click()
    await payment.getByRole('textbox', { name: `[${i}]` }).fill(code)
  }
  await page.getByRole('button', { name: 'add dueBy' }).click()
  await page.getByRole('textbox', { name: 'dueBy' }).fill('2026-12-24T18:30:00.250')
  const recipient = page.getByRole('group', { name: 'recipient', exact: true })
  await recipient.getByRole('button', { name: 'string' }).click()
  await recipient.getByRole('textbox').fill('Miao')
  const place = page.getByRole('group', { name: 'place', exact: true })
  await place.getByRole('textbox', { name: '[0]' }).fill('31.23')
  await place.getByRole('textbox', { name: '[1]' }).fill('121.47')
  const labels = page.getByRole('group', { name: 'labels', exact: true })
  await labels.getByRole('button', { name: 'item: order.labels' }).click()
  await labels.getByRole('textbox', { name: '[0]' }).fill('fragile')

  // What was filled in stands beside it as JSON.
  const json = JSON.parse(await page.getByLabel('Arguments as JSON').inputValue()) as Record<string, unknown>
  expect(json).toEqual({
    reference: '9007199254740993',
    articles: [
      ['tea', 2],
      ['teapot', 1],
    ],
    payment: { kind: 'voucher', codes: ['SPRING', 'AUTUMN'] },
    dueBy: '2026-12-24T18:30:00.250Z',
    recipient: 'Miao',
    place: [31.23, 121.47],
    labels: ['fragile'],
  })
  const provider = await page.getByLabel('Provider', { exact: true }).locator('option').nth(1).getAttribute('value')
  await page.getByLabel('Provider', { exact: true }).selectOption(provider)
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  const result = page.locator('.result-head')
  await result.getByText('ok').waitFor()
  expect(await result.textContent()).toContain(`answered by ${provider}`)
  const shown = JSON.parse((await page.locator('section[aria-label="Result"] pre').textContent()) ?? '') as object

  const client = createClient({ registry: stage.registry })
  const quote = await new OrderServiceClient(client, { version: '1.0.0' }).quote(order)
  await client.close()
  expect(shown).toEqual({
    reference: String(quote.reference),
    total: quote.total,
    prices: [...quote.prices],
    validUntil: quote.validUntil.toISOString(),
    payment: quote.payment,
    remarks: {
      labels: 'fragile',
      next: { $bigint: '9007199254740994' },
      due: { $Date: '2026-12-24T18:30:00.250Z' },
    },
  })
  expect(errors).toEqual([])
})

it('as JSON, which fills the form; what is wrong is said at its place, before and after anybody is asked', async () => {
  const { page } = await stage.newSession()
  await page.goto(`${stage.url}/services/com.miao.shop.OrderService?view=try&method=quote`)
  const json = page.getByLabel('Arguments as JSON')
  await json.fill('{"reference":')
  await page.locator('.wrong').first().waitFor()
  expect(await page.getByRole('button', { name: 'Call', exact: true }).isDisabled()).toBe(true)

  const value = {
    reference: 'twelve',
    articles: [],
    payment: { kind: 'invoice', days: 30 },
    recipient: null,
    place: [1, 2],
    labels: [],
  }
  await json.fill(JSON.stringify(value))
  expect(await page.getByLabel('reference').inputValue()).toBe('twelve')
  expect(await page.getByLabel('days').inputValue()).toBe('30')
  await page.getByText('expected a 64-bit integer as text').waitFor()
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.getByText('order.reference', { exact: false }).first().waitFor()
  expect(await page.locator('section[aria-label="Result"]').textContent()).toMatch(/order\.reference/)
})

it('with an error that the contract declares, and a stream that comes item by item', async () => {
  const { page } = await stage.newSession()
  await page.goto(`${stage.url}/services/com.miao.shop.OrderService?view=try&method=place`)
  await page.getByLabel('Member of Payment').selectOption('kind: "voucher"')
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.getByText('a voucher without codes pays for nothing').waitFor()
  expect(await page.locator('section[aria-label="Properties of the error"]').textContent()).toContain('no_codes')

  await page.getByLabel('Method').selectOption('track')
  await page.getByLabel('orderNumber').fill('7')
  await page.getByLabel('Timeout (ms)').fill('10000')
  await page.getByRole('button', { name: 'Call', exact: true }).click()
  await page.locator('.stream-items li').first().waitFor()
  expect(await page.locator('.stream-items li').count()).toBeLessThan(4)
  await expect.poll(() => page.locator('.stream-items li').count(), { timeout: 8000 }).toBe(4)
  await page.locator('.result-head').getByText('ok').waitFor()
  const line = await page.locator('.stream-items li').last().textContent()
  expect(line).toContain('"orderNumber":"7","state":"delivered"')
})
