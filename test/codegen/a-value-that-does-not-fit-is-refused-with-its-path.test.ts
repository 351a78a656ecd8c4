import { describe, expect, it } from 'vitest'
import { ticketServiceCodecs } from '../../generated/ticket.codec.js'
import { TicketServiceSchema } from '../../generated/ticket.schema.js'
import { RpcError } from '../../runtime/error.js'
import type { Shape } from '../../runtime/method.js'
import { echoCodecs } from '../golden/every-type/expected/all.codec.js'
import { bytesOf } from './bytes.js'

const codecs = ticketServiceCodecs()

function shapeOf(method: string, part: 'args' | 'result'): Shape<unknown> {
  const codec = codecs[TicketServiceSchema.methods.findIndex((m) => m.name === method)]
  if (!codec) throw new Error(`there is no ${method}`)
  return codec[part] as Shape<unknown>
}

function refusal(shape: Shape<unknown>, value: unknown): string {
  try {
    bytesOf(shape, value)
  } catch (error) {
    expect(error).toBeInstanceOf(RpcError)
    expect((error as RpcError).code).toBe('invalid_argument')
    return (error as RpcError).message
  }
  throw new Error('nothing was refused')
}

const passenger = { name: 'Li Lei', bornOn: new Date(0) }
const request = { train: 'G1', seatClass: 'first', passengers: [passenger], contact: { phone: '1' } }
const secret = 'do not show me'

describe('a value that does not fit is refused with its path', () => {
  it.each([
    [
      'a missing property',
      { ...request, passengers: [passenger, passenger, {}] },
      'request.passengers[2].name: expected a string, got undefined',
    ],
    [
      'an invalid Date',
      { ...request, passengers: [{ ...passenger, bornOn: new Date('x') }] },
      'request.passengers[0].bornOn: expected a valid Date, got an invalid Date',
    ],
    [
      'text for bytes',
      { ...request, passengers: [{ ...passenger, photo: secret }] },
      'request.passengers[0].photo: expected a Uint8Array, got a string',
    ],
    [
      'no member of an enum',
      { ...request, seatClass: secret },
      'request.seatClass: expected a member of com.miao.server.SeatClass, got a string',
    ],
    ['no array', { ...request, passengers: { length: 1 } }, 'request.passengers: expected an array, got an object'],
    [
      'null for an optional property',
      { ...request, reference: null },
      'request.reference: expected a string, got null',
    ],
    [
      'null for a message',
      { ...request, contact: null },
      'request.contact: expected com.miao.server.Contact, got null',
    ],
    ['no message at all', undefined, 'request: expected com.miao.server.BookRequest, got undefined'],
    ['text for a message', secret, 'request: expected com.miao.server.BookRequest, got a string'],
    [
      'a hole in an array',
      { ...request, passengers: Array(1) },
      'request.passengers[0]: expected com.miao.server.Passenger, got undefined',
    ],
  ])('%s', (_, value, path) => {
    const message = refusal(shapeOf('book', 'args'), [value])
    expect(message).toBe(`com.miao.server.TicketService/book: ${path}`)
    expect(message).not.toContain(secret)
  })

  it.each([
    [['a', -1], 'stars: expected an integer from 0 to 2^32 - 1, got one out of range'],
    [['a', 1.5], 'stars: expected an integer from 0 to 2^32 - 1, got a number that is no integer'],
    [['a', 2 ** 32], 'stars: expected an integer from 0 to 2^32 - 1, got one out of range'],
    [['a', '5'], 'stars: expected an integer from 0 to 2^32 - 1, got a string'],
    [['a', 5n], 'stars: expected an integer from 0 to 2^32 - 1, got a bigint'],
    [[], 'train: expected a string, got undefined'],
    [['a', 1, 5], 'text: expected a string, got a number'],
  ])('arguments %o', (args, path) => {
    expect(refusal(shapeOf('feedback', 'args'), args)).toBe(`com.miao.server.TicketService/feedback: ${path}`)
  })

  it.each([
    [[1], 'orderNumber: expected a bigint from -2^63 to 2^63 - 1, got a number'],
    [[2n ** 63n], 'orderNumber: expected a bigint from -2^63 to 2^63 - 1, got one out of range'],
  ])('arguments %o', (args, path) => {
    expect(refusal(shapeOf('cancel', 'args'), args)).toBe(`com.miao.server.TicketService/cancel: ${path}`)
  })

  it('names the result where the result is wrong', () => {
    expect(refusal(shapeOf('cancel', 'result'), { amount: 'ten', currency: 'CNY' })).toBe(
      'com.miao.server.TicketService/cancel: result.amount: expected a decimal number as text, got a string',
    )
    expect(refusal(shapeOf('getTicket', 'result'), 5)).toContain('result: expected a string, got a number')
  })

  it.each([
    ['int53', Number.MAX_SAFE_INTEGER + 1],
    ['int53', 0.5],
    ['float', 1e300],
    ['uint64', -1n],
    ['fixed64', 2n ** 64n],
    ['sint64', -(2n ** 63n) - 1n],
    ['int32', 2 ** 31],
    ['sfixed32', -(2 ** 31) - 1],
    ['fixed32', -1],
    ['boolean', 1],
    ['number', '1'],
    ['decimal', '1,5'],
    ['grade', 1],
  ])('%s: %s', (property, value) => {
    const shape = echoCodecs()[0]?.result as Shape<unknown>
    const good = {
      ...{ number: 0, double: 0, float: 0, int32: 0, uint32: 0, sint32: 0, fixed32: 0, sfixed32: 0, int53: 0 },
      ...{ bigint: 0n, int64: 0n, uint64: 0n, sint64: 0n, fixed64: 0n, sfixed64: 0n },
      ...{
        boolean: true,
        string: '',
        bytes: new Uint8Array(),
        date: new Date(0),
        decimal: '0',
        level: 'low',
        grade: 0,
      },
    }
    expect(() => bytesOf(shape, good)).not.toThrow()
    expect(refusal(shape, { ...good, [property]: value })).toContain(`result.${property}: expected`)
  })

  it('refuses what nests too deeply, or in a circle, before it costs the stack', () => {
    const shape = echoCodecs()[3]?.result as Shape<unknown>
    const circle: { label: string; children: object[] } = { label: 'x', children: [] }
    circle.children.push(circle)
    expect(refusal(shape, circle)).toContain('nested deeper than 100 levels')
    const nest = (depth: number): object => ({ label: '', children: depth === 0 ? [] : [nest(depth - 1)] })
    expect(() => bytesOf(shape, nest(100))).not.toThrow()
    expect(refusal(shape, nest(101))).toContain('nested deeper than 100 levels')
  })

  it('leaves the bytes before it as they were', async () => {
    const { ProtobufWriter } = await import('../../runtime/codec/protobuf.js')
    const writer = new ProtobufWriter().aim(Buffer.alloc(16, 7), 5)
    expect(() => shapeOf('book', 'args').write(writer, [{ ...request, contact: 5 }])).toThrow(RpcError)
    expect([...writer.buf.subarray(0, 5)]).toEqual([7, 7, 7, 7, 7])
  })

  it('runs no method of the value while it explains', () => {
    const trap = new Proxy(() => {}, {
      get(_, key) {
        if (key === Symbol.toPrimitive || key === 'toString' || key === 'valueOf') throw new Error('called')
        return undefined
      },
    })
    expect(refusal(shapeOf('book', 'args'), [{ ...request, train: trap }])).toContain(
      'request.train: expected a string, got a function',
    )
  })
})
