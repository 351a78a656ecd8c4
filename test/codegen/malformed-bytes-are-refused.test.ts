import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ticketServiceCodecs } from '../../generated/ticket.codec.js'
import { ProtobufReader } from '../../runtime/codec/protobuf.js'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { EchoSchema } from '../golden/every-type/expected/all.schema.js'
import { anyValue } from './any-value.js'
import { bytesOf, readBack } from './bytes.js'
import { codecsOnProtobufjs } from './printings.js'

const onProtobufjs = await codecsOnProtobufjs<MethodCodec[]>('test/golden/every-type/idl', 'all', 'echoCodecs')

describe.each([
  ['straight-line code', echoCodecs()],
  ['code for protobufjs', onProtobufjs()],
])('%s', (printing, codecs) => {
  const echo = codecs.map((codec) => codec.result)
  const [scalars, optionals, arrays, tree] = echo as [Shape<unknown>, Shape<unknown>, Shape<unknown>, Shape<unknown>]

  describe('malformed bytes are refused', () => {
    it('names a required field that is missing', () => {
      expect(refusal(scalars, [])).toBe('malformed message: golden.Scalars came without its required "number"')
    })

    it('names the enum and the number it does not know', () => {
      const field = EchoSchema.types['golden.Optionals']
      const number = field?.kind === 'message' ? field.fields.find((f) => f.name === 'level')?.number : undefined
      const tag = (number ?? 0) * 8
      expect(refusal(optionals, [(tag & 127) | 128, tag >> 7, 99])).toContain('99 is no member of golden.Level')
    })

    it.each([
      ['a length that reaches past the message', [10, 5, 97]],
      ['a length of 2^32 - 1', [10, 255, 255, 255, 255, 15]],
      ['a varint that never ends', [10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]],
      ['a nested length that reaches past its parent', [10, 0, 18, 3, 10, 9, 97, 97, 97, 97]],
      ['field number 0', [2, 0]],
      ['the end of a group that never began', [12]],
      ['a wire type that does not exist', [14]],
      ['a tag cut in two', [128]],
    ])('%s', (_, bytes) => {
      expect(refusal(tree, bytes)).toMatch(/^malformed message: /)
    })

    it('ends at 100 messages in one another', () => {
      const nest = (depth: number): number[] => {
        let bytes = [10, 0]
        for (let i = 0; i < depth; i++) bytes = [10, 0, 18, ...varint(bytes.length), ...bytes]
        return bytes
      }
      expect(() => readBack(tree, new Uint8Array(nest(100)))).not.toThrow()
      expect(refusal(tree, nest(101))).toContain('nests deeper than 100 messages')
      expect(refusal(tree, nest(2000))).toContain('nests deeper than 100 messages')
    })

    it('ends at unknown groups in one another', () => {
      expect(refusal(tree, [10, 0, ...Array<number>(10_000).fill(163), ...Array<number>(10_000).fill(1)])).toMatch(
        /malformed/,
      )
      expect(refusal(tree, Array<number>(10_000).fill(11))).toMatch(/malformed/)
    })

    it('every cut of a message is refused or is a message, and nothing else is ever thrown', () => {
      fc.assert(
        fc.property(anyValue(EchoSchema.types, { kind: 'ref', name: 'golden.Scalars' }), (value) => {
          const bytes = bytesOf(scalars, value)
          for (let end = 0; end < bytes.length; end += 1 + (end >> 4)) readOrRefuse(scalars, bytes.subarray(0, end))
        }),
        { numRuns: 20 },
      )
    })

    it('arbitrary and damaged bytes never throw anything else', () => {
      const shapes = [...echo, ...ticketServiceCodecs().map((codec) => codec.args as Shape<unknown>)]
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
          for (const shape of shapes) readOrRefuse(shape, bytes)
        }),
        { numRuns: 500 },
      )
      fc.assert(
        fc.property(
          anyValue(EchoSchema.types, { kind: 'ref', name: 'golden.Arrays' }),
          fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
          (value, damage) => {
            const bytes = bytesOf(arrays, value)
            for (const [at, byte] of damage) if (bytes.length > 0) bytes[at % bytes.length] = byte
            readOrRefuse(arrays, bytes)
          },
        ),
        { numRuns: 200 },
      )
    })
  })

  describe('what a newer or another writer may do', () => {
    it('passes over fields it does not know, of every wire type', () => {
      const unknown = [...tag(1000, 0), 1, ...tag(1001, 1), ...Array<number>(8).fill(9), ...tag(1002, 2), 2, 1, 1]
      const more = [...tag(1003, 5), 1, 2, 3, 4, ...tag(1004, 3), ...tag(1, 0), 5, ...tag(1004, 4)]
      expect(readBack(tree, new Uint8Array([...unknown, 10, 1, 97, ...more]))).toEqual({ label: 'a', children: [] })
    })

    it('reads numbers packed, unpacked and mixed', () => {
      const field = EchoSchema.types['golden.Arrays']
      const number = field?.kind === 'message' ? (field.fields.find((f) => f.name === 'int32')?.number ?? 0) : 0
      const mixed = [...tag(number, 2), 2, 1, 2, ...tag(number, 0), 3, ...tag(number, 2), 1, 4]
      expect(readBack(arrays, new Uint8Array(mixed))).toMatchObject({ int32: [1, 2, 3, 4] })
    })

    it('takes the last of a field that comes twice', () => {
      expect(readBack(tree, new Uint8Array([10, 1, 97, 10, 1, 98]))).toMatchObject({ label: 'b' })
    })

    it('copies bytes out of the buffer, which is used again', () => {
      const bytes = new Uint8Array([1, 2, 3])
      const back = readBack(optionals, bytesOf(optionals, { present: undefined, bytes })) as { bytes: Uint8Array }
      expect(back.bytes).toEqual(bytes)
      expect(Object.getPrototypeOf(back.bytes)).toBe(Uint8Array.prototype)
      expect(back.bytes.buffer.byteLength).toBe(3)
    })

    it('leaves bytes where they are in a buffer that is theirs alone', () => {
      const staysIn = (buffer: Buffer, owned: boolean, length: number) => {
        const reader = new ProtobufReader().aim(buffer, 0, buffer.length)
        reader.owned = owned
        const { bytes } = optionals.read(reader) as { bytes: Uint8Array }
        expect(bytes).toEqual(new Uint8Array(length).fill(7))
        expect(Object.getPrototypeOf(bytes)).toBe(Uint8Array.prototype)
        return bytes.buffer === buffer.buffer
      }
      const message = (length: number) =>
        bytesOf(optionals, { present: undefined, bytes: new Uint8Array(length).fill(7) })
      const large = Buffer.from(message(100_000).slice().buffer)
      expect(staysIn(large, false, 100_000)).toBe(false)
      expect(staysIn(large, true, 100_000)).toBe(printing === 'straight-line code')
      // Node's pool: others write into it.
      const pooled = Buffer.from(message(1000))
      expect(pooled.buffer.byteLength).toBeGreaterThan(pooled.length)
      expect(staysIn(pooled, true, 1000)).toBe(false)
    })
  })
})

function refusal(shape: Shape<unknown>, bytes: readonly number[]): string {
  try {
    readBack(shape, new Uint8Array(bytes))
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    expect((error as RpcError).code).toBe('internal')
    return (error as RpcError).message
  }
  throw new Error('nothing was refused')
}

function readOrRefuse(shape: Shape<unknown>, bytes: Uint8Array): void {
  try {
    const reader = new ProtobufReader().aim(Buffer.from(bytes), 0, bytes.length)
    shape.read(reader)
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== 'internal') throw error
  }
}

function tag(number: number, wireType: number): number[] {
  return varint(number * 8 + wireType)
}

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest & 127) | 128)
  return [...bytes, rest]
}
