import { tracingChannel } from 'node:diagnostics_channel'
import { afterEach, expect, test } from 'vitest'
import { RpcError } from '../../runtime/error.js'
import type { CallEvent } from '../../runtime/observers/diagnostics.js'
import { bucketBoundsMs } from '../../runtime/observers/figures.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, failure, sleep } from '../support/network.js'

afterEach(closeAll)

async function pair(answer: (value: string) => string | Promise<string>) {
  const server = createServer({ services: [new Echo(answer)] })
  const running = await server.listen({ host: '127.0.0.1' })
  closeLater(() => running.close(0))
  const client = connectTo([running.bound.port])
  return { server, client, echo: new EchoServiceClient(client) }
}

test('clients and servers count without being asked: calls, outcomes, time, bytes', async () => {
  const { server, client, echo } = await pair(async (value) => {
    await sleep(30)
    return value
  })
  await Promise.all([echo.book('a'), echo.book('b'), echo.book('x'.repeat(1000))])
  await failure(echo.book('late', { timeoutMs: 10 }))
  await sleep(50)
  const mine = client.counts.of('test.EchoService', 'book')
  const theirs = server.counts.of('test.EchoService', 'book')
  expect(mine).toMatchObject({ calls: 4, succeeded: 3, retried: 0, concurrent: 0, maxConcurrent: 3 })
  expect([...(mine?.failed ?? [])]).toEqual([['deadline_exceeded', 1]])
  expect(theirs).toMatchObject({ calls: 4, concurrent: 0, maxConcurrent: 3 })
  expect(mine?.histogram.reduce((a, b) => a + b, 0)).toBe(4)
  const [fast, slow] = [mine?.histogram[bucketBoundsMs.indexOf(25)], mine?.histogram[bucketBoundsMs.indexOf(50)]]
  expect((fast ?? 0) + (slow ?? 0)).toBeGreaterThan(0)
  // Head, deadline, tag and length around 1 + 1 + 1000 + 4 characters; replies lack the deadline and the late one.
  expect(theirs?.bytesIn).toBe(1006 + 4 * (16 + 4 + 2) + 1)
  expect(mine?.bytesIn).toBe(1002 + 3 * (16 + 2) + 1)
  // The first call of a method on a connection brings its declaration along: head, name, method and hash.
  expect(mine?.bytesOut).toBe((theirs?.bytesIn ?? 0) + 16 + (2 + 16) + (2 + 4) + (2 + 16))
})

test('a TracingChannel hears of calls on both sides, errors included', async () => {
  const heard: string[] = []
  const listen = (side: string) => ({
    start: (event: unknown) => heard.push(`${side} start ${(event as CallEvent).call.method.schema.name}`),
    asyncEnd: () => heard.push(`${side} end`),
    error: (event: unknown) => heard.push(`${side} error ${(event as CallEvent).error?.code}`),
    end() {},
    asyncStart() {},
  })
  const [client, server] = [listen('client'), listen('server')]
  tracingChannel('tsubo.client.call').subscribe(client)
  tracingChannel('tsubo.server.call').subscribe(server)
  const { echo } = await pair((value) => (value === 'bad' ? Promise.reject(new RpcError('unknown', 'no')) : value))
  await echo.echo('good')
  await failure(echo.book('bad')).catch(() => {})
  tracingChannel('tsubo.client.call').unsubscribe(client)
  tracingChannel('tsubo.server.call').unsubscribe(server)
  await echo.echo('unheard')
  expect(heard).toEqual([
    'client start echo',
    'server start echo',
    'server end',
    'client end',
    'client start book',
    'server start book',
    'server error unknown',
    'server end',
    'client error unknown',
    'client end',
  ])
})
