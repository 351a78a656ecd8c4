import { afterEach, expect, test } from 'vitest'
import { RpcError } from '../../runtime/error.js'
import { Echo } from '../support/echo.js'
import { frame, kinds, message, textOf, Wire } from '../support/frames.js'
import { closeAll, provide, provideEcho, until } from '../support/network.js'

/*
 * A client written from docs/protocol.md alone, byte by byte: the provider is the real one, of the client nothing is.
 */
afterEach(closeAll)

const flag = { metadata: 1, deadline: 2, notProcessed: 8, unrecorded: 16 }
const hello = frame(kinds.hello, {
  body: message([
    [1, 1],
    [2, 1_000_000],
  ]),
})
const names = ['echo', 'book', 'note', 'count', 'join', 'chat'] as const

/** Declares a method under its place in `names`. No hash: nothing is compared. */
const declare = (name: (typeof names)[number]): Buffer =>
  frame(kinds.declare, {
    method: names.indexOf(name),
    body: message([
      [1, 'test.EchoService'],
      [2, name],
    ]),
  })

const text = (value: string): Buffer => message([[1, value]])
const request = (name: (typeof names)[number], id: number, body: Buffer = Buffer.alloc(0), flags = 0): Buffer =>
  frame(kinds.request, { id, flags, method: names.indexOf(name), body })

/** The parts of a request behind its head. */
function withDeadline(ms: number, entries: Record<string, string>, body: Buffer): Buffer {
  const deadline = Buffer.alloc(4)
  deadline.writeUInt32BE(ms)
  const metadata = message(
    Object.entries(entries).map(([key, value]) => [
      1,
      message([
        [1, key],
        [2, value],
      ]),
    ]),
  )
  return Buffer.concat([deadline, Buffer.from([metadata.length]), metadata, body])
}

test('a call in one burst with its hello and declaration, with a deadline and metadata both ways', async () => {
  const { bound } = await provideEcho((value, call) => {
    call.replyMetadata = { unit: 'kg' }
    return `${value} ${call.metadata?.tag} ${Math.round(call.deadline - call.startedAt)}`
  })
  const wire = Wire.to(bound.port)
  const body = withDeadline(1234, { tag: 'a' }, text('x'))
  wire.send(hello, declare('echo'), request('echo', 77, body, flag.deadline | flag.metadata))
  const greeting = await wire.next(kinds.hello)
  expect(greeting.body).toEqual(
    message([
      [1, 1],
      [2, 8 * 1024 * 1024],
    ]),
  )
  const reply = await wire.next(kinds.reply)
  expect(reply).toMatchObject({ id: 77, flags: flag.metadata, status: 0 })
  const size = reply.body.readUInt8(0)
  expect(textOf(reply.body.subarray(3, 1 + size), 1)).toBe('unit')
  expect(textOf(reply.body.subarray(3, 1 + size), 2)).toBe('kg')
  expect(textOf(reply.body.subarray(1 + size), 1)).toBe('x a 1234')
  wire.socket.end()
  await wire.closed
})

test('a request may say that no trace is to begin with it; flags that mean nothing yet are passed over', async () => {
  const { bound } = await provideEcho((value, call) => `${value} ${call.unrecorded}`)
  const wire = Wire.to(bound.port)
  const flags = [flag.unrecorded, 32 | 64 | 128, 0]
  wire.send(hello, declare('echo'), ...flags.map((each, i) => request('echo', i + 1, text('x'), each)))
  const answers = []
  for (const _ of flags) answers.push(await wire.next(kinds.reply))
  expect(answers.map(({ id, body }) => [id, textOf(body, 1)])).toEqual([
    [1, 'x true'],
    [2, 'x false'],
    [3, 'x false'],
  ])
  expect(answers.map((answer) => answer.flags)).toEqual([0, 0, 0])
  wire.socket.end()
  await wire.closed
})

