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

/** Items without end, as wide as asked for, and what becomes of their producer. */
function endless(width = 1) {
  const seen = { produced: 0, ended: false }
  async function* items(): AsyncIterable<string> {
    try {
      for (;;) yield `item ${seen.produced++}`.padEnd(width)
    } finally {
      seen.ended = true
    }
  }
  return Object.assign(seen, { items: items() })
}

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

  const serving = async (handlers: Partial<Record<'join' | 'chat' | 'count', unknown>>, options: Options = {}) =>
    new EchoServiceClient(await open([Object.assign(new Echo(), handlers)], options))

  test('a handler that reads no further still answers, and the caller’s producer ends', async () => {
    const client = await serving({
      async join(items: AsyncIterable<string>) {
        for await (const item of items) return `first ${item}`
        return 'nothing came'
      },
      async *chat(items: AsyncIterable<string>) {
        for await (const item of items) {
          yield `first ${item}`
          break
        }
        await sleep(20)
        yield 'and more of my own'
      },
    })
    const joined = endless()
    expect(await client.join(joined.items)).toBe('first item 0')
    const chatted = endless()
    expect(await collect(client.chat(chatted.items))).toEqual(['first item 0', 'and more of my own'])
    await until(() => joined.ended && chatted.ended)
  })

  test('a handler that answers without reading, or fails, ends the caller’s producer', async () => {
    const client = await serving({
      join: async () => 'at once',
      chat: async () => {
        throw new RpcError('aborted', 'not today')
      },
    })
    const joined = endless()
    expect(await client.join(joined.items)).toBe('at once')
    const chatted = endless()
    expect(await failure(collect(client.chat(chatted.items)))).toMatchObject({ code: 'aborted', message: 'not today' })
    await until(() => joined.ended && chatted.ended)
  })

  test('a slow handler holds the caller’s producer back', async () => {
    let read = 0
    let more: () => void = () => {}
    const reading = async (items: AsyncIterable<string>) => {
      for await (const _item of items) {
        read++
        if (read === 3000) return
        if (read === 1) await new Promise<void>((resolve) => (more = resolve))
      }
    }
    const client = await serving({
      async join(items: AsyncIterable<string>) {
        await reading(items)
        return 'enough'
      },
      async *chat(items: AsyncIterable<string>) {
        await reading(items)
        yield 'enough'
      },
    })
    for (const call of [
      (items: AsyncIterable<string>) => client.join(items),
      async (items: AsyncIterable<string>) => (await collect(client.chat(items))).join(),
    ]) {
      read = 0
      const producer = endless(1000)
      const answer = call(producer.items)
      await until(() => read === 1)
      await sleep(50)
      // One window of 256 KiB and what has left it: two more at most are on their way.
      expect(producer.produced).toBeGreaterThan(200)
      expect(producer.produced).toBeLessThan(300)
      more()
      expect(await answer).toBe('enough')
      expect(producer.produced).toBeLessThan(3400)
      await until(() => producer.ended)
    }
  })

  test('break, a signal and a deadline end a stream that goes in, on both sides', async () => {
    const notes: string[] = []
    const slow = async (what: string, items: AsyncIterable<string>, call: Call) => {
      try {
        for await (const _item of items) await sleep(10)
      } catch (error) {
        notes.push(`${what}: ${RpcError.from(error).code}, ${call.signal.aborted ? 'aborted' : 'goes on'}`)
        throw error
      }
    }
    const client = await serving({
      async join(items: AsyncIterable<string>, call: Call) {
        await slow('join', items, call)
        return ''
      },
      async *chat(items: AsyncIterable<string>, call: Call) {
        yield 'welcome'
        await slow('chat', items, call)
      },
    })
    const [one, two, three, four, five] = [endless(), endless(), endless(), endless(), endless()]
    const produced = [one, two, three, four, five]
    const controller = new AbortController()
    const { signal } = controller
    const joins = [failure(client.join(one.items, { signal })), failure(client.join(two.items, { timeoutMs: 60 }))]
    const chats = [
      failure(collect(client.chat(three.items, { signal }))),
      failure(collect(client.chat(four.items, { timeoutMs: 60 }))),
    ]
    for await (const item of client.chat(five.items)) {
      expect(item).toBe('welcome')
      break
    }
    await until(() => produced.every((each) => each.produced > 0))
    controller.abort()
    expect((await Promise.all(joins)).map(({ code }) => code)).toEqual(['cancelled', 'deadline_exceeded'])
    expect((await Promise.all(chats)).map(({ code }) => code)).toEqual(['cancelled', 'deadline_exceeded'])
    await until(() => produced.every(({ ended }) => ended) && notes.length === 5)
    expect(notes.filter((note) => /^(join|chat): (cancelled|deadline_exceeded), aborted$/.test(note))).toHaveLength(5)
  })

  test('silence longer than idleTimeoutMs ends a stream, items keep it alive', async () => {
    const { client, service } = await echo(async (value) => {
      await sleep(value === '6' ? 400 : 40)
      return value
    })
    const seen: string[] = []
    const error = await failure(
      (async () => {
        for await (const item of client.count('10', { idleTimeoutMs: 120 })) seen.push(item)
      })(),
    )
    expect(seen).toEqual(['1', '2', '3', '4', '5'])
    expect(error).toMatchObject({
      code: 'deadline_exceeded',
      message: expect.stringMatching(/brought nothing from .* for 120 ms/),
    })
    await until(() => service.notes.includes('count is over'))
  })

  test('metadata that can’t be sent with the opening is the provider’s error, and its stream ends', async () => {
    let ended = false
    const seen = counts()
    const client = await serving(
      {
        async count(_to: string, call: Call) {
          call.replyMetadata = { 'Upper-Case': 'x' }
          const numbers = range(1_000_000)[Symbol.asyncIterator]()
          return {
            [Symbol.asyncIterator]: () => ({
              next: () => numbers.next(),
              async return() {
                ended = true
                return { done: true, value: undefined }
              },
            }),
          }
        },
      },
      { observers: [seen] },
    )
    expect(await failure(collect(client.count('1')))).toMatchObject({
      code: 'internal',
      message: expect.stringMatching(/result of test\.EchoService\/count can't be sent: .*"Upper-Case"/),
    })
    await until(() => ended && seen.of('test.EchoService', 'count')?.concurrent === 0)
  })
})
