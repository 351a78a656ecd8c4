import { HessianReader } from '../../runtime/codec/hessian2/reader.js'
import { HessianWriter } from '../../runtime/codec/hessian2/writer.js'
import type { Method, MethodCodec, Shape } from '../../runtime/method.js'
import type { Field, MethodSchema, ServiceSchema, Type, TypeDeclaration } from '../../runtime/schema/schema.js'

/** A shape's hessian 2 for a value, written into the middle of a buffer that is too small. */
export function hessianOf<T>(shape: Shape<T>, value: T): Buffer {
  const out = new HessianWriter().aim({ buf: Buffer.alloc(12, 0xee), pos: 7 })
  shape.write(out, value)
  return Buffer.from(out.buf.subarray(7, out.pos))
}

/** The value of bytes that lie in the middle of a buffer, every one of which has to be read. */
export function fromHessian<T>(shape: Shape<T>, bytes: Uint8Array): T {
  const buf = Buffer.concat([Buffer.alloc(9, 0xee), bytes, Buffer.alloc(9, 0xee)])
  const from = new HessianReader().aim({ buf, pos: 9, len: 9 + bytes.length })
  const value = shape.read(from)
  if (from.pos !== from.len) throw new Error(`read up to ${from.pos - 9} of ${bytes.length} bytes`)
  return value
}

/** A method that takes one value of a type and answers with one, in a contract of these declarations. */
export function methodOf(
  types: Readonly<Record<string, TypeDeclaration>>,
  type: Type,
  { optional = false, errors = [] }: { readonly optional?: boolean; readonly errors?: readonly string[] } = {},
): Method {
  const param: Field = { name: 'value', number: 1, type, optional }
  const schema: MethodSchema = {
    name: 'echo',
    kind: 'unary',
    params: [param],
    result: type,
    optionalResult: optional,
    body: 'args',
    errors,
    idempotent: false,
    oneway: false,
    tags: {},
  }
  const service: ServiceSchema = { schemaVersion: 1, name: 'test.Echo', methods: [schema], types, hash: '', tags: {} }
  return { schema, service, codec: noCodec, index: 0, path: 'test.Echo/echo' }
}

/** The other codec of a method that needs none. */
const noCodec: MethodCodec = {
  args: { write() {}, read: () => [] },
  result: { write() {}, read: () => undefined },
  error: () => undefined,
}
