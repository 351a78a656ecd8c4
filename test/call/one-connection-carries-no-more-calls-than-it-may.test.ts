import { afterEach, expect, test } from 'vitest'
import { failfast } from '../../runtime/cluster/failover.js'
import { framed } from '../../runtime/protocol/framed.js'
import { EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provideEcho, until } from '../support/network.js'

afterEach(closeAll)

/** A handler that answers when it is let, and counts those that it has begun. */
function gate() {
  const waiting: (() => void)[] = []
  return {
    waiting,
    answer: (value: string) => new Promise<string>((resolve) => waiting.push(() => resolve(value))),
    open() {
      for (const answer of waiting.splice(0)) answer()
    },
  }
}

test('a client keeps to maxPending: one more fails at once, without being sent, and room is made by answers', async () => {
  const { waiting, answer, open } = gate()
  const { bound } = await provideEcho(answer)
  const client = new EchoServiceClient(connectTo([bound.port], { policy: failfast() }, { maxPending: 2 }))
  const first = [client.book('a'), client.book('b')]
  expect(await failure(client.book('c'))).toMatchObject({
    code: 'resource_exhausted',
    retryable: true,
    message: expect.stringMatching(/^2 calls wait for 127\.0\.0\.1:\d+ already \(maxPending\)$/),
  })
  await until(() => waiting.length === 2)
  open()
  expect(await Promise.all(first)).toEqual(['a', 'b'])
  const next = client.book('d')
  await until(() => waiting.length === 1)
  open()
  expect(await next).toBe('d')
})

test('a provider keeps to its own: no handler sees one more, and its caller may ask another provider', async () => {
  const [full, free] = [gate(), gate()]
  const { bound } = await provideEcho(full.answer, { protocols: [framed({ maxPending: 2 })] })
  const client = new EchoServiceClient(connectTo([bound.port], { policy: failfast() }))
  const first = [client.book('a'), client.book('b')]
  await until(() => full.waiting.length === 2)
  expect(await failure(client.book('c'))).toMatchObject({
    code: 'resource_exhausted',
    retryable: true,
    message: expect.stringMatching(/works on 2 calls of this consumer already \(maxPending\)/),
  })
  expect(full.waiting.length).toBe(2)

  // With another provider beside it and the default policy, everything is answered, whichever was asked first.
  const other = await provideEcho(free.answer)
  const both = new EchoServiceClient(connectTo([bound.port, other.bound.port]))
  const more = Array.from({ length: 10 }, (_, i) => both.book(String(i)))
  await until(() => full.waiting.length + free.waiting.length === 12)
  expect(full.waiting.length).toBeLessThanOrEqual(4)
  full.open()
  free.open()
  expect(await Promise.all([...first, ...more])).toEqual(['a', 'b', ...Array.from({ length: 10 }, (_, i) => String(i))])
})
