import { concurrency, createClient, createServer, openRegistry, RpcError } from 'tsubo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RuleDetail, RulePreview } from '../../admin/api.js'
import { MonitorServiceSkeleton } from '../../generated/tsubo/monitor.js'
import { MonitorServiceSchema } from '../../generated/tsubo/monitor.schema.js'
import { type Console, startConsole } from '../support/console.js'
import { Echo, EchoServiceClient, echoSchema } from '../support/echo.js'
import { closeAll, closeLater } from '../support/network.js'

const { name } = echoSchema
const key = `${name}::.configurators`

let own: Console
let cookie = ''
const ports: number[] = []
const place = (i: number) => `127.0.0.1:${ports[i]}`
let echo: EchoServiceClient

beforeAll(async () => {
  own = await startConsole()
  cookie = await own.login()
  const forEach = Object.fromEntries(
    echoSchema.methods.map((method) => [`${name}/${method.name}`, { limits: [concurrency(40)] }]),
  )
  for (const [answer, limited] of [
    ['a', { limits: [concurrency(50)] }],
    ['b', { methods: forEach }],
  ] as const) {
    const server = createServer({ application: 'shop', services: [new Echo(() => answer)], ...limited })
    const running = await server.listen({ registry: own.registry })
    await running.registered
    ports.push(running.bound.port)
    closeLater(() => running.close(0))
  }
  const registry = openRegistry(own.address)
  const client = createClient({ registry, application: 'web' })
  closeLater(async () => {
    await client.close(0)
    await registry.close()
  })
  echo = new EchoServiceClient(client)
  await echo.echo('x')
  await vi.waitFor(async () => {
    const { json } = await own.ask(`/api/services/${name}`, { cookie })
    expect([json.providers.length, json.consumers.length]).toEqual([2, 1])
  })
})
afterAll(closeAll)

const send = (method: string, path: string, body: unknown, as = cookie) => own.ask(path, { method, body, cookie: as })
const rule = (path = '') => `/api/rules/${encodeURIComponent(key)}${path}`

async function answers(): Promise<string[]> {
  const all = await Promise.all(Array.from({ length: 30 }, () => echo.echo('x')))
  return [...new Set(all)].sort()
}

describe('a weight', () => {
  it('is drafted, tried, saved, seen to be gone by, and taken back', async () => {
    const intent = { action: 'weight', service: { name }, address: place(0), weight: 0 }
    const draft = (await send('POST', '/api/rules/draft', intent)).json
    expect(draft).toMatchObject({ key, form: { configs: [{ addresses: [place(0)], parameters: { weight: 0 } }] } })

    const preview: RulePreview = (await send('POST', rule('/preview'), { form: draft.form })).json
    expect(preview).toMatchObject({
      text: draft.text,
      changed: true,
      expected: 'none',
      matches: [{ part: 'configs[0]', of: 'providers', matched: [place(0)], count: 1, among: 2 }],
    })
    expect(preview.diff.every(({ kind }) => kind === 'added')).toBe(true)

    const saved = await send('PUT', rule(), { text: draft.text, expected: 'none' })
    expect(saved).toMatchObject({ status: 200, json: { key, kind: 'configurators', service: { name }, enabled: true } })
    await vi.waitFor(async () => expect(await answers()).toEqual(['b']), 5000)
    const detail = await vi.waitFor(async () => {
      const { json } = await own.ask(`/api/services/${name}`, { cookie })
      const first = json.providers.find((each: { address: string }) => each.address === place(0))
      expect(first).toMatchObject({ effectiveWeight: 0 })
      return json
    })
    expect(detail.rules).toEqual([key])
    const delivery = { revision: saved.json.revision, consumers: 1, applied: 1, refusing: [], waiting: [], silent: 0 }
    await vi.waitFor(async () => expect((await own.ask(rule('/delivery'), { cookie })).json).toEqual(delivery), 8000)

    const history = (await own.ask(rule('/history'), { cookie })).json
    expect(history).toMatchObject([{ revision: 'none' }])
    const back = await send('POST', rule('/rollback'), { expected: saved.json.revision })
    expect(back.status).toBe(204)
    await vi.waitFor(async () => expect(await answers()).toEqual(['a', 'b']), 5000)
    const audit = (await own.ask('/api/audit', { cookie })).json.items
    expect(audit[0]).toMatchObject({
      action: 'rule.rollback',
      user: 'root',
      target: key,
      before: draft.text,
      after: '',
      outcome: 'done',
    })
    expect(audit[1]).toMatchObject({ action: 'rule.save', before: '', after: draft.text, outcome: 'done' })
  })

  it('is for who is registered alone', async () => {
    const intent = { action: 'weight', service: { name }, address: '169.254.169.254:80', weight: 1 }
    expect(await send('POST', '/api/rules/draft', intent)).toMatchObject({
      status: 400,
      json: { error: { field: 'address' } },
    })
  })
})

