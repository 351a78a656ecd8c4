import { afterEach, describe, expect, test } from 'vitest'
import { batches } from '../../runtime/batches.js'
import { RpcError } from '../../runtime/error.js'
import { Echo, type EchoHandler, EchoServiceClient } from '../support/echo.js'
import { closeAll, failure, sleep, until } from '../support/network.js'
import { transports } from '../support/transports.js'

afterEach(closeAll)

const numbers = (to: number) => Array.from({ length: to }, (_, i) => String(i + 1))

async function* range(to: number): AsyncIterable<string> {
  for (let i = 1; i <= to; i++) yield String(i)
}

async function collect(stream: AsyncIterable<string[]>): Promise<string[][]> {
  const all: string[][] = []
  for await (const batch of stream) all.push(batch)
  return all
}

describe.each(Object.entries(transports))('%s', (name, open) => {
  const echo = async (answer?: EchoHandler) => {
    const service = new Echo(answer)
    return { service, client: new EchoServiceClient(await open([service], {})) }
  }
  /** One whose producer yields without waiting. */
  const atOnce = async (count: () => Iterable<string>) =>
    new EchoServiceClient(await open([Object.assign(new Echo(), { count })], {}))

  test('every item comes once, in order, and no batch is empty', async () => {
    const { client } = await echo()
    for (const length of [0, 1, 2, 5000]) {
      const all = await collect(batches(client.count(String(length))))
      expect(all.flat()).toEqual(numbers(length))
      expect(all.every((batch) => batch.length > 0)).toBe(true)
    }
  })

  test('what has arrived comes together, at most so many as were asked for', async () => {
    const client = await atOnce(() => numbers(20_000))
    const all = await collect(batches(client.count('')))
    expect(all.flat()).toEqual(numbers(20_000))
    expect(all.length).toBeLessThan(2000)

    const bounded = await collect(batches(client.count(''), 7))
    expect(bounded.flat()).toEqual(numbers(20_000))
    expect(Math.max(...bounded.map((batch) => batch.length))).toBe(7)
  })

  test('an item waits for no other one', async () => {
    let go = () => {}
    const { client } = await echo(
      (value) =>
        new Promise((resolve) => {
          go = () => resolve(value)
        }),
    )
    const seen: string[][] = []
    const reading = (async () => {
      for await (const batch of batches(client.count('3'))) seen.push(batch)
    })()
    for (let i = 1; i <= 3; i++) {
      await until(() => {
        go()
        return seen.length === i
      })
    }
    await reading
    expect(seen).toEqual([['1'], ['2'], ['3']])
  })

  test('an error comes behind the items that came before it', async () => {
    const client = await atOnce(function* () {
      yield* numbers(100)
      throw new RpcError('data_loss', 'no more')
    })
    const seen: string[] = []
    const error = await failure(
      (async () => {
        for await (const batch of batches(client.count(''))) seen.push(...batch)
      })(),
    )
    expect(error).toMatchObject({ code: 'data_loss', message: 'no more' })
    expect(seen).toEqual(numbers(100))
  })

  test('break ends the producer; so does a signal', async () => {
    const { client, service } = await echo(async (value) => {
      await sleep(1)
      return value
    })
    for await (const batch of batches(client.count('1000000'))) if (batch.includes('3')) break
    await until(() => service.notes.length === 1)

    const controller = new AbortController()
    const error = await failure(
      (async () => {
        const stream = client.count('1000000', { signal: controller.signal, timeoutMs: 60_000 })
        for await (const batch of batches(stream)) if (batch.includes('3')) controller.abort()
      })(),
    )
    expect(error).toMatchObject({ code: 'cancelled' })
    await until(() => service.notes.length === 2)
  })

  test('with a signal they are batches as well', async () => {
    const client = await atOnce(() => numbers(20_000))
    const all = await collect(batches(client.count('', { signal: new AbortController().signal })))
    expect(all.flat()).toEqual(numbers(20_000))
    expect(all.length).toBeLessThan(2000)
  })

  test('a handler reads what streams in the same way', async () => {
    class Joining extends Echo {
      override async join(items: AsyncIterable<string>) {
        const all = await collect(batches(items))
        return `${all.length > 0 && all.every((batch) => batch.length > 0)} ${all.flat().join('')}`
      }
    }
    const client = new EchoServiceClient(await open([new Joining()], {}))
    expect(await client.join(range(1000))).toBe(`true ${numbers(1000).join('')}`)
  })

  test('a producer runs no further ahead than a window, however slowly batches are taken', async () => {
    let produced = 0
    const client = await atOnce(function* () {
      for (; produced < 100_000; produced++) yield 'x'.repeat(1000)
    })
    let taken = 0
    for await (const batch of batches(client.count(''))) {
      taken += batch.length
      await sleep(20)
      // Of 256 KiB a window, and what the next credit gave.
      expect(produced - taken, name).toBeLessThan(600)
      if (taken > 2000) break
    }
  })
})

test('what is no stream of calls comes in batches of one', async () => {
  expect(await collect(batches(range(3)))).toEqual([['1'], ['2'], ['3']])
})

test('a stream that is left before its end is told, one that is over or has failed is not', async () => {
  let returned = 0
  const stream = (results: (() => Promise<IteratorResult<number>>)[]): AsyncIterable<number> => ({
    [Symbol.asyncIterator]: () => ({
      next: () => (results.shift() as () => Promise<IteratorResult<number>>)(),
      async return() {
        returned++
        return { done: true, value: undefined }
      },
    }),
  })
  const one = async (): Promise<IteratorResult<number>> => ({ done: false, value: 1 })
  for await (const _ of batches(stream([one, one]))) break
  expect(returned).toBe(1)
  for await (const _ of batches(stream([one, async () => ({ done: true, value: undefined })])));
  expect(returned).toBe(1)
  const failing = batches(stream([one, () => Promise.reject(new Error('lost'))]))
  await expect(
    (async () => {
      for await (const _ of failing);
    })(),
  ).rejects.toThrow('lost')
  expect(returned).toBe(1)
})

test.each([0, -1, 1.5, Number.NaN, '3' as unknown as number])('a bound of %s is refused at once', (atMost) => {
  expect(() => batches(range(1), atMost)).toThrow(/atMost: .* is not a whole number from 1/)
})
