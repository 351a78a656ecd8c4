import { afterEach, expect, test } from 'vitest'
import { framed } from '../../runtime/protocol/framed.js'
import { Echo } from '../support/echo.js'
import { frame, kinds, message, Wire } from '../support/frames.js'
import { closeAll, provide, provideEcho, until } from '../support/network.js'

afterEach(closeAll)

const hello = frame(kinds.hello, { body: message([[1, 1]]) })
const declare = frame(kinds.declare, {
  body: message([
    [1, 'test.EchoService'],
    [2, 'book'],
  ]),
})
const request = frame(kinds.request, { id: 1, body: message([[1, 'x']]) })

/** An echo service whose handlers never answer, and what their signals said. */
function waiting() {
  const heard: string[] = []
  const answer = (_value: string, call: { readonly signal: AbortSignal }) => {
    call.signal.addEventListener('abort', () => heard.push(call.signal.reason.code))
    return new Promise<string>(() => {})
  }
  return { answer, heard }
}

test('a cancel reaches the handler in the turn that it arrives in', async () => {
  const { answer, heard } = waiting()
  const { bound } = await provideEcho(answer)
  const wire = Wire.to(bound.port)
  wire.send(hello, declare, request, frame(kinds.ping))
  await wire.next(kinds.pong)
  expect(heard).toEqual([])
  // What comes right behind it is answered after the handler has heard.
  wire.send(frame(kinds.cancel, { id: 1, status: 1 }), frame(kinds.ping))
  await wire.next(kinds.pong)
  expect(heard).toEqual(['cancelled'])
  wire.socket.destroy()
})

test('a disconnect reaches the handler when it arrives', async () => {
  const { answer, heard } = waiting()
  const { bound } = await provideEcho(answer)
  const wire = Wire.to(bound.port)
  wire.send(hello, declare, request, frame(kinds.ping))
  await wire.next(kinds.pong)
  wire.socket.destroy()
  await until(() => heard.length === 1)
  expect(heard).toEqual(['unavailable'])
})

test.each([
  ['after its hello', hello],
  ['in the middle of a frame', Buffer.concat([hello, request.subarray(0, 18)])],
  ['in the middle of a head', Buffer.concat([hello, request.subarray(0, 5)])],
  ['with a call under way', Buffer.concat([hello, declare, request])],
])('a consumer that falls silent %s is given up by the keepalive, and its calls hear of it', async (_when, bytes) => {
  const { answer, heard } = waiting()
  const { bound } = await provide([new Echo(answer)], { protocols: [framed({ keepaliveMs: 30 })] })
  const wire = Wire.to(bound.port)
  wire.send(bytes)
  await wire.closed
  // It was asked for a sign of life before.
  expect(wire.got.some(({ kind }) => kind === kinds.ping)).toBe(true)
  if (bytes.includes(declare)) await until(() => heard.join() === 'unavailable')
})