test('errors: of a handler, of a method that is not there, of one out of time', async () => {
  const { bound } = await provideEcho((value) => {
    if (value === 'never') return new Promise(() => {})
    throw new RpcError('not_found', 'no such book', { retryAfterMs: 5, details: { shelf: 'b' } })
  })
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('book'), request('book', 1, text('x')))
  const failed = await wire.next(kinds.error)
  expect(failed).toMatchObject({ id: 1, status: 5, flags: 0 })
  expect(failed.body).toEqual(
    message([
      [1, 'no such book'],
      [4, 5],
      [
        5,
        message([
          [1, 'shelf'],
          [2, 'b'],
        ]),
      ],
    ]),
  )

  wire.send(
    frame(kinds.declare, {
      method: 9,
      body: message([
        [1, 'test.EchoService'],
        [2, 'gone'],
      ]),
    }),
  )
  wire.send(frame(kinds.request, { id: 2, method: 9 }))
  expect(await wire.next(kinds.error)).toMatchObject({ id: 2, status: 12, flags: flag.notProcessed })

  wire.send(request('book', 3, withDeadline(20, {}, text('never')), flag.deadline | flag.metadata))
  expect(await wire.next(kinds.error)).toMatchObject({ id: 3, status: 4 })
  wire.socket.destroy()
})

test('a one-way call is not answered, a ping is', async () => {
  const echo = new Echo()
  const { bound } = await provide([echo])
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('note'), request('note', 0, text('seen')), frame(kinds.ping, { id: 5 }))
  expect(await wire.next(kinds.pong)).toMatchObject({ id: 5, body: Buffer.alloc(0) })
  expect(echo.notes).toEqual(['seen'])
  wire.socket.end()
  await wire.closed
  expect(wire.got.map(({ kind }) => kind)).toEqual([kinds.hello])
})

test('a stream comes no faster than credit is given, and ends when it is cancelled', async () => {
  const echo = new Echo((value) => value.padStart(1000, '.'))
  const { bound } = await provide([echo])
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('count'), request('count', 8, text('100000')))
  expect((await wire.next(kinds.reply)).body).toHaveLength(0)
  // An item of 1,000 characters: its tag, a length of two bytes, and the head of its frame.
  const size = 16 + 3 + 1000
  const window = Math.ceil(262_144 / size)
  const items = () => wire.got.filter(({ kind }) => kind === kinds.item)
  await until(() => items().length === window)
  // A ping goes behind whatever else it would have sent.
  const quiet = async () => {
    wire.send(frame(kinds.ping, { id: 1 }))
    await wire.next(kinds.pong)
  }
  await quiet()
  expect(items()).toHaveLength(window)
  wire.send(frame(kinds.credit, { id: 8, body: message([[1, 131_072]]) }))
  const more = Math.ceil((262_144 + 131_072) / size)
  await until(() => items().length === more)
  await quiet()
  expect(items()).toHaveLength(more)
  expect(items().map(({ body }) => Number(textOf(body, 1).replaceAll('.', '')))).toEqual(
    Array.from({ length: more }, (_, i) => i + 1),
  )
  wire.send(frame(kinds.cancel, { id: 8, status: 1 }))
  await until(() => echo.notes.includes('count is over'))
  await quiet()
  expect(wire.got.some(({ kind }) => kind === kinds.error || kind === kinds.end)).toBe(false)
  wire.socket.destroy()
})

test('no credit makes more of a window than a window', async () => {
  const { bound } = await provide([new Echo((value) => value.padStart(1000, '.'))])
  const wire = Wire.to(bound.port)
  const credit = (bytes: number) => frame(kinds.credit, { id: 8, body: message([[1, bytes]]) })
  wire.send(hello, declare('count'), request('count', 8, text('100000')), credit(0xffffffff), credit(0xffffffff))
  const size = 16 + 3 + 1000
  const items = () => wire.got.filter(({ kind }) => kind === kinds.item).length
  const quiet = async () => {
    wire.send(frame(kinds.ping, { id: 1 }))
    await wire.next(kinds.pong)
  }
  const first = Math.ceil(262_144 / size)
  await until(() => items() >= first)
  await quiet()
  await quiet()
  // The window was full, or nearly so, when they came: at most one more of it has been filled up.
  expect(items()).toBeLessThanOrEqual(2 * first)
  const before = items()
  wire.send(credit(0xffffffff), credit(0xffffffff), credit(0xffffffff))
  await until(() => items() > before)
  await quiet()
  await quiet()
  expect(items() - before).toBeLessThanOrEqual(first)
  wire.socket.destroy()
})

