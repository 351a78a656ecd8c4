import type { RpcError } from './error.js'
import type { MethodSchema, ServiceSchema } from './schema/schema.js'

/**
 * A place to write at. `pos` moves on; a writer that needs room replaces `buf` by a larger copy, so read both anew
 * after every write. (The field names are protobufjs's, whose Writer is one of these.)
 */
export interface Writer {
  buf: Uint8Array
  pos: number
}

/** A place to read from: bytes `pos` to `len` (exclusive) of `buf` are the message, whatever lies behind. */
export interface Reader {
  buf: Uint8Array
  pos: number
  len: number
}

/**
 * How one value becomes bytes and bytes the value. Shapes are cursors, not whole buffers, so that several can follow
 * one another in a body. `write` throws RpcError `invalid_argument` naming the path of a value that doesn't fit;
 * `read` throws RpcError `internal` on bytes that are not such a value.
 */
export interface Shape<T> {
  write(out: Writer, value: T): void
  read(from: Reader): T
}

/** A method's shapes in one encoding. */
export interface MethodCodec {
  /** The arguments without the streamed one, whose place in the array stays empty. */
  readonly args: Shape<readonly unknown[]>
  /** One item of the streamed parameter. */
  readonly item?: Shape<unknown>
  /** The result; one item of it where the method streams out. */
  readonly result: Shape<unknown>
  /** The shape of a declared error by its full name; undefined for names that the method doesn't declare. */
  error(name: string): Shape<RpcError> | undefined
  /** The same without a look at the contract's constraints; absent where it has none. */
  readonly unchecked?: MethodCodec
}

/** A method's contract bound to bytes. */
export interface Method {
  readonly schema: MethodSchema
  readonly service: ServiceSchema
  readonly codec: MethodCodec
  /** Dense and process-wide: a key into arrays. */
  readonly index: number
  /** `com.miao.server.TicketService/getTicket`: for messages, metrics and logs. */
  readonly path: string
}

/** Does its result come as an AsyncIterable? */
export function streamsOut({ schema }: Method): boolean {
  return schema.kind === 'server' || schema.kind === 'bidi'
}

/** Does one of its arguments go out as an AsyncIterable? */
export function streamsIn({ schema }: Method): boolean {
  return schema.kind === 'client' || schema.kind === 'bidi'
}

/** A service's contract bound to bytes: what generated code hands to clients and servers. */
export interface Service {
  readonly schema: ServiceSchema
  readonly methods: readonly Method[]
}

/** An encoding derived from the schema alone (hessian2, JSON, dynamic protobuf). */
export interface Codec {
  readonly name: string
  for(method: Method): MethodCodec
}
