import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import type { CountSeries } from '../../generated/tsubo/monitor.js'
import { MonitorServiceClient } from '../../monitor/index.js'
import { createMetrics } from '../../ops/index.js'
import { type Client, createClient } from '../../runtime/client.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { RpcError } from '../../runtime/error.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { startZooKeeper } from '../../zookeeper/testing.js'
import { root } from '../support/child.js'
import { EchoServiceClient } from '../support/echo.js'
import { temporaryFolder } from '../support/monitor.js'
import { closeAll, closeLater } from '../support/network.js'
import { figure, readExposition } from '../support/prometheus.js'
import { startTsubo } from '../support/serving.js'

afterEach(closeAll)

const total = 1_000_000
const atOnce = 300

async function startProvider(registry: string): Promise<ChildProcess> {
  const script = `${root}test/support/counted-provider.ts`
  const child = spawn(process.execPath, ['--conditions=@tsubo/source', '--import', 'tsx', script, registry], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '' },
  })
  closeLater(async () => void child.kill('SIGKILL'))
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    child.once('exit', () => reject(new Error('the provider ended before it was ready')))
  })
  return child
}

test('under errors, cancels, deadlines, hedges and kills the client, /metrics and the monitor have the same sums', async () => {
  const zookeeper = await startZooKeeper()
  closeLater(() => zookeeper.close())
  const address = `${zookeeper.address}?session=2000`
  const folder = temporaryFolder()
  const monitorArgs = ['monitor', '--registry', address, '--data', folder]
  let monitor = startTsubo(monitorArgs, folder)
  const providers = await Promise.all([startProvider(address), startProvider(address)])
  await monitor.prints('monitor is ready at')
  const registry = openRegistry(address)
  closeLater(() => registry.close())
  const client = createClient({
    registry,
    application: 'caller',
    monitor: { intervalMs: 1000 },
    methods: { 'test.EchoService/echo': { policy: hedging({ delayMs: 30 }) } },
  })
  const echo = new EchoServiceClient(client)

  /** What the callers themselves saw, by method and code. */
  const seen: Record<string, Record<string, number>> = { echo: {}, book: {} }
  const note = (method: string, code: string) => {
    const own = seen[method] as Record<string, number>
    own[code] = (own[code] ?? 0) + 1
  }
  let seed = 20261128
  const random = () => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  const call = (): Promise<void> => {
    const dice = random() * 100
    const method = dice < 92 ? 'echo' : 'book'
    const ended = (promise: Promise<string>) =>
      promise.then(
        () => note(method, 'ok'),
        (error: unknown) => note(method, RpcError.from(error).code),
      )
    if (dice < 0.2) return ended(echo.echo('slow'))
    if (dice < 0.4) return ended(echo.echo('unavailable'))
    if (dice < 87) return ended(echo.echo('x'))
    if (dice < 90) return ended(echo.echo('aborted'))
    if (dice < 92) return ended(echo.echo('unexpected'))
    if (dice < 96) return ended(echo.book('x'))
    if (dice < 98) return ended(echo.book('slow', { timeoutMs: 1 + random() * 20 }))
    const controller = new AbortController()
    setTimeout(() => controller.abort(), random() * 20)
    return ended(echo.book('slow', { signal: controller.signal }))
  }
  let begun = 0
  const disturbances: (() => Promise<unknown>)[] = [1, 2, 3, 4].map((turn) => async () => {
    providers[turn % 2]?.kill('SIGKILL')
    providers[turn % 2] = await startProvider(address)
  })
  disturbances.splice(2, 0, async () => {
    monitor.child.kill('SIGKILL')
    await monitor.ended
    monitor = startTsubo(monitorArgs, folder)
  })
  const disturbing: Promise<unknown>[] = []
  const work = async (): Promise<void> => {
    while (begun < total) {
      if (++begun % Math.floor(total / 6) === 0) disturbing.push(disturbances.shift()?.() ?? Promise.resolve())
      await call()
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  await Promise.all(disturbing)
  await monitor.prints('monitor is ready at')
  await client.close()

  const counted = countedBy(client)
  expect(codesOf(counted)).toEqual(seen)
  for (const code of ['ok', 'aborted', 'unknown', 'unavailable']) expect(seen.echo?.[code]).toBeGreaterThan(1000)
  for (const code of ['ok', 'cancelled', 'deadline_exceeded']) expect(seen.book?.[code]).toBeGreaterThan(1000)
  expect(seen.book?.unavailable).toBeGreaterThan(0)
  expect(counted.echo?.hedged).toBeGreaterThan(0)
  expect(counted.echo?.retried).toBeGreaterThan(0)

  const metrics = createMetrics({ clients: [client] })
  expect(exposedBy(metrics.read())).toEqual(counted)
  metrics.close()

  const asking = createClient({ registry })
  closeLater(() => asking.close())
  const { series } = await new MonitorServiceClient(asking).query({
    since: new Date(Date.now() - 3_600_000),
    stepSeconds: 0,
    where: { side: 'consumer', application: 'caller' },
    by: ['method'],
  })
  expect(storedIn(series)).toEqual(counted)
  for (const { method, maxElapsedMs } of client.counts.methods) {
    const stored = series.find(({ labels }) => labels.method === method)?.points[0]
    expect(stored?.maxElapsedUs).toBe(Math.round(maxElapsedMs * 1000))
  }
  const calls = Object.values(counted).flatMap(({ codes }) => Object.values(codes))
  expect(calls.reduce((sum, count) => sum + count, 0)).toBe(total)
})

/** What all of them say of one method. */
interface Sums {
  readonly codes: Record<string, number>
  readonly elapsedUs: number
  readonly histogram: readonly number[]
  readonly retried: number
  readonly hedged: number
  readonly bytesOut: number
  readonly bytesIn: number
}

function codesOf(sums: Readonly<Record<string, Sums>>): Record<string, Record<string, number>> {
  return Object.fromEntries(Object.entries(sums).map(([method, { codes }]) => [method, codes]))
}

function countedBy({ counts }: Client): Record<string, Sums> {
  return Object.fromEntries(
    counts.methods.map(({ method, failed, succeeded, elapsedMs, histogram, retried, hedged, bytesOut, bytesIn }) => [
      method,
      {
        codes: { ...Object.fromEntries(failed), ok: succeeded },
        elapsedUs: Math.round(elapsedMs * 1000),
        histogram,
        retried,
        hedged,
        bytesOut,
        bytesIn,
      },
    ]),
  )
}

function exposedBy(text: string): Record<string, Sums> {
  const families = readExposition(text)
  const durations = families.get('rpc_client_call_duration_seconds')?.samples ?? []
  const codes = [...new Set(durations.map(({ labels }) => labels.get('rpc_status_code') ?? ''))]
  const sumsOf = (method: string): Sums => {
    const of = { rpc_method: `test.EchoService/${method}` }
    const value = (name: string, more: Record<string, string> = {}) => figure(families, name, { ...of, ...more }) ?? 0
    const duration = (part: string, more?: Record<string, string>) =>
      value(`rpc_client_call_duration_seconds_${part}`, more)
    const bounds = [...new Set(durations.flatMap(({ labels }) => labels.get('le') ?? []))]
    const upTo = bounds.map((le) => duration('bucket', { le }))
    const calls = codes.map((code) => [code.toLowerCase(), duration('count', { rpc_status_code: code })] as const)
    return {
      codes: Object.fromEntries(calls.filter(([, count]) => count > 0)),
      // Each sum is exact, as a fraction in seconds.
      elapsedUs: codes.reduce((us, code) => us + Math.round(duration('sum', { rpc_status_code: code }) * 1e6), 0),
      histogram: upTo.map((count, i) => count - (upTo[i - 1] ?? 0)),
      retried: value('tsubo_client_retries_total'),
      hedged: value('tsubo_client_hedges_total'),
      bytesOut: value('tsubo_client_sent_bytes_total'),
      bytesIn: value('tsubo_client_received_bytes_total'),
    }
  }
  return Object.fromEntries(['echo', 'book'].map((method) => [method, sumsOf(method)]))
}

function storedIn(series: readonly CountSeries[]): Record<string, Sums> {
  return Object.fromEntries(
    series.flatMap(({ labels, points }) =>
      points.map(({ calls, failed, elapsedUs, histogram, retried, hedged, bytesOut, bytesIn }) => {
        const ok = calls - Object.values(failed).reduce((sum, count) => sum + count, 0)
        return [
          labels.method ?? '',
          { codes: { ...failed, ok }, elapsedUs, histogram, retried, hedged, bytesOut, bytesIn },
        ]
      }),
    ),
  )
}
