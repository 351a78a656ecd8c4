import { context, propagation, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import {
  AlwaysOffSampler,
  InMemorySpanExporter,
  NodeTracerProvider,
  ParentBasedSampler,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { afterEach, expect, test } from 'vitest'
import { createMetrics } from '../../ops/index.js'
import { clientTraces, serverTraces } from '../../otel/index.js'
import type { Call, Interceptor } from '../../runtime/call.js'
import type { Client } from '../../runtime/client.js'
import { hedging } from '../../runtime/cluster/hedging.js'
import { RpcError } from '../../runtime/error.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closedPort, closeLater, connectTo, failure, provide, until } from '../support/network.js'
import { readExposition } from '../support/prometheus.js'

let exporter: InMemorySpanExporter
let provider: NodeTracerProvider | undefined

/** A real SDK, as applications set it up. */
function sdk(sampler?: Sampler): void {
  exporter = new InMemorySpanExporter()
  provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
    ...(sampler && { sampler }),
  })
  provider.register()
}

afterEach(async () => {
  await closeAll()
  await provider?.shutdown()
  provider = undefined
  trace.disable()
  context.disable()
  propagation.disable()
})

/** Calls the next one for each of its methods. */
class Hop extends Echo {
  readonly #next: EchoServiceClient
  readonly seen: (Call | undefined)[] = []

  constructor(next: EchoServiceClient) {
    super()
    this.#next = next
  }

  override async echo(text: string, call?: Call): Promise<string> {
    this.seen.push(call)
    return trace.getTracer('app').startActiveSpan('work', async (span: Span) => {
      const answer = await this.#next.echo(`${text}.`)
      span.end()
      return answer
    })
  }

  override async *count(text: string): AsyncGenerator<string> {
    yield* this.#next.count(text)
  }

  override join(items: AsyncIterable<string>): Promise<string> {
    return this.#next.join(items)
  }

  override async *chat(items: AsyncIterable<string>): AsyncGenerator<string> {
    yield* this.#next.chat(items)
  }
}

async function client(service: Echo, options: Parameters<typeof connectTo>[1] = {}): Promise<Client> {
  const running = await provide([service], { observers: [serverTraces()] })
  return connectTo([running.bound.port], { observers: [clientTraces()], ...options })
}

const spans = (): ReadableSpan[] => exporter.getFinishedSpans()
const parentOf = (span: ReadableSpan) =>
  spans().find((each) => each.spanContext().spanId === span.parentSpanContext?.spanId)
const path = (span: ReadableSpan | undefined): string[] =>
  span ? [...path(parentOf(span)), `${SpanKind[span.kind]} ${span.name}`] : []

test('three hops are one trace, with what handlers do in between', async () => {
  sdk()
  const last = new EchoServiceClient(await client(new Echo()))
  const second = new EchoServiceClient(await client(new Hop(last)))
  const { bound } = await provide([new Hop(second)], { observers: [serverTraces()] })
  const first = connectTo([bound.port], { observers: [clientTraces()] })
  await new EchoServiceClient(first).echo('x')
  await until(() => spans().length === 8)
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
  const hop = ['CLIENT test.EchoService/echo', 'SERVER test.EchoService/echo', 'INTERNAL work']
  const deepest = spans().find((span) => path(span).length === 8)
  expect(path(deepest)).toEqual([...hop, ...hop, ...hop.slice(0, 2)])
  const root = spans().find((span) => path(span).length === 1)
  expect(root?.attributes).toEqual({
    'rpc.system.name': 'tsubo',
    'rpc.method': 'test.EchoService/echo',
    'rpc.status_code': 'OK',
    'server.address': `static://127.0.0.1:${bound.port}/test.EchoService`,
    'network.peer.address': '127.0.0.1',
    'network.peer.port': bound.port,
  })
})

