import { afterEach, describe, expect, test } from 'vitest'
import { ConfigError } from '../../container/config.js'
import { loadConfig } from '../../container/load-config.js'
import { printConfig } from '../../container/print-config.js'
import { runTsubo } from '../support/child.js'
import { closeAll } from '../support/network.js'
import { project } from '../support/serving.js'

afterEach(closeAll)

const minimal = `{
  "application": { "name": "shop" },
  "registry": { "address": "zookeeper://127.0.0.1:2181" },
  "scan": "service"
}`

async function mistakes(files: Readonly<Record<string, string>>, file?: string): Promise<string[]> {
  try {
    await loadConfig({ folder: project(files), file, env: {} })
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n')
    throw error
  }
  return []
}

describe("Dubbo's dubbo.properties", () => {
  test('is read by its keys, in kebab or camel case, with placeholders; what means nothing here is said', async () => {
    const folder = project({
      'dubbo.properties': `
# comment
dubbo.application.name = provider-server
dubbo.application.qos.enable=false
dubbo.registry.address=zookeeper://\${ZK_HOST:127.0.0.1}:2181?backup=h2:2181,h3:2181
dubbo.registry.username: miao
dubbo.registry.password=\${ZK_PASSWORD}
dubbo.protocol.port=20880
dubbo.protocol.threads=200
dubbo.scan.base-packages=com.miao.service,com.miao.\\
  other
dubbo.provider.timeout=3000
dubbo.provider.weight=50
dubbo.consumer.retries=0
dubbo.monitor.protocol=registry
dubbo.monitor.interval=30s
dubbo.service.com.miao.server.TicketService.version=1.0.0
dubbo.service.com.miao.server.TicketService.group=\\u55b5
server.port=8080
`,
    })
    const { settings, notes, origins } = await loadConfig({ folder, env: { ZK_PASSWORD: 'geheim' } })
    expect(settings).toMatchObject({
      application: { name: 'provider-server', shutwait: 10_000 },
      registry: {
        address: ['zookeeper://127.0.0.1:2181?backup=h2:2181,h3:2181'],
        username: 'miao',
        password: 'geheim',
      },
      protocol: { port: 20880 },
      scan: ['com.miao.service', 'com.miao.other'],
      provider: { timeout: 3000, weight: 50 },
      consumer: { retries: 0, timeout: 1000 },
      monitor: { protocol: 'registry', interval: 30_000 },
      services: { 'com.miao.server.TicketService': { version: '1.0.0', group: '喵' } },
    })
    expect(notes).toEqual([
      'dubbo.properties: not used here: dubbo.application.qos.enable (line 4), dubbo.protocol.threads (line 9)',
    ])
    expect(origins.get('protocol.port')).toBe('dubbo.properties:8')
    expect(printConfig(await loadConfig({ folder, env: { ZK_PASSWORD: 'geheim' } }))).not.toContain('geheim')
  })

  test('several registries are all meant', async () => {
    const folder = project({
      'dubbo.properties':
        'dubbo.application.name=a\ndubbo.registries.one.address=zookeeper://h1\ndubbo.registries.two.address=zookeeper://h2\ndubbo.scan.base-packages=s',
    })
    expect((await loadConfig({ folder, env: {} })).settings.registry.address).toEqual([
      'zookeeper://h1',
      'zookeeper://h2',
    ])
  })

  test('keys that Dubbo has not are mistakes, with line and the nearest one', async () => {
    expect(
      await mistakes({
        'dubbo.properties':
          'dubbo.application.nmae=x\ndubbo.regstry.address=y\n\ndubbo.service.com.a.B.verison=1\ndubbo.registry.address=$' +
          '{NOWHERE}\n',
      }),
    ).toEqual([
      'dubbo.properties:1: dubbo.application.nmae: Dubbo has no "nmae"; did you mean "name"?',
      'dubbo.properties:2: dubbo.regstry.address: there is no section "regstry"; did you mean "registry"?',
      'dubbo.properties:4: dubbo.service.com.a.B.verison: Dubbo has no "verison"; did you mean "version"?',
      `dubbo.properties:5: dubbo.registry.address=$\{NOWHERE}: that variable isn't set`,
    ])
  })
})

