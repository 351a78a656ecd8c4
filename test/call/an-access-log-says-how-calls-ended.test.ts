import { Writable } from 'node:stream'
import { pino } from 'pino'
import { afterEach, expect, test } from 'vitest'
import { HealthServiceClient } from '../../generated/tsubo/health.js'
import { RpcError } from '../../runtime/error.js'
import { jsonLogger } from '../../runtime/observers/access-log.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, until } from '../support/network.js'

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
  expect(JSON.stringify([atServer.lines, atClient.lines])).not.toMatch(/4711|forged/)
})

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
