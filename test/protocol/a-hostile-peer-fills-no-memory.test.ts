import { afterEach, expect, test } from 'vitest'
import { framed } from '../../runtime/protocol/framed.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { frame, kinds, message, textOf, Wire } from '../support/frames.js'
import { closeAll, connectTo, echoClient, failure, provide, provideEcho, rawServer, until } from '../support/network.js'

afterEach(closeAll)

const hello = frame(kinds.hello, { body: message([[1, 1]]) })
const declare = (name: string, method = 0, hash?: string): Buffer =>
  frame(kinds.declare, {
    method,
    body: message([[1, 'test.EchoService'], [2, name], ...(hash ? [[5, hash] as const] : [])]),
  })
const text = (value: string): Buffer => message([[1, value]])
const never = () => new Promise<string>(() => {})
const item = (id: number) => frame(kinds.item, { id, body: text('x'.repeat(60_000)) })

test('a client that streams in beyond its window loses its connection, and hears why; others live on', async () => {
  const { bound } = await provideEcho(never)
  const client = echoClient([bound.port])
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('join'), frame(kinds.request, { id: 1 }))
  await wire.next(kinds.credit)
  // The first is taken by the handler, which then waits; five fill a window; the one behind them is too much.
  for (let i = 0; i < 5; i++) wire.send(item(1))
  wire.send(frame(kinds.ping))
  await wire.next(kinds.pong)
  wire.send(item(1))
  expect(await wire.reason()).toMatch(/more of a stream of test\.EchoService\/join came than its window allows/)
  expect(await failure(client.echo('x', { timeoutMs: 20 }))).toMatchObject({ code: 'deadline_exceeded' })
})

test('a provider that streams out beyond the window loses its connection: the stream fails, the process lives', async () => {
  let told: Promise<string | undefined> | undefined
  const port = await rawServer((socket) => {
    const wire = new Wire(socket)
    void wire.next(kinds.request).then(({ id }) => {
      wire.send(hello, frame(kinds.reply, { id }), ...Array.from({ length: 12 }, () => item(id)))
    })
    told = wire.reason()
  })
  const items = echoClient([port]).count('5')[Symbol.asyncIterator]()
  await items.next()
  // The consumer takes its time.
  expect(await told).toMatch(/than its window allows/)
  const rest = (async () => {
    for (let i = 0; i < 12; i++) await items.next()
  })()
  expect(await failure(rest)).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/more of a stream of test\.EchoService\/count came than its window allows/),
  })
})

test('a second request with the id of one under way ends the connection, and both handlers hear of it', async () => {
  const ends: string[] = []
  const { bound } = await provideEcho((value, call) => {
    call.signal.addEventListener('abort', () => ends.push(value))
    return never()
  })
  const wire = Wire.to(bound.port)
  const request = (id: number, value: string) => frame(kinds.request, { id, body: text(value) })
  wire.send(hello, declare('book'), request(7, 'a'), request(8, 'b'), request(7, 'c'))
  expect(await wire.reason()).toMatch(/a second request has id 7 while the first is under way/)
  await until(() => ends.length === 2)
  expect(ends.sort()).toEqual(['a', 'b'])
})

test.each([
  ['large ones', 300_000, 3],
  ['empty ones', 0, 4096],
])('requests of strangers that wait for their contract, %s, are held up to 1 MiB', async (_what, bytes, held) => {
  const { bound } = await provideEcho(undefined, { authorize: () => true })
  const wire = Wire.to(bound.port)
  const requests = Array.from({ length: held + 5 }, (_, i) =>
    frame(kinds.request, { id: i + 1, body: Buffer.alloc(bytes) }),
  )
  wire.send(hello, declare('echo', 0, 'another'), ...requests, frame(kinds.ping))
  await wire.next(kinds.pong)
  const refused = wire.got.filter(({ kind }) => kind === kinds.error)
  expect(refused.map(({ id }) => id)).toEqual(Array.from({ length: 5 }, (_, i) => held + i + 1))
  // Code 8 is resource_exhausted; flag 8 says that no handler saw it.
  for (const error of refused) expect(error).toMatchObject({ status: 8, flags: 8 })
  // A cancelled one makes room.
  wire.send(frame(kinds.cancel, { id: 1 }), frame(kinds.request, { id: 99_999, body: Buffer.alloc(bytes) }))
  wire.send(frame(kinds.ping))
  await wire.next(kinds.pong)
  expect(wire.got.some(({ id }) => id === 99_999)).toBe(false)
  wire.socket.destroy()
})

