import { expect, test } from 'vitest'
import { ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { RpcError } from '../../runtime/error.js'
import { type FrameTaker, Framing } from '../../runtime/protocol/framing.js'
import { defaultConnectionOptions } from '../../runtime/protocol/protocol.js'
import { native } from '../../runtime/wire/native.js'
import { frameKind } from '../../runtime/wire/wire.js'

function frames(): Buffer {
  const out = new ProtobufWriter()
  const state = native.open({ maxFrameBytes: 1 << 20 })
  state.writeControl(out, frameKind.hello)
  state.writeControl(out, frameKind.goaway, { reason: new RpcError('unavailable', 'x'.repeat(500)) })
  for (let id = 1; id < 4; id++) state.writeControl(out, frameKind.ping, { id })
  return Buffer.from(out.buf.subarray(0, out.pos))
}

function read(stream: Buffer, cuts: readonly number[]): string[] {
  const seen: string[] = []
  const framing = new Framing(native, { ...defaultConnectionOptions, maxFrameBytes: 1 << 20 })
  const to: FrameTaker = {
    partial: undefined,
    deaf: false,
    take: (head, _buffer, start, end) => seen.push(`${head.kind}/${head.id}/${end - start}`),
  }
  let from = 0
  for (const cut of [...cuts, stream.length]) {
    framing.push(to, stream.subarray(from, cut), cut - from)
    from = cut
  }
  return seen
}

const stream = frames()
const whole = read(stream, [])

test('five frames in one chunk', () => {
  expect(whole.map((frame) => Number(frame.split('/')[0]))).toEqual([1, 12, 10, 10, 10])
})

test('cut in two at every byte', () => {
  for (let cut = 1; cut < stream.length; cut++) expect(read(stream, [cut])).toEqual(whole)
})

test('one byte at a time', () => {
  expect(
    read(
      stream,
      Array.from({ length: stream.length - 1 }, (_, i) => i + 1),
    ),
  ).toEqual(whole)
})

test('a wrong magic is known at its first byte, wherever the cut is', () => {
  for (let cut = 0; cut < stream.length; cut += 7) {
    const broken = Buffer.concat([stream, Buffer.from('GET / HTTP/1.1\r\n\r\n')])
    expect(() => read(broken, [cut, stream.length, stream.length + 1])).toThrow(/no frame begins with/)
  }
})

test('a length over the limit is refused by its head alone', () => {
  const huge = Buffer.from(stream.subarray(0, 16))
  huge.writeUInt32BE(0xffffffff, 12)
  expect(() => read(huge, [])).toThrow(/over the limit/)
})
