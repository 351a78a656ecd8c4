import { afterEach, describe, expect, test } from 'vitest'
import { HealthServiceClient, ServingStatus } from '../../generated/tsubo/health.js'
import { createServer, type ServerOptions } from '../../runtime/server.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, echoClient, failure, provideEcho, until } from '../support/network.js'
import { callTransports } from '../support/transports.js'

afterEach(closeAll)

/** Handlers that answer when they are told to. */
function held() {
  const waiting: (() => void)[] = []
  const answer: EchoHandler = (value) => new Promise((resolve) => waiting.push(() => resolve(value)))
  const release = () => {
    for (const go of waiting.splice(0)) go()
  }
  return { waiting, answer, release }
}

describe.each(Object.entries(callTransports))('%s', (name, open) => {
  const serve = async (answer: EchoHandler, options: Partial<ServerOptions>) => {
    const services = [new Echo(answer), { service: new Echo(answer), group: 'other' }]
    const target = await open(services, options)
    return [target, new EchoServiceClient(target), new EchoServiceClient(target, { group: 'other' })] as const
  }

  test('calls of all services and methods count together; health is asked past them', async () => {
    const { waiting, answer, release } = held()
    const [target, client, other] = await serve(answer, { maxConcurrent: 3 })
    const running = [client.book('a'), client.echo('b'), other.book('c')]
    await until(() => waiting.length === 3)
    expect(await failure(other.book('d', { timeoutMs: 5_000 }))).toMatchObject({
      // Dubbo's wire has one status for all that sends callers elsewhere.
      code: name === 'dubbo' ? 'unavailable' : 'resource_exhausted',
      message: expect.stringMatching(/the provider works on 3 calls already \(maxConcurrent\)/),
    })
    if (name !== 'dubbo') expect((await new HealthServiceClient(target).check({})).status).toBe(ServingStatus.Serving)
    release()
    expect(await Promise.all(running)).toEqual(['a', 'b', 'c'])
    const next = client.book('e')
    await until(() => waiting.length === 1)
    release()
    expect(await next).toBe('e')
  })

  test.skipIf(name === 'dubbo')('a stream has its place until it ends', async () => {
    const [, client] = await serve((value) => value, { maxConcurrent: 1 })
    for await (const _item of client.count('1000000')) {
      expect(await failure(client.book('x'))).toMatchObject({ code: 'resource_exhausted' })
      break
    }
    const again = () => client.book('x').catch(() => undefined)
    let answer: string | undefined
    while (answer === undefined) answer = await again()
    expect(answer).toBe('x')
  })
})

test('what is refused goes elsewhere, whatever the method', async () => {
  const { waiting, answer, release } = held()
  const full = await provideEcho(answer, { maxConcurrent: 1 })
  const free = await provideEcho((value) => `free ${value}`)
  const direct = echoClient([full.bound.port]).book('a')
  await until(() => waiting.length === 1)
  const client = new EchoServiceClient(connectTo([full.bound.port, free.bound.port], { timeoutMs: 5_000 }))
  const answers = await Promise.all(Array.from({ length: 20 }, () => client.book('b')))
  expect(new Set(answers)).toEqual(new Set(['free b']))
  release()
  expect(await direct).toBe('a')
})

test('none, and what is no number, is refused at once', () => {
  for (const maxConcurrent of [0, -1, 1.5, Number.NaN]) {
    expect(() => createServer({ services: [new Echo()], maxConcurrent })).toThrow(
      `maxConcurrent: ${maxConcurrent} is not a whole number from 1`,
    )
  }
})
