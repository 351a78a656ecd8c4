import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { Call } from '../../runtime/call.js'
import { ProtobufReader, ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { type Metadata, RpcError } from '../../runtime/error.js'
import type { Method } from '../../runtime/method.js'
import { serviceKey } from '../../runtime/service-key.js'
import { dubbo } from '../../runtime/wire/dubbo.js'
import { frameKind, newHead, type WireState } from '../../runtime/wire/wire.js'
import { methodOf } from '../support/hessian2.js'

const text = (ascii: string) => Buffer.from(ascii).toString('hex')
const named = (name: string) => `${name.length.toString(16).padStart(2, '0')}${text(name)}`
const bytes = (hex: string) => Buffer.from(hex.replaceAll(/\s/g, ''), 'hex')
const limits = { maxFrameBytes: 1 << 20 }

const echo = methodOf({}, { kind: 'scalar', scalar: 'string' }, { optional: true })
const method: Method = {
  ...echo,
  schema: { ...echo.schema, name: 'hi' },
  service: { ...echo.service, name: 'demo.Hello' },
  // Not another test's: shapes are kept by it.
  index: 1_000_000,
  path: 'demo.Hello/hi',
}
const hello = serviceKey('demo.Hello')

function written(write: (state: WireState, out: ProtobufWriter) => void): string {
  // Too small, and in the middle.
  const out = new ProtobufWriter().aim(Buffer.alloc(20), 5)
  write(dubbo.open(limits), out)
  return Buffer.from(out.buf.subarray(5, out.pos)).toString('hex')
}

/** A frame as a connection takes it in. */
function taken(state: WireState, hex: string) {
  const frame = bytes(hex)
  const head = newHead()
  expect(dubbo.head(frame, 0, frame.length, 1 << 20, head)).toBe(frame.length)
  state.takeIn?.(head)
  return { head, body: new ProtobufReader().aim(frame, head.headBytes, frame.length) }
}

function replyTo(hex: string): { value?: unknown; metadata?: Metadata | undefined; error?: RpcError } {
  const state = dubbo.open(limits)
  const { head, body } = taken(state, hex)
  let answer: ReturnType<typeof replyTo> | undefined
  state.readReply(body, head, {
    call: new Call(method, hello, ['bob']),
    reply(value, metadata) {
      answer = { value, metadata }
      return undefined
    },
    fail(error) {
      answer = { error }
    },
  })
  if (!answer) throw new Error('nobody was answered')
  return answer
}

const attached = `48 ${named('dubbo')} ${named('2.0.2')} 5a`
const request = `dabb c200 0000000000000001 00000073
  ${named('2.0.2')} ${named('demo.Hello')} ${named('0.0.0')} ${named('hi')} ${named('Ljava/lang/String;')} ${named('bob')}
  48 ${named('path')} ${named('demo.Hello')} ${named('interface')} ${named('demo.Hello')}
     ${named('version')} ${named('0.0.0')} ${named('timeout')} ${named('1000')} 5a`
const find = (name: string, of: string, group?: string, version?: string) =>
  name === 'demo.Hello' && of === 'hi' && group === undefined && version === undefined
    ? { method, service: hello }
    : new RpcError('unimplemented', `no ${group}/${name}:${version} ${of}`)

describe('what is written', () => {
  test('a request', () => {
    const call = new Call(method, hello, ['bob'])
    expect(written((state, out) => state.writeRequest(out, call, 1, 1000))).toBe(bytes(request).toString('hex'))
  })

  test('heartbeats and the goodbye', () => {
    expect(written((state, out) => state.writeControl(out, frameKind.ping, { id: 7 }))).toBe(
      'dabbe2000000000000000007000000014e',
    )
    expect(written((state, out) => state.writeControl(out, frameKind.pong, { id: 7 }))).toBe(
      'dabb22140000000000000007000000014e',
    )
    expect(written((state, out) => state.writeControl(out, frameKind.goaway, { id: 8 }))).toBe(
      'dabba2000000000000000008000000020152',
    )
  })

  test('replies', () => {
    const reply = (value: unknown) => written((state, out) => state.writeReply(out, method, 1, value, undefined))
    expect(reply('hi bob')).toBe(
      bytes(`dabb 0214 0000000000000001 00000016 94 ${named('hi bob')} ${attached}`).toString('hex'),
    )
    expect(reply(undefined)).toBe(bytes(`dabb 0214 0000000000000001 0000000f 95 ${attached}`).toString('hex'))
  })

  test('what cannot be written leaves nothing behind', () => {
    const call = new Call(method, hello, [7])
    expect(
      written((state, out) => {
        expect(() => state.writeRequest(out, call, 1, 1000)).toThrow('value: expected a string, got a number')
      }),
    ).toBe('')
  })
})

describe('what is read', () => {
  const read = (hex: string, state = dubbo.open(limits)) => {
    const { head, body } = taken(state, hex)
    return { head, call: state.readRequest(body, head, find, undefined) }
  }

  test('a request', () => {
    const { call } = read(request)
    expect(call.args).toEqual(['bob'])
    expect(call.deadline - call.startedAt).toBe(1000)
    expect(call.metadata).toBeUndefined()
  })

  test('a service is looked up by group and version, before an argument is read', () => {
    const of = (argument: string) => {
      const body = `${named('2.0.2')} ${named('demo.Hello')} ${named('1.0.0')} ${named('hi')} ${named('I')}
        ${argument} 48 ${named('group')} ${named('g')} 5a`
      return `dabb c200 0000000000000001 ${bytes(body).length.toString(16).padStart(8, '0')} ${body}`
    }
    // No string, and not looked at: that there is no such service is found first.
    expect(() => read(of('91'))).toThrow('no g/demo.Hello:1.0.0 hi')
  })

  test.each([
    ['another serialization', request.replace('c200', 'c600'), 'serialization 6 is not spoken here; hessian2 (2) is'],
    ['a descriptor that is none', request.replace(text('Ljava'), text('Xjava')), 'no descriptor'],
    ['another method', request.replace(named('hi'), named('ho')), 'no undefined/demo.Hello:undefined ho'],
  ])('%s is refused', (_name, hex, message) => {
    expect(() => read(hex)).toThrow(message)
  })

  test('an id of 64 bits comes back, and 0', () => {
    for (const id of ['fedcba9876543210', '0000000000000000', '0000000100000001', '00000000ffffffff']) {
      const state = dubbo.open(limits)
      const { head } = read(request.replace('0000000000000001', id), state)
      expect(head.id).not.toBe(0)
      const out = new ProtobufWriter().aim(Buffer.alloc(100), 0)
      state.writeReply(out, method, head.id, 'x', undefined)
      expect(Buffer.from(out.buf.subarray(4, 12)).toString('hex')).toBe(id)
    }
  })

  test('heartbeats of an id of 64 bits are answered with it', () => {
    const state = dubbo.open(limits)
    const { head } = taken(state, 'dabb e200 fedcba9876543210 00000001 4e')
    expect(head.kind).toBe(frameKind.ping)
    const out = new ProtobufWriter().aim(Buffer.alloc(100), 0)
    state.writeControl(out, frameKind.pong, { id: head.id })
    expect(Buffer.from(out.buf.subarray(0, out.pos)).toString('hex')).toBe('dabb2214fedcba9876543210000000014e')
  })

  it.each<[string, string, unknown]>([
    ['with attachments', `00000016 94 ${named('hi bob')} ${attached}`, 'hi bob'],
    ['without', `00000008 91 ${named('hi bob')}`, 'hi bob'],
    ['null', '00000001 92', undefined],
    ['null with attachments', `0000000f 95 ${attached}`, undefined],
    ['null as a value', '00000002 91 4e', undefined],
  ])('a reply: %s', (_name, body, value) => {
    expect(replyTo(`dabb 0214 0000000000000001 ${body}`)).toMatchObject({ value })
  })

  test('statuses say whether another provider may be asked', () => {
    const of = (status: string) => replyTo(`dabb 02${status} 0000000000000001 00000004 ${named('why')}`).error
    expect(of('28')).toMatchObject({ code: 'invalid_argument', message: 'why', retryable: true })
    expect(of('3c')).toMatchObject({ code: 'unimplemented', retryable: true })
    expect(of('64')).toMatchObject({ code: 'unavailable', retryable: true })
    expect(of('46')).toMatchObject({ code: 'unavailable', retryable: false })
    expect(of('1f')).toMatchObject({ code: 'deadline_exceeded', retryable: false })
  })

  test('an exception that the method does not declare', () => {
    const body = `90 43 ${named('java.lang.IllegalStateException')} 91 ${named('detailMessage')} 60 ${named('shut')}`
    const size = bytes(body).length.toString(16).padStart(8, '0')
    expect(replyTo(`dabb 0214 0000000000000001 ${size} ${body}`).error).toMatchObject({
      code: 'unknown',
      message: 'shut',
    })
  })

  test('errors of ours keep their code and metadata', () => {
    const error = new RpcError('not_found', 'gone', { metadata: { hint: 'x' } })
    const hex = written((state, out) => state.writeError(out, method, 1, error, false))
    expect(replyTo(hex).error).toMatchObject({ code: 'not_found', message: 'gone', metadata: { hint: 'x' } })
  })

  test('cut off at any byte, a frame is an error and nothing else', () => {
    const whole = bytes(request)
    for (let length = 16; length < whole.length; length++) {
      // Without its attachments it is a whole one: Java tolerates it, too.
      if (length === 65) continue
      const cut = Buffer.from(whole.subarray(0, length))
      cut.writeUInt32BE(length - 16, 12)
      expect(() => read(cut.toString('hex'))).toThrow(RpcError)
    }
    const reply = bytes(`dabb 0214 0000000000000001 00000016 94 ${named('hi bob')} ${attached}`)
    for (let length = 16; length < reply.length; length++) {
      // Without its attachments it is a whole one of an older version.
      if (length === 24) continue
      const cut = Buffer.from(reply.subarray(0, length))
      cut.writeUInt32BE(length - 16, 12)
      expect(replyTo(cut.toString('hex')).error).toBeInstanceOf(RpcError)
    }
  })
})

test('a frame with bytes changed is answered, refused or an error, and nothing else', () => {
  const whole = bytes(request)
  const reply = bytes(`dabb 0214 0000000000000001 00000016 94 ${named('hi bob')} ${attached}`)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
      const [asked, answered] = [Buffer.from(whole), Buffer.from(reply)]
      for (const [at, byte] of changes) {
        asked[16 + (at % (asked.length - 16))] = byte
        answered[16 + (at % (answered.length - 16))] = byte
      }
      const state = dubbo.open(limits)
      const { head, body } = taken(state, asked.toString('hex'))
      try {
        state.readRequest(body, head, () => ({ method, service: hello }), undefined)
      } catch (thrown) {
        expect(thrown).toBeInstanceOf(RpcError)
      }
      const { value, error } = replyTo(answered.toString('hex'))
      expect(error instanceof RpcError || typeof value === 'string' || value === undefined).toBe(true)
    }),
    { numRuns: 2000 },
  )
})