describe('a rule', () => {
  it('in form and in text is one: what the form leaves alone keeps its comments', async () => {
    const text = `# who is off\nconfigVersion: v3.0\nenabled: true # for now\nconfigs:\n  # the first\n  - addresses:\n      - ${place(0)}\n    parameters:\n      weight: 10\n`
    const saved: RuleDetail = (await send('PUT', rule(), { text, expected: 'none' })).json
    expect(saved.text).toBe(text)
    const form = structuredClone(saved.form) as { configs: { parameters: Record<string, unknown> }[] }
    ;(form.configs[0] as (typeof form.configs)[0]).parameters.weight = 20
    const preview: RulePreview = (await send('POST', rule('/preview'), { form })).json
    expect(preview.text).toContain('# who is off')
    expect(preview.text).toContain('# for now')
    expect(preview.text).toContain('weight: 20')
    expect(preview.diff.filter(({ kind }) => kind !== 'same')).toHaveLength(2)

    const second = await send('PUT', rule(), { form, expected: saved.revision })
    expect(second.status).toBe(200)
    const late = await send('PUT', rule(), { text, expected: saved.revision })
    expect(late).toMatchObject({ status: 409, json: { error: { code: 'conflict', revision: second.json.revision } } })
    expect((await own.ask(`${rule()}?expected=${saved.revision}`, { method: 'DELETE', body: {}, cookie })).status).toBe(
      409,
    )
    expect(
      (await own.ask(`${rule()}?expected=${second.json.revision}`, { method: 'DELETE', body: {}, cookie })).status,
    ).toBe(204)
    expect((await own.ask(rule(), { cookie })).status).toBe(404)
  })

  it.each([
    ['enabled: [', /^line 1: /],
    ['configs: !!js/function "x"', /tag/i],
    ['a: &x [1]\nb: *x', /anchors are not taken/],
    ['configs:\n  - parameters: { weigth: 1 }', /line 2: .*did you mean "weight"/],
    ['conditions: []', /there is no "conditions"/],
    [`configs: ${'['.repeat(200)}`, /levels/],
  ])('that is none is told with its line, and not written: %s', async (text, message) => {
    const preview: RulePreview = (await send('POST', rule('/preview'), { text })).json
    expect(preview.problem?.message).toMatch(message)
    const saved = await send('PUT', rule(), { text, expected: 'none' })
    expect(saved).toMatchObject({ status: 400, json: { error: { code: 'invalid', field: 'text' } } })
    expect((await own.ask(rule(), { cookie })).status).toBe(404)
  })

  it.each([
    '../../zookeeper/quota.tag-router',
    'x/y.tag-router',
    'x',
    '.tag-router',
    'a\u0000b.tag-router',
    `${'x'.repeat(600)}.tag-router`,
  ])('has a name that leads to no other node: %j', async (other) => {
    const path = `/api/rules/${encodeURIComponent(other)}`
    expect((await send('PUT', path, { text: 'tags: []', expected: 'none' })).status).toBe(404)
    expect((await own.ask(path, { cookie })).status).toBe(404)
  })

  it('says by the last minute`s calls how much would go elsewhere', async () => {
    const now = new Date(Math.floor((Date.now() - 45_000) / 60_000) * 60_000 - 60_000)
    const point = {
      time: now,
      calls: 600,
      failed: {},
      elapsedUs: 600_000,
      maxElapsedUs: 1000,
      histogram: [600],
      maxConcurrent: 3,
      retried: 0,
      hedged: 0,
      bytesOut: 0,
      bytesIn: 0,
      p50Us: 900,
      p99Us: 1000,
    }
    let down = false
    class Monitor extends MonitorServiceSkeleton {
      report() {}
      query({ by = [], where }: Parameters<MonitorServiceSkeleton['query']>[0]) {
        if (down) throw new RpcError('unavailable', 'its disk is full')
        const known = {
          side: where?.side ?? ('consumer' as const),
          service: name,
          application: 'web',
          method: 'echo',
          peer: 'shop',
          instance: place(0),
        }
        const labels = Object.fromEntries(by.map((label) => [label, known[label as keyof typeof known]]))
        return {
          since: now,
          until: new Date(now.getTime() + 60_000),
          stepSeconds: 60,
          series: [{ labels, points: [point] }],
          more: 0,
        }
      }
    }
    const monitor = await createServer({ application: 'tsubo-monitor', services: [new Monitor()] }).listen({
      registry: own.registry,
    })
    closeLater(() => monitor.close(0))
    await monitor.registered
    await vi.waitFor(
      async () => expect((await own.ask('/api/status', { cookie })).json.monitor.state).toBe('connected'),
      5000,
    )
    expect((await own.ask('/api/overview', { cookie })).json).toMatchObject({
      figures: { rate: 10, errorRate: 0, p99Ms: 1 },
    })
    const curve = (await own.ask(`/api/metrics?metric=calls&service=${name}&by=method`, { cookie })).json
    expect(curve).toMatchObject({ unit: 'per_second', stepMs: 60_000, lines: [{ label: 'echo', values: [10] }] })

    const config = (address: string, parameters: string) =>
      `configs:\n  - side: provider\n    addresses: ["${address}"]\n    parameters: ${parameters}\n`
    const tried = async (text: string): Promise<RulePreview> => (await send('POST', rule('/preview'), { text })).json
    expect((await tried(config(place(0), '{ disabled: true }'))).traffic).toMatchObject({
      moved: 0.5,
      failing: 0,
      rate: 10,
    })
    const nobody = await tried(`configs:\n  - side: provider\n    parameters: { disabled: true }\n`)
    expect(nobody.traffic).toMatchObject({ moved: 0, failing: 1 })
    const condition = `/api/rules/${encodeURIComponent(`${name}::.condition-router`)}/preview`
    const routed = async (text: string) =>
      (await send('POST', condition, { text: `conditions:\n  - ${text}\n` })).json.traffic
    expect(await routed(`method=echo => port=${ports[1]}`)).toMatchObject({ moved: 0.5 })
    expect(await routed(`method=other => port=${ports[1]}`)).toMatchObject({ moved: 0 })
    expect(await routed(`application=other => port=${ports[1]}`)).toMatchObject({ moved: 0 })

    // As they are registered: one for the whole service, and one for each method of the other provider.
    const registered = 50 + 40 * echoSchema.methods.length
    expect((await own.ask('/api/overview', { cookie })).json.capacity).toContainEqual({
      service: name,
      instances: 2,
      inUse: 3,
      limit: registered,
      usage: 3 / registered,
      needed: 1,
    })
    const limits = { text: 'configs:\n  - side: provider\n    parameters: { executes: 4 }\n', expected: 'none' }
    const { json: saved } = await send('PUT', rule(), limits)
    await vi.waitFor(async () =>
      expect((await own.ask('/api/overview', { cookie })).json.capacity).toContainEqual({
        service: name,
        instances: 2,
        inUse: 3,
        limit: 8,
        usage: 3 / 8,
        needed: 2,
      }),
    )
    await send('POST', rule('/rollback'), { expected: saved.revision })

    // Away: the console says so and why, and keeps the last figures. What changes about the monitor makes it ask at once.
    const monitorState = async () => (await own.ask('/api/status', { cookie })).json.monitor
    down = true
    monitor.weight(MonitorServiceSchema.name, 50)
    await vi.waitFor(async () => expect(await monitorState()).toMatchObject({ state: 'away' }), 8000)
    expect(await monitorState()).toMatchObject({
      reason: expect.stringMatching(/disk is full/),
      until: expect.any(String),
    })
    expect((await own.ask('/api/overview', { cookie })).json.figures).toMatchObject({ rate: 10 })
    expect((await own.ask('/api/metrics?metric=calls', { cookie })).status).toBe(503)
    down = false
    monitor.weight(MonitorServiceSchema.name, 100)
    await vi.waitFor(async () => expect(await monitorState()).toMatchObject({ state: 'connected' }), 8000)
    await monitor.close(0)
    await vi.waitFor(async () => expect(await monitorState()).toMatchObject({ state: 'none' }), 8000)
    expect((await own.ask('/api/overview', { cookie })).json).not.toHaveProperty('figures')
  }, 40_000)
})

