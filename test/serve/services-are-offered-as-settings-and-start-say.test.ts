import { createClient, openRegistry } from 'tsubo'
import { afterEach, expect, test } from 'vitest'
import { UserServiceClient } from '../../generated/user.js'
import { startZooKeeper } from '../../zookeeper/server.js'
import { runTsubo } from '../support/child.js'
import { closeAll, closeLater } from '../support/network.js'
import { project, startTsubo, userService } from '../support/serving.js'

afterEach(closeAll)

async function zooKeeper(): Promise<string> {
  const { address, close } = await startZooKeeper()
  closeLater(close)
  return address
}

test('settings of a service win over what its module says, and that over those for all', {
  timeout: 30_000,
}, async () => {
  const address = await zooKeeper()
  const folder = project({
    'tsubo.config.mjs': `
      export default {
        application: { name: 'shop' },
        registry: { address: '${address}' },
        scan: 'service',
        provider: { weight: 10, version: '9', warmup: '1m', timeout: 2500 },
        services: { 'com.miao.server.UserService': { group: 'mine', token: 'geheim' } },
      }`,
    'service/users.ts': `
      ${userService("return 'good'")}
      export const offer = { service: new Users(), group: 'module', weight: 20 }
    `.replace('export class Users', 'class Users'),
    'service/tickets.ts': "export { Tickets } from '../../examples/ticket/tickets.js'",
  })
  const serving = startTsubo(['serve'], folder)
  await serving.prints('  com.miao.server.TicketService:9  from service/tickets.ts (Tickets)\n')
  await serving.prints('  mine/com.miao.server.UserService:9  from service/users.ts (offer)\n')
  const { stdout } = await runTsubo(['ls', 'providers', '--json', '--registry', address])
  expect(JSON.parse(stdout)).toEqual([
    expect.objectContaining({
      service: 'com.miao.server.TicketService',
      version: '9',
      weight: 10,
      params: expect.objectContaining({ warmup: '60000', timeout: '2500' }),
    }),
    expect.objectContaining({ service: 'com.miao.server.UserService', group: 'mine', version: '9', weight: 20 }),
  ])
  // The token is published, sent along by whoever found it there, and asked for.
  const registry = openRegistry(address)
  const client = createClient({ registry })
  closeLater(async () => {
    await client.close()
    await registry.close()
  })
  expect(await new UserServiceClient(client, { group: 'mine', version: '9' }).buyTicket()).toBe('good')
})

test('settings of services that no module offers are mistakes', { timeout: 30_000 }, async () => {
  const folder = project({
    'tsubo.config.json': JSON.stringify({
      application: { name: 'shop' },
      registry: { address: 'N/A' },
      scan: 'service',
      services: { 'com.miao.server.UserServise': { weight: 1 } },
    }),
    'service/users.ts': userService("return 'good'"),
  })
  expect(await runTsubo(['serve'], { cwd: folder })).toMatchObject({
    code: 1,
    stderr:
      'tsubo serve: services: no module offers com.miao.server.UserServise; did you mean com.miao.server.UserService?\n',
  })
})

test('start makes what needs a client before anything is registered, stop comes when no call is left', {
  timeout: 30_000,
}, async () => {
  const address = await zooKeeper()
  const folder = project({
    'tsubo.config.ts': `
      import { defineConfig } from 'tsubo/serve'
      export default defineConfig({
        application: { name: 'shop' },
        registry: { address: '${address}' },
        scan: 'service',
        // Whatever createServer takes.
        server: { interceptors: [(next) => (call) => { console.log('asked for ' + call.method.schema.name); return next(call) }] },
      })`,
    'service/users.ts': `
      import type { Start, Stop } from 'tsubo/serve'
      ${userService(`
        console.log('working')
        await new Promise((done) => setTimeout(done, 500))
        console.log('done')
        return 'good'`)}
      export const start: Start = async ({ application, registered }) => {
        console.log('start of ' + application)
        void registered.then(({ published }) => console.log('registered at ' + published.port))
        await new Promise((done) => setTimeout(done, 300))
        console.log('started')
      }
      export const stop: Stop = () => console.log('stop')
    `,
  })
  const serving = startTsubo(['serve'], folder)
  await serving.prints('shop is ready')
  const registry = openRegistry(address)
  const client = createClient({ registry })
  closeLater(async () => {
    await client.close()
    await registry.close()
  })
  const call = new UserServiceClient(client).buyTicket({ timeoutMs: 5000 })
  await serving.prints('working')
  expect(await serving.end()).toBe(0)
  expect(await call).toBe('good')
  const lines = serving
    .printed()
    .split('\n')
    .map((line) => line.replace(/ at .*/, ' at ...'))
  expect(lines.filter((line) => line !== '' && !line.startsWith('  '))).toEqual([
    'start of shop',
    'started',
    'registered at ...',
    'shop is ready at ...',
    'asked for buyTicket',
    'working',
    'shop: ending, once its calls are done',
    'done',
    'stop',
  ])
})
