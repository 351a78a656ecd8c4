import { afterEach, expect, test } from 'vitest'
import type { Invocable } from '../../runtime/call.js'
import { createServer } from '../../runtime/server.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, failure, provide, sleep, until } from '../support/network.js'

afterEach(closeAll)

const never = () => new Promise<never>(() => {})

async function collect(items: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const item of items) all.push(item)
  return all
}

async function* three() {
  yield* ['a', 'b', 'c']
}

test('nobody says how long: a second for an answer, and for a stream to open; not for a stream that was taken', async () => {
  const cancelled: string[] = []
  const service = Object.assign(
    new Echo((_value, call) => {
      call.signal.addEventListener('abort', () => cancelled.push(call.method.schema.name))
      return never()
    }),
    {
      count: never,
      async join(items: AsyncIterable<string>) {
        const all = await collect(items)
        await sleep(1100)
        return all.join('')
      },
    },
  )
  const { bound } = await provide([service])
  const timed = async (call: () => Promise<unknown>) => {
    const begin = performance.now()
    const { code } = await failure(call())
    const elapsed = performance.now() - begin
    expect(code).toBe('deadline_exceeded')
    expect(elapsed).toBeGreaterThanOrEqual(1000)
    // How late a busy machine is, is another test's matter.
    expect(elapsed).toBeLessThan(2000)
  }
  const ways: Invocable[] = [connectTo([bound.port]), createServer({ services: [service] })]
  await Promise.all(
    ways.map(async (way) => {
      const client = new EchoServiceClient(way)
      await Promise.all([
        timed(() => client.book('x')),
        timed(() => collect(client.count('1'))),
        client.join(three()).then((joined) => expect(joined).toBe('abc')),
      ])
    }),
  )
  await until(() => cancelled.length === 2)
})

test('a client says how long: a late stream is given up, one that is open goes on', async () => {
  let ended = false
  const service = Object.assign(new Echo(), {
    count(to: string) {
      return to === 'late' ? never() : slowly()
    },
  })
  async function* slowly() {
    try {
      for (let i = 1; i <= 5; i++) {
        yield String(i)
        await sleep(80)
      }
    } finally {
      ended = true
    }
  }
  const { bound } = await provide([service])
  const client = new EchoServiceClient(connectTo([bound.port], { timeoutMs: 300 }))
  // A busy machine may take long to connect.
  await client.echo('x', { timeoutMs: 10_000 })
  const late = failure(collect(client.count('late')))
  expect(await collect(client.count('5'))).toHaveLength(5)
  expect(ended).toBe(true)
  expect(await late).toMatchObject({
    code: 'deadline_exceeded',
    message: expect.stringMatching(/count got no reply from .* within 300 ms/),
  })
})
