import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { logIn, openStage, type Stage } from './stage.js'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium') })
})

afterAll(() => stage.close())

it('asks for a name and a password, says that one is wrong, and goes where one wanted to', async () => {
  const { page } = await stage.newPage()
  await page.goto(`${stage.url}/services`)
  await page.getByLabel('User name').fill('root')
  await page.getByLabel('Password').fill('toor')
  await page.keyboard.press('Enter')
  await page.getByText('User name or password is wrong.').waitFor()
  await logIn(page)
  await page.getByRole('heading', { level: 1, name: 'Services' }).waitFor()
  await page.getByRole('link', { name: 'com.miao.shop.OrderService' }).waitFor()
  expect(await page.getByText('The password is still the default one').count()).toBe(1)
})

it('leads from service to provider, application and back by links and by search, without a request to anybody else', async () => {
  const { page, errors, outside } = await stage.newSession()
  await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Services' }).click()
  await page.getByLabel('Search services').fill('miao shop')
  await page.waitForURL(/q=miao\+shop/)
  await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  await page.getByRole('link', { name: 'com.miao.shop.OrderService' }).click()
  await page.getByRole('heading', { level: 1, name: 'com.miao.shop.OrderService' }).waitFor()
  expect(await page.getByRole('tab', { name: /Providers/ }).textContent()).toBe('Providers2')

  await page.getByRole('tab', { name: 'Contract' }).click()
  await page.getByText('What an order would cost. Nothing is kept.').waitFor()
  await page.getByText("The customer's own number, of any size.").waitFor()
  await page.reload()
  await page.getByRole('tab', { name: 'Contract', selected: true }).waitFor()

  await page.keyboard.press('/')
  await page.keyboard.type('ticket-off')
  await page.getByRole('option', { name: /ticket-office/ }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: 'ticket-office' }).waitFor()
  await page.goBack()
  await page.getByRole('heading', { level: 1, name: 'com.miao.shop.OrderService' }).waitFor()
  for (const path of ['', 'applications', 'instances', 'topology', 'rules', 'audit', 'users', 'account', 'nowhere']) {
    await page.goto(`${stage.url}/${path}`)
    await page.locator('h1, .empty strong').first().waitFor()
  }
  expect(errors).toEqual([])
  expect(outside).toEqual([])
})

it("speaks the browser's language, and the one that was chosen afterwards; the same with the theme", async () => {
  const { page } = await stage.newSession({ locale: 'zh-CN', colorScheme: 'dark' })
  await page.getByRole('heading', { level: 1, name: '总览' }).waitFor()
  const background = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  expect(await background()).toBe('rgb(13, 16, 20)')
  await page.getByRole('button', { name: '主题' }).click()
  await page.getByRole('button', { name: '浅色' }).click()
  await expect.poll(background).toBe('rgb(246, 247, 249)')
  await page.getByRole('button', { name: '语言' }).click()
  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  await page.reload()
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor()
  expect(await background()).toBe('rgb(246, 247, 249)')
  expect(await page.evaluate('document.documentElement.lang')).toBe('en')
})

it('has a policy that lets nothing run or load but its own, and keeps to it', async () => {
  const { page, errors } = await stage.newSession()
  const answer = await page.request.get(stage.url)
  const policy = answer.headers()['content-security-policy'] ?? ''
  expect(policy).toContain("default-src 'self'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  await page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.broken = 1\">')")
  await expect.poll(() => errors.some((text) => /Content Security Policy/.test(text))).toBe(true)
  expect(await page.evaluate('window.broken')).toBeUndefined()
})
