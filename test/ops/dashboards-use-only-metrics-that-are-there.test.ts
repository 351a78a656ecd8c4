import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { createMetrics } from '../../ops/index.js'
import { circuitBreaker } from '../../runtime/guards/circuit-breaker.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure } from '../support/network.js'
import { type Family, readExposition } from '../support/prometheus.js'

afterEach(closeAll)

const folder = new URL('../../dashboards/', import.meta.url)

interface Panel {
  readonly title: string
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}
interface Dashboard {
  readonly __inputs: readonly { readonly name: string }[]
  readonly schemaVersion: number
  readonly id?: number
  readonly panels: readonly Panel[]
  readonly templating: { readonly list: readonly { readonly definition: string }[] }
}

/** What a process exports that has everything: a server, a client, a failure, a breaker. */
async function exported(): Promise<Map<string, Family>> {
  const server = createServer({ services: [new Echo(() => Promise.reject(new Error('no')))], onError() {} })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const methods = { 'test.EchoService': { limits: [circuitBreaker()] } }
  const client = connectTo([running.bound.port], { methods })
  await failure(new EchoServiceClient(client).book('x'))
  const metrics = createMetrics({ servers: [server], clients: [client] })
  const families = readExposition(metrics.read())
  metrics.close()
  return families
}

const words = /^(?:by|without|on|ignoring|group_left|group_right|bool|offset|and|or|unless|inf|nan)$/i
/** What Prometheus itself puts on every series. */
const scraped = ['job', 'instance', 'le']

/** The metrics that an expression names, and the labels that it goes by. */
function usedBy(expression: string): { readonly metrics: string[]; readonly labels: string[] } {
  const labels: string[] = []
  const bare = expression
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{([^}]*)\}/g, (_, inside: string) => {
      for (const [, label = ''] of inside.matchAll(/([a-z_]\w*)\s*(?:=~|!~|!=|=)/g))
        if (label !== '__name__') labels.push(label)
      return ' '
    })
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(?:by|without|on|ignoring|group_left|group_right)\s*\(([^)]*)\)/g, (_, inside: string) => {
      labels.push(...inside.split(',').map((label) => label.trim()))
      return ' '
    })
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*(?!\w*\s*\()/g)].map(([name]) => name)
  return { metrics: names.filter((name) => !words.test(name)), labels: labels.filter((label) => label !== '') }
}

const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

test('there is a dashboard', () => {
  expect(files).toEqual(['tsubo.json'])
})

test.each(files)('%s: each expression uses metrics and labels that are exported', async (file) => {
  const text = readFileSync(new URL(file, folder), 'utf8')
  const dashboard = JSON.parse(text) as Dashboard
  const families = await exported()
  const samples = [...families.values()].flatMap((family) => family.samples)
  const names = new Set(samples.map(({ name }) => name))
  const targets = dashboard.panels.flatMap(({ targets = [] }) => targets)
  expect(targets.length).toBeGreaterThan(20)
  for (const { expr, legendFormat } of targets) {
    const { metrics, labels } = usedBy(expr)
    expect(metrics, expr).not.toEqual([])
    expect(
      metrics.filter((metric) => !names.has(metric)),
      expr,
    ).toEqual([])
    const known = new Set([
      ...scraped,
      ...samples.filter(({ name }) => metrics.includes(name)).flatMap((s) => [...s.labels.keys()]),
    ])
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = '']) => label)
    expect(
      [...labels, ...shown].filter((label) => !known.has(label)),
      expr,
    ).toEqual([])
  }
  for (const { definition } of dashboard.templating.list) {
    const [, metric = ''] = /^label_values\((\w+|\{__name__=~"[^"]+"\})/.exec(definition) ?? []
    const pattern = /"(.+)"/.exec(metric)?.[1]
    expect(
      [...names].some((name) => (pattern ? new RegExp(`^(?:${pattern})$`).test(name) : name === metric)),
      definition,
    ).toBe(true)
  }
  // Importable anywhere: no database's own ids in it.
  expect(dashboard.__inputs.map(({ name }) => name)).toEqual(['DS_PROMETHEUS'])
  expect(dashboard.id).toBeUndefined()
  expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
  expect(
    [...text.matchAll(/"uid": "([^"]+)"/g)].every(([, uid]) => /^(?:\$\{DS_PROMETHEUS\}|tsubo)$/.test(uid ?? '')),
  ).toBe(true)
  expect(checkedByPromtool(targets.map(({ expr }) => expr)) ?? '').toBe('')
})

/** Whether Prometheus can read the expressions; undefined without promtool. */
function checkedByPromtool(expressions: readonly string[]): string | undefined {
  const at = mkdtempSync(join(tmpdir(), 'tsubo-dashboards-'))
  const rules = expressions.map((expr, i) => ({ record: `r:${i}`, expr: expr.replaceAll('$__rate_interval', '1m') }))
  const file = join(at, 'rules.json')
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  const ran = spawnSync(process.env.PROMTOOL ?? 'promtool', ['check', 'rules', file], { encoding: 'utf8' })
  rmSync(at, { recursive: true })
  if (ran.error) return undefined
  return ran.status === 0 ? '' : `${ran.stdout}${ran.stderr}`
}

test('the check sees what is not there', () => {
  expect(usedBy('sum by (le, a) (rate(no_such_total{job=~"$job",b!="c"}[5m])) / on (d) group_left () other')).toEqual({
    metrics: ['no_such_total', 'other'],
    labels: ['job', 'b', 'le', 'a', 'd'],
  })
})
