import { afterEach, expect, test } from 'vitest'
import { RpcError } from '../../runtime/error.js'
import { framed } from '../../runtime/protocol/framed.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { frame, kinds, message, textOf, Wire } from '../support/frames.js'
import { closeAll, connectTo, provide, rawServer } from '../support/network.js'

/*
 * Each kind of frame, whole but for one thing: cut at each byte, each bit turned, other lengths and ids, unknown kinds.
 * Exhaustive where it can be, and the same at every run; the random part is in test/slow.
 */
afterEach(closeAll)

const maxFrameBytes = 1 << 20
const text = (value: string): Buffer => message([[1, value]])
const hello = frame(kinds.hello, {
  body: message([
    [1, 1],
    [2, maxFrameBytes],
  ]),
})
const declare = (name: string, method: number): Buffer =>
  frame(kinds.declare, {
    method,
    body: message([
      [1, 'test.EchoService'],
      [2, name],
    ]),
  })

interface Case {
  readonly what: string
  readonly bytes: Buffer
  /** It isn't a stream of frames any more, or one that is over the limit: the connection has to end by itself. */
  readonly fatal: boolean
}

/** Whatever may be wrong with one frame. */
function broken(name: string, whole: Buffer): Case[] {
  const cases: Case[] = []
  const add = (what: string, bytes: Buffer, fatal = false) => cases.push({ what: `${name}: ${what}`, bytes, fatal })
  for (let cut = 1; cut < whole.length; cut++) add(`cut at ${cut}`, whole.subarray(0, cut))
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const bytes = Buffer.from(whole)
    bytes[bit >> 3] = bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7))
    add(`bit ${bit} turned`, bytes, bit < 16 || bytes.readUInt32BE(12) + 16 > maxFrameBytes)
  }
  for (const length of [0, 1, 255, maxFrameBytes - 16, maxFrameBytes - 15, 2 ** 31, 2 ** 32 - 1]) {
    const bytes = Buffer.from(whole)
    bytes.writeUInt32BE(length, 12)
    // What a shorter length leaves over is no frame.
    add(`length ${length}`, bytes, length + 16 > maxFrameBytes)
  }
  for (const id of [0, 1, 2, 3, 99, 2 ** 32 - 1]) {
    const bytes = Buffer.from(whole)
    bytes.writeUInt32BE(id, 4)
    add(`id ${id}`, bytes)
  }
  add('twice', Buffer.concat([whole, whole]))
  for (const kind of [0, 13, 255]) {
    const bytes = Buffer.from(whole)
    bytes[2] = kind
    add(`kind ${kind}`, bytes)
  }
  return cases
}

/** Runs all of them, some at a time. */
async function each<T>(cases: readonly T[], run: (one: T) => Promise<void>): Promise<void> {
  const rest = cases.values()
  const worker = async () => {
    for (const one of rest) await run(one)
  }
  await Promise.all(Array.from({ length: 16 }, worker))
}

const fromClients: Record<string, Buffer> = {
  hello,
  declare: declare('book', 4),
  request: frame(kinds.request, { id: 9, flags: 2, body: Buffer.concat([Buffer.from([0, 0, 0, 50]), text('x')]) }),
  item: frame(kinds.item, { id: 2, body: text('b') }),
  end: frame(kinds.end, { id: 2 }),
  credit: frame(kinds.credit, { id: 1, body: message([[1, 2 ** 32 - 1]]) }),
  cancel: frame(kinds.cancel, { id: 3, status: 1 }),
  ping: frame(kinds.ping, { id: 5 }),
  pong: frame(kinds.pong, { id: 5 }),
  goaway: frame(kinds.goaway, { status: 14, body: text('bye') }),
  // A provider's own kinds.
  reply: frame(kinds.reply, { id: 3, body: text('x') }),
  error: frame(kinds.error, { id: 3, status: 5, body: text('x') }),
}

