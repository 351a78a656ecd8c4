import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { openStage, type Stage } from './stage.js'

let stage: Stage

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 5 })
})

afterAll(() => stage.close())

it('a provider that starts or ends is on an open page, and is said to those who can not see it', async () => {
  const { page } = await stage.newSession()
  await page.goto(`${stage.url}/services/com.miao.server.TicketService`)
  await expect.poll(() => page.locator('tbody tr').count()).toBe(3)
  await page.getByText('live', { exact: true }).waitFor()

  const running = await stage.picture.addTicketOffice()
  const { host, port } = running.published
  const row = page.getByRole('link', { name: `${host}:${port}` })
  await row.waitFor({ timeout: 1000 })
  await expect.poll(() => page.locator('[role=log]').textContent()).toContain('1 provider came')

  const ended = running.close()
  await row.waitFor({ state: 'detached', timeout: 1000 })
  await ended
  await expect.poll(() => page.locator('[role=log]').textContent()).toContain('1 provider went')
})

it('a registry that is away is said at once, what it said stays, and all is well when it is back', async () => {
  const { page, errors } = await stage.newSession()
  await page.goto(`${stage.url}/services`)
  await page.getByRole('link', { name: 'com.miao.shop.OrderService' }).waitFor()
  stage.zooKeeper.script = () => 'drop'
  stage.zooKeeper.disconnect()
  await page.getByText('ZooKeeper away').waitFor({ timeout: 15_000 })
  await page.reload()
  await page.getByRole('link', { name: 'com.miao.shop.OrderService' }).waitFor()
  stage.zooKeeper.script = undefined
  await page.getByText('connected', { exact: true }).waitFor({ timeout: 15_000 })
  expect(errors).toEqual([])
})
