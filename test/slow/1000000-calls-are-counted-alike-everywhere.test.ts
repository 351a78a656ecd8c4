import { type ChildProcess, spawn } from 'node:child_process'
import { afterEach, expect, test } from 'vitest'
import { MonitorServiceClient } from '../../monitor/index.js'
import { createMetrics } from '../../ops/index.js'
import { createClient } from '../../runtime/client.js'
import { RpcError } from '../../runtime/error.js'
import { openRegistry } from '../../runtime/open-registry.js'
import { startZooKeeper } from '../../zookeeper/testing.js'
import { root } from '../support/child.js'
import { EchoServiceClient } from '../support/echo.js'
import { temporaryFolder } from '../support/monitor.js'
import { closeAll, closeLater } from '../support/network.js'
import { readExposition } from '../support/prometheus.js'
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

test('under errors, cancels, deadlines and kills the client, /metrics and the monitor have the same sums', async () => {
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
  const client = createClient({ registry, application: 'caller', monitor: { intervalMs: 1000 } })
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

  const own = Object.fromEntries(
    client.counts.methods.map((method) => [
      method.method,
      { ...Object.fromEntries(method.failed), ...(method.succeeded > 0 && { ok: method.succeeded }) },
    ]),
  )
  expect(own).toEqual(seen)
  for (const code of ['ok', 'aborted', 'unknown']) expect(seen.echo?.[code]).toBeGreaterThan(1000)
  for (const code of ['ok', 'cancelled', 'deadline_exceeded']) expect(seen.book?.[code]).toBeGreaterThan(1000)
  expect(seen.book?.unavailable).toBeGreaterThan(0)

  const metrics = createMetrics({ clients: [client] })
  const exposed: typeof seen = { echo: {}, book: {} }
  for (const { name, labels, value } of readExposition(metrics.read()).get('rpc_client_call_duration_seconds')
    ?.samples ?? []) {
    if (name !== 'rpc_client_call_duration_seconds_count') continue
    const method = labels.get('rpc_method')?.split('/')[1] ?? ''
    const code = labels.get('rpc_status_code')?.toLowerCase() ?? ''
    ;(exposed[method] as Record<string, number>)[code] = value
  }
  metrics.close()
  expect(exposed).toEqual(seen)

  const asking = createClient({ registry })
  closeLater(() => asking.close())
  const answer = await new MonitorServiceClient(asking).query({
    since: new Date(Date.now() - 3_600_000),
    stepSeconds: 0,
    where: { side: 'consumer', application: 'caller' },
    by: ['method'],
  })
  const stored = Object.fromEntries(
    answer.series.map(({ labels, points: [point] }) => [labels.method ?? '', point] as const),
  )
  for (const counted of client.counts.methods) {
    const point = stored[counted.method]
    expect(point?.failed).toEqual(Object.fromEntries(counted.failed))
    expect(point).toMatchObject({
      calls: counted.calls,
      elapsedUs: Math.round(counted.elapsedMs * 1000),
      maxElapsedUs: Math.round(counted.maxElapsedMs * 1000),
      histogram: counted.histogram,
      retried: counted.retried,
      bytesOut: counted.bytesOut,
      bytesIn: counted.bytesIn,
    })
  }
  expect(Object.values(stored).reduce((sum, point) => sum + (point?.calls ?? 0), 0)).toBe(total)
})
