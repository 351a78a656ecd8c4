import { afterEach, expect, test } from 'vitest'
import { Exposition } from '../../ops/exposition.js'
import { createMetrics } from '../../ops/index.js'
import type { Client } from '../../runtime/client.js'
import { failfast } from '../../runtime/cluster/failover.js'
import { RpcError } from '../../runtime/error.js'
import { circuitBreaker } from '../../runtime/guards/circuit-breaker.js'
import { createServer, type Server } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, until } from '../support/network.js'
import { figure, promtool, readExposition } from '../support/prometheus.js'

afterEach(closeAll)

async function used(): Promise<{ server: Server; client: Client }> {
  const server = createServer({
    application: 'echo "quoted" \\ app',
    services: [
      new Echo((text) => {
        if (text === 'bad') throw new RpcError('not_found', 'no')
        return text
      }),
    ],
  })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port], {
    policy: failfast(),
    methods: { 'test.EchoService/book': { limits: [circuitBreaker()], breaker: true } },
  })
  const echo = new EchoServiceClient(client)
  for (let i = 0; i < 30; i++) await echo.echo('x')
  for (let i = 0; i < 7; i++) await failure(echo.echo('bad'))
  await failure(echo.book('x', { timeoutMs: 0.001 }))
  await echo.book('x')
  for (let i = 0; i < 5; i++) await failure(new EchoServiceClient(client, { version: `${i}` }).echo('x'))
  return { server, client }
}

function metricsOf(options: Parameters<typeof createMetrics>[0]) {
  const metrics = createMetrics(options)
  const text = metrics.read()
  metrics.close()
  return { text, families: readExposition(text) }
}

test("calls have OpenTelemetry's names, in seconds, by method and status, and agree with the counts of both sides", async () => {
  const { server, client } = await used()
  const { text, families } = metricsOf({ servers: [server], clients: [client] })
  const echo = { rpc_system_name: 'tsubo', rpc_method: 'test.EchoService/echo' }
  for (const side of ['client', 'server']) {
    const name = `rpc_${side}_call_duration_seconds`
    expect(figure(families, `${name}_count`, { ...echo, rpc_status_code: 'OK' })).toBe(30)
    expect(figure(families, `${name}_count`, { ...echo, rpc_status_code: 'NOT_FOUND', error_type: 'NOT_FOUND' })).toBe(
      7,
    )
    const bounds = families.get(name)?.samples.flatMap(({ labels }) => labels.get('le') ?? [])
    expect(bounds?.slice(0, 15).join(' ')).toBe('0.005 0.01 0.025 0.05 0.075 0.1 0.25 0.5 0.75 1 2.5 5 7.5 10 +Inf')
  }
  const counted = client.counts.methods.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)
  expect(figure(families, 'rpc_client_call_duration_seconds_sum')).toBeCloseTo(counted / 1000, 9)
  expect(figure(families, 'rpc_server_call_duration_seconds_count', { rpc_method: '_OTHER' })).toBe(5)
  expect(figure(families, 'tsubo_client_sent_bytes_total')).toBe(
    client.counts.methods.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
  )
  expect(figure(families, 'tsubo_client_calls_active', echo)).toBeUndefined()
  expect(figure(families, 'tsubo_client_calls_active', { rpc_method: echo.rpc_method })).toBe(0)
  expect(text).not.toMatch(/network_peer_address|dubbo_/)
  const said = promtool(text)
  expect(said ?? '').toBe('')
})

test('calls under way are counted while they are, on both sides', async () => {
  let answer: (text: string) => void = () => {}
  const answered = new Promise<string>((resolve) => {
    answer = resolve
  })
  const server = createServer({ services: [new Echo(() => answered)] })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port])
  const echo = new EchoServiceClient(client)
  const calls = Promise.all(['a', 'b', 'c'].map((text) => echo.echo(text)))
  const concurrent = () =>
    [client, server].map(({ counts }) => {
      const { concurrent, maxConcurrent, calls } = counts.of('test.EchoService', 'echo') ?? {}
      return { concurrent, maxConcurrent, calls }
    })
  const figures = () => {
    const { families } = metricsOf({ servers: [server], clients: [client] })
    const method = { rpc_method: 'test.EchoService/echo' }
    return {
      active: ['client', 'server'].map((side) => figure(families, `tsubo_${side}_calls_active`, method)),
      most: ['client', 'server'].map((side) => figure(families, `tsubo_${side}_calls_active_max`, method)),
      pending: figure(families, 'tsubo_client_attempts_pending', { tsubo_service: 'test.EchoService' }),
    }
  }
  await until(() => server.counts.of('test.EchoService', 'echo')?.concurrent === 3)
  const hanging = { concurrent: 3, maxConcurrent: 3, calls: 0 }
  expect(concurrent()).toEqual([hanging, hanging])
  expect(figures()).toEqual({ active: [3, 3], most: [3, 3], pending: 3 })
  answer('done')
  await calls
  const over = { concurrent: 0, maxConcurrent: 3, calls: 3 }
  expect(concurrent()).toEqual([over, over])
  expect(figures()).toEqual({ active: [0, 0], most: [3, 3], pending: 0 })
})

