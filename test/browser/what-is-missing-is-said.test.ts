import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer as createListener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { createClient, createServer, openRegistry } from 'tsubo'
import { startZooKeeper } from 'tsubo/testing'
import { afterAll, expect, inject, it } from 'vitest'
import { startAdmin } from '../../admin/server.js'
import { schemaHash } from '../../runtime/schema/hash.js'
import type { ServiceSchema } from '../../runtime/schema/schema.js'
import { defineService, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, echoCodecs, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'
import { logIn } from './stage.js'

afterAll(closeAll)

/** A port that nobody listens on yet. */
async function freePort(): Promise<number> {
  const listener = createListener().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  listener.close()
  await once(listener, 'close')
  return port
}

const ours = { ...echoSchema, hash: schemaHash(echoSchema) }
const methods = echoSchema.methods.map((method) => ({
  ...method,
  params: method.params.map((param) => ({ ...param, number: 7 })),
}))
const theirs = { ...echoSchema, methods, hash: schemaHash({ ...echoSchema, methods }) }

it('says that it is syncing before the registry is there, that there is no monitor, and who can`t use whose contract', async () => {
  const port = await freePort()
  const data = mkdtempSync(join(tmpdir(), 'tsubo-missing-'))
  closeLater(async () => rmSync(data, { recursive: true, force: true }))
  // Patient: it is a minute before it says that the registry is away.
  const registry = openRegistry(`zookeeper://127.0.0.1:${port}?timeout=60000`, { onWarning() {} })
  closeLater(() => registry.close())
  const admin = await startAdmin({ registry, port: 0, data, onWarning() {} })
  closeLater(() => admin.close())
  const browser = await chromium.launch({
    executablePath: inject('chromium'),
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  closeLater(() => browser.close())
  const page = await (await browser.newContext({ locale: 'en' })).newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  await page.goto(admin.url)
  await logIn(page)
  await page.getByText('The registry is being read for the first time.').waitFor()
  await page.locator('.badge', { hasText: 'syncing' }).first().waitFor()

  const zooKeeper = await startZooKeeper({ port })
  closeLater(() => zooKeeper.close())
  // The open page learns it by itself.
  await page.locator('.badge', { hasText: 'connected' }).first().waitFor({ timeout: 15_000 })
  await page.getByText('The registry is being read for the first time.').waitFor({ state: 'detached' })
  await page.getByText('No monitor is registered').first().waitFor()

  const provide = async (schema: ServiceSchema) => {
    const echo = Object.defineProperty(new Echo(), serviceOf, { value: defineService(schema, echoCodecs) })
    const running = await createServer({ application: 'shop', services: [echo] }).listen({ registry })
    closeLater(() => running.close(0))
    await running.registered
    return `127.0.0.1:${running.bound.port}`
  }
  await provide(ours)
  const other = await provide(theirs)
  const client = createClient({ registry, application: 'web' })
  closeLater(() => client.close(0))
  const stub = new Stub(defineService(ours, echoCodecs), client)
  await page.goto(`${admin.url}/services`)
  await page.locator('tbody tr', { hasText: 'EchoService' }).waitFor()
  for (let i = 0; i < 20; i++) await stub.call(0, [String(i)], undefined)
  await page.locator('tbody tr', { hasText: '1 incompatible' }).waitFor()
  await page.goto(`${admin.url}/services/${echoSchema.name}`)
  await page.getByText('Incompatible pairs').waitFor()
  await page.getByText(`can't be served by ${other}: their contract would be misread`).waitFor()
  await page.getByText('echo: test.EchoService/echo(text): its number was 1 and is 7').waitFor()
  expect(errors).toEqual([])
}, 60_000)
