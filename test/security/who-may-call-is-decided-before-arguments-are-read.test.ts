import { afterEach, describe, expect, test } from 'vitest'
import type { Call, Invocable } from '../../runtime/call.js'
import { type Client, createClient } from '../../runtime/client.js'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import { RpcError } from '../../runtime/error.js'
import { bearer } from '../../runtime/interceptors/bearer.js'
import type { Method, Shape } from '../../runtime/method.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { createServer, type ServerOptions } from '../../runtime/server.js'
import { defineService, type Skeleton, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, EchoServiceClient, echoSchema, echoService } from '../support/echo.js'
import { closeAll, closeLater, connectTo, echoClient, failure, provide } from '../support/network.js'

afterEach(closeAll)

const people: Record<string, string> = { 'Bearer m': 'miao', 'Bearer w': 'wang' }
const authenticate: ServerOptions['authenticate'] = ({ authorization }) => people[String(authorization)]

/** A provider whose contract counts how often arguments were decoded. */
function watched() {
  let reads = 0
  const counting = (method: Method): Method => {
    const { args } = method.codec
    const shape: Shape<readonly unknown[]> = {
      write: (out, value) => args.write(out, value),
      read(from) {
        reads++
        return args.read(from)
      },
    }
    return { ...method, codec: { ...method.codec, args: shape, error: () => undefined } }
  }
  class Watched extends Echo {
    override get [serviceOf]() {
      return { schema: echoService.schema, methods: echoService.methods.map(counting) }
    }
  }
  const callers: (string | undefined)[] = []
  const service: Skeleton = new Watched((value, call: Call) => {
    callers.push(call.principal)
    return value
  })
  return { service, callers, reads: () => reads }
}

const transports: Record<string, (service: Skeleton, options: Partial<ServerOptions>) => Promise<Invocable>> = {
  'in-process': async (service, options) => createServer({ services: [service], ...options }),
  native: async (service, options) => connectTo([(await provide([service], options)).bound.port]) as Client,
}

describe.each(Object.entries(transports))('%s', (name, open) => {
  const nobody = name === 'in-process' ? 'in-process' : undefined
  const as = (token: string) => ({ metadata: { authorization: `Bearer ${token}` } })

  test('a handler knows who calls', async () => {
    const { service, callers } = watched()
    const client = new EchoServiceClient(await open(service, { authenticate }))
    await client.echo('x', as('m'))
    await client.echo('x', as('w'))
    expect(callers).toEqual(['miao', 'wang'])
  })

  test('8 MB of a caller who may not call are not decoded', async () => {
    const { service, reads } = watched()
    const authorize: ServerOptions['authorize'] = (principal, method) =>
      principal === 'miao' && method.name === 'echo' ? true : `${method.service} is for miao`
    const client = new EchoServiceClient(await open(service, { authenticate, authorize }))
    const big = 'x'.repeat(8 * 1024 * 1024 - 1000)
    const error = await failure(client.book(big, { ...as('w'), timeoutMs: 10_000 }))
    expect(error).toMatchObject({
      code: 'permission_denied',
      message: 'test.EchoService/book is refused: test.EchoService is for miao',
      retryable: false,
    })
    const unknown = await failure(client.book(big, { ...as('?'), timeoutMs: 10_000 }))
    expect(unknown.code).toBe(nobody ? 'permission_denied' : 'unauthenticated')
    expect(reads()).toBe(0)
    expect(await client.echo('small', as('m'))).toBe('small')
    expect(reads()).toBe(1)
  })

  test('streams are asked about as well', async () => {
    const { service } = watched()
    const client = new EchoServiceClient(await open(service, { authorize: () => 'closed' }))
    const items = client.count('5')[Symbol.asyncIterator]()
    await expect(items.next()).rejects.toThrow(/is refused: closed/)
  })

  test('authorize sees a caller without a name, and may let it in', async () => {
    const { service, callers } = watched()
    const authorize: ServerOptions['authorize'] = (principal, { name: method }) =>
      method === 'echo' || principal === 'miao' ? true : 'say who you are'
    const client = new EchoServiceClient(await open(service, { authenticate, authorize }))
    expect(await client.echo('open to all')).toBe('open to all')
    expect(callers).toEqual([nobody])
    expect((await failure(client.book('x'))).message).toMatch(/is refused: say who you are$/)
  })

  test.each([
    ['a promise', { authorize: (() => Promise.resolve(true)) as never }],
    ['undefined', { authorize: (() => undefined) as never }],
    ['a throw', { authorize: () => JSON.parse('{secret') }],
    ['a promise for a name', { authenticate: (() => Promise.resolve('root')) as never }],
  ])('%s where an answer is wanted lets nobody in', async (_what, options) => {
    const { service, reads } = watched()
    const client = new EchoServiceClient(await open(service, { onError() {}, ...options }))
    const error = await failure(client.echo('x'))
    expect(['unauthenticated', 'permission_denied']).toContain(error.code)
    expect(error.message).not.toMatch(/secret/)
    expect(reads()).toBe(0)
  })

  test('an RpcError of authenticate is the answer', async () => {
    const { service } = watched()
    const expired = new RpcError('unauthenticated', 'the token has expired')
    const client = new EchoServiceClient(
      await open(service, {
        authenticate() {
          throw expired
        },
      }),
    )
    expect((await failure(client.echo('x'))).message).toBe('the token has expired')
  })
})

