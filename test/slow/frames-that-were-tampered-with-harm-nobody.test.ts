import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { Call } from '../../runtime/call.js'
import { ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { framed } from '../../runtime/protocol/framed.js'
import { serviceKey } from '../../runtime/service-key.js'
import { native } from '../../runtime/wire/native.js'
import { frameKind } from '../../runtime/wire/wire.js'
import { Echo, EchoServiceClient, echoService } from '../support/echo.js'
import { closeAll, connectTo, provide, rawServer, sleep } from '../support/network.js'

afterEach(closeAll)

let seed = 7
const random = (below: number) => {
  seed = (seed * 1103515245 + 12345) & 0x7fffffff
  return seed % below
}

/** A whole conversation of a client: hello, declarations, requests, items, end, credit, cancel, ping. */
function conversation(): Buffer {
  const out = new ProtobufWriter()
  const state = native.open({ maxFrameBytes: 1 << 20 })
  const key = serviceKey('test.EchoService')
  state.writeControl(out, frameKind.hello)
  echoService.methods.forEach((method, i) => {
    const args = method.schema.kind === 'unary' || method.schema.kind === 'server' ? ['5'] : []
    state.writeRequest(out, new Call(method, key, args, 1000, { 'x-tag': 'a' }), i + 1, 1000)
    if (method.codec.item) for (const item of ['a', 'b']) state.writeItem(out, method.codec.item, i + 1, item)
  })
  state.writeControl(out, frameKind.credit, { id: 4, bytes: 1000 })
  state.writeControl(out, frameKind.end, { id: 5 })
  state.writeControl(out, frameKind.end, { id: 6 })
  state.writeControl(out, frameKind.cancel, { id: 2 })
  state.writeControl(out, frameKind.ping, { id: 9 })
  return Buffer.from(out.buf.subarray(0, out.pos))
}

function mutate(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = random(4); i >= 0; i--) {
    const at = random(copy.length)
    const how = random(4)
    if (how === 0) copy[at] = random(256)
    else if (how === 1) copy[at] = (copy[at] as number) ^ (1 << random(8))
    else if (how === 2) copy.writeUInt32BE(random(2) ? 0xffffffff : random(0x7fffffff), Math.min(at, copy.length - 4))
    else return Buffer.concat([copy.subarray(0, at), copy.subarray(at, at + random(200)), copy.subarray(at)])
  }
  return random(3) ? copy : copy.subarray(0, random(copy.length))
}

function send(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    socket.on('data', () => {})
    socket.on('error', () => {})
    socket.once('close', () => resolve())
    setTimeout(() => socket.destroy(), 150).unref()
  })
}

test('a provider under 4,000 mutated conversations goes on serving others, with bounded memory', async () => {
  const { bound } = await provide([new Echo()], { protocols: [framed({ maxFrameBytes: 1 << 20 })], onError() {} })
  const client = new EchoServiceClient(connectTo([bound.port]))
  await client.echo('before')
  const whole = conversation()
  for (let cut = 0; cut < whole.length; cut += 3) await send(bound.port, whole.subarray(0, cut))
  const before = process.memoryUsage().rss
  for (let i = 0; i < 4000; i += 20) {
    await Promise.all(Array.from({ length: 20 }, () => send(bound.port, mutate(whole))))
    if (i % 400 === 0) expect(await client.echo(String(i))).toBe(String(i))
  }
  expect(await client.echo('after')).toBe('after')
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024)
})

test('a client of providers that answer with noise: every call ends, the process lives', async () => {
  const out = new ProtobufWriter()
  const state = native.open({ maxFrameBytes: 1 << 20 })
  state.writeControl(out, frameKind.hello)
  const [echo] = echoService.methods
  for (let id = 1; id < 40; id++) if (echo) state.writeReply(out, echo, (1 << 20) | id, 'x', { a: 'b' })
  const whole = Buffer.from(out.buf.subarray(0, out.pos))
  const port = await rawServer((socket) => socket.once('data', () => socket.write(mutate(whole))))
  let ended = 0
  for (let i = 0; i < 300; i++) {
    const target = connectTo([port])
    const client = new EchoServiceClient(target)
    const calls = Array.from({ length: 20 }, () => client.echo('x', { timeoutMs: 40 }).then(String, String))
    ended += (await Promise.all(calls)).length
    await target.close(0)
  }
  expect(ended).toBe(6000)
})

test('one byte at a time is slow, and that is all', async () => {
  const { bound } = await provide([new Echo()])
  const socket = connect(bound.port, '127.0.0.1')
  const got: Buffer[] = []
  socket.on('data', (chunk) => got.push(chunk))
  for (const byte of conversation()) {
    socket.write(Buffer.of(byte))
    await new Promise((resolve) => setImmediate(resolve))
  }
  await sleep(50)
  expect(Buffer.concat(got).length).toBeGreaterThan(100)
  socket.destroy()
})
