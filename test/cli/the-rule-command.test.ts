import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Client, createClient, createServer, openRegistry, type Registry } from 'tsubo'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { main } from '../../cli/main.js'
import { changeRule, inspectRule, rollBackRule } from '../../runtime/rule/administration.js'
import { ownChroot } from '../registry/services.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { describeWithZooKeeper } from '../support/zookeeper/suite.js'

describeWithZooKeeper('tsubo rule', (zooKeeper) => {
  const address = `zookeeper://${zooKeeper}${ownChroot()}`
  let registry: Registry
  let client: Client
  let folder = ''
  const ports: number[] = []
  const ends: (() => Promise<void>)[] = []
  let out = ''
  let err = ''

  beforeAll(async () => {
    registry = openRegistry(address)
    client = createClient({ registry, application: 'web' })
    folder = mkdtempSync(join(tmpdir(), 'rule-'))
    for (const name of ['a', 'b', 'c']) {
      const server = createServer({ application: 'shop', services: [new Echo(async () => name)] })
      const running = await server.listen({ registry })
      await running.registered
      ports.push(running.bound.port)
      ends.push(() => running.close(100))
    }
    await new EchoServiceClient(client).echo('x')
  })
  beforeEach(() => {
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      out += String(text)
      return true
    })
    vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
      err += String(text)
      return true
    })
  })
  afterEach(() => vi.restoreAllMocks())
  afterAll(async () => {
    await client.close(100)
    await Promise.all(ends.map((end) => end()))
    await registry.close()
    rmSync(folder, { recursive: true })
  })

  async function rule(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    out = ''
    err = ''
    const code = await main(['rule', ...args, '--registry', address])
    return { code, out, err }
  }

  function file(text: string): string {
    const path = join(folder, 'rule.yaml')
    writeFileSync(path, text)
    return path
  }

  const gray = (port: number | undefined) =>
    `# who is gray\ntags:\n  - name: gray\n    addresses: ["127.0.0.1:${port}"]\n`

  it('a rule is tried, written, shown with who goes by it, replaced and taken back', async () => {
    const key = 'shop.tag-router'
    const matches = `tag gray matches 1 of 3 providers: 127.0.0.1:${ports[0]}`
    expect(await rule('dry-run', key, file(gray(ports[0])))).toEqual({ code: 0, out: `${matches}\n`, err: '' })
    expect((await rule('get')).out).toBe('there are no rules\n')

    const set = await rule('set', key, file(gray(ports[0])))
    expect(set).toMatchObject({ code: 0, err: '' })
    expect(set.out).toContain(`+ # who is gray\n+ tags:\n`)
    expect(set.out).toContain(matches)
    expect((await rule('get')).out).toBe(`${key}\n`)
    await vi.waitFor(async () => expect((await rule('get', key)).err).toContain('1 of 1 consumer goes by it'), {
      timeout: 5_000,
      interval: 100,
    })
    expect(out).toBe(gray(ports[0]))
    const seen = new Set(await Promise.all(Array.from({ length: 20 }, () => new EchoServiceClient(client).echo('x'))))
    expect([...seen].sort()).toEqual(['b', 'c'])

    expect((await rule('set', key, file(gray(ports[0])))).out).toBe(`${key} says that already\n`)
    const changed = await rule('set', key, file(gray(ports[1])))
    expect(changed.out).toContain(
      `-     addresses: ["127.0.0.1:${ports[0]}"]\n+     addresses: ["127.0.0.1:${ports[1]}"]\n`,
    )
    expect((await rule('get', key, '--history')).out.split('\n')).toHaveLength(3)
    expect((await rule('rollback', key)).code).toBe(0)
    expect((await rule('get', key)).out).toBe(gray(ports[0]))
    expect((await rule('rollback', key, 'none')).out).toContain('is deleted, as it was before')
    expect((await rule('get', key)).code).toBe(1)
  }, 20_000)

  it('what is no rule is told by its line, and nothing is written', async () => {
    const wrong = file('tags:\n  - nam: gray\n')
    const { code, err } = await rule('set', 'shop.tag-router', wrong)
    expect(code).toBe(1)
    expect(err).toBe(`tsubo rule: ${wrong}: line 2: tags[0].nam: there is no "nam"; did you mean "name"?\n`)
    expect((await rule('get', 'shop.tag-router')).code).toBe(1)
  })

  it('says that a service`s rule has another name', async () => {
    const { code, err } = await rule('dry-run', 'test.EchoService.condition-router', file('conditions: []'))
    expect(code).toBe(0)
    expect(err).toContain('that of the service is test.EchoService::.condition-router')
  })

  it('replaces what somebody else spoilt, but nothing that came meanwhile', async () => {
    const store = registry.ruleStore
    if (!store) throw new Error()
    const key = 'other.tag-router'
    await store.write(key, Buffer.alloc(900_000, 0xff), undefined)
    expect((await rule('set', key, file('tags: []'))).code).toBe(0)
    expect((await rule('get', key, '--history')).out).toBe(`${key} has no history\n`)
    const before = await store.read(key)
    await store.write(key, Buffer.from('force: true'), before?.version)
    await expect(store.write(key, Buffer.from('force: false'), before?.version)).rejects.toThrow('somebody has changed')
  })

  it('says what conditions and configurators would match', async () => {
    const conditions = `conditions:\n  - method=echo => port=${ports[2]}\n  - => region=nowhere\n`
    const tried = await rule('dry-run', 'test.EchoService::.condition-router', file(conditions))
    expect(tried.out.split('\n')).toEqual([
      `conditions[0] method=echo => port=${ports[2]} matches 1 of 3 providers: 127.0.0.1:${ports[2]}`,
      'conditions[1] => region=nowhere matches 0 of 3 providers; so it does not hold',
      '',
    ])
    const configs = `configs:\n  - parameters: { timeout: 500 }\n  - { side: provider, addresses: ["127.0.0.1:${ports[0]}"], parameters: { weight: 1 } }\n`
    const { out } = await rule('dry-run', 'web.configurators', file(configs), '--json')
    expect(JSON.parse(out).matches).toMatchObject([
      { part: 'configs[0]', of: 'consumers', among: 1, matched: [expect.stringMatching(/^web at /)] },
      { part: 'configs[1]', of: 'providers', among: 3, matched: [`127.0.0.1:${ports[0]}`] },
    ])
  })

  it('says which providers a rule of their application would be for, and what of it means nothing', async () => {
    const configs =
      'configs:\n  - { side: provider, parameters: { echo.executes: 5, timeout: 300 } }\n  - { side: provider, parameters: { threads: 8 } }\n'
    const { out } = await rule('dry-run', 'shop.configurators', file(configs))
    const all = ports.map((port) => `127.0.0.1:${port}`)
    expect(out.split('\n')[0]).toMatch(
      /^configs\[0\] matches 3 of 3 providers: .*; passed over, as they are for consumers, or for Java: timeout$/,
    )
    for (const one of all) expect(out).toContain(one)
    expect(out.split('\n')[1]).toContain('configs[1] matches 0 of 3 providers; passed over')
    expect((await rule('dry-run', 'web.configurators', file(configs))).out).toContain('configs[0] matches 0 of 3')
  })

  it('what of three consumers goes by it is data for others, too', async () => {
    const key = 'web.condition-router'
    const more: { own: Registry; client: Client }[] = []
    for (const rules of [true, true, false]) {
      // Consumers of one process are told apart by the millisecond in which they came.
      await new Promise((done) => setTimeout(done, 5))
      const own = openRegistry(address)
      const one = createClient({ registry: own, application: 'web', rules })
      more.push({ own, client: one })
      await new EchoServiceClient(one).echo('x')
    }
    const { revision } = await changeRule(registry, key, Buffer.from('conditions: []'))
    await vi.waitFor(
      async () =>
        expect((await inspectRule(registry, key))?.delivery).toEqual({
          revision,
          consumers: 4,
          applied: 3,
          refusing: [],
          waiting: [{ consumer: 'web at 127.0.0.1' }],
          silent: 0,
        }),
      { timeout: 8_000, interval: 100 },
    )
    await expect(changeRule(registry, key, Buffer.from('conditions: ["=> a=b"]'), 'none')).rejects.toThrow(
      'has changed',
    )
    await changeRule(registry, key, Buffer.from('condition: []')).catch(() => {})
    expect((await inspectRule(registry, key))?.revision).toBe(revision)
    await rollBackRule(registry, key, undefined, revision)
    expect(await inspectRule(registry, key)).toBeUndefined()
    for (const each of more) {
      await each.client.close(100)
      await each.own.close()
    }
  }, 20_000)

  it.each([
    [['got'], 'did you mean "get"?'],
    [['get', '--histroy'], 'there is no option --histroy; did you mean --history?'],
    [['get', '--frob'], 'there is no option --frob; there are --registry, --history, --json, --help'],
    [['set', 'shop.tag-rooter', 'x'], 'did you mean .tag-router?'],
    [['set', 'shop.tag-router'], 'set needs a file'],
    [['set', 'shop.tag-router', '/nowhere/x'], 'there is no file'],
    [['set', 'a/b.tag-router', 'x'], "can't have"],
    [['get', 'shop.tag-router', 'x'], 'x is too much'],
  ])('wrong usage is told: %j', async (args, message) => {
    const { code, err } = await rule(...args)
    expect(code).toBe(2)
    expect(err).toContain(message)
  })
})