test('where everybody may call, maxPendingBytes bounds what waits', async () => {
  const { bound } = await provide([new Echo()], { protocols: [framed({ maxPendingBytes: 100_000 })] })
  const wire = Wire.to(bound.port)
  const request = (id: number) => frame(kinds.request, { id, body: Buffer.alloc(60_000) })
  wire.send(hello, declare('echo', 0, 'another'), request(1), request(2))
  expect(await wire.next(kinds.error)).toMatchObject({ id: 2, status: 8 })
  wire.socket.destroy()
})

test('a declaration with endless names ends the connection', async () => {
  const { bound } = await provideEcho()
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('x'.repeat(100_000)))
  expect(await wire.reason()).toMatch(/a declaration holds a name of 100000 characters; 512 are the most/)
})

test('pings of one that does not read are not answered for ever', async () => {
  const { bound } = await provideEcho()
  const wire = Wire.to(bound.port)
  wire.send(hello)
  await wire.next(kinds.hello)
  wire.socket.pause()
  const pings = 2_000_000
  const burst = Buffer.concat(Array.from({ length: 20_000 }, () => frame(kinds.ping)))
  for (let i = 0; i < pings / 20_000; i++) {
    await new Promise<void>((resolve) => wire.socket.write(burst, () => resolve()))
  }
  // What the kernels of both ends hold, some MB, and 64 KiB of the provider's: not 32 MB.
  let got = 0
  wire.socket.removeAllListeners('data')
  wire.socket.on('data', (chunk) => {
    got += chunk.length
  })
  wire.socket.resume()
  wire.socket.end()
  await wire.closed
  expect(got).toBeGreaterThan(100_000)
  expect(got).toBeLessThan(pings * 16 * 0.8)
})

test('a consumer that calls and never reads loses its connection', async () => {
  const { bound } = await provide([new Echo()], { protocols: [framed({ maxPendingBytes: 200_000 })] })
  const wire = Wire.to(bound.port)
  wire.send(hello, declare('echo'))
  await wire.next(kinds.hello)
  wire.socket.pause()
  const burst = Buffer.concat(
    Array.from({ length: 16 }, (_, i) => frame(kinds.request, { id: i + 1, body: text('x'.repeat(60_000)) })),
  )
  // It is over long before 200 MB have come back.
  let sent = 0
  while (!wire.socket.destroyed && sent < 200) {
    await Promise.race([new Promise<void>((resolve) => wire.socket.write(burst, () => resolve())), wire.closed])
    sent++
  }
  expect(sent).toBeLessThan(200)
  expect(await echoClient([bound.port]).echo('x')).toBe('x')
})

test('a provider that asks for contracts and never reads loses its connection', async () => {
  const port = await rawServer((socket) => {
    socket.once('data', () => {
      socket.pause()
      socket.write(hello)
      const questions = Buffer.concat(Array.from({ length: 20_000 }, () => frame(kinds.declare)))
      const ask = () => {
        if (!socket.destroyed) socket.write(questions, ask)
      }
      ask()
    })
  })
  const client = new EchoServiceClient(connectTo([port], {}, { maxPendingBytes: 200_000 }))
  expect(await failure(client.book('x', { timeoutMs: 10_000 }))).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/the provider doesn't read: \d+ bytes wait for it/),
  })
})

test('what a newer peer sends is skipped by its length, by clients, too', async () => {
  const port = await rawServer((socket) => {
    const wire = new Wire(socket)
    void wire.next(kinds.request).then(({ id, body }) => {
      const unknown = [0, 13, 99, 255].map((kind) => frame(kind, { id, flags: 255, body: Buffer.alloc(50, 0xff) }))
      wire.send(hello, ...unknown, frame(kinds.reply, { id, body: text(textOf(body.subarray(4), 1)) }))
    })
  })
  expect(await echoClient([port]).book('x')).toBe('x')
})

test('calls that cannot be sent leave no place behind in which they would have waited', async () => {
  const ids: number[] = []
  const port = await rawServer((socket) => {
    const wire = new Wire(socket)
    const take = async (): Promise<void> => {
      for (let n = 0; n < 2; n++) ids.push((await wire.next(kinds.request)).id)
    }
    void take()
    wire.send(hello)
  })
  const client = echoClient([port])
  const calls: Promise<unknown>[] = []
  for (let n = 0; n < 2; n++) {
    for (let i = 0; i < 50; i++)
      expect(await failure(client.echo(5 as never))).toMatchObject({ code: 'invalid_argument' })
    calls.push(failure(client.echo('x', { timeoutMs: 2000 })))
    await until(() => ids.length === n + 1)
  }
  // Places are numbered from 1, in the last 20 bits.
  expect(ids.map((id) => id % 2 ** 20)).toEqual([1, 2])
  await closeAll()
  await Promise.all(calls)
})
