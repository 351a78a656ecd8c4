import { isIPv4 } from 'node:net'
import { hostname } from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { Exposition } from '../../ops/exposition.js'
import { createMetrics, createOps } from '../../ops/index.js'
import type { Client } from '../../runtime/client.js'
import { failfast } from '../../runtime/cluster/failover.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { RpcError } from '../../runtime/error.js'
import { circuitBreaker } from '../../runtime/guards/circuit-breaker.js'
import { createServer, type Server } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, provideEcho, sleep, until } from '../support/network.js'
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

test('an open and a half-open breaker and an ejected provider are seen, in metrics and among the services', async () => {
  const broken = new RpcError('internal', 'broken')
  const answers = (text: string, bad: string) => {
    if (text === 'bad' || text === bad) throw broken
    return text
  }
  const [first, second] = await Promise.all(
    ['first', 'second'].map((name) => provideEcho((text) => answers(text, name), { onError() {} })),
  )
  const ports = [first, second].map((running) => running?.bound.port ?? 0)
  const breaking = (openMs: number) =>
    connectTo(ports, {
      policy: failfast(),
      methods: { 'test.EchoService/book': { limits: [circuitBreaker({ fewestCalls: 3, openMs })] } },
    })
  const clients = [breaking(60_000), breaking(0)]
  for (const client of clients) for (let i = 0; i < 3; i++) await failure(new EchoServiceClient(client).book('bad'))
  const [calling] = clients
  const ejected = () => calling?.status[0]?.providers.filter((provider) => provider.ejected) ?? []
  const echo = new EchoServiceClient(calling ?? breaking(0))
  for (let i = 0; i < 200 && ejected().length === 0; i++) await echo.echo('first').catch(() => {})
  expect(ejected().map(({ address }) => address.port)).toEqual([ports[0]])

  const { families } = metricsOf({ clients })
  const breakers = (state: string) =>
    figure(families, 'tsubo_client_breakers', { rpc_method: 'test.EchoService/book', state })
  expect(['closed', 'open', 'half-open'].map(breakers)).toEqual([0, 1, 1])
  expect(figure(families, 'tsubo_client_providers_ejected', { tsubo_service: 'test.EchoService' })).toBe(1)

  const ops = await createOps({ clients }).listen()
  closeLater(() => ops.close())
  const { called } = (await (await fetch(`${ops.url}/services`)).json()) as {
    called: { providers: { address: string; ejected: boolean }[]; breakers: { state: string }[] }[]
  }
  const method = 'test.EchoService/book'
  expect(called.map((each) => each.breakers)).toEqual([[{ method, state: 'open' }], [{ method, state: 'half-open' }]])
  const out = called[0]?.providers.filter((provider) => provider.ejected).map(({ address }) => address)
  expect(out).toEqual([expect.stringContaining(`127.0.0.1:${ports[0]}`)])
})

test('retries, hedges, bytes, group and version are what they were', async () => {
  let tries = 0
  let together = 0
  const server = createServer({
    services: [
      {
        service: new Echo(async (text) => {
          if (text === 'third time' && ++tries < 3) throw new RpcError('unavailable', 'not yet')
          if (text !== 'both') return text
          together++
          await until(() => together === 2)
          return text
        }),
        group: 'gray',
        version: '1.2.0',
      },
    ],
  })
  const listening = await Promise.all([1, 2].map(() => server.listen({ host: '127.0.0.1' })))
  for (const running of listening) closeLater(() => running.close(0))
  const ports = listening.map(({ bound }) => bound.port)
  const key = { group: 'gray', version: '1.2.0' }
  const [retrying, hedged] = [connectTo(ports), connectTo(ports, { policy: hedging({ delayMs: 10 }) })]
  expect(await new EchoServiceClient(retrying, key).echo('third time')).toBe('third time')
  expect(await new EchoServiceClient(hedged, key).echo('both')).toBe('both')

  const labels = { rpc_method: 'test.EchoService/echo', tsubo_group: 'gray', tsubo_version: '1.2.0' }
  const { families } = metricsOf({ servers: [server], clients: [retrying, hedged] })
  expect(figure(families, 'tsubo_client_retries_total', labels)).toBe(2)
  expect(figure(families, 'tsubo_client_hedges_total', labels)).toBe(1)
  expect(figure(families, 'rpc_client_call_duration_seconds_count', labels)).toBe(2)
  const ofCalls = /^(?:rpc|tsubo)_(?:client|server)_(?:call_duration_seconds|sent_bytes_total|calls_active)$/
  const series = [...families.values()].flatMap(({ name, samples }) => (ofCalls.test(name) ? samples : []))
  expect(
    new Set(series.map((each) => `${each.labels.get('tsubo_group')} ${each.labels.get('tsubo_version')}`)),
  ).toEqual(new Set(['gray 1.2.0']))

  // A text that is so much longer makes a frame that is so much longer, and what one side sends the other one gets.
  const bytes = (client: Client) => {
    const { families } = metricsOf({ clients: [client], servers: [server] })
    return ['client_sent', 'client_received', 'server_sent', 'server_received'].map(
      (name) => figure(families, `tsubo_${name}_bytes_total`, labels) ?? 0,
    )
  }
  const measured = connectTo(ports.slice(0, 1))
  const echo = new EchoServiceClient(measured, key)
  const spent: number[][] = []
  for (const size of [1, 10, 110]) {
    const before = size === 1 ? [0, 0, 0, 0] : bytes(measured)
    await echo.echo('x'.repeat(size))
    spent.push(bytes(measured).map((after, i) => after - (before[i] ?? 0)))
  }
  const [, short = [], long = []] = spent
  expect(long.map((all, i) => all - (short[i] ?? 0))).toEqual([100, 100, 100, 100])
  expect(short[0]).toBe(short[3])
  expect(short[1]).toBe(short[2])
  // A head of 16 bytes, the text and what is around it.
  expect(short[1]).toBeGreaterThanOrEqual(16 + 10 + 2)
})