describe('roles', () => {
  it('a viewer looks and tries, an operator writes and calls, an admin minds the users, too', async () => {
    for (const role of ['viewer', 'operator'])
      await send('POST', '/api/users', { name: role, password: 'a long one', role })
    const viewer = await own.login('viewer', 'a long one')
    const operator = await own.login('operator', 'a long one')
    const write = (as: string) => send('PUT', '/api/rules/shop.tag-router', { text: 'tags: []', expected: 'none' }, as)
    const call = (as: string) => send('POST', `/api/services/${name}/invoke`, { method: 'echo', args: ['x'] }, as)
    const see = async (as: string, path: string) => (await own.ask(path, { cookie: as })).status
    expect(await see(viewer, '/api/services')).toBe(200)
    expect((await send('POST', rule('/preview'), { text: 'configs: []' }, viewer)).status).toBe(200)
    expect([(await write(viewer)).status, (await call(viewer)).status, await see(viewer, '/api/audit')]).toEqual([
      403, 403, 403,
    ])
    expect((await send('DELETE', '/api/rules/shop.tag-router?expected=none', {}, viewer)).status).toBe(403)
    expect([(await write(operator)).status, (await call(operator)).status, await see(operator, '/api/audit')]).toEqual([
      200, 200, 200,
    ])
    expect(await see(operator, '/api/users')).toBe(403)
    const root = { name: 'eve', password: 'a long one', role: 'admin' }
    expect((await send('POST', '/api/users', root, operator)).status).toBe(403)
    expect((await send('PATCH', '/api/users/operator', { role: 'admin' }, operator)).status).toBe(403)
    expect((await send('DELETE', '/api/users/root', {}, cookie)).status).toBe(409)
  })
})
