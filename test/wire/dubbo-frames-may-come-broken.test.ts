import { connect, type Socket } from 'node:net'
import fc from 'fast-check'
import { afterEach, expect, test } from 'vitest'
import { HessianWriter } from '../../runtime/codec/hessian2/writer.js'
import { Echo } from '../support/echo.js'
import { closeAll, closeLater, provide, until } from '../support/network.js'

afterEach(closeAll)

function frame(flags: number, status: number, body: Uint8Array, announced = body.length): Buffer {
  const head = Buffer.alloc(16)
  head.writeUInt16BE(0xdabb, 0)
  head.writeUInt8(flags, 2)
  head.writeUInt8(status, 3)
  head.writeUInt32BE(1, 8)
  head.writeUInt32BE(announced, 12)
  return Buffer.concat([head, body])
}

function request(write: (body: HessianWriter) => void, service = 'test.EchoService', flags = 0xc2): Buffer {
  const body = new HessianWriter().aim({ buf: Buffer.alloc(64), pos: 0 })
  for (const text of ['2.0.2', service, '0.0.0', 'echo', 'Ljava/lang/String;']) body.string(text)
  write(body)
  body.map()
  body.end()
  return frame(flags, 0, body.buf.subarray(0, body.pos))
}

const whole = request((body) => body.string('hi'))

async function open() {
  const { bound } = await provide([new Echo()], { onError() {} })
  const talk = async (bytes: Uint8Array): Promise<{ socket: Socket; heard: () => Buffer; over: () => boolean }> => {
    const socket = connect(bound.port, '127.0.0.1')
    closeLater(async () => socket.destroy())
    const chunks: Buffer[] = []
    let over = false
    socket.on('error', () => {})
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => {
      over = true
    })
    socket.write(bytes)
    return { socket, heard: () => Buffer.concat(chunks), over: () => over }
  }
  return { talk }
}

test('cut off at every byte, a frame harms nobody', async () => {
  const { talk } = await open()
  for (let length = 3; length < whole.length; length++) (await talk(whole.subarray(0, length))).socket.end()
  const { heard } = await talk(whole)
  await until(() => heard().includes('hi'))
})

test('with its length made to fit what is left, it is answered with a status', async () => {
  const { talk } = await open()
  const { heard } = await talk(
    Buffer.concat(
      Array.from({ length: whole.length - 20 }, (_, i) => frame(0xc2, 0, whole.subarray(16, 17 + i))).concat(whole),
    ),
  )
  await until(() => heard().includes('hi'))
})

test('with bytes changed, the answer is an error, a value or an end', async () => {
  const { talk } = await open()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
      const changed = Buffer.from(whole)
      for (const [at, byte] of changes) changed[2 + (at % (changed.length - 2))] = byte
      ;(await talk(changed)).socket.end()
    }),
    { numRuns: 150 },
  )
  const { heard } = await talk(whole)
  await until(() => heard().includes('hi'))
})

test.each([3, 4, 6, 7, 8, 10, 12, 16, 21, 22, 23])('serialization %d was never offered', async (id) => {
  const { talk } = await open()
  const { heard } = await talk(request((body) => body.string('hi'), 'test.EchoService', 0xc0 | id))
  await until(() => heard().includes('is not spoken here; hessian2 (2) is'))
})

test('of a service that is not there no argument is made, however large', async () => {
  const { talk } = await open()
  const { heard } = await talk(request((body) => body.string('x'.repeat(4_000_000)), 'test.Nobody'))
  await until(() => heard().includes('test.Nobody is not provided here'))
  expect(heard().length).toBeLessThan(500)
})

test('an announced length beyond the limit ends the connection before it comes', async () => {
  const { talk } = await open()
  const { over } = await talk(frame(0xc2, 0, Buffer.alloc(0), 0x7fffffff))
  await until(over)
})

test('answers that nobody asked for, events of no meaning and depth without end are borne', async () => {
  const { talk } = await open()
  const nested = request((body) => {
    for (let i = 0; i < 10_000; i++) body.list(1)
    body.nil()
  })
  const noise = [
    frame(0x02, 20, Buffer.of(0x91, 0x4e)),
    frame(0xa2, 0, Buffer.of(1, 0x57)),
    frame(0x22, 20, Buffer.of(0x4e)),
  ]
  const { heard } = await talk(Buffer.concat([...noise, nested, whole]))
  await until(() => heard().includes('hi'))
  expect(heard().includes('nests deeper than')).toBe(true)
})

test('names of classes make nothing', async () => {
  const { talk } = await open()
  const { heard } = await talk(
    request((body) => {
      body.object(body.definition('javax.script.ScriptEngineManager', ['loader']))
      body.string('x')
    }),
  )
  await until(() => heard().includes('expected a string, got an object of class'))
})
