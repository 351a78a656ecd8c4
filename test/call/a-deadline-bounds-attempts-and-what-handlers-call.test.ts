import { afterEach, expect, test } from 'vitest'
import { failover } from '../../runtime/cluster/failover.js'
import { roundRobin } from '../../runtime/cluster/round-robin.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, echoClient, failure, provide, provideEcho, sleep, until } from '../support/network.js'

afterEach(closeAll)

test('an attempt out of time goes on elsewhere when the method is idempotent, and only then', async () => {
  const stuck = await provideEcho(() => new Promise(() => {}))
  const quick = await provideEcho()
  const options = { balancer: roundRobin(), policy: failover({ attemptTimeoutMs: 60 }) }
  const client = echoClient([stuck.bound.port, quick.bound.port], options)
  for (let i = 0; i < 4; i++) expect(await client.echo('x')).toBe('x')
  const books = await Promise.allSettled([client.book('x'), client.book('x'), client.book('x'), client.book('x')])
  const failed = books.filter((book) => book.status === 'rejected')
  expect(failed).toHaveLength(2)
  expect(failed[0]?.reason).toMatchObject({
    code: 'deadline_exceeded',
    message: expect.stringMatching(/got no reply from tsubo:.* within 60 ms \(attemptTimeoutMs\)/),
  })
})

test('a handler’s own calls get no more time than is left of its own', async () => {
  // What is left is read off the call, for how late a busy machine fires is another matter.
  let leftMs: number | undefined
  const stuck = await provideEcho((_value, call) => {
    leftMs = call.deadline - call.startedAt
    return new Promise(() => {})
  })
  const behind = echoClient([stuck.bound.port])
  let inner: string | undefined
  const front = await provideEcho(async () => {
    const error = await failure(behind.book('x', { timeoutMs: 60_000 }))
    inner = error.code
    throw error
  })
  const error = await failure(echoClient([front.bound.port]).book('x', { timeoutMs: 150 }))
  expect(error.code).toBe('deadline_exceeded')
  await until(() => inner !== undefined)
  expect(inner).toBe('deadline_exceeded')
  // Whole milliseconds travel, rounded up. On a very busy machine nothing may have been left to send.
  // A deadline less its beginning: 150 but for the last digit of a fraction.
  expect(leftMs ?? 0).toBeLessThanOrEqual(150 + 1e-6)
})

test('so do calls from within a stream that a handler produces, however late they are made', async () => {
  const leftMs: number[] = []
  const provider = await provideEcho((value, call) => {
    leftMs.push(call.deadline - call.startedAt)
    return value
  })
  const behind = echoClient([provider.bound.port])
  const service = Object.assign(new Echo(), {
    async *count() {
      for (let i = 0; i < 3; i++) {
        yield await behind.book(String(i), { timeoutMs: 60_000 })
        await sleep(30)
      }
    },
    async *chat(items: AsyncIterable<string>) {
      for await (const item of items) yield behind.book(item, { timeoutMs: 60_000 })
    },
  })
  const front = echoClient([(await provide([service])).bound.port])
  const seen: string[] = []
  for await (const item of front.count('3', { timeoutMs: 5000 })) seen.push(item)
  async function* two() {
    yield* ['a', 'b']
  }
  for await (const item of front.chat(two(), { timeoutMs: 5000 })) seen.push(item)
  expect(seen).toEqual(['0', '1', '2', 'a', 'b'])
  expect(Math.max(...leftMs)).toBeLessThanOrEqual(5000 + 1e-6)
  // Two pauses of 30 ms, however long the first call took on its way.
  expect(leftMs[2]).toBeLessThan(Math.min(leftMs[0] as number, 5000 - 50))
})

test('what a handler does after its answer is not bound by it', async () => {
  const slow = await provideEcho(async (value) => {
    await sleep(120)
    return value
  })
  const behind = echoClient([slow.bound.port])
  let later: string | undefined
  const service = new Echo((value) => {
    void (async () => {
      await sleep(20)
      later = await behind.book('afterwards').catch((error: Error) => error.message)
    })()
    return value
  })
  const front = await provide([service])
  const client = new EchoServiceClient(connectTo([front.bound.port]))
  await client.book('x', { timeoutMs: 60 })
  await until(() => later !== undefined)
  expect(later).toBe('afterwards')
})
