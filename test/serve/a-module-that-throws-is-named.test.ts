import { afterEach, describe, expect, test } from 'vitest'
import { runTsubo } from '../support/child.js'
import { closeAll } from '../support/network.js'
import { project, startTsubo, userService } from '../support/serving.js'

afterEach(closeAll)

const config = (more = '') => `
  import { defineConfig } from 'tsubo/serve'
  export default defineConfig({ application: { name: 'shop' }, registry: { address: 'N/A' }, scan: 'service', ${more} })
`
const broken = {
  'service/b-throws.ts': "export const a = 1\n\nthrow new Error('no database')\n",
  'service/c-does-not-parse.ts': 'export const = 1\n',
  'service/d-needs-more.ts': `
    import { UserServiceSkeleton } from '../../generated/user.js'
    export class Needy extends UserServiceSkeleton {
      constructor(readonly tickets: unknown) { super() }
      buyTicket() { return 'x' }
    }`,
  'service/e-lacks.ts': `
    import { TicketServiceSkeleton } from '../../generated/ticket.js'
    export abstract class Half extends TicketServiceSkeleton { getTicket() { return 'x' } }`,
  'service/f-start-fails.ts': "export const start = async () => { throw new Error('no cache') }\n",
}

describe('modules that fail', () => {
  test('end the start, each with its name, its error and its place', async () => {
    const folder = project({ 'tsubo.config.ts': config(), 'service/a.ts': userService("return 'a'"), ...broken })
    const { code, stdout, stderr } = await runTsubo(['serve'], { cwd: folder })
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain("service/b-throws.ts can't be loaded: no database (service/b-throws.ts:3:")
    expect(stderr).toMatch(/service\/c-does-not-parse\.ts can't be loaded: .*c-does-not-parse\.ts:1:13/)
    expect(stderr).toContain("service/d-needs-more.ts can't be loaded: class Needy needs 1 argument to be made")
    expect(stderr).toContain("service/e-lacks.ts can't be loaded: Half lacks search(), book(), cancel()")
    expect(stderr).toContain('nothing was started (onFailure: skip leaves such modules out)')
  })

  test('are left out where the configuration says so, and the others run', async () => {
    const folder = project({
      'tsubo.config.ts': config("onFailure: 'skip'"),
      'service/a.ts': userService("return 'a'"),
      ...broken,
    })
    const serving = startTsubo(['serve'], folder)
    await serving.prints('  com.miao.server.UserService  from service/a.ts (Users)\n')
    for (const name of Object.keys(broken)) {
      expect(serving.printed()).toMatch(new RegExp(`${name} can't be loaded: .*; left out\n`))
    }
    expect(serving.printed()).toContain("service/f-start-fails.ts can't be loaded: no cache")
    expect(await serving.end()).toBe(0)
  })

  test('one service is not offered twice without anybody noticing', async () => {
    const folder = project({
      'tsubo.config.ts': config(),
      'service/a.ts': userService("return 'a'"),
      'service/b.ts': userService("return 'b'"),
      // Exported once more, it is still the one of a.ts.
      'service/index.ts': "export * from './a.js'\nexport { UserServiceSkeleton } from '../../generated/user.js'\n",
    })
    expect(await runTsubo(['serve'], { cwd: folder })).toMatchObject({
      code: 1,
      stderr:
        'tsubo serve: com.miao.server.UserService is offered twice, by service/a.ts (Users) and service/b.ts (Users); give one of them a group or version\n',
    })
  })
})