test('streams are traced as long as they last, and what they call is part of it, over three hops', async () => {
  sdk()
  const last = new EchoServiceClient(await client(new Echo()))
  const second = new EchoServiceClient(await client(new Hop(last)))
  const first = new EchoServiceClient(await client(new Hop(second)))
  const items: string[] = []
  for await (const item of first.count('3')) items.push(item)
  expect(items).toEqual(['1', '2', '3'])
  await until(() => spans().length === 6)
  expect(new Set(spans().map((span) => span.spanContext().traceId)).size).toBe(1)
  const hop = ['CLIENT test.EchoService/count', 'SERVER test.EchoService/count']
  expect(path(spans().find((span) => path(span).length === 6))).toEqual([...hop, ...hop, ...hop])
  async function* two() {
    yield 'a'
    yield 'b'
  }
  exporter.reset()
  expect(await first.join(two())).toBe('ab')
  for await (const _ of first.chat(two())) {
  }
  await until(() => spans().length === 12)
  for (const method of ['join', 'chat']) {
    const ofMethod = spans().filter(({ name }) => name === `test.EchoService/${method}`)
    expect(new Set(ofMethod.map((span) => span.spanContext().traceId)).size).toBe(1)
    expect(path(ofMethod.find((span) => path(span).length === 6))).toEqual(
      [1, 2, 3].flatMap(() => [`CLIENT test.EchoService/${method}`, `SERVER test.EchoService/${method}`]),
    )
  }
})

test('where the server is to be found is what the metrics say, with group and version', async () => {
  sdk()
  const calling = await client(new Echo())
  const keys = [{}, { version: '1.0.0' }, { group: 'gray' }, { group: 'gray', version: '1.0.0' }]
  for (const key of keys) await failure(new EchoServiceClient(calling, { ...key, timeoutMs: 0.001 }).echo('x'))
  const address = `${calling.registry}/test.EchoService`
  const expected = [address, `${address}:1.0.0`, `${address}::gray`, `${address}:1.0.0:gray`]
  expect(spans().map(({ attributes }) => attributes['server.address'])).toEqual(expected)
  const metrics = createMetrics({ clients: [calling] })
  const measured = readExposition(metrics.read()).get('rpc_client_call_duration_seconds')?.samples ?? []
  metrics.close()
  expect([...new Set(measured.map(({ labels }) => labels.get('server_address')))]).toEqual(expected)
})

test('one observer may watch several clients, each with providers of its own', async () => {
  sdk()
  const traces = clientTraces()
  const ports = await Promise.all([1, 2].map(async () => (await provide([new Echo()])).bound.port))
  for (const port of ports) await new EchoServiceClient(connectTo([port], { observers: [traces] })).echo('x')
  expect(spans().map(({ attributes }) => attributes['server.address'])).toEqual(
    ports.map((port) => `static://127.0.0.1:${port}/test.EchoService`),
  )
})

test('a retry is an event of the span, which tells of the last peer and how it ended', async () => {
  sdk()
  const running = await provide([new Echo()], { observers: [serverTraces()] })
  const calling = connectTo([await closedPort(), running.bound.port], { observers: [clientTraces()] })
  for (let i = 0; i < 20; i++) await new EchoServiceClient(calling).echo('x')
  const retried = spans().find(({ kind, events }) => kind === SpanKind.CLIENT && events.length > 0)
  expect(retried?.events[0]).toMatchObject({
    name: 'tsubo.retry',
    attributes: { 'tsubo.attempt': 2, 'network.peer.address': '127.0.0.1', 'network.peer.port': running.bound.port },
  })
  expect(retried?.attributes['network.peer.port']).toBe(running.bound.port)
})

