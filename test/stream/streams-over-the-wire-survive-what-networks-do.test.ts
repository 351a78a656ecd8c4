import { afterEach, expect, test } from 'vitest'
import { counts } from '../../runtime/observers/counts.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provide, provideEcho, sleep, until } from '../support/network.js'

afterEach(closeAll)

/** Items of 1 KB: a window holds 257 of them. */
const window = 257
const wide = 'x'.repeat(1000)

/**
 * Calls one after the other until 100 are answered; for each, how many items have gone by meanwhile. How long they wait is
 * a matter of the machine, how much of a stream is let past them isn't.
 */
async function letPast(client: EchoServiceClient, items: () => number): Promise<number[]> {
  const past: number[] = []
  while (past.length < 100) {
    const before = items()
    await client.echo('x', { timeoutMs: 10_000 })
    past.push(items() - before)
  }
  return past.sort((a, b) => a - b)
}

test('a call waits for no more than a few windows of a stream that comes at full speed on its connection', async () => {
  const { bound } = await provideEcho((value) => (value === 'x' ? value : wide))
  const client = new EchoServiceClient(connectTo([bound.port]))
  let items = 0
  const stream = client.count('100000000')[Symbol.asyncIterator]()
  let over = false
  const streaming = (async () => {
    while (!over && !(await stream.next()).done) items++
  })()
  await until(() => items > window)
  const past = await letPast(client, () => items)
  over = true
  await streaming
  await stream.return?.()
  // The stream has gone on, too: nobody waits for the other.
  expect(items).toBeGreaterThan(10 * window)
  expect(past[50]).toBeLessThanOrEqual(2 * window)
  expect(past[99]).toBeLessThanOrEqual(8 * window)
})

test('nor for more of one that goes out', async () => {
  let read = 0
  const service = Object.assign(new Echo(), {
    async join(items: AsyncIterable<string>) {
      for await (const _item of items) read++
      return 'all read'
    },
  })
  const { bound } = await provide([service])
  const client = new EchoServiceClient(connectTo([bound.port]))
  let over = false
  async function* upload() {
    while (!over) yield wide
  }
  const joined = client.join(upload(), { timeoutMs: 60_000 })
  await until(() => read > window)
  const past = await letPast(client, () => read)
  over = true
  expect(await joined).toBe('all read')
  expect(read).toBeGreaterThan(10 * window)
  expect(past[50]).toBeLessThanOrEqual(2 * window)
  expect(past[99]).toBeLessThanOrEqual(8 * window)
})

test('a provider that dies ends its streams with unavailable', async () => {
  const server = await provideEcho(async (value) => {
    await sleep(5)
    return value
  })
  const client = new EchoServiceClient(connectTo([server.bound.port]))
  const error = await failure(
    (async () => {
      for await (const item of client.count('1000')) if (item === '3') void server.close(0)
    })(),
  )
  expect(error).toMatchObject({ code: 'unavailable', retryable: false })
})

test('a stream opens elsewhere when its first provider refuses, and counts as one call', async () => {
  const seen = counts()
  const { bound } = await provide([new Echo()])
  const client = new EchoServiceClient(connectTo([bound.port + 1, bound.port], { observers: [seen] }))
  for (let i = 0; i < 5; i++) {
    let items = 0
    for await (const _item of client.count('10')) items++
    expect(items).toBe(10)
  }
  expect(seen.of('test.EchoService', 'count')).toMatchObject({ calls: 5, succeeded: 5, concurrent: 0 })
})

test('a client stream that was pulled from is not tried again', async () => {
  const server = await provideEcho(() => new Promise(() => {}))
  let pulled = 0
  async function* items() {
    for (;;) {
      pulled++
      yield 'x'
      await sleep(1)
    }
  }
  const client = new EchoServiceClient(connectTo([server.bound.port]))
  const call = failure(client.join(items()))
  await sleep(50)
  await server.close(0)
  expect((await call).code).toBe('unavailable')
  const before = pulled
  await sleep(20)
  expect(pulled).toBeLessThanOrEqual(before + 1)
})
