import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { framed } from '../../runtime/protocol/framed.js'
import { native } from '../../runtime/wire/native.js'
import { frameKind } from '../../runtime/wire/wire.js'
import { Echo, EchoServiceClient } from '../support/echo.js'
import { closeAll, connectTo, echoClient, failure, provide, provideEcho, rawServer, sleep } from '../support/network.js'

afterEach(closeAll)

const hello = control(frameKind.hello)

function control(kind: number): Buffer {
  const out = new ProtobufWriter()
  native.open({ maxFrameBytes: 1 << 20 }).writeControl(out, kind)
  return Buffer.from(out.buf.subarray(0, out.pos))
}

/** A frame head with this kind, id and length. */
function head(kind: number, length: number, id = 1): Buffer {
  const bytes = Buffer.from(control(frameKind.ping).subarray(0, 16))
  bytes[2] = kind
  bytes.writeUInt32BE(id, 4)
  bytes.writeUInt32BE(length, 12)
  return bytes
}

/** Sends bytes and returns all that came back until the provider hung up. */
async function send(port: number, bytes: Buffer, thenEnd = false): Promise<Buffer> {
  const socket = connect(port, '127.0.0.1')
  const got: Buffer[] = []
  socket.on('data', (chunk) => got.push(chunk))
  socket.on('error', () => {})
  socket.write(bytes)
  if (thenEnd) socket.end()
  await new Promise((resolve) => socket.once('close', resolve))
  return Buffer.concat(got)
}

test.each([
  ['a wrong magic', Buffer.from('not a frame at all'), false, /^$/],
  ['a wrong magic behind a good frame', Buffer.concat([hello, Buffer.from('zz')]), false, /no frame begins with/],
  [
    'a length over the limit',
    Buffer.concat([hello, head(frameKind.request, 0xfffffff0)]),
    false,
    /over the limit of 8388608/,
  ],
  ['a request before the hello', head(frameKind.request, 0), false, /first frame must be a hello/],
  ['a truncated body', Buffer.concat([hello, head(frameKind.request, 100), Buffer.alloc(10)]), true, /./],
  [
    'a declaration of garbage',
    Buffer.concat([hello, head(frameKind.declare, 4), Buffer.from('ffffffff', 'hex')]),
    false,
    /index out of range|invalid/,
  ],
])('%s ends that connection with a reason, and no other', async (_name, bytes, thenEnd, reason) => {
  const { bound } = await provideEcho()
  const client = echoClient([bound.port])
  expect(await client.echo('before')).toBe('before')
  const under = client.echo('during')
  expect((await send(bound.port, bytes, thenEnd)).toString('latin1')).toMatch(reason)
  expect(await under).toBe('during')
  expect(await client.echo('after')).toBe('after')
})

test('a request for a method that was never declared is answered, and the connection lives', async () => {
  const { bound } = await provideEcho()
  const bytes = Buffer.concat([hello, head(frameKind.request, 0, 7), head(frameKind.ping, 0, 9)])
  const socket = connect(bound.port, '127.0.0.1')
  socket.write(bytes)
  await sleep(100)
  const answer = (socket.read() as Buffer).toString('latin1')
  expect(answer).toMatch(/was never declared/)
  expect(socket.destroyed).toBe(false)
  socket.destroy()
})

test('a request whose body is not what the contract says is an error of that call', async () => {
  const { bound } = await provideEcho()
  const client = echoClient([bound.port])
  await client.echo('x')
  // Declared by hand: the same method, with a body that has no text in it.
  const declare = new ProtobufWriter()
  declare.uint32(10).string('test.EchoService').uint32(18).string('echo')
  const body = Buffer.from(declare.buf.subarray(0, declare.pos))
  const bytes = Buffer.concat([
    hello,
    head(frameKind.declare, body.length, 0),
    body,
    head(frameKind.request, 0, 5),
    head(frameKind.goaway, 0),
  ])
  const socket = connect(bound.port, '127.0.0.1')
  socket.write(bytes)
  await sleep(100)
  expect((socket.read() as Buffer).toString('latin1')).toMatch(/text is missing/)
  socket.destroy()
})

test('a provider that answers garbage: the calls fail with a reason, the process lives', async () => {
  const port = await rawServer((socket) => socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n')))
  expect(await failure(echoClient([port]).book('x'))).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/no frame begins with/),
  })
})

test('a provider that accepts and says nothing: the deadline ends the call', async () => {
  const port = await rawServer(() => {})
  expect(await failure(echoClient([port]).echo('x', { timeoutMs: 100 }))).toMatchObject({ code: 'deadline_exceeded' })
})

test('a provider that falls silent is given up by the heartbeat, calls without a deadline too', async () => {
  const port = await rawServer(() => {})
  const client = new EchoServiceClient(connectTo([port], {}, { keepaliveMs: 40 }))
  expect(await failure(client.book('x', { timeoutMs: Number.POSITIVE_INFINITY }))).toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/no sign of life for more than 80 ms/),
  })
})

test('heartbeats keep an idle connection that answers', async () => {
  const { bound } = await provide([new Echo()], { protocols: [framed({ keepaliveMs: 30 })] })
  const client = new EchoServiceClient(connectTo([bound.port], {}, { keepaliveMs: 30 }))
  await client.echo('x')
  await sleep(300)
  expect(await client.echo('y')).toBe('y')
})

test('a frame over the limit is refused before it is sent, or sent back as an error', async () => {
  const { bound } = await provide([new Echo((value) => value.repeat(100))], {
    protocols: [framed({ maxFrameBytes: 20_000 })],
  })
  const client = echoClient([bound.port])
  await client.echo('x')
  expect(await failure(client.echo('x'.repeat(30_000)))).toMatchObject({
    code: 'resource_exhausted',
    message: expect.stringMatching(/maxFrameBytes/),
  })
  expect(await failure(client.book('x'.repeat(1000)))).toMatchObject({ code: 'resource_exhausted' })
  expect(await client.echo('x')).toHaveLength(100)
})
