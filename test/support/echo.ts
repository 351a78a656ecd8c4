import type { Call } from '../../runtime/call.js'
import { malformed, type ProtobufReader, type ProtobufWriter } from '../../runtime/codec/protobuf.js'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import {
  type CallOptions,
  defineService,
  type Skeleton,
  Stub,
  type StubOptions,
  serviceOf,
} from '../../runtime/stub.js'

/*
 * A small service written by hand, for tests of what lies below generated code: text in, text out.
 * `echo` may be retried, `book` may not, `note` is one-way.
 */

const text: Shape<unknown> = {
  write(out, value) {
    if (typeof value !== 'string')
      throw new RpcError('invalid_argument', `value: expected a string, got ${typeof value}`)
    ;(out as ProtobufWriter).uint32(10).string(value)
  },
  read(from) {
    const reader = from as ProtobufReader
    let value: string | undefined
    while (reader.pos < reader.len) {
      if (reader.uint32() !== 10) throw malformed('no text')
      value = reader.string()
    }
    if (value === undefined) throw malformed('text is missing')
    return value
  },
}

const codec: MethodCodec = {
  args: { write: (out, args) => text.write(out, args[0]), read: (from) => [text.read(from)] },
  result: text,
  error: () => undefined,
}
const silent: MethodCodec = { ...codec, result: { write() {}, read: () => undefined } }

function method(name: string, extra: Partial<MethodSchema> = {}): MethodSchema {
  const string = { kind: 'scalar', scalar: 'string' } as const
  return {
    name,
    kind: 'unary',
    params: [{ name: 'text', number: 1, type: string, optional: false }],
    result: string,
    body: 'args',
    errors: [],
    idempotent: false,
    oneway: false,
    tags: {},
    ...extra,
  }
}

export const echoSchema: ServiceSchema = {
  schemaVersion: 1,
  name: 'test.EchoService',
  methods: [method('echo', { idempotent: true }), method('book'), method('note', { oneway: true })],
  types: {},
  hash: '0000000000000000',
  tags: {},
}

export const echoService = defineService(echoSchema, [codec, codec, silent])

export class EchoServiceClient {
  readonly #stub: Stub
  constructor(to: ConstructorParameters<typeof Stub>[1], options?: StubOptions) {
    this.#stub = new Stub(echoService, to, options)
  }
  echo(value: string, options?: CallOptions): Promise<string> {
    return this.#stub.call(0, [value], options) as Promise<string>
  }
  book(value: string, options?: CallOptions): Promise<string> {
    return this.#stub.call(1, [value], options) as Promise<string>
  }
  note(value: string, options?: CallOptions): Promise<void> {
    return this.#stub.call(2, [value], options) as Promise<void>
  }
}

export type EchoHandler = (value: string, call: Call) => string | Promise<string>

/** An implementation whose answer is up to the test. */
export class Echo implements Skeleton {
  readonly notes: string[] = []
  readonly #answer: EchoHandler
  constructor(answer: EchoHandler = (value) => value) {
    this.#answer = answer
  }
  get [serviceOf]() {
    return echoService
  }
  echo(value: string, call: Call) {
    return this.#answer(value, call)
  }
  book(value: string, call: Call) {
    return this.#answer(value, call)
  }
  note(value: string) {
    this.notes.push(value)
  }
}
