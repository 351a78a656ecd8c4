import { RpcError } from '../error.js'
import type { Codec, Method, MethodCodec, Shape } from '../method.js'
import { explainArgs, explainResult, explainType } from '../schema/explain.js'
import { javaName } from '../schema/java-name.js'
import type { Field, MethodSchema, ServiceSchema, Type } from '../schema/schema.js'
import { checkOf } from './dynamic.js'
import { Coders } from './hessian2/coders.js'
import { declarationOf } from './hessian2/java-type.js'
import { Misread } from './hessian2/misread.js'
import type { HessianReader } from './hessian2/reader.js'
import { readException, writeException, writeGenericException } from './hessian2/throwable.js'
import type { HessianWriter } from './hessian2/writer.js'
import { malformed, ProtobufReader, ProtobufWriter } from './protobuf.js'

/** A method's shapes in hessian 2. */
export interface HessianCodec extends MethodCodec {
  /** Any error as a Throwable: one that the method declares as its class, others as Dubbo's or Java's own. */
  readonly thrown: Shape<RpcError>
  readonly unchecked?: HessianCodec
}

export interface Hessian2 extends Codec {
  for(method: Method): HessianCodec
  /** As Dubbo's generic calls have it: arguments in any form, the answer in maps with their `class`, constants by name. */
  generic(method: Method): HessianCodec
}

/**
 * Hessian 2 as Dubbo's Java has it, derived from the contract. Its cursors are HessianWriter and HessianReader: the values
 * of one message share their tables, so all of them are written and read by one cursor.
 *
 * What each type is in Java is listed at `descriptor` (hessian2/java-type.ts). An int64 is a long in every place, in lists
 * and maps too, and so on for all types: inside of those Java takes a value as it comes. What has no counterpart: `float`
 * in a list or map arrives as Double, for hessian has no float; an optional property that may also be null is read as
 * null; the items of a stream, for Dubbo's own protocol has none.
 */
export const hessian2: Hessian2 = {
  name: 'hessian2',
  for: (method) => methodCodec(method, true, codersOf(method.service)),
  generic: (method) =>
    methodCodec(method, method.codec.unchecked !== undefined, new Coders(method.service.types, true)),
}

const known = new WeakMap<ServiceSchema, Coders>()

function codersOf(service: ServiceSchema): Coders {
  const coders = known.get(service) ?? new Coders(service.types)
  known.set(service, coders)
  return coders
}

function methodCodec(method: Method, checked: boolean, coders: Coders): HessianCodec {
  const { schema, service, path } = method
  const params = schema.params.flatMap((param, i) =>
    i === schema.stream ? [] : [{ i, name: param.name, coder: coders.field(param) }],
  )
  const check = checkOf(service, schema).check
  const result = schema.result && coders.field(resultField(schema))
  const errors = new Map(schema.errors.map((name) => [name, errorShape(method, coders, name)]))
  return {
    ...(check && checked && { unchecked: methodCodec(method, false, coders) }),
    args: {
      write(out, args) {
        try {
          for (const { i, coder } of params) coder.write(out as HessianWriter, args[i])
        } catch (thrown) {
          throw unwritten(thrown, path, 'request', explainArgs(service, schema, args))
        }
      },
      read(from) {
        const args: unknown[] = []
        for (let i = 0; i < schema.params.length; i++) args.push(undefined)
        for (const { i, name, coder } of params) {
          try {
            args[i] = coder.read(from as HessianReader)
          } catch (thrown) {
            throw misread(thrown, `${path} request: ${name}`)
          }
        }
        const broken = checked ? check?.(args) : undefined
        if (broken !== undefined) throw new RpcError('invalid_argument', `${path}: ${broken}`)
        return args
      },
    },
    result: {
      write(out, value) {
        try {
          if (result) result.write(out as HessianWriter, value)
          else (out as HessianWriter).nil()
        } catch (thrown) {
          throw unwritten(thrown, path, 'result', explainResult(service, schema, value))
        }
      },
      read(from) {
        try {
          // What a method without a result answers is passed over.
          return result ? result.read(from as HessianReader) : (from as HessianReader).skip()
        } catch (thrown) {
          throw misread(thrown, `${path} result`)
        }
      },
    },
    error: (name) => errors.get(name),
    thrown: thrownShape(method, errors, coders),
  }
}

/** A result as if it were a field. */
function resultField({
  result,
  optionalResult = false,
  tags,
}: MethodSchema): Pick<Field, 'type' | 'optional' | 'java'> {
  const java = Object.hasOwn(tags, 'javaResult') ? tags.javaResult : undefined
  return { type: result as Type, optional: optionalResult, ...(java !== undefined && { java }) }
}

/** A declared error. Its class here is known to the method's own codec alone, which is asked to make one. */
function errorShape(method: Method, coders: Coders, name: string): Shape<RpcError> {
  const { service, path } = method
  const type: Type = { kind: 'ref', name }
  const coder = coders.of(type)
  return {
    write(out, error) {
      try {
        coder.write(out as HessianWriter, error)
      } catch (thrown) {
        throw unwritten(thrown, path, 'error', explainType(service, type, error, 'error'))
      }
    },
    read(from) {
      try {
        const error = coder.read(from as HessianReader) as RpcError
        const own = method.codec.error(name)
        const { message, cause } = error
        return own ? Object.assign(through(own, error), { message }, cause !== undefined && { cause }) : error
      } catch (thrown) {
        throw misread(thrown, `${path} error`)
      }
    },
  }
}

/** The value as the shape of the protobuf codec reads it. */
function through<T>(shape: Shape<T>, value: T): T {
  const writer = new ProtobufWriter().aim(Buffer.alloc(256), 0)
  shape.write(writer, value)
  return shape.read(new ProtobufReader().aim(writer.buf as Buffer, 0, writer.pos))
}

function thrownShape(
  { service, path }: Method,
  errors: ReadonlyMap<string, Shape<RpcError>>,
  { generic }: Coders,
): Shape<RpcError> {
  const byClass = new Map<string | undefined, Shape<RpcError>>()
  const nameOf = ({ type }: RpcError) =>
    type === undefined || !errors.has(type) ? undefined : javaName(type, declarationOf(service.types, type))
  for (const [name, shape] of errors) byClass.set(javaName(name, declarationOf(service.types, name)), shape)
  return {
    write(out, error) {
      const declared = error.type === undefined ? undefined : errors.get(error.type)
      if (generic) writeGenericException(out as HessianWriter, error, nameOf(error))
      else if (declared) declared.write(out, error)
      else writeException(out as HessianWriter, error)
    },
    read(from) {
      try {
        const declared = byClass.get((from as HessianReader).peekClass())
        return declared ? declared.read(from) : readException(from as HessianReader)
      } catch (thrown) {
        throw misread(thrown, `${path} error`)
      }
    },
  }
}

/** What to throw where a value couldn't be written. */
function unwritten(thrown: unknown, path: string, part: string, why: string | undefined): RpcError {
  if (thrown instanceof RpcError) return thrown
  const text = why ?? `the ${part} cannot be encoded; does it hold itself?`
  return new RpcError('invalid_argument', `${path}: ${text}`, typeof thrown === 'symbol' ? {} : { cause: thrown })
}

/** What to throw where bytes are not what was expected. */
function misread(thrown: unknown, where: string): unknown {
  return thrown instanceof Misread ? malformed(`${where}${thrown.path}: ${thrown.message}`) : thrown
}
