import type { RpcError } from '../error.js'
import type { Codec, MethodCodec } from '../method.js'
import { brokenRule } from '../schema/constraint.js'
import type { MethodSchema, ServiceSchema } from '../schema/schema.js'
import type { Coder } from './dynamic/coder.js'
import { Coders, slotReader } from './dynamic/coders.js'
import { bare, type MethodFunctions, methodCodec, type Read, type Write } from './shape.js'

/**
 * The codec of a contract that is known only at run time: closures over its schema, no text is ever evaluated. They go
 * through the same cursors and functions as generated code, so the bytes are the same in both directions.
 *
 * The values are those of generated code, with two differences: an absent property is always left out (the schema doesn't
 * tell `x?: T` from `x: T | undefined`), and a declared error is an RpcError whose `type` says which.
 *
 * A schema of a stranger goes through `readSchema` first.
 */
export const dynamic: Codec = {
  name: 'protobuf',
  for: ({ schema, service }) => dynamicMethod(service, schema),
}

const coders = new WeakMap<ServiceSchema, Coders>()

/** The shapes of one method of a contract. */
export function dynamicMethod(service: ServiceSchema, method: MethodSchema): MethodCodec {
  const known = coders.get(service) ?? new Coders(service.types)
  coders.set(service, known)
  const path = `${service.name}/${method.name}`
  const streamed = method.params[method.stream ?? -1]
  const args = argsOf(known, method, path)
  const functions: MethodFunctions = {
    ...(args && { args, ...checkOf(service, method) }),
    ...(streamed && {
      item: pair(body(known, streamed.type, false, `${path} item`)),
      ...(isConstrained(service) && { checkItem: (item) => brokenRule(service, streamed, item, 'item') }),
    }),
    ...(method.result && {
      result: pair(body(known, method.result, method.optionalResult ?? false, `${path} result`)),
    }),
    errors: method.errors.map((name) => {
      const error = known.of({ kind: 'ref', name })
      return [name, (writer, value) => error.write(writer, value), (reader) => error.read(reader) as RpcError]
    }),
  }
  return methodCodec(service, service.methods.indexOf(method), functions)
}

/**
 * What a server checks when it has read arguments. Patterns are run as they are: a server takes no stranger's contract, and
 * a client reads no arguments.
 */
export function checkOf(service: ServiceSchema, method: MethodSchema): Pick<MethodFunctions, 'check'> {
  if (!isConstrained(service)) return {}
  return {
    check(args) {
      for (const [i, param] of method.params.entries()) {
        const broken = i === method.stream ? undefined : brokenRule(service, param, args[i], param.name)
        if (broken !== undefined) return broken
      }
      return undefined
    },
  }
}

function isConstrained({ methods, types }: ServiceSchema): boolean {
  const declared = Object.values(types).flatMap((type) => ('fields' in type ? type.fields : []))
  return [...methods.flatMap((method) => method.params), ...declared].some((field) =>
    Object.hasOwn(field, 'constraints'),
  )
}

/** A value that is a body of its own: a message as it is, everything else as `{ 1: value }`. */
function body(known: Coders, type: NonNullable<MethodSchema['result']>, optional: boolean, owner: string): Coder {
  return !optional && known.isMessage(type) ? known.of(type) : known.value(type, optional, owner)
}

function argsOf(known: Coders, method: MethodSchema, path: string): MethodFunctions['args'] {
  const places = method.params.flatMap((_, i) => (i === method.stream ? [] : [i]))
  const fields = places.map((i) => method.params[i] as (typeof method.params)[number])
  const [only] = fields
  if (!only) return undefined
  if (method.body === 'bare') {
    const message = known.of(only.type)
    return bare(
      (writer, value) => message.write(writer, value),
      (reader) => message.read(reader),
    )
  }
  const parts = known.parts(fields)
  const read = slotReader(parts, `${path} request`, fields)
  return [
    (writer, args) => {
      for (const [k, part] of parts.entries()) part.write(writer, args[places[k] as number])
    },
    (reader) => {
      const slots = read(reader)
      const args = new Array<unknown>(method.params.length).fill(undefined)
      for (const [k, part] of parts.entries()) args[places[k] as number] = part.value(slots[k])
      return args
    },
  ]
}

function pair(coder: Coder): readonly [Write<never>, Read<unknown>] {
  return [(writer, value) => coder.write(writer, value), (reader) => coder.read(reader)]
}
