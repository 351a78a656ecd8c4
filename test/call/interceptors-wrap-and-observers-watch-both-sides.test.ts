import { afterEach, expect, test, vi } from 'vitest'
import type { Interceptor, Observer } from '../../runtime/call.js'
import { RpcError } from '../../runtime/error.js'
import { counts } from '../../runtime/observers/counts.js'
import { closeAll, closedPort, echoClient, failure, provideEcho } from '../support/network.js'

afterEach(closeAll)

const log: string[] = []
const named =
  (name: string): Interceptor =>
  (next) =>
  async (call) => {
    log.push(`> ${name}`)
    try {
      return await next(call)
    } finally {
      log.push(`< ${name}`)
    }
  }

test('the first interceptor is the outermost, on both sides, composed once', async () => {
  let composed = 0
  const once: Interceptor = (next) => {
    composed++
    return next
  }
  const { bound } = await provideEcho(undefined, { interceptors: [once, named('server 1'), named('server 2')] })
  const client = echoClient([bound.port], { interceptors: [once, named('client 1'), named('client 2')] })
  await client.echo('x')
  expect(log).toEqual([
    '> client 1',
    '> client 2',
    '> server 1',
    '> server 2',
    '< server 2',
    '< server 1',
    '< client 2',
    '< client 1',
  ])
  await client.echo('y')
  expect(composed).toBe(2)
})

test('an interceptor may refuse, answer itself, or add metadata', async () => {
  const { bound } = await provideEcho((value, call) => `${value} ${call.metadata?.['x-user']}`)
  const refuse: Interceptor = (next) => (call) =>
    call.args[0] === 'forbidden' ? Promise.reject(new RpcError('permission_denied', 'no')) : next(call)
  const cache: Interceptor = (next) => (call) => (call.args[0] === 'known' ? Promise.resolve('cached') : next(call))
  const sign: Interceptor = (next) => (call) => {
    call.metadata = { ...call.metadata, 'x-user': 'lin' }
    return next(call)
  }
  const client = echoClient([bound.port], { interceptors: [refuse, cache, sign] })
  expect((await failure(client.echo('forbidden'))).code).toBe('permission_denied')
  expect(await client.echo('known')).toBe('cached')
  expect(await client.echo('hi')).toBe('hi lin')
})

test('observers see begin and end exactly once a call and each attempt; one that throws harms nobody', async () => {
  const warned = vi.spyOn(console, 'warn').mockImplementation(() => {})
  const client = { begin: 0, attempt: 0, end: 0 }
  const server = { begin: 0, attempt: 0, end: 0 }
  const watch = (seen: typeof client): Observer => ({
    begin: () => void seen.begin++,
    attempt: () => void seen.attempt++,
    end: () => void seen.end++,
  })
  const broken: Observer = {
    end() {
      throw new Error('broken observer')
    },
  }
  const counted = counts()
  const { bound } = await provideEcho(undefined, { observers: [watch(server)] })
  const dead = await closedPort()
  const echo = echoClient([dead, bound.port], { observers: [broken, watch(client), counted] })
  for (let i = 0; i < 20; i++) await echo.book('x')
  expect(client.begin).toBe(20)
  expect(client.end).toBe(20)
  expect(client.attempt).toBeGreaterThanOrEqual(20)
  expect(server).toEqual({ begin: 20, attempt: 0, end: 20 })
  const method = counted.of('test.EchoService', 'book')
  expect(method).toMatchObject({ calls: 20, succeeded: 20, concurrent: 0, retried: client.attempt - 20 })
  expect(counted.attempts.get(`127.0.0.1:${bound.port}`)).toBe(20)
  expect(warned).toHaveBeenCalledTimes(1)
  warned.mockRestore()
})
