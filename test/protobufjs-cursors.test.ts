import protobuf from 'protobufjs/minimal.js'
import { describe, expect, it } from 'vitest'
import { ProtobufReader, ProtobufWriter } from '../runtime/codec/protobuf.js'

/** What runtime/codec/protobuf.ts relies on without protobufjs having promised it. A new release may fail here. */
describe('protobufjs goes on being a pair of flat cursors', () => {
  it('the writer writes at pos of buf, and nowhere else', () => {
    const buffer = Buffer.alloc(64, 0xee)
    const writer = new ProtobufWriter().aim(buffer, 10)
    writer.uint32(300)
    expect(writer.buf).toBe(buffer)
    expect(writer.pos).toBe(12)
    expect([...buffer.subarray(8, 14)]).toEqual([0xee, 0xee, 0xac, 0x02, 0xee, 0xee])
  })

  it('_reserve grows buf into a copy, asks our alloc for it, and forgets the view', () => {
    const buffer = Buffer.alloc(4, 1)
    const writer = new ProtobufWriter().aim(buffer, 4)
    writer.view = new DataView(new ArrayBuffer(1))
    writer.string('x'.repeat(100))
    expect(writer.buf).not.toBe(buffer)
    expect(writer.buf.buffer.byteLength).toBe(writer.buf.length)
    expect([...writer.buf.subarray(0, 5)]).toEqual([1, 1, 1, 1, 100])
    expect(writer.view).toBe(null)
  })

  it.each([
    ['uint32', 5],
    ['int32', 10],
    ['sint32', 5],
    ['fixed32', 4],
    ['double', 8],
    ['float', 4],
    ['bool', 1],
  ] as const)('%s at the very end of a buffer makes room for itself', (method, room) => {
    for (let free = 0; free <= room; free++) {
      const writer = new ProtobufWriter().aim(Buffer.alloc(8 + room), 8 + room - free)
      const write = writer[method] as (value: never) => unknown
      write.call(writer, (method === 'bool' ? true : -1) as never)
      expect(writer.buf.length).toBeGreaterThanOrEqual(writer.pos)
    }
  })

  it('values of every size keep their bytes when the buffer grows under them', () => {
    for (const length of [0, 1, 39, 40, 127, 128, 300, 16383, 16384]) {
      const writer = new ProtobufWriter().aim(Buffer.alloc(3), 3)
      writer.string('é'.repeat(length))
      writer.bytes(new Uint8Array(length).fill(7))
      const reader = new ProtobufReader().aim(Buffer.from(writer.buf), 3, writer.pos)
      expect(reader.string()).toBe('é'.repeat(length))
      expect(reader.bytes().length).toBe(length)
      expect(reader.pos).toBe(writer.pos)
    }
  })

  it('open and close put a length of any size before what is written between them', () => {
    for (const length of [0, 1, 127, 128, 16383, 16384, 2 ** 21 - 1, 2 ** 21]) {
      const writer = new ProtobufWriter().aim(Buffer.alloc(20, 0xee), 11)
      const start = writer.open(10)
      writer.raw(new Uint8Array(length).fill(7))
      writer.close(start)
      writer.uint32(5)
      const whole = protobuf.Reader.create(Buffer.from(writer.buf.subarray(11, writer.pos)))
      expect(whole.uint32()).toBe(10)
      const inner = whole.bytes()
      expect(inner.length).toBe(length)
      expect(inner.every((byte) => byte === 7)).toBe(true)
      expect(whole.uint32()).toBe(5)
      expect(whole.pos).toBe(whole.len)
      expect(writer.depth).toBe(0)
    }
  })

  it('the reader stops at len, not at the end of buf', () => {
    const buffer = Buffer.from([0xff, 0xff, 0xff, 1, 5, 97, 97, 97, 97, 97])
    expect(() => new ProtobufReader().aim(buffer, 0, 3).uint32()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 0, 3).tag()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 9).string()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 9).bytes()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 7).fixed32()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 9).double()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 4).bool()).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 0, 3).skipType(0)).toThrow(RangeError)
    expect(() => new ProtobufReader().aim(buffer, 4, 9).skipType(2)).toThrow(RangeError)
    const reader = new ProtobufReader().aim(buffer, 4, 10)
    expect(reader.string()).toBe('aaaaa')
    expect(reader.pos).toBe(10)
  })

  it('bytes are a view into buf, which is why they are copied', () => {
    const buffer = Buffer.from([1, 9])
    const view = new ProtobufReader().aim(buffer, 0, 2).bytes()
    buffer[1] = 8
    expect(view[0]).toBe(8)
  })

  it('takes a bigint for 0, which is why 64-bit numbers are written by hand', () => {
    const writer = new protobuf.Writer()
    writer.uint64(5n as unknown as number)
    expect([...writer.finish()]).toEqual([0])
  })
})
