import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { framed } from '../../runtime/protocol/framed.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { Echo } from '../support/echo.js'
import { frame, kinds, message, Wire } from '../support/frames.js'
import { closeAll, echoClient, provide, sleep, until } from '../support/network.js'

afterEach(closeAll)

const hello = frame(kinds.hello, { body: message([[1, 1]]) })
const declare = frame(kinds.declare, {
  body: message([
    [1, 'test.EchoService'],
    [2, 'echo'],
  ]),
})
const keepaliveMs = 250

/** A provider whose heart beats fast, so that an interval has to bring 50 bytes of a frame; and a client that lives on. */
async function provider() {
  const options = { keepaliveMs, connectTimeoutMs: 300 }
  const { bound } = await provide([new Echo()], { protocols: [framed(options), framed(options, dubbo)] })
  const client = echoClient([bound.port])
  expect(await client.echo('before')).toBe('before')
  return { port: bound.port, client }
}

/** Sends the bytes one by one, every 10 ms, to the last one or until the other side has had enough. */
async function trickle(wire: Wire, bytes: Buffer, at = 1): Promise<void> {
  for (let i = 0; i < bytes.length && wire.socket.writable; i += at) {
    wire.send(bytes.subarray(i, i + at))
    await sleep(10)
  }
}

test('a hello that comes byte by byte, or not at all behind a ping, ends the connection with a reason', async () => {
  const { port, client } = await provider()
  const slow = Wire.to(port)
  const pinging = Wire.to(port)
  void trickle(
    slow,
    frame(kinds.hello, {
      body: message([
        [1, 1],
        [9, 'and so on'.repeat(10)],
      ]),
    }),
  )
  pinging.send(frame(kinds.ping))
  const pings = setInterval(() => pinging.send(frame(kinds.ping)), 20)
  expect(await slow.reason()).toBe('no whole hello within 300 ms')
  expect(await pinging.reason()).toBe('no whole hello within 300 ms')
  clearInterval(pings)
  expect(await client.echo('after')).toBe('after')
})

test('so does a frame that comes byte by byte, in its head or in its body, on either wire', async () => {
  const { port, client } = await provider()
  const inBody = Wire.to(port)
  const inHead = Wire.to(port)
  inBody.send(hello, declare, frame(kinds.request, { id: 1, body: Buffer.alloc(100_000) }).subarray(0, 40))
  inHead.send(hello)
  const java = connect(port, '127.0.0.1')
  java.on('error', () => {}).resume()
  // The head of a request of 64 KiB; of its body a byte now and then.
  java.write(Buffer.from('dabbc200000000000000000100010000', 'hex'))
  const began = performance.now()
  const javas = setInterval(() => java.write(Buffer.from([0])), 50)
  void trickle(inBody, Buffer.alloc(100))
  void trickle(inHead, frame(kinds.request).subarray(0, 3))
  const expected = `a frame came at less than 200 bytes a second for ${2 * keepaliveMs} ms`
  expect(await Promise.all([inBody.reason(), inHead.reason()])).toEqual([expected, expected])
  await until(() => java.destroyed)
  expect(performance.now() - began).toBeGreaterThan(2 * keepaliveMs)
  clearInterval(javas)
  expect(await client.echo('after')).toBe('after')
})

test('a slow line is none of it: a large frame that goes on is read to its end, whatever it takes', async () => {
  const { port, client } = await provider()
  const wire = Wire.to(port)
  const text = 'x'.repeat(14_000)
  wire.send(hello, declare)
  const request = frame(kinds.request, { id: 7, body: message([[1, text]]) })
  // Faster than it has to be, and longer than the two intervals that are looked at.
  await trickle(wire, request, 200)
  expect((await wire.next(kinds.reply)).body.length).toBe(request.length - 16)
  // Nor is who has been silent meanwhile.
  expect(await client.echo('after')).toBe('after')
})

test('what hundreds of them announce takes no memory', async () => {
  const { port, client } = await provider()
  const head = frame(kinds.request, { id: 1 })
  head.writeUInt32BE(8_000_000, 12)
  const before = process.memoryUsage().arrayBuffers
  const wires = Array.from({ length: 200 }, () => Wire.to(port))
  for (const wire of wires) wire.send(hello, declare, head, Buffer.alloc(1))
  await Promise.all(wires.map((wire) => wire.next(kinds.hello)))
  expect(await client.echo('during')).toBe('during')
  // Two sides of 200 sockets, and none of 1.6 GB.
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 2 ** 20)
  await Promise.all(wires.map((wire) => wire.closed))
})