test('an attempt beside another one is a hedge, and one after a failure a retry, behind a hedge, too', async () => {
  sdk()
  let asked = 0
  const underWay = () =>
    calling.status.flatMap(({ providers }) => providers).reduce((sum, { pending }) => sum + pending, 0)
  const answer = async (text: string) => {
    asked++
    if (asked === 1) {
      await until(() => asked === 2)
      throw new RpcError('not_found', 'fails for good, but waits for the hedge')
    }
    if (asked === 2) {
      await until(() => underWay() === 1)
      throw new RpcError('unavailable', 'fails last, so that there is none beside the next one')
    }
    return text
  }
  const running = await Promise.all([1, 2, 3].map(() => provide([new Echo(answer)])))
  const policy = hedging({ attempts: 3, delayMs: 20 })
  const ports = running.map(({ bound }) => bound.port)
  const calling = connectTo(ports, { observers: [clientTraces()], policy })
  expect(await new EchoServiceClient(calling).echo('x', { timeoutMs: 5000 })).toBe('x')
  const events = spans()[0]?.events.map(({ name, attributes }) => [name, attributes?.['tsubo.attempt']])
  expect(events).toEqual([
    ['tsubo.hedge', 2],
    ['tsubo.retry', 3],
  ])
  expect(calling.counts.of('test.EchoService', 'echo')).toMatchObject({ hedged: 1, retried: 1 })
})

test('a failure is one on both sides, and says nothing of what was sent', async () => {
  sdk()
  const failing = new Echo(() => {
    throw new RpcError('not_found', 'no such secret-4711')
  })
  await failure(new EchoServiceClient(await client(failing)).book('secret-4711'))
  await until(() => spans().length === 2)
  for (const span of spans()) {
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR })
    expect(span.attributes).toMatchObject({ 'rpc.status_code': 'NOT_FOUND', 'error.type': 'NOT_FOUND' })
    expect(JSON.stringify([span.attributes, span.events, span.status])).not.toContain('4711')
  }
})

test('what the caller does not record is not recorded behind it, however often it is asked', async () => {
  sdk(new ParentBasedSampler({ root: new AlwaysOffSampler() }))
  const hop = new Hop(new EchoServiceClient(await client(new Echo())))
  const calling = await client(hop)
  await new EchoServiceClient(calling).echo('x')
  expect(spans()).toEqual([])
  expect(hop.seen[0]).toMatchObject({ unrecorded: true, metadata: undefined })
  // A caller that records makes everybody behind it record.
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  await new EchoServiceClient(calling).echo('x', { metadata: { traceparent, tracestate: 'a=b' } })
  await until(() => spans().length === 5)
  expect(new Set(spans().map((span) => span.spanContext().traceId))).toEqual(
    new Set(['0af7651916cd43dd8448eb211c80319c']),
  )
  expect(hop.seen[1]?.metadata?.tracestate).toBe('a=b')
})

