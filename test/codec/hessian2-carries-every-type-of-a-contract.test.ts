import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type HessianCodec, hessian2 } from '../../runtime/codec/hessian2.js'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import type { MessageDeclaration, MethodSchema, ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { anyValue } from '../codegen/any-value.js'
import { expectEqual } from '../support/equal.js'
import { fromHessian, hessianOf } from '../support/hessian2.js'

/* Every service of every golden folder, and so every kind of type in every position. */
const golden = join(import.meta.dirname, '..', 'golden')
const services = readdirSync(golden, { recursive: true, encoding: 'utf8' })
  // Its types in Java hold less than those of the contract.
  .filter((path) => !path.startsWith('java-types'))
  .filter((file) => file.endsWith('.schema.ts'))
  .map((file) => file.replaceAll('\\', '/').replace(/\.schema\.ts$/, ''))
  .sort()
const numRuns = 40

interface Loaded {
  readonly schema: ServiceSchema
  readonly methods: readonly (readonly [MethodSchema, HessianCodec])[]
}

async function load(path: string): Promise<Loaded[]> {
  const module = async (part: string) =>
    (await import(pathToFileURL(join(golden, `${path}.${part}.ts`)).href)) as Record<string, unknown>
  const [schemas, codecs] = [await module('schema'), await module('codec')]
  return Object.entries(schemas).map(([constant, value]) => {
    const service = value as ServiceSchema
    const name = constant.replace(/Schema(\$\d+)?$/, '')
    const make = codecs[`${name.charAt(0).toLowerCase()}${name.slice(1)}Codecs`] as () => MethodCodec[]
    const own = make()
    const methods = service.methods.map((schema, index) => {
      const path = `${service.name}/${schema.name}`
      const codec = hessian2.for({ schema, service, codec: own[index] as MethodCodec, index, path })
      // Any value goes, whether it keeps to the constraints or not.
      return [schema, codec.unchecked ?? codec] as const
    })
    return { schema: service, methods }
  })
}

describe.each(services)('%s', (path) => {
  it('there and back, cut off, and changed', async () => {
    for (const { schema, methods } of await load(path)) {
      for (const [method, codec] of methods) {
        const args = method.params.map((param, i) => {
          if (i === method.stream) return fc.constant(undefined)
          const value = anyValue(schema.types, param.type)
          return param.optional ? fc.option(value, { nil: undefined }) : value
        })
        const anyArgs: Arbitrary<readonly unknown[]> = fc.tuple(...args)
        expectBack(codec.args, anyArgs)
        if (method.result) expectBack(codec.result, anyValue(schema.types, method.result))
        for (const name of method.errors) expectErrorBack(schema, codec, name)
      }
    }
  })
})

function expectBack<T>(shape: Shape<T>, values: Arbitrary<T>): void {
  fc.assert(
    fc.property(values, fc.nat(), fc.nat(255), (value, at, byte) => {
      const bytes = hessianOf(shape, value)
      expectEqual(inJava(fromHessian(shape, bytes)), inJava(value))
      if (bytes.length === 0) return
      const end = at % bytes.length
      expect(() => fromHessian(shape, bytes.subarray(0, end))).toThrow(RpcError)
      bytes[end] = byte
      try {
        fromHessian(shape, bytes)
      } catch (error) {
        if (!(error as Error).message.startsWith('read up to')) expect(error).toBeInstanceOf(RpcError)
      }
    }),
    { numRuns },
  )
}

function expectErrorBack(schema: ServiceSchema, codec: HessianCodec, name: string): void {
  const { fields } = schema.types[name] as MessageDeclaration
  const type: Type = { kind: 'ref', name }
  fc.assert(
    fc.property(anyValue(schema.types, type), fc.string(), (value, message) => {
      const error = Object.assign(new RpcError('failed_precondition', message, { type: name }), value)
      const back = fromHessian(codec.thrown, hessianOf(codec.thrown, error)) as unknown as Record<string, unknown>
      expect(back).toBeInstanceOf(RpcError)
      expect(back.message).toBe(message)
      const own = (of: Record<string, unknown>) =>
        Object.fromEntries(fields.map((field) => [field.name, of[field.name]]))
      expectEqual(inJava(own(back)), inJava(own(value as Record<string, unknown>)))
    }),
    { numRuns },
  )
}

/** Java has one null for what is null and what is left out. */
function inJava(value: unknown): unknown {
  if (value === undefined) return null
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date || value instanceof Uint8Array) return value
  if (value instanceof Set) return new Set([...value].map(inJava))
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [key, inJava(item)]))
  if (Array.isArray(value)) {
    const items = value.map(inJava)
    while (items.at(-1) === null) items.pop()
    return items
  }
  return Object.entries(value)
    .flatMap(([name, item]) => {
      const own = inJava(item)
      return own === null ? [] : [[name, own]]
    })
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))
}