test('a provider ends the connection that a broken frame came on, and only that', async () => {
  // Streams go on for ever, after a few items.
  const service = new Echo((value) => (Number(value) > 3 ? new Promise(() => {}) : value))
  const { bound } = await provide([service], { protocols: [framed({ maxFrameBytes })], onError() {} })
  const other = new EchoServiceClient(connectTo([bound.port]))
  await other.echo('before')
  const before = process.memoryUsage().rss
  // A stream out, one in, and a call are under way when it comes.
  const opening = Buffer.concat([
    hello,
    ...['echo', 'count', 'join'].map(declare),
    frame(kinds.request, { id: 1, method: 1, body: text('100000') }),
    frame(kinds.request, { id: 2, method: 2 }),
    frame(kinds.item, { id: 2, body: text('a') }),
    frame(kinds.request, { id: 3, method: 0, body: text('x') }),
  ])
  const cases = Object.entries(fromClients).flatMap(([name, whole]) => [
    ...broken(name, whole).map((one) => ({ ...one, bytes: Buffer.concat([opening, one.bytes]) })),
    // Before the hello nothing else is taken, but signs of life.
    { what: `${name} first`, bytes: whole, fatal: !['hello', 'ping', 'pong'].includes(name) },
  ])
  await each(cases, async ({ what, bytes, fatal }) => {
    const wire = Wire.to(bound.port)
    wire.send(bytes)
    // One that can't be read on is ended by the provider; the others are by us.
    if (!fatal) wire.socket.end()
    const reason = await wire.reason()
    if (fatal) expect([what, reason]).toEqual([what, expect.stringMatching(/./)])
  })
  expect(await other.echo('after')).toBe('after')
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024)
})

const fromProviders: Record<string, (unary: number, stream: number) => Buffer> = {
  hello: () => hello,
  question: () => frame(kinds.declare, { method: 0 }),
  reply: (id) => frame(kinds.reply, { id, flags: 1, body: Buffer.concat([Buffer.from([0]), text('x')]) }),
  opening: (_, id) => frame(kinds.reply, { id }),
  error: (id) =>
    frame(kinds.error, {
      id,
      status: 5,
      body: message([
        [1, 'none'],
        [
          5,
          message([
            [1, 'k'],
            [2, 'v'],
          ]),
        ],
      ]),
    }),
  item: (_, id) => frame(kinds.item, { id, body: text('b') }),
  end: (_, id) => frame(kinds.end, { id }),
  credit: (_, id) => frame(kinds.credit, { id, body: message([[1, 2 ** 32 - 1]]) }),
  ping: () => frame(kinds.ping, { id: 5 }),
  pong: () => frame(kinds.pong, { id: 5 }),
  goaway: () => frame(kinds.goaway, { status: 14, body: text('bye') }),
  request: (id) => frame(kinds.request, { id, body: text('x') }),
  cancel: (id) => frame(kinds.cancel, { id }),
}

test('a consumer of a provider that answers with a broken frame: every call ends, others go on', async () => {
  const { bound } = await provide([new Echo()])
  const other = new EchoServiceClient(connectTo([bound.port]))
  await other.echo('before')
  // What a provider of the case in hand answers, by the text of its first request.
  const cases: { readonly name: string; readonly which: number }[] = []
  for (const [name, make] of Object.entries(fromProviders)) {
    broken(name, make(1, 2)).forEach((_, which) => {
      cases.push({ name, which })
    })
  }
  const port = await rawServer((socket) => {
    const wire = new Wire(socket)
    void (async () => {
      const first = await wire.next(kinds.request)
      const second = await wire.next(kinds.request)
      const [name = '', which] = textOf(first.body.subarray(4), 1).split(' ')
      const whole = fromProviders[name]?.(first.id, second.id) ?? hello
      const bad = broken(name, whole)[Number(which)]
      wire.send(hello, frame(kinds.reply, { id: second.id }), bad?.bytes ?? hello)
      // After what can't be read on, the consumer hangs up.
      if (!bad?.fatal) socket.end()
    })().catch(() => {})
  })
  await each(cases, async ({ name, which }) => {
    const client = connectTo([port], {}, { maxFrameBytes })
    const echo = new EchoServiceClient(client)
    const options = { timeoutMs: 10_000 }
    const book = echo.book(`${name} ${which}`, options)
    const stream = (async () => {
      for await (const item of echo.count('5', options)) if (item === '') break
    })()
    const outcomes = await Promise.allSettled([book, stream])
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      expect([name, which, outcome.reason]).toEqual([name, which, expect.any(RpcError)])
      // Not for want of time.
      expect([name, which, outcome.reason.message]).not.toEqual([name, which, expect.stringMatching(/within \d+ ms/)])
    }
    await client.close(0)
  })
  expect(await other.echo('after')).toBe('after')
}, 60_000)