test('the event loop is late while something blocks it, and not afterwards', async () => {
  const metrics = createMetrics()
  const latest = async () => {
    await sleep(50)
    return figure(readExposition(metrics.read()), 'nodejs_eventloop_delay_max_seconds') ?? Number.NaN
  }
  await latest()
  // In the very turn in which it was read.
  const end = performance.now() + 150
  while (performance.now() < end);
  expect(await latest()).toBeGreaterThan(0.1)
  // Others load this machine as well: one quiet time is enough.
  let quiet = false
  for (let i = 0; i < 10 && !quiet; i++) quiet = (await latest()) < 0.05
  metrics.close()
  expect(quiet).toBe(true)
})

/** Of calls, for each side: what Dubbo 3.3.6 exports with its histogram switched on, and the types that it gives them. */
const dubboNames = {
  requests_total: 'counter',
  requests_succeed_total: 'counter',
  requests_failed_total: 'counter',
  requests_business_failed_total: 'counter',
  requests_timeout_total: 'counter',
  requests_limit_total: 'counter',
  requests_failed_network_total: 'counter',
  requests_failed_service_unavailable_total: 'counter',
  requests_failed_codec_total: 'counter',
  requests_unknown_failed_total: 'counter',
  requests_processing_total: 'gauge',
  rt_milliseconds_sum: 'gauge',
  rt_milliseconds_avg: 'gauge',
  rt_milliseconds_max: 'gauge',
  rt_milliseconds_min: 'gauge',
  rt_milliseconds_last: 'gauge',
  rt_milliseconds_histogram_seconds: 'histogram',
}

test("Dubbo 3's names, types and labels are there for whoever asks for them, and no others", async () => {
  const { server, client } = await used()
  const { text, families } = metricsOf({ servers: [server], clients: [client], names: 'dubbo' })
  expect(text).not.toContain('rpc_client_call')
  const found = [...families.values()].filter(({ name }) => name.startsWith('dubbo_'))
  const expected = Object.entries(dubboNames).flatMap(([name, type]) =>
    ['provider', 'consumer'].map((side) => [`dubbo_${side}_${name}`, type] as const),
  )
  expect(new Map(found.map(({ name, type }) => [name, type]))).toEqual(
    new Map([...expected, ['dubbo_application_info_total', 'counter']]),
  )
  const machine = ['application_name', 'hostname', 'ip']
  for (const { name, samples } of found) {
    const own = name === 'dubbo_application_info_total' ? [] : ['group', 'interface', 'method', 'version']
    for (const { labels } of samples) {
      expect([...labels.keys()].filter((label) => label !== 'le').sort()).toEqual([...machine, ...own].sort())
      expect(isIPv4(labels.get('ip') ?? '')).toBe(true)
      expect(labels.get('hostname')).toBe(hostname())
    }
  }
  expect(figure(families, 'dubbo_consumer_requests_timeout_total', { method: 'book' })).toBe(1)
  const application = 'echo "quoted" \\ app'
  expect(figure(families, 'dubbo_application_info_total', { application_name: application })).toBe(1)
  const both = metricsOf({ clients: [client], names: 'both', peers: true })
  const peers = both.families.get('rpc_client_call_duration_seconds')?.samples ?? []
  expect(new Set(peers.map(({ labels }) => labels.get('network_peer_address')))).toHaveLength(1)
  expect(both.families.has('dubbo_consumer_requests_total')).toBe(true)
})

