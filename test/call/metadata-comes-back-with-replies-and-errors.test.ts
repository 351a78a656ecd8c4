import { afterEach, describe, expect, test } from 'vitest'
import { type Call, compose, type Interceptor, type Invocable } from '../../runtime/call.js'
import { type Metadata, RpcError } from '../../runtime/error.js'
import { serviceOf } from '../../runtime/stub.js'
import { Failed, MethodsClient, MethodsSkeleton } from '../golden/methods/expected/methods.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, echoClient, failure, provideEcho } from '../support/network.js'
import { callTransports, type Open } from '../support/transports.js'

afterEach(closeAll)

const metadata: Metadata = { served: 'yes', 'x-note': 'größer 票', 'raw-bin': Uint8Array.of(0, 1, 255) }

/** Keeps the calls as a client's interceptors see them. */
function keeping(calls: Call[]): Interceptor {
  return (next) => (call) => {
    calls.push(call)
    return next(call)
  }
}

async function connected(open: Open, service: Echo): Promise<{ client: EchoServiceClient; calls: Call[] }> {
  const calls: Call[] = []
  const target: Invocable = await open([service], {})
  return { client: new EchoServiceClient({ invoke: compose([keeping(calls)], target.invoke) }), calls }
}

describe.each(Object.entries(callTransports))('%s', (name, open) => {
  const echo = (answer: EchoHandler) => connected(open, new Echo(answer))

  test('what a handler sets is read by the client whose call it was, and by no other', async () => {
    const sent: Metadata[] = []
    const { client, calls } = await echo((value, call) => {
      if (value === 'with') {
        call.replyMetadata = { ...metadata }
        sent.push(call.replyMetadata)
      }
      return value
    })
    await Promise.all(['without', 'with', 'without'].map((value) => client.echo(value)))
    expect(calls.map((call) => call.replyMetadata)).toEqual([undefined, metadata, undefined])
    expect(calls[1]?.replyMetadata).not.toBe(sent[0])
  })

  test.skipIf(name === 'dubbo')(
    'a stream that goes out brings it as it opens, one that comes in with its reply',
    async () => {
      const { client, calls } = await connected(
        open,
        Object.assign(
          new Echo((value, call) => {
            call.replyMetadata = metadata
            return value
          }),
          {
            count(to: string, call: Call) {
              call.replyMetadata = { opened: to }
              return ['1', '2']
            },
          },
        ),
      )
      for await (const item of client.count('two')) {
        expect(['1', '2']).toContain(item)
        expect(calls[0]?.replyMetadata).toEqual({ opened: 'two' })
      }
      async function* items() {
        yield 'a'
        yield 'b'
      }
      expect(await client.join(items())).toBe('ab')
      expect(calls[1]?.replyMetadata).toEqual(metadata)
    },
  )

  test('an error brings its own, with its details and how long to wait', async () => {
    const thrown: RpcError[] = []
    const { client, calls } = await echo((value, call) => {
      call.replyMetadata = { not: 'sent' }
      const details = { seat: '12A' }
      thrown.push(new RpcError('failed_precondition', `no ${value}`, { metadata, details, retryAfterMs: 250 }))
      throw thrown[0]
    })
    const error = await failure(client.book('seat'))
    expect(error).toMatchObject({
      code: 'failed_precondition',
      message: 'no seat',
      metadata,
      details: { seat: '12A' },
      retryAfterMs: 250,
    })
    expect(error.metadata).not.toBe(thrown[0]?.metadata)
    expect(error.details).not.toBe(thrown[0]?.details)
    expect(calls[0]?.replyMetadata).toBeUndefined()
  })

  test('so does a declared one', async () => {
    const service = {
      [serviceOf]: MethodsSkeleton.prototype[serviceOf],
      risky() {
        const error = new Failed({ attempts: 3, at: { name: 'x' }, message: 'now and then' })
        throw Object.assign(error, { metadata, details: { seat: '12A' }, retryAfterMs: 250 })
      },
    }
    const methods = new Proxy(service, { get: (target, key) => Reflect.get(target, key) ?? (() => undefined) })
    const error = await failure(new MethodsClient(await open([methods], {})).risky())
    expect(error).toBeInstanceOf(Failed)
    expect(error).toMatchObject({
      message: 'now and then',
      attempts: 3,
      metadata,
      details: { seat: '12A' },
      retryAfterMs: 250,
    })
  })

  test('metadata that can’t be sent is the provider’s error, and the next calls go through', async () => {
    const { client } = await echo((value, call) => {
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
})

test('that of the attempt that was answered counts, not of one before it', async () => {
  let attempts = 0
  const calls: Call[] = []
  const { bound } = await provideEcho((value, call) => {
    call.replyMetadata = { attempt: String(++attempts) }
    if (attempts === 1) throw new RpcError('unavailable', 'not now', { metadata: { lost: 'yes' } })
    return value
  })
  expect(await echoClient([bound.port], { interceptors: [keeping(calls)] }).echo('x')).toBe('x')
  expect(calls[0]?.replyMetadata).toEqual({ attempt: '2' })
})
