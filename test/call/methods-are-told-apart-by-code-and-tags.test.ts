import { afterEach, describe, expect, test } from 'vitest'
import { HealthServiceClient } from '../../generated/tsubo/health.js'
import {
  type Client,
  type ClientOptions,
  circuitBreaker,
  concurrency,
  createClient,
  createServer,
  failfast,
  firstAvailable,
  memory,
  mergeable,
  overload,
  type Registry,
  RpcError,
  type RunningServer,
  rateLimit,
  roundRobin,
  type ServerOptions,
  staticRegistry,
} from '../../runtime/index.js'
import { defineService, type Skeleton, Stub, serviceOf } from '../../runtime/stub.js'
import { Echo, type EchoHandler, EchoServiceClient, echoCodecs, echoSchema } from '../support/echo.js'

let open: { close(graceMs?: number): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.reverse()) await one.close(0)
  open = []
})

const echo = 'test.EchoService/echo'

async function setUp(
  answer: EchoHandler | EchoHandler[],
  options: Partial<ClientOptions> = {},
  server: Partial<ServerOptions> = {},
) {
  const registry: Registry = memory(`told-apart-${Math.random()}`)
  open.push(registry)
  const servers: RunningServer[] = []
  for (const one of [answer].flat()) {
    const running = await createServer({ services: [new Echo(one)], ...server, onError: () => {} }).listen({ registry })
    servers.push(running)
    open.push(running)
  }
  const client = createClient({ registry, ...options })
  open.push(client)
  return { registry, client, servers, to: new EchoServiceClient(client) }
}

const refuses: EchoHandler = () => {
  throw new RpcError('unavailable', 'out of order')
}

test('a method may go by another policy than its service, and a service by another than the client', async () => {
  let calls = 0
  const counting: EchoHandler = () => {
    calls++
    throw new RpcError('unavailable', 'out of order')
  }
  const methods = { 'test.EchoService': { policy: failfast() }, 'test.EchoService/book': { timeoutMs: 50 } }
  const { to } = await setUp([counting, counting], { methods, outlierEjection: false })
  await expect(to.echo('a')).rejects.toThrow('out of order')
  expect(calls).toBe(1)
})

test('tags of the contract say the same, and code wins over them', async () => {
  const { registry } = await setUp([refuses, refuses])
  const attempts = async (tags: Record<string, string>, options: Partial<ClientOptions> = {}) => {
    const schema = { ...echoSchema, methods: echoSchema.methods.map((method) => ({ ...method, tags })) }
    const client = createClient({ registry, ...options })
    open.push(client)
    await new Stub(defineService(schema, echoCodecs), client).call(0, ['x'], undefined).catch(() => {})
    return [...client.counts.attempts.values()].reduce((a, b) => a + b, 0)
  }
  expect(await attempts({})).toBe(3)
  expect(await attempts({ retries: '1' })).toBe(2)
  expect(await attempts({ cluster: 'failfast' })).toBe(1)
  expect(await attempts({ retries: '1' }, { methods: { [echo]: { policy: failfast() } } })).toBe(1)
})

test('failures of a method that says so leave nobody out: in code, by tag', async () => {
  const { registry } = await setUp([refuses, (value) => value])
  const failures = async (tags: Record<string, string>, options: Partial<ClientOptions> = {}) => {
    const schema = { ...echoSchema, methods: echoSchema.methods.map((method) => ({ ...method, tags })) }
    const client = createClient({ registry, policy: failfast(), balancer: roundRobin(), ...options })
    open.push(client)
    const stub = new Stub(defineService(schema, echoCodecs), client)
    for (let i = 0; i < 40; i++) await stub.call(0, ['x'], undefined).catch(() => {})
    return client.counts.of('test.EchoService', 'echo')?.failed.get('unavailable')
  }
  expect(await failures({})).toBe(5)
  expect(await failures({ ejection: 'false' })).toBe(20)
  expect(await failures({}, { methods: { [echo]: { outlierEjection: false } } })).toBe(20)
})

