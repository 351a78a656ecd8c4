import { afterEach, describe, expect, test } from 'vitest'
import type { Call } from '../../runtime/call.js'
import { RpcError } from '../../runtime/error.js'
import { counts } from '../../runtime/observers/counts.js'
import type { ServerOptions } from '../../runtime/server.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, failure, sleep, until } from '../support/network.js'
import { transports } from '../support/transports.js'

type Options = Partial<ServerOptions>
afterEach(closeAll)

async function* range(to: number, item: (i: number) => string = String): AsyncIterable<string> {
  for (let i = 1; i <= to; i++) yield item(i)
}

async function collect(items: AsyncIterable<string>): Promise<string[]> {
  const all: string[] = []
  for await (const item of items) all.push(item)
  return all
}

const numbers = (to: number) => Array.from({ length: to }, (_, i) => String(i + 1))

describe.each(Object.entries(transports))('%s', (_name, open) => {
  const echo = async (answer?: EchoHandler, options: Options = {}) => {
    const service = new Echo(answer)
    return { service, client: new EchoServiceClient(await open([service], options)) }
  }

  const counting = async (count: () => Iterable<string>) =>
    new EchoServiceClient(await open([Object.assign(new Echo(), { count })], {}))

  test('a server stream brings every item in order, then ends', async () => {
    const { client } = await echo()
    for (const length of [0, 1, 2, 1000]) expect(await collect(client.count(String(length)))).toEqual(numbers(length))
  })

  test('items of more than a window arrive whole', async () => {
    const { client } = await echo((value) => value.repeat(300_000))
    expect((await collect(client.count('5'))).map((item) => item.length)).toEqual(Array(5).fill(300_000))
  })

  test('a client stream is read to its end, and answered', async () => {
    const { client } = await echo()
    expect(await client.join(range(1000))).toBe(numbers(1000).join(''))
    expect(await client.join(range(0))).toBe('')
  })

  test('a bidirectional stream answers while it is fed', async () => {
    const { client } = await echo((value) => `re ${value}`)
    const seen: string[] = []
    // Each item goes out only when the one before it has been answered.
    async function* inTurn() {
      for (const item of ['a', 'b', 'c']) {
        const before = seen.length
        yield item
        await until(() => seen.length > before)
      }
    }
    for await (const item of client.chat(inTurn())) seen.push(item)
    expect(seen).toEqual(['re a', 're b', 're c'])
  })

  test('break stops the producer', async () => {
    const { client, service } = await echo()
    let last = ''
    for await (const item of client.count('1000000')) {
      last = item
      if (item === '5') break
    }
    expect(last).toBe('5')
    await until(() => service.notes.includes('count is over'))
  })

  test('a producer that throws: the items before it arrive, then the error', async () => {
    const { client } = await echo((value) => {
      if (value === '4') throw new RpcError('data_loss', 'the tape is torn')
      return value
    })
    const seen: string[] = []
    const error = await failure(
      (async () => {
        for await (const item of client.count('10')) seen.push(item)
      })(),
    )
    expect(seen).toEqual(['1', '2', '3'])
    expect(error).toMatchObject({ code: 'data_loss', message: 'the tape is torn' })
  })

  test('a caller whose own items throw ends the call on both sides', async () => {
    let seen: Call | undefined
    const { client } = await echo((value, call) => {
      seen = call
      return value
    })
    async function* broken() {
      yield 'a'
      throw new Error('no more paper')
    }
    const error = await failure(client.join(broken()))
    expect(error).toMatchObject({ code: 'cancelled', message: expect.stringMatching(/no more paper/) })
    await until(() => seen?.signal.aborted === true)
  })

  test('what is there at once is streamed as well, as fast as it is read', async () => {
    const list = await counting(() => numbers(20_000))
    expect(await collect(list.count(''))).toEqual(numbers(20_000))
    let made = 0
    let ended = false
    const client = await counting(function* () {
      try {
        for (;;) yield String(++made).padEnd(1000)
      } finally {
        ended = true
      }
    })
    for await (const item of client.count('')) {
      // It never ends by itself, and yet others are answered.
      expect(await client.join(range(2))).toBe('12')
      if (Number(item) === 3) break
    }
    await until(() => ended)
    expect(made).toBeLessThan(2000)
  })

  test('a producer that throws at once: the items before it arrive, then the error', async () => {
    const client = await counting(function* () {
      yield '1'
      throw new RpcError('data_loss', 'the tape is torn')
    })
    const seen: string[] = []
    const reading = (async () => {
      for await (const item of client.count('')) seen.push(item)
    })()
    expect(await failure(reading)).toMatchObject({ code: 'data_loss', message: 'the tape is torn' })
    expect(seen).toEqual(['1'])
  })

  test('what is no stream is refused, on either side', async () => {
    const { client } = await echo()
    expect(await failure(client.join('abc' as never))).toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/test.EchoService\/join: text: expected an AsyncIterable or Iterable, got string/),
    })
    const service = new Echo()
    service.count = (() => ({ length: 1 })) as never
    const errors: unknown[] = []
    const wrong = new EchoServiceClient(await open([service], { onError: (error) => errors.push(error) }))
    expect((await failure(collect(wrong.count('1')))).code).toBe('unknown')
    expect(String(errors[0])).toMatch(/count must return a stream: expected an AsyncIterable or Iterable, got object/)
  })

  test('an item that does not fit ends the stream with a reason', async () => {
    const { client } = await echo((value) => (value === '3' ? (3 as never) : value))
    expect((await failure(collect(client.count('5')))).message).toMatch(/expected a string, got (a )?number/)
  })

  test('the default deadline bounds the opening only, one that was asked for the whole', async () => {
    const { client } = await echo(async (value) => {
      await sleep(30)
      return value
    })
    expect(await collect(client.count('5', {}))).toHaveLength(5)
    const begin = performance.now()
    const error = await failure(collect(client.count('1000', { timeoutMs: 100 })))
    expect(error.code).toBe('deadline_exceeded')
    expect(performance.now() - begin).toBeLessThan(300)
  })

  test('a signal ends a stream in the middle, and the producer hears of it', async () => {
    const { client, service } = await echo(async (value) => {
      await sleep(5)
      return value
    })
    const controller = new AbortController()
    const seen: string[] = []
    const error = await failure(
      (async () => {
        for await (const item of client.count('1000', { signal: controller.signal })) {
          seen.push(item)
          if (item === '3') controller.abort()
        }
      })(),
    )
    expect(error.code).toBe('cancelled')
    expect(seen.length).toBeLessThan(10)
    await until(() => service.notes.includes('count is over'))
  })

  test('nothing is sent before the first next(), and return() before it sends nothing at all', async () => {
    const { client, service } = await echo()
    const stream = client.count('3')
    await sleep(20)
    await stream[Symbol.asyncIterator]().return?.()
    expect(service.notes).toEqual([])
    expect(await collect(stream)).toEqual(['1', '2', '3'])
  })

  test('metadata goes out with the call and comes back with the opening', async () => {
    const { client } = await echo((value, call) => `${value}${call.metadata?.unit}`)
    expect(await collect(client.count('2', { metadata: { unit: 'kg' } }))).toEqual(['1kg', '2kg'])
  })

  test('a slow consumer holds the producer back', async () => {
    let produced = 0
    const { client } = await echo(() => {
      produced++
      return 'x'.repeat(1000)
    })
    const iterator = client.count('100000')[Symbol.asyncIterator]()
    await iterator.next()
    await sleep(100)
    // One window of 256 KiB, not 100 MB.
    expect(produced).toBeLessThan(1100)
    for (let i = 0; i < 2000; i++) await iterator.next()
    await sleep(50)
    expect(produced).toBeGreaterThan(2000)
    expect(produced).toBeLessThan(3400)
    await iterator.return?.()
  })

  test('observers see a stream end when it ends, once', async () => {
    const seen = counts()
    const { client } = await echo(undefined, { observers: [seen] })
    const iterator = client.count('3')[Symbol.asyncIterator]()
    await iterator.next()
    const method = () => seen.of('test.EchoService', 'count')
    await iterator.next()
    await iterator.next()
    expect((await iterator.next()).done).toBe(true)
    await until(() => method()?.concurrent === 0)
    expect(method()).toMatchObject({ calls: 1, succeeded: 1, concurrent: 0 })
  })
})