test("figures under Dubbo's names mean what they mean there: seconds in the histogram, all failures in the sum of them", async () => {
  const fails: Record<string, Error> = {
    bug: new TypeError('a bug'),
    limit: new RpcError('resource_exhausted', 'no more'),
    codec: new RpcError('internal', 'no such text'),
    network: new RpcError('unavailable', 'gone'),
    else: new RpcError('permission_denied', 'no'),
  }
  const server = createServer({
    application: 'app',
    services: [
      new Echo(async (text) => {
        if (text === 'slow') await sleep(30)
        if (fails[text]) throw fails[text]
        return text
      }),
    ],
    onError() {},
  })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port], { policy: failfast() })
  const echo = new EchoServiceClient(client)
  for (let i = 0; i < 4; i++) await echo.book('x')
  await echo.book('slow')
  for (const text of Object.keys(fails)) await failure(echo.book(text))
  await until(() => server.counts.of('test.EchoService', 'book')?.calls === 10)
  const { families } = metricsOf({ servers: [server], clients: [client], names: 'dubbo', application: 'app' })
  for (const [side, counts] of [
    ['provider', server.counts],
    ['consumer', client.counts],
  ] as const) {
    const counted = counts.of('test.EchoService', 'book')
    const of = (name: string, labels = {}) =>
      figure(families, `dubbo_${side}_${name}`, { application_name: 'app', method: 'book', ...labels })
    expect(of('requests_total')).toBe(10)
    expect(of('requests_succeed_total')).toBe(5)
    expect(of('requests_failed_total')).toBe(5)
    for (const kind of ['business_failed', 'limit', 'failed_codec', 'failed_network', 'unknown_failed']) {
      expect([kind, of(`requests_${kind}_total`)]).toEqual([kind, 1])
    }
    expect(of('requests_timeout_total')).toBe(0)
    expect(of('requests_processing_total')).toBe(0)
    expect(of('rt_milliseconds_histogram_seconds_count')).toBe(10)
    // The slow one took at least 25 ms, give or take a timer's millisecond; the others don't say.
    expect(of('rt_milliseconds_histogram_seconds_bucket', { le: '0.025' })).toBeLessThan(10)
    expect(of('rt_milliseconds_histogram_seconds_sum')).toBeCloseTo((counted?.elapsedMs ?? 0) / 1000, 9)
    expect(of('rt_milliseconds_sum')).toBe(counted?.elapsedMs)
    expect(of('rt_milliseconds_avg')).toBe((counted?.elapsedMs ?? 0) / 10)
    expect(of('rt_milliseconds_max')).toBe(counted?.maxElapsedMs)
    expect(of('rt_milliseconds_max')).toBeGreaterThan(25)
    expect(of('rt_milliseconds_min')).toBe(counted?.minElapsedMs)
    expect(of('rt_milliseconds_last')).toBe(counted?.lastElapsedMs)
    expect(counted?.minElapsedMs).toBeGreaterThan(0)
    expect(counted?.minElapsedMs).toBeLessThanOrEqual(counted?.lastElapsedMs ?? 0)
    expect(counted?.minElapsedMs).toBeLessThan(counted?.maxElapsedMs ?? 0)
  }
  // Two clients are one consumer: the least, the most and the mean of both.
  const slow = connectTo([running.bound.port])
  await new EchoServiceClient(slow).book('slow')
  const two = metricsOf({ clients: [client, slow], names: 'dubbo' }).families
  const all = [client, slow].map((each) => each.counts.of('test.EchoService', 'book'))
  const figures = (name: string) => figure(two, `dubbo_consumer_rt_milliseconds_${name}`)
  expect(figures('min')).toBe(Math.min(...all.map((each) => each?.minElapsedMs ?? 0)))
  expect(figures('max')).toBe(Math.max(...all.map((each) => each?.maxElapsedMs ?? 0)))
  expect(figures('avg')).toBeCloseTo(all.reduce((sum, each) => sum + (each?.elapsedMs ?? 0), 0) / 11, 9)
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