test('settings that make no sense fail the call and say which', async () => {
  const { to } = await setUp(() => 'a', { methods: { [echo]: { mock: 'drop table' } } })
  await expect(to.echo('a')).rejects.toThrow(/can't be called as it is set up: mock: "drop table" is not one of/)
})

describe('a fallback', () => {
  class Fallback extends Echo {
    override echo(value: string) {
      return `instead of ${value}`
    }
  }

  test('answers where the provider cannot', async () => {
    const { to } = await setUp(refuses, { methods: { 'test.EchoService': { fallback: new Fallback() } } })
    expect(await to.echo('x')).toBe('instead of x')
  })

  test('leaves alone what works, and what was said no to', async () => {
    const methods = { 'test.EchoService': { fallback: new Fallback() } }
    const { to } = await setUp(
      (value) => {
        if (value === 'no') throw new RpcError('failed_precondition', 'no')
        return value
      },
      { methods },
    )
    expect(await to.echo('x')).toBe('x')
    await expect(to.echo('no')).rejects.toThrow('no')
  })

  test('of another service is refused', async () => {
    const other: Skeleton = { [serviceOf]: defineService({ ...echoSchema, name: 'test.Other' }, echoCodecs) }
    const { to } = await setUp(refuses, { methods: { [echo]: { fallback: other } } })
    await expect(to.echo('x')).rejects.toThrow('one for test.Other')
  })

  test.each([
    ['force:return "switched off"', 'switched off'],
    ['fail:return {"a":1}', { a: 1 }],
    ['return null', undefined],
    ['fail:return plain words', 'plain words'],
  ])('as text: %s', async (mock, expected) => {
    const { to } = await setUp(refuses, { methods: { [echo]: { mock } } })
    expect(await to.echo('x')).toEqual(expected)
  })

  test('forced ones call nobody', async () => {
    const { client, to } = await setUp(() => 'real', { methods: { [echo]: { mock: 'force:throw closed for today' } } })
    await expect(to.echo('x')).rejects.toThrow('closed for today')
    expect(client.counts.attempts.size).toBe(0)
  })
})

describe('limits of a client', () => {
  test('actives: so many at once, the others wait in line', async () => {
    let now = 0
    let most = 0
    const { to } = await setUp(
      async (value) => {
        most = Math.max(most, ++now)
        await new Promise((resolve) => setTimeout(resolve, 5))
        now--
        return value
      },
      { methods: { [echo]: { limits: [concurrency(3, { maxWaiting: 100 })] } } },
    )
    expect(await Promise.all(Array.from({ length: 20 }, (_, i) => to.echo(String(i))))).toHaveLength(20)
    expect(most).toBe(3)
  })

  test('who waits in vain is told so when its time is over; who finds no place at once', async () => {
    const methods = { [echo]: { limits: [concurrency(1, { maxWaiting: 1 })] } }
    const { client, to } = await setUp(() => new Promise<string>(() => {}), { methods })
    const first = to.echo('a', { timeoutMs: 300 })
    const second = to.echo('b', { timeoutMs: 50 })
    await expect(to.echo('c')).rejects.toThrow('1 calls are running and 1 wait already')
    await expect(second).rejects.toThrow('in vain')
    await expect(first).rejects.toMatchObject({ code: 'deadline_exceeded' })
    expect(client.counts.of('test.EchoService', 'echo')).toMatchObject({ calls: 3, concurrent: 0 })
  })

  test('a rate: what is above says when to come again', async () => {
    const methods = { [echo]: { limits: [rateLimit(5, { perMs: 60_000 })] } }
    const { to } = await setUp((value) => value, { methods })
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => to.echo('x')))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
    const refused = outcomes.find(({ status }) => status === 'rejected') as PromiseRejectedResult
    expect(refused.reason).toMatchObject({ code: 'resource_exhausted' })
    expect((refused.reason as RpcError).retryAfterMs).toBeGreaterThan(5000)
  })

  test('a circuit breaker stops calling a method that fails everywhere', async () => {
    let calls = 0
    const methods = { [echo]: { policy: failfast(), limits: [circuitBreaker({ fewestCalls: 10 })] } }
    const { to } = await setUp(
      () => {
        calls++
        throw new RpcError('unavailable', 'out of order')
      },
      { methods, outlierEjection: false },
    )
    for (let i = 0; i < 30; i++) await to.echo('x').catch(() => {})
    expect(calls).toBe(10)
    await expect(to.echo('x')).rejects.toThrow(/too many calls failed: the next try is in \d+ ms/)
  })
})