describe('mistakes', () => {
  test('a misspelt key is named with its place and the nearest one, at every depth', async () => {
    const text = `import { defineConfig } from 'tsubo/serve'
export default defineConfig({
  application: { name: 'shop' },
  registry: { adress: 'zookeeper://127.0.0.1:2181' },
  services: {
    'com.miao.server.TicketService': { wieght: 5 },
  },
  scna: 'service',
})
`
    expect(await mistakes({ 'tsubo.config.ts': text })).toEqual([
      "registry.address is missing; or pass --registry <address>; 'N/A' registers nowhere",
      'tsubo.config.ts:4: registry.adress is no setting; did you mean "address"?',
      'tsubo.config.ts:6: services.com.miao.server.TicketService.wieght is no setting; did you mean "weight"?',
      'scan is missing; name the modules that hold the services, or pass --scan <file or folder>',
      'tsubo.config.ts:8: scna is no setting; did you mean "scan"?',
    ])
  })

  test('a value that is none is named with its place and what to write', async () => {
    const wrong = minimal.replace(
      '"scan"',
      '"consumer": { "timeout": "soon", "retries": -1, "loadbalance": "best" },\n  "protocol": { "port": 99999 },\n  "scan"',
    )
    expect(await mistakes({ 'tsubo.config.json': wrong })).toEqual([
      'tsubo.config.json:5: protocol.port: 99999 is no port; write a number from -1 to 65535',
      'tsubo.config.json:4: consumer.timeout: "soon" is no duration; write 500, "2s" or "1m"',
      'tsubo.config.json:4: consumer.retries: -1 is no number of retries; write a number from 0 to 100',
      'tsubo.config.json:4: consumer.loadbalance: write "random" or "roundrobin"',
    ])
  })

  test('a file that is no configuration says what it must say', async () => {
    expect(await mistakes({ 'tsubo.config.mjs': 'export const config = {}' })).toEqual([
      'tsubo.config.mjs must say: export default defineConfig({ ... })',
    ])
    expect(await mistakes({ 'tsubo.config.mjs': "throw new Error('boom')" })).toEqual([
      "tsubo.config.mjs can't be loaded: boom",
    ])
    expect((await mistakes({ 'tsubo.config.json': '{' }))[0]).toMatch(/^tsubo\.config\.json is no JSON: /)
    expect(await mistakes({}, 'nowhere.ts')).toEqual(['there is no nowhere.ts'])
    expect((await mistakes({}))[0]).toMatch(/^there is no tsubo\.config\.ts \(.*\) or dubbo\.properties in /)
  })

  test('keys of Object.prototype are keys like others', async () => {
    const text = '{ "__proto__": { "polluted": true }, "constructor": 1 }'
    expect((await mistakes({ 'tsubo.config.json': text })).join()).toContain('constructor is no setting')
    expect(({} as { polluted?: boolean }).polluted).toBe(undefined)
  })
})

test('options win over variables, variables over the file, the file over dubbo.properties', {
  timeout: 30_000,
}, async () => {
  const folder = project({
    'tsubo.config.json': minimal,
    'dubbo.properties': 'dubbo.application.name=weakest\ndubbo.protocol.port=1\ndubbo.provider.weight=7\n',
  })
  const { stdout, code } = await runTsubo(['serve', '--print', '--port', '3', '--registry', 'zookeeper://a:b@c'], {
    cwd: folder,
    env: { DUBBO_PROTOCOL_PORT: '2', DUBBO_CONSUMER_TIMEOUT: '2s', DUBBO_IP_TO_BIND: '' },
  })
  expect(code).toBe(0)
  const lines = stdout.split('\n').map((line) => line.replace(/ +# /, ' # '))
  expect(lines).toContain('application.name = "shop" # tsubo.config.json:2')
  expect(lines).toContain('registry.address = ["zookeeper://***@c"] # --registry')
  expect(lines).toContain('protocol.port = 3 # --port')
  expect(lines).toContain('consumer.timeout = 2000 # DUBBO_CONSUMER_TIMEOUT')
  expect(lines).toContain('provider.weight = 7 # dubbo.properties:3')
  expect(lines).toContain('onFailure = "stop" # default')
})