test('a client may decide itself how few traces it begins: the others are recorded by nobody behind it', async () => {
  sdk()
  const last = new Hop(new EchoServiceClient(await client(new Echo())))
  const hop = new Hop(new EchoServiceClient(await client(last)))
  const calling = new EchoServiceClient(await client(hop, { observers: [clientTraces({ ratio: 0 })] }))
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () =>
    calling.echo('x', { metadata: { other: 'kept' } }),
  )
  expect(hop.seen[0]).toMatchObject({ unrecorded: true, metadata: { other: 'kept', baggage: 'tenant=acme' } })
  expect(hop.seen[0]?.metadata?.traceparent).toBeUndefined()
  // Said once, it holds for all that comes of it: the two further hops, and the spans that their handlers begin.
  expect(last.seen[0]).toMatchObject({ unrecorded: true, metadata: { baggage: 'tenant=acme' } })
  for await (const _ of calling.count('3')) {
  }
  expect(spans()).toEqual([])
  // Within the one call, a trace that nobody records has one name, and each call another.
  await calling.echo('y')
  const names = hop.seen.map((call) => call?.trace?.traceId)
  expect(names[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(new Set(names).size).toBe(2)
})

test('a handler that begins a trace of its own in spite of that is traced, and so is what it calls', async () => {
  sdk()
  class Audited extends Echo {
    readonly #next = next
    override echo(text: string): Promise<string> {
      return trace.getTracer('app').startActiveSpan('audit', { root: true }, async (span) => {
        const answer = await this.#next.echo(text)
        span.end()
        return answer
      })
    }
  }
  const next = new EchoServiceClient(await client(new Echo()))
  const calling = await client(new Audited(), { observers: [clientTraces({ ratio: 0 })] })
  await new EchoServiceClient(calling).echo('x')
  await until(() => spans().length === 3)
  expect(path(spans().find((span) => span.kind === SpanKind.SERVER))).toEqual([
    'INTERNAL audit',
    'CLIENT test.EchoService/echo',
    'SERVER test.EchoService/echo',
  ])
})

test("a caller's own traceparent counts for more than what its handler was called with", async () => {
  const seen: (Call | undefined)[] = []
  const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'
  class Last extends Echo {
    override echo(text: string, call?: Call): string {
      seen.push(call)
      return text
    }
  }
  class Middle extends Echo {
    override async echo(text: string): Promise<string> {
      await next.echo(text)
      return next.echo(text, { metadata: { traceparent } })
    }
  }
  const unrecorded: Interceptor = (invoke) => (call) => {
    call.unrecorded = true
    return invoke(call)
  }
  const next = new EchoServiceClient(connectTo([(await provide([new Last()])).bound.port]))
  const middle = connectTo([(await provide([new Middle()])).bound.port], { interceptors: [unrecorded] })
  await new EchoServiceClient(middle).echo('x')
  expect(seen.map((call) => [call?.unrecorded, call?.metadata?.traceparent])).toEqual([
    [true, undefined],
    [false, traceparent],
  ])
})

test('baggage goes along', async () => {
  sdk()
  const seen: unknown[] = []
  class Last extends Echo {
    override echo(text: string): string {
      seen.push(propagation.getActiveBaggage()?.getEntry('tenant')?.value)
      return text
    }
  }
  const middle = new EchoServiceClient(await client(new Hop(new EchoServiceClient(await client(new Last())))))
  const baggage = propagation.createBaggage({ tenant: { value: 'acme' } })
  await context.with(propagation.setBaggage(context.active(), baggage), () => middle.echo('x'))
  expect(seen).toEqual(['acme'])
})

const id = '0af7651916cd43dd8448eb211c80319c'
test.each([
  ['nothing', ''],
  ['too short', `00-${id}-b7ad6b716920333-01`],
  ['too long', `00-${id}-b7ad6b7169203331-01-extra`],
  ['upper case', `00-${id.toUpperCase()}-B7AD6B7169203331-01`],
  ['no version', `ff-${id}-b7ad6b7169203331-01`],
  ['no trace', `00-${'0'.repeat(32)}-b7ad6b7169203331-01`],
  ['no span', `00-${id}-${'0'.repeat(16)}-01`],
  ['no hex', `00-${'g'.repeat(32)}-b7ad6b7169203331-01`],
  ['spaces', ` 00-${id}-b7ad6b7169203331-01`],
  ['a lot', 'x'.repeat(4000)],
  ['ends like one that is not recorded', `${'x'.repeat(52)}-00`],
  ['no version, not recorded', `ff-${id}-b7ad6b7169203331-00`],
  ['no trace, not recorded', `00-${'0'.repeat(32)}-b7ad6b7169203331-00`],
  ['no span, not recorded', `00-${id}-${'0'.repeat(16)}-00`],
])('a traceparent that is none (%s) begins a new trace', async (_what, traceparent) => {
  sdk()
  const running = await provide([new Echo()], { observers: [serverTraces()] })
  await new EchoServiceClient(connectTo([running.bound.port])).echo('x', { metadata: { traceparent } })
  await until(() => spans().length === 1)
  expect(spans()[0]?.parentSpanContext).toBeUndefined()
  expect(spans()[0]?.spanContext().traceId).not.toBe(id)
})

test('without an SDK nothing is sent, and nothing is kept', async () => {
  const seen: unknown[] = []
  const server = createServer({
    services: [new Echo()],
    observers: [serverTraces(), { end: (call) => seen.push(call.metadata, call.trace) }],
  })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  await new EchoServiceClient(connectTo([running.bound.port], { observers: [clientTraces()] })).echo('x')
  expect(seen).toEqual([undefined, undefined])
})
