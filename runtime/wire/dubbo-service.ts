import { reading, writing } from '../codec/hessian2/misread.js'
import type { HessianReader } from '../codec/hessian2/reader.js'
import { readException, writeException } from '../codec/hessian2/throwable.js'
import { anything } from '../codec/hessian2/value.js'
import { type HessianWriter, TypeName } from '../codec/hessian2/writer.js'
import type { HessianCodec } from '../codec/hessian2.js'
import { RpcError } from '../error.js'
import type { Service, Shape } from '../method.js'
import type { Field, MethodSchema, Type } from '../schema/schema.js'
import { defineService } from '../stub.js'
import type { BoundCodec } from './dubbo-method.js'

/** What every service of Dubbo's answers besides its own methods: `$echo` what it was given, `$invoke` any method by name. */
export const echoName = '$echo'
export const invokeName = '$invoke'

/** The types of their parameters. Java looks at them to the letter (CVE-2020-1948). */
export const invokeDescriptor = 'Ljava/lang/String;[Ljava/lang/String;[Ljava/lang/Object;'
export const echoDescriptor = 'Ljava/lang/Object;'

const anyType: Type = { kind: 'scalar', scalar: 'json' }

function param(name: string, number: number, java: string): Field {
  return { name, number, type: anyType, optional: true, java }
}

function method(name: string, params: readonly Field[], idempotent: boolean): MethodSchema {
  const rest = { body: 'args', errors: [], oneway: false, tags: {} } as const
  return { name, kind: 'unary', params, result: anyType, optionalResult: true, idempotent, ...rest }
}

const echoSchema = method(echoName, [param('message', 1, 'java.lang.Object')], true)
const invokeSchema = method(
  invokeName,
  [
    param('method', 1, 'java.lang.String'),
    param('types', 2, 'java.lang.String[]'),
    param('args', 3, 'java.lang.Object[]'),
  ],
  false,
)

/** They have no form on other wires. */
const nowhere: Shape<never> = {
  write() {
    throw new RpcError('unimplemented', "only Dubbo's own wire carries it")
  },
  read() {
    throw new RpcError('unimplemented', "only Dubbo's own wire carries it")
  },
}

function bound(name: string, args: Shape<readonly unknown[]>, result: Shape<unknown>): BoundCodec {
  const hessian2: HessianCodec = {
    args,
    result,
    error: () => undefined,
    thrown: {
      write: (out, error) => writeException(out as HessianWriter, error),
      read: (from) => reading(name, () => readException(from as HessianReader)),
    },
  }
  return { args: nowhere, result: nowhere, error: () => undefined, hessian2 }
}

const anyResult: Shape<unknown> = {
  write: (out, value) => writing('result', () => anything.write(out as HessianWriter, value)),
  read: (from) => reading('result', () => anything.read(from as HessianReader)),
}

/** The bytes of one value, which are the same behind any other message's beginning: what is echoed is never looked into. */
const verbatim: Shape<unknown> = {
  write(out, value) {
    ;(out as HessianWriter).raw(value as Uint8Array)
  },
  read(from) {
    const start = from.pos
    reading('message', () => (from as HessianReader).skip())
    return new Uint8Array(from.buf.subarray(start, from.pos))
  },
}

const echoed = bound(
  echoName,
  { write: (out, [value]) => verbatim.write(out, value), read: (from) => [verbatim.read(from)] },
  verbatim,
)

/** `$echo` as a provider has it: what comes goes back as it is. */
export const echo = defineService(
  {
    schemaVersion: 1,
    name: 'org.apache.dubbo.rpc.service.EchoService',
    methods: [echoSchema],
    types: {},
    hash: '',
    tags: {},
  },
  [echoed],
)

const strings = new TypeName('[string')
const objects = new TypeName('[object')

const echoCalled = bound(
  echoName,
  {
    write: (out, [value]) => writing('message', () => anything.write(out as HessianWriter, value)),
    read: nowhere.read,
  },
  anyResult,
)

const invokeCalled = bound(
  invokeName,
  {
    write(to, [name, types, args]) {
      const out = to as HessianWriter
      writing('arguments', () => {
        out.string(name as string)
        list(out, types as readonly string[] | undefined, strings)
        list(out, args as readonly unknown[], objects)
      })
    },
    read: nowhere.read,
  },
  anyResult,
)

function list(out: HessianWriter, items: readonly unknown[] | undefined, type: TypeName): void {
  if (items === undefined) {
    out.nil()
    return
  }
  if (out.shared(items, type)) return
  out.list(items.length, type)
  for (const item of items) anything.write(out, item)
  out.close()
}

const services = new Map<string, Service>()

/** A service that is known by its name alone, as callers see it: `$invoke` is its first method, `$echo` its second. */
export function namelessService(name: string): Service {
  let known = services.get(name)
  if (!known) {
    const schema = {
      schemaVersion: 1,
      name,
      methods: [invokeSchema, echoSchema],
      types: {},
      hash: '',
      tags: {},
    } as const
    known = defineService(schema, [invokeCalled, echoCalled])
    services.set(name, known)
  }
  return known
}
