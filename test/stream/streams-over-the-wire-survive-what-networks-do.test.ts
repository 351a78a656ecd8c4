import { afterEach, expect, test } from 'vitest'
import { counts } from '../../runtime/observers/counts.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provide, provideEcho, sleep } from '../support/network.js'

afterEach(closeAll)

test('unary calls are not held up by a stream at full speed on the same connection', async () => {
  const { bound } = await provideEcho()
  const client = new EchoServiceClient(connectTo([bound.port]))
  let items = 0
  const streaming = (async () => {
    for await (const _item of client.count('1000000')) if (++items === 300_000) break
  })()
  await sleep(20)
  // How long each waits is a matter of the machine; that many get through while the stream runs is not.
  let answered = 0
  while (items < 300_000 && answered < 200) {
    await client.echo('x')
    answered++
  }
  await streaming
  expect(answered).toBeGreaterThan(10)
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