test('one connection carries calls of several bearers: the name is the call’s, not the connection’s', async () => {
  const seen: Call[] = []
  const service = new Echo((value, call) => {
    seen.push(call)
    return value
  })
  const { bound } = await provide([service], { authenticate })
  const client = echoClient([bound.port])
  await Promise.all(['m', 'w'].map((who) => client.echo('x', { metadata: { authorization: `Bearer ${who}` } })))
  const [one, other] = seen
  expect(one?.peer).toBe(other?.peer)
  expect(one?.peer).toMatchObject({ principal: undefined })
  expect([one?.principal, other?.principal]).toEqual(['miao', 'wang'])
})

test('on Dubbo’s wire, too: what could not be read is refused for who sent it', async () => {
  const { bound } = await provide([new Echo()], { authenticate, authorize: (who) => who === 'miao' || 'not you' })
  const client = createClient({ registry: staticRegistry(`dubbo://127.0.0.1:${bound.port}`) })
  closeLater(() => client.close(0))
  // A number where the provider's contract has a text.
  const [echo] = echoSchema.methods
  const params = echo?.params.map((param) => ({ ...param, type: { kind: 'scalar', scalar: 'int32' } as const }))
  const schema = { ...echoSchema, methods: [{ ...echo, params }] } as ServiceSchema
  const stub = new Stub(defineService(schema, [dynamicMethod(schema, schema.methods[0] as MethodSchema)]), client)
  const as = (token: string) => stub.call(0, [5], { metadata: { authorization: `Bearer ${token}` } })
  expect(await failure(as('m'))).toMatchObject({ code: expect.stringMatching(/internal|invalid_argument/) })
  expect(await failure(as('w'))).toMatchObject({ code: 'permission_denied', message: expect.stringMatching(/not you/) })
  expect(await failure(as('?'))).toMatchObject({ code: 'unauthenticated', message: expect.stringMatching(/not you/) })
  const proper = new EchoServiceClient(client)
  expect(await proper.echo('x', { metadata: { authorization: 'Bearer m' } })).toBe('x')
})

test('a caller whom nobody names is refused where names are wanted', async () => {
  const { service, reads } = watched()
  const { bound } = await provide([service], { authenticate })
  const error = await failure(echoClient([bound.port]).echo('x', { metadata: { authorization: 'Bearer guess' } }))
  expect(error).toMatchObject({ code: 'unauthenticated', retryable: false })
  expect(error.message).not.toMatch(/guess/)
  expect(reads()).toBe(0)
})

test('a refusal is an answer: no other provider is asked', async () => {
  let asked = 0
  const refuse: ServerOptions['authorize'] = () => {
    asked++
    return 'no'
  }
  const ports = [await provide([new Echo()], { authorize: refuse }), await provide([new Echo()], { authorize: refuse })]
  const error = await failure(echoClient(ports.map(({ bound }) => bound.port)).echo('x'))
  expect(error.code).toBe('unauthenticated')
  expect(asked).toBe(1)
})

test('refused calls are counted, and observers see who it was', async () => {
  const seen: (string | undefined)[] = []
  const server = createServer({
    services: [new Echo()],
    authenticate,
    authorize: () => 'no',
    observers: [{ end: (call, error) => void seen.push(`${call.principal} ${error?.code}`) }],
  })
  await failure(new EchoServiceClient(server).echo('x', { metadata: { authorization: 'Bearer w' } }))
  expect(seen).toEqual(['wang permission_denied'])
  expect(server.counts.of('test.EchoService', 'echo')).toMatchObject({ calls: 1, succeeded: 0, concurrent: 0 })
})

test('a bearer token comes from a file or the environment, and a call may bring its own', async () => {
  const { service, callers } = watched()
  const { bound } = await provide([service], { authenticate })
  process.env.TSUBO_TEST_TOKEN = 'm\n'
  const client = echoClient([bound.port], { interceptors: [bearer({ env: 'TSUBO_TEST_TOKEN' })] })
  delete process.env.TSUBO_TEST_TOKEN
  await client.echo('x')
  await client.echo('x', { metadata: { authorization: 'Bearer w' } })
  expect(callers).toEqual(['miao', 'wang'])
  expect(() => bearer({ env: 'TSUBO_TEST_TOKEN' })).toThrow('TSUBO_TEST_TOKEN is not set')
  expect(() => bearer({ file: '/nowhere/token' })).toThrow(/ENOENT/)
})
