import { afterEach, expect, test } from 'vitest'
import { failover } from '../../runtime/cluster/failover.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { RpcError } from '../../runtime/error.js'
import { closeAll, closedPort, echoClient, failure, provideEcho, rawServer } from '../support/network.js'

afterEach(closeAll)

/** Takes the hello and the request, then hangs up: nobody can know whether the call ran. */
const hangsUp = () =>
  rawServer((socket) =>
    socket.on('data', (chunk) => (chunk.includes('book') || chunk.includes('echo') ? socket.destroy() : undefined)),
  )

test('an address that refuses never saw the call: any method goes to the next one', async () => {
  const { bound } = await provideEcho()
  const client = echoClient([await closedPort(), await closedPort(), bound.port])
  for (let i = 0; i < 50; i++) expect(await client.book(String(i))).toBe(String(i))
})

test('a connection lost under a call: an idempotent method is tried elsewhere, another one is not', async () => {
  const { bound } = await provideEcho()
  const ports = [await hangsUp(), bound.port]
  for (let i = 0; i < 10; i++) {
    const client = echoClient(ports, { balancer: roundRobin() })
    expect(await client.echo('x')).toBe('x')
  }
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, async () => {
      const client = echoClient(ports, { balancer: roundRobin() })
      return client.book('x').catch((error: RpcError) => error)
    }),
  )
  const unknown = outcomes.filter((outcome) => outcome !== 'x') as RpcError[]
  for (const error of unknown) {
    expect(error).toMatchObject({ code: 'unavailable', retryable: false })
    expect(error.message).toMatch(/was lost .* while test.EchoService\/book was under way; whether it ran is not known/)
  }
})

test('only the hanging-up provider: the outcome of book is unknown, after exactly one attempt', async () => {
  let attempts = 0
  const client = echoClient([await hangsUp()], { observers: [{ attempt: () => void attempts++ }] })
  expect(await failure(client.book('x'))).toMatchObject({ code: 'unavailable', retryable: false })
  expect(attempts).toBe(1)
})

test('what the handler itself answers is never retried', async () => {
  let calls = 0
  const { bound } = await provideEcho(() => {
    calls++
    throw new RpcError('aborted', 'no')
  })
  await failure(echoClient([bound.port]).echo('x'))
  expect(calls).toBe(1)
})

test('Dubbo’s retry-everything is available by name', async () => {
  let calls = 0
  const { bound } = await provideEcho((value) => {
    if (++calls < 3) throw new RpcError('internal', 'flaky')
    return value
  })
  const client = echoClient([bound.port], { policy: failover({ retry: 'dubbo' }) })
  expect(await client.book('x')).toBe('x')
  expect(calls).toBe(3)
})

test('retries end at the deadline, whatever is left of them', async () => {
  const client = echoClient([await closedPort()], { policy: failover({ retries: 1000 }) })
  const begin = performance.now()
  const error = await failure(client.echo('x', { timeoutMs: 300 }))
  expect(error.code).toMatch(/unavailable|deadline_exceeded/)
  expect(performance.now() - begin).toBeLessThan(600)
})

test('a provider that is full is passed over', async () => {
  const busy = await provideEcho(() => {
    throw new RpcError('resource_exhausted', 'full')
  })
  const free = await provideEcho()
  const client = echoClient([busy.bound.port, free.bound.port])
  for (let i = 0; i < 20; i++) expect(await client.echo('x')).toBe('x')
})
