import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, openRegistry } from 'tsubo'
import { afterEach, expect, test } from 'vitest'
import { UserServiceClient } from '../../generated/user.js'
import { closeAll, closeLater, until } from '../support/network.js'
import { project, startTsubo, userService, write } from '../support/serving.js'
import { describeWithRealZooKeeper } from '../support/zookeeper/suite.js'

afterEach(closeAll)

describeWithRealZooKeeper('tsubo serve --watch', (zooKeeper) => {
  test('drains the old one: a call that runs across the change is answered, and none is lost', {
    timeout: 60_000,
  }, async () => {
    const address = `zookeeper://${zooKeeper}/watch-${randomUUID()}`
    const slow = (answer: string) =>
      userService(`console.log('working'); await new Promise((done) => setTimeout(done, 300)); return '${answer}'`)
    const folder = project({
      'tsubo.config.ts': `
        import { defineConfig } from 'tsubo/serve'
        export default defineConfig({ application: { name: 'shop' }, registry: { address: '${address}' }, scan: 'service' })
      `,
      'service/users.ts': slow('first'),
    })
    const serving = startTsubo(['serve', '--watch'], folder)
    await serving.prints('shop is ready at ')

    const registry = openRegistry(address)
    const client = createClient({ registry })
    closeLater(async () => {
      await client.close()
      await registry.close()
    })
    const users = new UserServiceClient(client)
    const answers: string[] = []
    let going = true
    closeLater(async () => {
      going = false
    })
    const load = (async () => {
      while (going) {
        answers.push(await users.buyTicket({ timeoutMs: 5000 }).catch((error: Error) => error.message))
        // Calls that fail at once leave no turn to anybody else.
        await sleep(1)
      }
    })()
    await until(() => answers.length > 0)
    write(join(folder, 'service/users.ts'), slow('second'))
    await serving.prints('service/users.ts changed: restarting')
    await until(() => answers.includes('second'), 20_000)

    // One that can't be loaded leaves what is there.
    write(join(folder, 'service/broken.ts'), "throw new Error('no database')")
    await serving.prints("it didn't start; what ran before goes on")
    const so = answers.length
    await until(() => answers.length > so)
    rmSync(join(folder, 'service/broken.ts'))
    await serving.prints('shop is ready at ', 3)
    going = false
    await load
    expect(new Set(answers)).toEqual(new Set(['first', 'second']))
    expect(await serving.end()).toBe(0)
    await until(() => serving.printed().split('shop: ending').length === 4)
  })
})
