import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { RpcError } from '../../runtime/error.js'
import type { RunningServer } from '../../runtime/running-server.js'
import type { CallOptions } from '../../runtime/stub.js'
import { EchoServiceClient } from '../support/echo.js'
import { closeAll, closeLater, connectTo, provideEcho, sleep } from '../support/network.js'

afterEach(closeAll)

const upTo12 = '123456789101112'

async function readAll(items: AsyncIterable<string>): Promise<string> {
  let all = ''
  for await (const item of items) all += item
  return all
}

/** What callers stream in: as many producers have to end as began. */
const producers = { begun: 0, ended: 0 }

async function* letters(text: string): AsyncIterable<string> {
  producers.begun++
  try {
    for (const letter of text) yield letter
  } finally {
    producers.ended++
  }
}

/** Forwards bytes between consumer and provider until it is told to cut, in the middle of whatever is under way. */
async function cuttableProxy(target: number): Promise<{ port: number; cut(): void }> {
  const pairs = new Set<Socket>()
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      pairs.add(from)
      from.on('data', (chunk) => to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        pairs.delete(from)
        to.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = () => {
    for (const socket of pairs) socket.resetAndDestroy()
  }
  closeLater(async () => {
    cut()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as { port: number }).port, cut }
}

test('100,000 calls and streams under random cuts, cancels, deadlines, slow handlers and a provider that comes and goes', async () => {
  let seed = 20261122
  const random = () => {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff
    return seed / 0x7fffffff
  }
  const answer = async (value: string) => {
    const dice = Number(value) % 10
    if (dice === 0) await sleep(30)
    else if (dice < 4) await sleep(Number(value) % 4)
    return value
  }
  const providers = await Promise.all([1, 2, 3].map(() => provideEcho(answer)))
  const proxies = await Promise.all(providers.map(({ bound }) => cuttableProxy(bound.port)))
  const target = connectTo(proxies.map(({ port }) => port))
  const client = new EchoServiceClient(target)

  const total = 100_000
  const answers = new Uint8Array(total)
  const outcomes = new Map<string, number>()
  let wrong = 0
  let started = 0

  /** One in 25 is a stream, of either direction; what it brings is one text in the end. */
  const callOf = (i: number, options: CallOptions): Promise<string> => {
    const text = String(i)
    if (i % 50 === 1) return readAll(client.count('12', options)).then((all) => (all === upTo12 ? text : `not ${all}`))
    if (i % 50 === 26) return client.join(letters(text), options)
    return i % 2 === 0 ? client.echo(text, options) : client.book(text, options)
  }
  const one = (i: number): Promise<void> => {
    const text = String(i)
    const dice = random()
    const controller = dice < 0.1 ? new AbortController() : undefined
    const timeoutMs = dice > 0.9 ? 1 + Math.floor(random() * 20) : 2000
    const options = { timeoutMs, ...(controller && { signal: controller.signal }) }
    const call = callOf(i, options)
    if (controller) setTimeout(() => controller.abort(), random() * 10)
    const count = (outcome: string) => {
      answers[i] = (answers[i] ?? 0) + 1
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    return call.then(
      (reply) => {
        count('ok')
        if (reply !== text) wrong++
      },
      (error: RpcError) => count(error.code),
    )
  }

  // Faults come by the calls begun, not by the clock: a fast machine meets as many of them as a slow one.
  let cuts = 0
  const cut = () => {
    cuts++
    proxies[Math.floor(random() * 3)]?.cut()
  }
  let restarts = 0
  let restarted = Promise.resolve()
  const restart = async () => {
    const last = providers.pop() as RunningServer
    await last.close(20)
    await sleep(50)
    providers.push(await provideEcho(answer, {}, last.bound.port))
    restarts++
  }
  const worker = async () => {
    while (started < total) {
      const i = started++
      if (i % 500 === 499) cut()
      if (i % 5_000 === 2_500) restarted = restarted.then(restart)
      await one(i)
    }
  }
  await Promise.all(Array.from({ length: 500 }, worker))
  await restarted
  await sleep(100)

  expect(wrong).toBe(0)
  expect(answers.every((count) => count === 1)).toBe(true)
  expect([...outcomes.values()].reduce((a, b) => a + b, 0)).toBe(total)
  // All of it really happened.
  expect(cuts).toBe(200)
  expect(restarts).toBe(20)
  expect(producers.begun).toBeGreaterThan(1_000)
  expect(producers.ended).toBe(producers.begun)
  for (const code of ['ok', 'cancelled', 'deadline_exceeded', 'unavailable'])
    expect(outcomes.get(code)).toBeGreaterThan(0)
  expect(new Set(outcomes.keys())).toEqual(new Set(['ok', 'cancelled', 'deadline_exceeded', 'unavailable']))
  for (const method of target.counts.methods) {
    expect(method.concurrent).toBe(0)
    expect(method.succeeded + [...method.failed.values()].reduce((a, b) => a + b, 0)).toBe(method.calls)
  }
  // Nothing is left on the providers either.
  for (const provider of providers) await provider.close(0)
})
