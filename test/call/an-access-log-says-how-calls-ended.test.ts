import { Writable } from 'node:stream'
import { context, propagation, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { HealthServiceClient } from '../../generated/tsubo/health.js'
import { clientTraces, serverTraces } from '../../otel/index.js'
import { RpcError } from '../../runtime/error.js'
import { jsonLogger } from '../../runtime/observers/access-log.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, provide, sleep, until } from '../support/network.js'

afterEach(closeAll)

type Line = Record<string, unknown>

/** pino, writing into a list. */
function listed() {
  const lines: Line[] = []
  const stream = new Writable({
    write(chunk, _encoding, done) {
      lines.push(JSON.parse(String(chunk)) as Line)
      done()
    },
  })
  return { lines, logger: pino({ base: null }, stream) }
}

const answer = (text: string) => {
  if (text === 'secret-4711') throw new RpcError('not_found', `no ${text}`)
  if (text === 'bug-4711') throw new Error(text)
  return text
}
const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'

test('both sides say, through pino, who called what, how it ended and when, and nothing of what was sent', async () => {
  const [atServer, atClient] = [listed(), listed()]
  const server = createServer({ services: [new Echo(answer)], accessLog: atServer, onError() {} })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port], { accessLog: atClient })
  const echo = new EchoServiceClient(client)
  await echo.echo('plain-4711', { metadata: { traceparent } })
  await failure(echo.book('secret-4711'))
  await failure(echo.book('bug-4711', { metadata: { traceparent: 'forged\n"line' } }))
  await new HealthServiceClient(client).check({})
  await until(() => atServer.lines.length === 3 && atClient.lines.length === 3)
  const common = {
    side: 'client',
    peer: `127.0.0.1:${running.bound.port}`,
    elapsed_ms: expect.any(Number),
    attempts: 1,
  }
  const called = { ...common, time: expect.any(Number), 'rpc.method': 'test.EchoService/book' }
  expect(atClient.lines).toEqual([
    {
      ...called,
      'rpc.method': 'test.EchoService/echo',
      level: 30,
      code: 'ok',
      trace_id: '0af7651916cd43dd8448eb211c80319c',
      msg: 'test.EchoService/echo',
    },
    { ...called, level: 40, code: 'not_found', msg: 'test.EchoService/book failed' },
    { ...called, level: 50, code: 'unknown', msg: 'test.EchoService/book failed' },
  ])
  expect(atServer.lines.map(({ side, code, level }) => [side, code, level])).toEqual([
    ['server', 'ok', 30],
    ['server', 'not_found', 40],
    ['server', 'unknown', 50],
  ])
  expect(atServer.lines[0]?.trace_id).toBe('0af7651916cd43dd8448eb211c80319c')
  expect(JSON.stringify([atServer.lines, atClient.lines])).not.toMatch(/-4711|forged/)
})

test('a trace id is one of a traceparent that is one, on both sides', async () => {
  const [atServer, atClient] = [listed(), listed()]
  const running = await provide([new Echo()], { accessLog: atServer, observers: [serverTraces()] })
  const echo = new EchoServiceClient(connectTo([running.bound.port], { accessLog: atClient }))
  const none = '0'.repeat(32)
  const unsampled = [`00-${none}-b7ad6b7169203331-00`, `${'x'.repeat(52)}-00`, traceparent.replace(/01$/, '00')]
  for (const each of unsampled) await echo.echo('x', { metadata: { traceparent: each } })
  await until(() => atServer.lines.length === 3)
  for (const { lines } of [atServer, atClient]) {
    expect(lines.map(({ trace_id }) => trace_id)).toEqual([undefined, undefined, traceparent.slice(3, 35)])
  }
})

describe('with an SDK', () => {
  beforeEach(() => new NodeTracerProvider().register())
  afterEach(() => {
    trace.disable()
    context.disable()
    propagation.disable()
  })

  test('the trace id is that of the span, on both sides, of streams, too; never one of zeros', async () => {
    const [atServer, atClient] = [listed(), listed()]
    const running = await provide([new Echo()], { accessLog: atServer, observers: [serverTraces()] })
    const client = connectTo([running.bound.port], { accessLog: atClient, observers: [clientTraces()] })
    const echo = new EchoServiceClient(client)
    await echo.echo('x')
    for await (const _ of echo.count('3')) {
    }
    await until(() => atServer.lines.length === 2 && atClient.lines.length === 2)
    const isId = expect.stringMatching(/^(?!0{32})[0-9a-f]{32}$/)
    const ids = atClient.lines.map(({ trace_id }) => trace_id)
    expect(ids).toEqual([isId, isId])
    expect(new Set(ids).size).toBe(2)
    expect(atServer.lines.map(({ trace_id }) => trace_id)).toEqual(ids)
    const bare = new EchoServiceClient(connectTo([running.bound.port]))
    await bare.echo('x', { metadata: { traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-00` } })
    await until(() => atServer.lines.length === 3)
    expect(atServer.lines[2]?.trace_id).toEqual(isId)
  })
})

test('a stream is one line, when it is over, with the time it took and how it ended', async () => {
  const [atServer, atClient] = [listed(), listed()]
  const slow = async (text: string) => {
    await sleep(20)
    if (text === '3') throw new RpcError('not_found', 'no third one')
    return text
  }
  const running = await provide([new Echo(slow)], { accessLog: atServer })
  const echo = new EchoServiceClient(connectTo([running.bound.port], { accessLog: atClient }))
  const both = [atClient, atServer]
  const logged = (count: number) => until(() => both.every(({ lines }) => lines.length === count))
  for await (const item of echo.count('2')) if (item === '1') expect(atClient.lines).toEqual([])
  await logged(1)
  await failure(drained(echo.count('3')))
  await logged(2)
  for await (const _ of echo.count('2')) break
  await logged(3)
  for (const { lines } of both) {
    expect(lines.map((line) => line['rpc.method'])).toEqual(Array(3).fill('test.EchoService/count'))
    expect(lines.map(({ code }) => code)).toEqual(['ok', 'not_found', 'cancelled'])
    // Two items, 20 ms each; a timer may come a little early.
    expect(lines[0]?.elapsed_ms).toBeGreaterThan(35)
  }
})

async function drained(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) {
  }
}

test('requests that name no method are logged as _OTHER, and fields of one’s own are added', async () => {
  const { lines, logger } = listed()
  const server = createServer({
    services: [new Echo()],
    accessLog: { logger, fields: (call) => ({ length: String(call.args[0]).length }) },
  })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port])
  await failure(new EchoServiceClient(client, { version: 'evil\n' }).echo('x'))
  await new EchoServiceClient(client).echo('four')
  await until(() => lines.some(({ code }) => code === 'ok'))
  expect(lines[0]).toMatchObject({ 'rpc.method': '_OTHER', code: 'unimplemented', level: 40 })
  expect(lines.at(-1)).toMatchObject({ 'rpc.method': 'test.EchoService/echo', length: 4 })
  expect(JSON.stringify(lines)).not.toContain('evil')
})

test('without a logger of one’s own a line is JSON', () => {
  let written = ''
  jsonLogger((line) => {
    written += line
  }).warn({ code: 'unavailable', text: 'a\nb' }, 'x failed')
  expect(written.endsWith('\n')).toBe(true)
  expect(written.trim().split('\n')).toHaveLength(1)
  expect(JSON.parse(written)).toMatchObject({ level: 'warn', msg: 'x failed', code: 'unavailable', text: 'a\nb' })
})