test('states are there: connections, providers, registry, breakers, the event loop', async () => {
  const { server, client } = await used()
  const { families } = metricsOf({ servers: [server], clients: [client] })
  const service = { tsubo_service: 'test.EchoService' }
  expect(figure(families, 'tsubo_server_connections')).toBe(1)
  expect(figure(families, 'tsubo_server_state', { state: 'serving' })).toBe(1)
  expect(figure(families, 'tsubo_server_registration_state', { state: 'none' })).toBe(1)
  expect(figure(families, 'tsubo_client_providers', { ...service, state: 'ready' })).toBe(1)
  expect(figure(families, 'tsubo_client_providers_ejected', service)).toBe(0)
  expect(figure(families, 'tsubo_client_attempts_pending', service)).toBe(0)
  expect(figure(families, 'tsubo_client_discovery_state', { ...service, state: 'found' })).toBe(1)
  // One for the method, one for the provider at which a call of it failed.
  expect(figure(families, 'tsubo_client_breakers', { rpc_method: 'test.EchoService/book', state: 'closed' })).toBe(2)
  expect(figure(families, 'tsubo_server_service_online', service)).toBe(1)
  expect(figure(families, 'nodejs_eventloop_delay_p99_seconds')).toBeLessThan(60)
  expect(figure(families, 'process_cpu_seconds_total')).toBeGreaterThan(0)
})

test("Dubbo 3's names are there for whoever asks for them, and peers too", async () => {
  const { server, client } = await used()
  const { text, families } = metricsOf({ servers: [server], clients: [client], names: 'dubbo' })
  const of = { interface: 'test.EchoService', method: 'echo', version: '' }
  expect(text).not.toContain('rpc_client_call')
  const echo = { interface: of.interface, method: of.method }
  expect(figure(families, 'dubbo_provider_requests_total', echo)).toBe(37)
  expect(figure(families, 'dubbo_provider_requests_succeed_total', echo)).toBe(30)
  expect(figure(families, 'dubbo_consumer_requests_timeout_total', { method: 'book' })).toBe(1)
  expect(figure(families, 'dubbo_consumer_rt_milliseconds_histogram_count', echo)).toBe(42)
  const both = metricsOf({ clients: [client], names: 'both', peers: true })
  const peers = both.families.get('rpc_client_call_duration_seconds')?.samples ?? []
  expect(new Set(peers.map(({ labels }) => labels.get('network_peer_address')))).toHaveLength(1)
  expect(both.families.has('dubbo_consumer_requests_total')).toBe(true)
})

test('two clients of a process are one', async () => {
  const [a, b] = [await used(), await used()]
  const { families } = metricsOf({ clients: [a.client, b.client] })
  expect(
    figure(families, 'rpc_client_call_duration_seconds_count', {
      rpc_method: 'test.EchoService/echo',
      rpc_status_code: 'OK',
    }),
  ).toBe(60)
})

test('no label gets out of its quotes', () => {
  const out = new Exposition()
  out.counter('evil_total', 'help\nwith \\ lines', { a: '"} 1\nforged 2\n', b: '\\' }, 1)
  out.gauge('infinite', 'x', {}, Number.POSITIVE_INFINITY)
  const families = readExposition(out.text)
  expect([...families.keys()]).toEqual(['evil_total', 'infinite'])
  expect(families.get('evil_total')?.samples[0]?.labels.get('a')).toBe('"} 1\nforged 2\n')
  expect(promtool(out.text) ?? '').toBe('')
})

test.each([
  ['# TYPE a_total counter\na_total 1\n', 'TYPE without its HELP'],
  ['# HELP a x\n# TYPE a counter\na 1\n', 'a counter is called _total'],
  ['# HELP a x\n# TYPE a gauge\na 1\na 1\n', 'the same series again'],
  ['# HELP a x\n# TYPE a gauge\na{b="c} 1\n', 'no sample'],
  ['# HELP a x\n# TYPE a gauge\nb 1\n', 'not below its TYPE'],
  [
    '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    'not a histogram',
  ],
])('the reader refuses %j', (text, why) => {
  expect(() => readExposition(text)).toThrow(why)
})
