import { afterEach, expect, test } from 'vitest'
import type { Call, Interceptor } from '../../runtime/call.js'
import { type Metadata, RpcError } from '../../runtime/error.js'
import { Echo, type EchoHandler, type EchoServiceClient } from '../support/echo.js'
import { closeAll, echoClient, failure, provide, provideEcho } from '../support/network.js'

afterEach(closeAll)

/** A provider and a client of it over a socket, and the calls as the client's interceptors see them. */
async function connected(answer: EchoHandler): Promise<{ client: EchoServiceClient; calls: Call[] }> {
  const calls: Call[] = []
  const keep: Interceptor = (next) => (call) => {
    calls.push(call)
    return next(call)
  }
  const { bound } = await provideEcho(answer)
  return { client: echoClient([bound.port], { interceptors: [keep] }), calls }
}

const metadata: Metadata = { served: 'yes', 'x-note': 'größer 票', 'raw-bin': Uint8Array.of(0, 1, 255) }

test('what a handler sets is read by the client whose call it was, and by no other', async () => {
  const { client, calls } = await connected((value, call) => {
    if (value === 'with') call.replyMetadata = metadata
    return value
  })
  await Promise.all(['without', 'with', 'without'].map((value) => client.echo(value)))
  expect(calls.map((call) => call.replyMetadata)).toEqual([undefined, metadata, undefined])
})

test('a stream that goes out brings it as it opens, one that comes in with its reply', async () => {
  const { client, calls } = await connected((value, call) => {
    call.replyMetadata = metadata
    return value
  })
  const opening = {
    count(to: string, call: Call) {
      call.replyMetadata = { opened: to }
      return ['1', '2']
    },
  }
  const { bound } = await provide([Object.assign(new Echo(), opening)])
  const streams: Call[] = []
  const watching = echoClient([bound.port], {
    interceptors: [(next) => (call) => next(call).finally(() => streams.push(call))],
  })
  for await (const item of watching.count('two')) {
    expect(['1', '2']).toContain(item)
    expect(streams[0]?.replyMetadata).toEqual({ opened: 'two' })
  }
  async function* items() {
    yield 'a'
    yield 'b'
  }
  expect(await client.join(items())).toBe('ab')
  expect(calls[0]?.replyMetadata).toEqual(metadata)
})

test('an error brings its own, with its details and how long to wait', async () => {
  const { client, calls } = await connected((value, call) => {
    call.replyMetadata = { not: 'sent' }
    const details = { seat: '12A' }
    throw new RpcError('failed_precondition', `no ${value}`, { metadata, details, retryAfterMs: 250 })
  })
  const error = await failure(client.book('seat'))
  expect(error).toMatchObject({
    code: 'failed_precondition',
    message: 'no seat',
    metadata,
    details: { seat: '12A' },
    retryAfterMs: 250,
  })
  expect(calls[0]?.replyMetadata).toBeUndefined()
})

test('that of the attempt that was answered counts, not of one before it', async () => {
  let attempts = 0
  const { client, calls } = await connected((value, call) => {
    call.replyMetadata = { attempt: String(++attempts) }
    if (attempts === 1) throw new RpcError('unavailable', 'not now', { metadata: { lost: 'yes' } })
    return value
  })
  expect(await client.echo('x')).toBe('x')
  expect(calls[0]?.replyMetadata).toEqual({ attempt: '2' })
})

test('metadata that can’t be sent is the provider’s error, and the connection lives', async () => {
  const { client } = await connected((value, call) => {
    if (value === 'bad') call.replyMetadata = { 'Upper-Case': 'x' }
    if (value === 'worse') throw new RpcError('aborted', 'x', { metadata: { big: 'x'.repeat(9000) } })
    return value
  })
  const answers = await Promise.allSettled([
    client.book('a'),
    client.book('bad'),
    client.book('worse'),
    client.book('b'),
  ])
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled'])
  expect(await failure(client.book('bad'))).toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/result of test\.EchoService\/book can't be sent: .*"Upper-Case"/),
  })
  expect(await failure(client.book('worse'))).toMatchObject({
    code: 'internal',
    message: expect.stringMatching(/error of test\.EchoService\/book can't be sent: .*8192 bytes/),
  })
})