describe('limits of a server', () => {
  test('what is refused reached no handler, so another provider answers even what is not idempotent', async () => {
    const running: string[] = []
    const slow: EchoHandler = (value) =>
      new Promise((resolve) => {
        running.push(value)
        setTimeout(() => resolve(value), 30)
      })
    const { to, client } = await setUp([slow, slow], { balancer: firstAvailable() }, { limits: [concurrency(4)] })
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, (_, i) => to.book(String(i))))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(8)
    expect(running).toHaveLength(8)
    expect(client.counts.of('test.EchoService', 'book')?.retried).toBeGreaterThan(0)
  })

  test('alone it refuses with when to come again, and works on when there is room', async () => {
    const slow: EchoHandler = (value) => new Promise((resolve) => setTimeout(() => resolve(value), 20))
    const { to } = await setUp(slow, { policy: failfast() }, { limits: [overload({ startAt: 4 })] })
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => to.book(String(i))))
    const refused = outcomes.filter(({ status }) => status === 'rejected') as PromiseRejectedResult[]
    expect(refused).toHaveLength(6)
    expect(refused[0]?.reason).toMatchObject({ code: 'resource_exhausted', retryable: true })
    expect(refused.every(({ reason }) => (reason as RpcError).retryAfterMs)).toBe(true)
    expect(await to.book('again')).toBe('again')
  })

  test('a method may have limits of its own', async () => {
    const methods = { 'test.EchoService/echo': { limits: [rateLimit(1, { perMs: 60_000 })] } }
    const { to } = await setUp((value) => value, { policy: failfast() }, { methods })
    expect(await to.echo('a')).toBe('a')
    await expect(to.echo('b')).rejects.toMatchObject({ code: 'resource_exhausted' })
    expect(await to.book('c')).toBe('c')
  })

  test('tags of the contract say the same: @executes, @overload', async () => {
    for (const [tags, most] of [[{ executes: '3' }, 3] as const, [{ overload: 'true' }, 8] as const]) {
      let running = 0
      const slow = () => new Promise<string>((resolve) => setTimeout(() => resolve(`${++running}`), 50))
      const schema = { ...echoSchema, methods: echoSchema.methods.map((method) => ({ ...method, tags })) }
      const tagged = defineService(schema, echoCodecs)
      const service = Object.defineProperty(new Echo(slow), serviceOf, { value: tagged })
      const { to } = await setUp(slow, { policy: failfast() }, { services: [service] })
      await Promise.allSettled(Array.from({ length: 20 }, () => to.echo('x')))
      expect(running).toBe(most)
    }
  })

  test('health is asked past them', async () => {
    const { client, to } = await setUp((value) => value, {}, { limits: [rateLimit(1, { perMs: 60_000 })] })
    expect(await to.book('a')).toBe('a')
    await expect(to.book('b')).rejects.toMatchObject({ code: 'resource_exhausted' })
    const [address] = [...client.counts.attempts.keys()]
    const direct = createClient({ registry: staticRegistry([address as string]) })
    open.push(direct)
    expect(await new HealthServiceClient(direct).check({ service: '' })).toBeDefined()
  })
})

test('answers of several groups are merged', async () => {
  const registry = memory('merged')
  open.push(registry)
  for (const group of ['beijing', 'hangzhou']) {
    const running = await createServer({
      services: [{ service: new Echo((value) => `${group}:${value}`), group }],
    }).listen({ registry })
    open.push(running)
  }
  const merge = (answers: readonly unknown[]) => answers.join(' ')
  const client: Client = createClient({
    registry,
    interceptors: [mergeable('test.EchoService', ['beijing', 'hangzhou'], merge)],
  })
  open.push(client)
  expect(await new EchoServiceClient(client).echo('x')).toBe('beijing:x hangzhou:x')
})
