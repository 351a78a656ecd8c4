import { RpcError } from '../error.js'
import type { MethodCodec, Reader, Shape, Writer } from '../method.js'
import { explainArgs, explainResult, explainType } from '../schema/explain.js'
import type { MethodSchema, ServiceSchema, Type } from '../schema/schema.js'
import { malformed, type ProtobufReader, type ProtobufWriter } from './protobuf.js'

/** Writes and reads one message's fields, as generated code does: the shape around it looks after errors. */
export type Write<T> = (writer: ProtobufWriter, value: T) => void
export type Read<T> = (reader: ProtobufReader) => T

/** A message under construction: its optional properties are put in one by one. */
export type Draft<T> = { -readonly [K in keyof T]: T[K] }

/** The generated functions of one method. What is left out is an empty message. */
export interface MethodFunctions {
  readonly args?: readonly [Write<readonly unknown[]>, Read<unknown[]>]
  readonly item?: readonly [Write<never>, Read<unknown>]
  readonly result?: readonly [Write<never>, Read<unknown>]
  readonly errors?: readonly (readonly [name: string, Write<never>, Read<RpcError>])[]
  /** Looks at arguments that were read: what the first that breaks a constraint should be, with its path. */
  readonly check?: ((args: readonly unknown[]) => string | undefined) | undefined
  /** The same for an item. */
  readonly checkItem?: ((item: never) => string | undefined) | undefined
}

/** The arguments of a method whose one message is the body. */
export function bare<T>(write: Write<T>, read: Read<T>): NonNullable<MethodFunctions['args']> {
  return [(writer, args) => write(writer, args[0] as T), (reader) => [read(reader)]]
}

/** Makes a method's shapes out of its generated functions. */
export function methodCodec(service: ServiceSchema, index: number, functions: MethodFunctions): MethodCodec {
  const method = service.methods[index]
  if (!method) throw new TypeError(`${service.name} has no method number ${index}; run codegen again`)
  const path = `${service.name}/${method.name}`
  const shape = <T>(
    part: string,
    [write, read]: readonly [Write<never>, Read<unknown>],
    explain: Explain,
    check?: (value: never) => string | undefined,
  ): Shape<T> =>
    new ProtobufShape(path, part, write as Write<unknown>, read, explain, check as Explain) as unknown as Shape<T>
  const errors = new Map(
    functions.errors?.map(([name, write, read]) => {
      const type: Type = { kind: 'ref', name }
      return [name, shape<RpcError>('error', [write, read], (value) => explainType(service, type, value, 'error'))]
    }),
  )
  const checked = functions.check !== undefined || functions.checkItem !== undefined
  return {
    ...(checked && {
      unchecked: methodCodec(service, index, { ...functions, check: undefined, checkItem: undefined }),
    }),
    args: shape(
      'request',
      functions.args ?? noArgs,
      (args) => explainArgs(service, method, args as readonly unknown[]),
      functions.check,
    ),
    ...(functions.item && {
      item: shape('item', functions.item, itemExplainer(service, method), functions.checkItem),
    }),
    result: shape('result', functions.result ?? nothing, (value) => explainResult(service, method, value)),
    error: (name) => errors.get(name),
  }
}

type Explain = (value: unknown) => string | undefined

function itemExplainer(service: ServiceSchema, method: MethodSchema): Explain {
  const type = method.params[method.stream ?? -1]?.type
  return (value) => (type ? explainType(service, type, value, 'item') : undefined)
}

/** `void`: nothing is written; whatever comes is passed over. */
const nothing: readonly [Write<never>, Read<undefined>] = [
  () => {},
  (reader) => {
    reader.pos = reader.len
    return undefined
  },
]

/** No parameters: the same, as an argument list. */
const noArgs: NonNullable<MethodFunctions['args']> = [
  () => {},
  (reader) => {
    reader.pos = reader.len
    return []
  },
]

class ProtobufShape implements Shape<unknown> {
  readonly #method: string
  readonly #part: string
  readonly #write: Write<unknown>
  readonly #read: Read<unknown>
  readonly #explain: Explain
  readonly #check: Explain | undefined

  constructor(
    method: string,
    part: string,
    write: Write<unknown>,
    read: Read<unknown>,
    explain: Explain,
    check: Explain | undefined,
  ) {
    this.#method = method
    this.#part = part
    this.#write = write
    this.#read = read
    this.#explain = explain
    this.#check = check
  }

  write(out: Writer, value: unknown): void {
    const writer = out as ProtobufWriter
    try {
      writer.depth = 0
      this.#write(writer, value)
    } catch (cause) {
      if (cause instanceof RpcError) throw cause
      const why = this.#explain(value) ?? `the ${this.#part} cannot be encoded`
      throw new RpcError('invalid_argument', `${this.#method}: ${why}`, typeof cause === 'symbol' ? {} : { cause })
    }
  }

  read(from: Reader): unknown {
    const reader = from as ProtobufReader
    try {
      reader.depth = 0
      reader.items = 0
      const value = this.#read(reader)
      const broken = this.#check?.(value)
      if (broken !== undefined) throw new RpcError('invalid_argument', `${this.#method}: ${broken}`)
      return value
    } catch (cause) {
      if (!(cause instanceof RpcError)) throw malformedBody(`${this.#method} ${this.#part}`, cause)
      throw cause
    }
  }
}

/** protobufjs's own errors ("index out of range: 7 + 3 > 9") as ours. */
function malformedBody(path: string, cause: unknown): RpcError {
  return malformed(`${path}: ${cause instanceof Error ? cause.message : 'it cannot be decoded'}`)
}
