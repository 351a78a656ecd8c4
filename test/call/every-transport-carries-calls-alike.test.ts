import { afterEach, describe, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { RpcError } from '../../runtime/error.js'
import type { ServerOptions } from '../../runtime/server.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, failure, sleep, until } from '../support/network.js'
import { callTransports } from '../support/transports.js'

/** The conformance suite: what holds for a call holds for it on every transport. */
type Options = Partial<ServerOptions>
afterEach(closeAll)

describe.each(Object.entries(callTransports))('%s', (name, open) => {
  const echo = async (answer?: EchoHandler, options: Options = {}) =>
    new EchoServiceClient(await open([new Echo(answer)], options))

  test('a value comes back, whatever its size', async () => {
    const client = await echo()
    for (const text of [
      '',
      'good',
      '在注册中心拿 🎫',
      'x'.repeat(127),
      'x'.repeat(128),
      'y'.repeat(70_000),
      'z'.repeat(3_000_000),
    ]) {
      expect(await client.echo(text, { timeoutMs: 10_000 })).toBe(text)
    }
  })

  test('1,000 calls at once, answered out of order, each by its own reply', async () => {
    const client = await echo(async (value) => {
      await sleep(Number(value) % 20)
      return `re: ${value}`
    })
    const replies = await Promise.all(
      Array.from({ length: 1000 }, (_, i) => client.echo(String(i), { timeoutMs: 10_000 })),
    )
    expect(replies).toEqual(Array.from({ length: 1000 }, (_, i) => `re: ${i}`))
  })

  test('a one-way call is over when it is sent, and arrives', async () => {
    const service = new Echo()
    const client = new EchoServiceClient(await open([service], {}))
    expect(await client.note('seen')).toBeUndefined()
    await until(() => service.notes.length === 1)
    expect(service.notes).toEqual(['seen'])
  })

  test('an RpcError keeps code, message and details; its cause stays at home', async () => {
    const client = await echo(() => {
      throw new RpcError('not_found', 'no such train: G7', { details: { train: 'G7' }, cause: new Error('secret') })
    })
    const error = await failure(client.echo('x'))
    expect(error).toBeInstanceOf(RpcError)
    expect(error).toMatchObject({
      code: 'not_found',
      message: 'no such train: G7',
      details: { train: 'G7' },
      retryable: false,
    })
    expect(error.cause).toBeUndefined()
  })

  test('what a handler throws unexpectedly is told to its own side only', async () => {
    const seen: unknown[] = []
    const client = await echo(() => JSON.parse('{secret'), { onError: (error) => seen.push(error) })
    const error = await failure(client.book('x'))
    expect(error).toMatchObject({ code: 'unknown', message: 'test.EchoService/book failed on the provider' })
    expect(seen).toHaveLength(1)
    expect(seen[0]).toBeInstanceOf(SyntaxError)
  })

  test('its text travels where the server says so', async () => {
    const client = await echo(() => Promise.reject(new Error('disk full')), { exposeErrors: true, onError() {} })
    expect((await failure(client.book('x'))).message).toBe('disk full')
  })

  test('a handler that forwards an error of its own call does not make it retryable here', async () => {
    let calls = 0
    const client = await echo(() => {
      calls++
      throw new RpcError('unavailable', 'downstream is away', { retryable: true })
    })
    expect(await failure(client.book('x'))).toMatchObject({ code: 'unavailable', retryable: false })
    expect(calls).toBe(1)
  })

  test('metadata goes both ways, beside replies and beside errors', async () => {
    const back = { served: 'yes', 'raw-bin': Uint8Array.of(1, 2) }
    const target = await open(
      [
        new Echo((value, call) => {
          if (value === 'refused') throw new RpcError('aborted', 'no', { metadata: back })
          call.replyMetadata = back
          return `${value} ${call.metadata?.['x-tenant']}`
        }),
      ],
      {},
    )
    let seen: Call | undefined
    const client = new EchoServiceClient({
      invoke(call) {
        seen = call
        return target.invoke(call)
      },
    })
    expect(await client.echo('for', { metadata: { 'x-tenant': 'miao' } })).toBe('for miao')
    expect(seen?.replyMetadata).toEqual(back)
    expect((await failure(client.book('refused'))).metadata).toEqual(back)
  })

  test.each([
    [{ 'Upper-Case': 'x' }, /"Upper-Case": keys are lower case/],
    [{ a: 1 as never }, /"a": its value must be a string/],
    [{ 'a-bin': 'x' }, /"a-bin": .* carries a Uint8Array/],
    [{ big: 'x'.repeat(9000) }, /8192 bytes at most/],
  ])('metadata that breaks a rule is refused: %j', async (metadata, message) => {
    const client = await echo()
    expect(await failure(client.echo('x', { metadata: metadata as Record<string, string> }))).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(
        new RegExp(`^the request of test\\.EchoService/echo can't be sent: metadata .*${message.source}`),
      ),
    })
    expect(await client.echo('and the next call works')).toBe('and the next call works')
  })

  test('an argument that does not fit is the caller’s error, and its neighbours go through', async () => {
    const client = await echo()
    const results = await Promise.allSettled([client.echo('a'), client.echo(5 as never), client.echo('b')])
    expect(results.map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await failure(client.echo(5 as never))).toMatchObject({ code: 'invalid_argument' })
  })

  test('a result that does not fit is the provider’s error', async () => {
    const client = await echo(() => 5 as never)
    expect(await failure(client.echo('x'))).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/result of test.EchoService\/echo/),
    })
  })

  test('a call ends at its deadline, and the handler is told', async () => {
    let aborted: unknown
    const client = await echo((_value, call) => {
      call.signal.addEventListener('abort', () => {
        aborted = call.signal.reason
      })
      return new Promise(() => {})
    })
    const begin = performance.now()
    const error = await failure(client.book('x', { timeoutMs: 80 }))
    const elapsed = performance.now() - begin
    expect(error.code).toBe('deadline_exceeded')
    expect(elapsed).toBeGreaterThanOrEqual(80)
    expect(elapsed).toBeLessThan(250)
    await until(() => aborted !== undefined)
  })

  test.skipIf(name === 'dubbo')('a caller cancels, and the handler is told', async () => {
    let aborted = false
    const client = await echo((_value, call) => {
      call.signal.addEventListener('abort', () => {
        aborted = true
      })
      return new Promise(() => {})
    })
    const controller = new AbortController()
    const call = failure(client.book('x', { signal: controller.signal }))
    await sleep(30)
    controller.abort()
    expect((await call).code).toBe('cancelled')
    await until(() => aborted)
  })

  test('a call that is cancelled before it began is not sent', async () => {
    let calls = 0
    const client = await echo((value) => {
      calls++
      return value
    })
    expect((await failure(client.book('x', { signal: AbortSignal.abort() }))).code).toBe('cancelled')
    await sleep(20)
    expect(calls).toBe(0)
  })

  test('a service or group that is not there is named, with what is', async () => {
    const target = await open([{ service: new Echo(), group: 'g1' }], {})
    expect(await new EchoServiceClient(target, { group: 'g1' }).echo('x')).toBe('x')
    const error = await failure(new EchoServiceClient(target, { group: 'g2', version: '1.0' }).echo('x'))
    expect(error.code).toBe('unimplemented')
    expect(error.message).toBe(
      'g2/test.EchoService:1.0 is not provided here; it is provided here as g1/test.EchoService',
    )
  })
})
