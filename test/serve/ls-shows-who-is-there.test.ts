import { randomUUID } from 'node:crypto'
import zk from 'node-zookeeper-client'
import { openRegistry, serviceKey } from 'tsubo'
import { afterEach, describe, expect, test } from 'vitest'
import { displayWidth, printable, table } from '../../cli/table.js'
import { TicketServiceSchema } from '../../generated/ticket.schema.js'
import { runTsubo } from '../support/child.js'
import { closeAll, closeLater } from '../support/network.js'
import { startTsubo } from '../support/serving.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

afterEach(closeAll)

function instance(
  application: string,
  port: number,
  more: { group?: string; version?: string; enabled?: boolean } = {},
) {
  const { group, version, enabled = true } = more
  const key = serviceKey('com.miao.server.TicketService', group, version)
  return {
    application,
    addresses: [{ protocol: 'tsubo', host: '127.0.0.1', port }],
    services: [{ key, schema: TicketServiceSchema, weight: 50, enabled, params: new Map([['token', 'geheim']]) }],
  }
}

describeWithZooKeeper('tsubo ls', (zooKeeper) => {
  async function fill() {
    const address = `zookeeper://${zooKeeper}/ls-${randomUUID()}`
    const registry = openRegistry(address)
    closeLater(() => registry.close())
    const publications = [
      registry.publish(instance('售票', 1001, { version: '1.0' })),
      registry.publish(instance('tickets', 1002, { group: 'g', version: '2.0', enabled: false })),
    ]
    await Promise.all(publications.map(({ ready }) => ready))
    await new Promise<void>((resolve) => {
      registry.watch(
        serviceKey('com.miao.server.TicketService', undefined, '1.0'),
        { application: 'shop' },
        ({ state }) => {
          if (state === 'found') resolve()
        },
      )
    })
    return { address, registry, publications }
  }

  test('services, providers, consumers, applications: as tables and as JSON', { timeout: 60_000 }, async () => {
    const { address } = await fill()
    // What Java leaves there, and what nobody understands.
    const root = new URL(address).pathname
    const java =
      'dubbo://10.0.0.5:20880/com.acme.UserService?anyhost=true&application=user-svc&dubbo=2.0.2&interface=com.acme.UserService&methods=get&release=2.7.3&side=provider&timestamp=1572000000000'
    await create(zooKeeper, `${root}/dubbo/com.acme.UserService/providers/${encodeURIComponent(java)}`)
    await create(zooKeeper, `${root}/dubbo/com.acme.UserService/providers/what`)
    await create(zooKeeper, `${root}/dubbo/config/dubbo`)

    const ls = async (...args: string[]) => {
      const { code, stdout, stderr } = await runTsubo(['ls', '--registry', address, ...args])
      expect(code, stderr).toBe(0)
      return { stdout, stderr }
    }
    const [services, providers, consumers, applications, json] = await Promise.all([
      ls(),
      ls('providers'),
      ls('consumers'),
      ls('applications'),
      ls('providers', '--json'),
    ])
    expect(services.stdout).toBe(
      [
        'SERVICE                        PROVIDERS  CONSUMERS  VERSIONS  GROUPS  STATUS',
        'com.acme.UserService           1          0          -         -       no consumer',
        'com.miao.server.TicketService  1 of 2     1          1.0, 2.0  g       in use',
        '',
      ].join('\n'),
    )
    expect(services.stderr).toBe('com.acme.UserService: an entry is not a URL: "what"\n')
    expect(providers.stdout).toMatch(
      /^com\.acme\.UserService +dubbo:\/\/10\.0\.0\.5:20880 +user-svc +- +- +100 +online +2019-10-25 \d\d:40:00$/m,
    )
    expect(providers.stdout).toMatch(
      /^com\.miao\.server\.TicketService +tsubo:\/\/127\.0\.0\.1:1002 +tickets +g +2\.0 +50 +offline /m,
    )
    expect(consumers.stdout).toMatch(/^com\.miao\.server\.TicketService +shop +127\.0\.0\.1 +- +1\.0 +\d{4}-/m)
    expect(applications.stdout).toContain('售票         127.0.0.1:1001  1         0\n')
    expect(json.stdout).not.toContain('geheim')
    expect(JSON.parse(json.stdout)).toEqual([
      expect.objectContaining({
        service: 'com.acme.UserService',
        application: 'user-svc',
        since: '2019-10-25T10:40:00.000Z',
      }),
      expect.objectContaining({
        application: '售票',
        version: '1.0',
        weight: 50,
        online: true,
        addresses: ['tsubo://127.0.0.1:1001'],
      }),
      expect.objectContaining({ application: 'tickets', group: 'g', version: '2.0', online: false }),
    ])
  })

  test('--watch lists again after every change', { timeout: 60_000 }, async () => {
    const { address, publications } = await fill()
    const watching = startTsubo(['ls', '--watch', '--json', '--registry', address], '.')
    await watching.prints('"providers":2,"online":1')
    await publications[0]?.close()
    await watching.prints('"providers":1,"online":0')
    await watching.prints('"status":"all offline"')
    expect(await watching.end()).toBe(0)
    for (const line of watching.printed().trim().split('\n')) JSON.parse(line)
  })
})

test('what can not list says why', { timeout: 30_000 }, async () => {
  const [fixed, memory, nothing] = await Promise.all([
    runTsubo(['ls', '--registry', 'static://127.0.0.1:20880']),
    runTsubo(['ls', '--registry', 'memory://a']),
    runTsubo(['ls', 'provider', '--registry', 'memory://a']),
  ])
  expect(fixed).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('a fixed list of addresses and knows no services'),
  })
  expect(memory).toMatchObject({ code: 1, stderr: expect.stringContaining('it lives within one process') })
  expect(nothing).toMatchObject({ code: 2, stderr: 'tsubo ls: provider: did you mean "providers"?\n' })
})

describe('tables', () => {
  test('are aligned by what a terminal shows, and foreign text can not move the cursor', () => {
    expect([
      displayWidth('abc'),
      displayWidth('票务'),
      displayWidth('ｶﾅ'),
      displayWidth('한국'),
      displayWidth('é'),
      displayWidth('👩‍🚀'),
    ]).toEqual([3, 4, 2, 4, 1, 2])
    expect(printable('a\u001b[2J\nb\u202ec')).toBe('a\ufffd[2J\ufffdb\ufffdc')
    expect(
      table(
        ['A', 'B'],
        [
          ['票务', '1'],
          ['', 'x\r'],
        ],
      ),
    ).toBe('A     B\n票务  1\n-     x\ufffd\n')
  })
})

/** By somebody else's hand: every node on the way, none of them ephemeral. */
function create(server: string, path: string): Promise<void> {
  const client = zk.createClient(server)
  return new Promise((resolve, reject) => {
    client.once('connected', () => {
      client.mkdirp(path, (error) => {
        client.close()
        if (error) reject(error)
        else resolve()
      })
    })
    client.connect()
  })
}
