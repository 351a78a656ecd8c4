import zookeeper from 'node-zookeeper-client'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { openStage, type Stage, type Watched } from './stage.js'

let stage: Stage

const script = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>'
const name = `com.evil.${script.replaceAll('/', '')}`

beforeAll(async () => {
  stage = await openStage({ chromium: inject('chromium'), rate: 5 })
  const evil = encodeURIComponent(script)
  await write(stage.zooKeeper.address, [
    `/dubbo/${name}/providers/garbage`,
    `/dubbo/${name}/providers/${encodeURIComponent(`tsubo://10.0.0.1:1/${name}?application=${evil}&methods=${evil}&version=${evil}`)}`,
    `/dubbo/${name}/consumers/${encodeURIComponent(`consumer://10.0.0.2/${name}?application=${evil}&side=consumer`)}`,
    `/dubbo/com.evil.Nobody/providers/%00%ff%zz`,
    `/dubbo/com.evil.Nobody/providers/${encodeURIComponent('http://[::1')}`,
    `/dubbo/com.evil.Nobody/consumers/x${'y'.repeat(5000)}`,
    `/dubbo/\u202egnp.evil/providers`,
    ['/dubbo/config/dubbo/evil.configurators', 'configs: [&a [*a]]'],
    [`/dubbo/config/dubbo/${script.replaceAll('/', '')}.tag-router`, `tags:\n  - name: ${script}\n`],
    ['/dubbo/config/dubbo/com.evil.Nobody::.condition-router', Buffer.from([0xff, 0xfe, 0x00])],
  ])
})

afterAll(() => stage.close())

it('a registry full of it shows as it is, escaped, on every page', async () => {
  const watched = await stage.newSession()
  const { page } = watched
  await page.goto(`${stage.url}/services?q=evil`)
  await page.getByText(name).first().waitFor()
  await page.getByText('unreadable').first().waitFor()
  for (const path of [
    '',
    'services',
    `services/${encodeURIComponent(name)}`,
    `services/${encodeURIComponent(name)}?view=consumers`,
    `services/${encodeURIComponent(name)}?view=contract`,
    `services/${encodeURIComponent(name)}?view=try`,
    `services/${encodeURIComponent(name)}?view=traffic`,
    'services/com.evil.Nobody',
    'applications',
    `applications/${encodeURIComponent(script)}`,
    'instances',
    'instances/10.0.0.1%3A1',
    'topology',
    'rules',
    'rules/evil.configurators',
    `rules/${encodeURIComponent(`${script.replaceAll('/', '')}.tag-router`)}`,
    'rules/com.evil.Nobody%3A%3A.condition-router',
    'services/%E0%A4%A',
    'rules/..%2F..%2Fetc.configurators',
  ]) {
    await page.goto(`${stage.url}/${path}`)
    await page.locator('h1, .empty strong, .notice').first().waitFor()
    await unharmed(watched, path)
  }
  await page.goto(`${stage.url}/services/com.evil.Nobody`)
  await page.getByRole('heading', { name: "Entries that can't be read" }).waitFor()
  await page.getByText('http://[::1').first().waitFor()
})

async function unharmed({ page, errors, outside }: Watched, path: string): Promise<void> {
  expect(await page.evaluate('window.broken'), path).toBeUndefined()
  expect(await page.locator('main img, main script').count(), path).toBe(0)
  expect(await page.locator('.shell').count(), path).toBe(1)
  expect(errors, path).toEqual([])
  expect(outside, path).toEqual([])
}

/** Nodes as a stranger would write them: whatever the path, with whatever in it. */
async function write(address: string, nodes: readonly (string | readonly [string, string | Buffer])[]): Promise<void> {
  const client = zookeeper.createClient(address.replace('zookeeper://', ''))
  await new Promise<void>((resolve) => {
    client.once('connected', resolve)
    client.connect()
  })
  for (const node of nodes) {
    const [path, data] = typeof node === 'string' ? [node, ''] : node
    await new Promise<void>((resolve, reject) => {
      client.mkdirp(path, Buffer.from(data as string), (error) => (error ? reject(error) : resolve()))
    })
  }
  client.close()
}
