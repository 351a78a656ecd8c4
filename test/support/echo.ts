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
 * `echo` may be retried, `book` may not, `note` is one-way; `count` streams out, `join` in, `chat` both ways.
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
const none: Shape<readonly unknown[]> = { write() {}, read: () => [] }
const streamed: MethodCodec = { ...codec, args: none, item: text }
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

const { result: _, ...note } = method('note', { oneway: true })

export const echoSchema: ServiceSchema = {
  schemaVersion: 1,
  name: 'test.EchoService',
  methods: [
    method('echo', { idempotent: true }),
    method('book'),
    note,
    method('count', { kind: 'server', idempotent: true }),
    method('join', { kind: 'client', stream: 0 }),
    method('chat', { kind: 'bidi', stream: 0 }),
  ],
  types: {},
  hash: '0000000000000000',
  tags: {},
}

export const echoCodecs = [codec, codec, silent, codec, streamed, streamed] as const

export const echoService = defineService(echoSchema, echoCodecs)

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
  count(to: string, options?: CallOptions): AsyncIterable<string> {
    return this.#stub.stream(3, [to], options) as AsyncIterable<string>
  }
  join(items: AsyncIterable<string>, options?: CallOptions): Promise<string> {
    return this.#stub.call(4, [items], options) as Promise<string>
  }
  chat(items: AsyncIterable<string>, options?: CallOptions): AsyncIterable<string> {
    return this.#stub.stream(5, [items], options) as AsyncIterable<string>
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
  /** 1, 2, ... to the number given; what the test's answer makes of each. */
  async *count(to: string, call: Call): AsyncIterable<string> {
    try {
      for (let i = 1; i <= Number(to); i++) yield await this.#answer(String(i), call)
    } finally {
      this.notes.push('count is over')
    }
  }
  async join(items: AsyncIterable<string>, call: Call) {
    let joined = ''
    for await (const item of items) joined += await this.#answer(item, call)
    return joined
  }
  async *chat(items: AsyncIterable<string>, call: Call): AsyncIterable<string> {
    for await (const item of items) yield this.#answer(item, call)
  }
}
