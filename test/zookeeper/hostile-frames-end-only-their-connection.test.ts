import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { JuteWriter } from '../../zookeeper/jute.js'
import { op } from '../../zookeeper/protocol.js'
import { startZooKeeper, type ZooKeeper } from '../../zookeeper/server.js'
import { randomFrom } from '../support/zookeeper/differential.js'
import { connectRaw, type RawClient } from '../support/zookeeper/raw-client.js'

let server: ZooKeeper
let bystander: RawClient

beforeAll(async () => {
  server = await startZooKeeper()
  bystander = await connectRaw(server.host, server.port, { timeoutMs: 60_000 })
})
afterAll(() => server.close())

const open = (out: JuteWriter) => out.vector([0], () => out.int(31).string('world').string('anyone'))

/** Sends bytes over a socket of its own; resolves with what came back once the server has hung up. */
function send(bytes: Buffer): Promise<Buffer> {
  return new Promise((done) => {
    const chunks: Buffer[] = []
    const socket = connect(server.port, server.host, () => socket.write(bytes))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => {})
    socket.on('close', () => done(Buffer.concat(chunks)))
  })
}

const hello = () => new JuteWriter().int(0).long(0).int(10_000).long(0).buffer(Buffer.alloc(16)).frame()
const framed = (hex: string) => Buffer.concat([hello(), Buffer.from(hex, 'hex')])

describe('ends the connection without a word:', () => {
  it.each([
    ['a negative length', Buffer.from('ffffffff', 'hex'), 0],
    ['a length of 1 MiB', Buffer.from('00100000', 'hex'), 0],
    ['a web page', Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n\r\n'), 0],
    ['a connect that is too short', Buffer.from('00000004ffffffff', 'hex'), 0],
    ['a password longer than its frame', new JuteWriter().int(0).long(0).int(1).long(0).int(1_000).frame(), 0],
    ['an empty frame in a session', framed('00000000'), 40],
    ['half a header in a session', framed('0000000400000001'), 40],
    ['a four-letter word in a session', Buffer.concat([hello(), Buffer.from('ruok')]), 40],
    ['an unknown word', Buffer.from('quit'), 0],
  ])('%s', async (_what, bytes, answered) => {
    expect((await send(bytes)).length).toBe(answered)
    expect(await bystander.request(op.exists, (out) => out.string('/').boolean(false))).toMatchObject({ code: 0 })
  })
})

describe('is answered with an error, and the connection goes on:', () => {
  const big = 0x7fffffff
  it.each([
    ['a record that is missing', op.create, () => {}, -5],
    ['a path of null', op.getData, (out: JuteWriter) => out.int(-1).boolean(false), -5],
    ['a path of -2 bytes', op.getData, (out: JuteWriter) => out.int(-2).boolean(false), -5],
    ['a path of 2 GiB', op.exists, (out: JuteWriter) => out.int(big).boolean(false), -5],
    ['an ACL of 2 billion entries', op.create, (out: JuteWriter) => out.string('/x').int(-1).int(big).int(0), -5],
    ['a million lost watches', op.setWatches, (out: JuteWriter) => out.long(0).int(1_000_000), -5],
    ['a multi without an end', op.multi, (out: JuteWriter) => out.int(op.delete).boolean(false).int(-1), -5],
    ['a path of emoji', op.create, (out: JuteWriter) => open(out.string('/\u{1f600}').int(-1)).int(0), -8],
    ['an auth without anything', op.auth, () => {}, -5],
  ] as const)('%s', async (_what, type, write, code) => {
    const client = await connectRaw(server.host, server.port, { timeoutMs: 10_000 })
    expect(await client.request(type, write)).toMatchObject({ code })
    expect(await client.request(op.exists, (out) => out.string('/').boolean(false))).toMatchObject({ code: 0 })
    client.destroy()
  })
})

it('takes frames in pieces of any size, up to the largest', async () => {
  const client = await connectRaw(server.host, server.port, { timeoutMs: 10_000 })
  const most = 0xfffff - 8 - 4 - 4 - 4 - 4 - 4 - 4 - 5 - 4 - 6 - 4
  const largest = (size: number) => (out: JuteWriter) => open(out.string('/big').buffer(Buffer.alloc(size))).int(0)
  expect(await client.request(op.create, largest(most))).toMatchObject({ code: 0 })
  const reply = await client.request(op.getData, (out) => out.string('/big').boolean(false))
  expect(reply?.body.buffer()?.length).toBe(most)
  expect(await client.request(op.create, largest(most + 1))).toBeUndefined()

  const socket = connect(server.port, server.host)
  const answer = new Promise<Buffer>((done) => socket.once('data', done))
  for (const byte of hello()) socket.write(Uint8Array.of(byte))
  expect((await answer).length).toBe(40)
  socket.destroy()
})

it('survives 3,000 random requests and frames', async () => {
  const below = randomFrom(7)
  const types = Object.values(op).filter((type) => type !== op.closeSession)
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => below(below(3) === 0 ? 256 : 3)))
  await Promise.all(
    Array.from({ length: 300 }, () => {
      const frames = Array.from({ length: 10 }, () => {
        const body = bytes(below(60))
        const out = new JuteWriter()
          .int(below(1_000))
          .int(below(8) === 0 ? below(2 ** 31) : (types[below(types.length)] ?? 0))
        if (below(2) === 0) out.string(`/${'abc'[below(3)]}`)
        const frame = out.frame()
        const whole = Buffer.concat([frame, body])
        whole.writeInt32BE(below(50) === 0 ? below(2 ** 31) : whole.length - 4)
        return whole
      })
      // The word at the end makes the server hang up, should it still be listening.
      return send(Buffer.concat([hello(), ...frames, Buffer.from('ffffffff', 'hex')]))
    }),
  )
  expect(await bystander.request(op.exists, (out) => out.string('/').boolean(false))).toMatchObject({ code: 0 })
}, 30_000)

describe('what goes beyond a limit is refused:', () => {
  it('nodes, bytes, watches, sessions and connections', async () => {
    const limits = { maxNodes: 6, maxBytes: 10_000, maxWatches: 2, maxSessions: 3, maxConnections: 4 }
    const small = await startZooKeeper({ limits })
    const dial = () => connectRaw(small.host, small.port, { timeoutMs: 10_000 })
    const client = await dial()
    const create = (path: string, size = 0) =>
      client.request(op.create, (out) => open(out.string(path).buffer(Buffer.alloc(size))).int(0))
    expect(await create('/large', 20_000)).toMatchObject({ code: -1 })
    expect(await create('/a')).toMatchObject({ code: 0 })
    expect(await create('/b')).toMatchObject({ code: 0 })
    expect(await create('/c')).toMatchObject({ code: -1 })
    const watch = (path: string) => client.request(op.getData, (out) => out.string(path).boolean(true))
    expect([await watch('/'), await watch('/a'), await watch('/b')]).toMatchObject([
      { code: 0 },
      { code: 0 },
      { code: -1 },
    ])
    await dial()
    await dial()
    await expect(dial()).rejects.toThrow('ended the connection instead of greeting')
    small.disconnect()
    await small.close()
  })
})