test('a hello of another version is greeted as any other; so is one that says none, or more', async () => {
  const { bound } = await provideEcho()
  for (const body of [message([[1, 7]]), message([[9, 'later']]), message([[1, 0]])]) {
    const wire = Wire.to(bound.port)
    wire.send(frame(kinds.hello, { body }), declare('echo'), request('echo', 1, text('x')))
    expect((await wire.next(kinds.hello)).body.subarray(0, 2)).toEqual(message([[1, 1]]))
    expect(textOf((await wire.next(kinds.reply)).body, 1)).toBe('x')
    wire.socket.destroy()
  }
})

test('streams in and both ways', async () => {
  const { bound } = await provideEcho((value) => `${value};`)
  const wire = Wire.to(bound.port)
  const item = (id: number, value: string) => frame(kinds.item, { id, body: text(value) })
  wire.send(hello, declare('join'), request('join', 1), item(1, 'a'), item(1, 'b'), frame(kinds.end, { id: 1 }))
  expect(await wire.next(kinds.credit)).toMatchObject({ id: 1, body: message([[1, 0]]) })
  expect(textOf((await wire.next(kinds.reply)).body, 1)).toBe('a;b;')

  wire.send(declare('chat'), request('chat', 2))
  expect(await wire.next(kinds.reply)).toMatchObject({ id: 2 })
  for (const value of ['a', 'b']) {
    wire.send(item(2, value))
    expect(textOf((await wire.next(kinds.item)).body, 1)).toBe(`${value};`)
  }
  wire.send(frame(kinds.end, { id: 2 }))
  expect(await wire.next(kinds.end)).toMatchObject({ id: 2 })
  wire.socket.destroy()
})

test('where hashes differ the provider asks, and judges by the answer', async () => {
  const { bound } = await provideEcho()
  const wire = Wire.to(bound.port)
  const fields = (hash: string) =>
    message([
      [1, 'test.EchoService'],
      [2, 'echo'],
      [5, hash],
    ])
  wire.send(hello, frame(kinds.declare, { method: 0, body: fields('mine') }), request('echo', 1, text('x')))
  expect(await wire.next(kinds.declare)).toMatchObject({ method: 0, body: Buffer.alloc(0) })
  const string = { kind: 'scalar', scalar: 'string' }
  const contract = (number: number) => ({
    schemaVersion: 1,
    name: 'test.EchoService',
    methods: [
      {
        name: 'echo',
        kind: 'unary',
        params: [{ name: 'text', number, type: string, optional: false }],
        result: string,
        body: 'args',
        errors: [],
        idempotent: true,
        oneway: false,
        tags: {},
      },
    ],
    types: {},
    hash: 'mine',
    tags: {},
  })
  const answer = (number: number, method: number) =>
    frame(kinds.declare, { method, body: message([[6, JSON.stringify(contract(number))]]) })
  wire.send(answer(1, 0))
  expect(textOf((await wire.next(kinds.reply)).body, 1)).toBe('x')
  wire.send(frame(kinds.declare, { method: 1, body: fields('other') }), frame(kinds.request, { id: 2, method: 1 }))
  await wire.next(kinds.declare)
  wire.send(answer(7, 1))
  const refused = await wire.next(kinds.error)
  expect(refused).toMatchObject({ id: 2, status: 9, flags: flag.notProcessed })
  expect(textOf(refused.body, 1)).toMatch(/echo\(text\).*number/)
  wire.socket.destroy()
})

test('a provider that leaves says so, lets calls end, and sends later ones elsewhere', async () => {
  let release = () => {}
  const server = await provideEcho(
    (value) =>
      new Promise((resolve) => {
        release = () => resolve(value)
      }),
  )
  const wire = Wire.to(server.bound.port)
  wire.send(hello, declare('echo'), request('echo', 1, text('x')), frame(kinds.ping))
  await wire.next(kinds.pong)
  const closing = server.close(5000)
  expect(await wire.next(kinds.goaway)).toMatchObject({ status: 14 })
  wire.send(request('echo', 2, text('y')))
  expect(await wire.next(kinds.error)).toMatchObject({ id: 2, status: 14, flags: flag.notProcessed })
  release()
  expect(await wire.next(kinds.reply)).toMatchObject({ id: 1 })
  wire.socket.end()
  await closing
})
