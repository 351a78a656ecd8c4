import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import { RpcError } from '../../runtime/error.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import { readSchema } from '../../runtime/schema/read-schema.js'
import type { MethodSchema, ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { anyValue } from '../codegen/any-value.js'
import { bytesOf, readBack } from '../codegen/bytes.js'
import { expectEqual } from '../support/equal.js'

/*
 * Every service of every golden folder, and so every kind of type in every position: the contract goes through JSON and
 * readSchema as if it had been fetched, and what comes of it is held to the generated codec, byte by byte, both ways.
 */
const golden = join(import.meta.dirname, '..', 'golden')
const services = readdirSync(golden, { recursive: true, encoding: 'utf8' })
  // Only generated code keeps what its contract doesn't know.
  .filter((file) => file.endsWith('.schema.ts') && !file.includes('keeps-unknown'))
  .map((file) => file.replaceAll('\\', '/').replace(/\.schema\.ts$/, ''))
  .sort()
const numRuns = 60

interface Both {
  readonly schema: ServiceSchema
  readonly generated: readonly MethodCodec[]
  readonly dynamic: readonly MethodCodec[]
}

async function load(path: string): Promise<Both[]> {
  const module = async (part: string) =>
    (await import(pathToFileURL(join(golden, `${path}.${part}.ts`)).href)) as Record<string, unknown>
  const [schemas, codecs] = [await module('schema'), await module('codec')]
  return Object.entries(schemas).map(([constant, value]) => {
    const schema = value as ServiceSchema
    const name = constant.replace(/Schema(\$\d+)?$/, '')
    const make = codecs[`${name.charAt(0).toLowerCase()}${name.slice(1)}Codecs`] as () => MethodCodec[]
    const fetched = readSchema(JSON.parse(JSON.stringify(schema)))
    expect(fetched).toEqual(schema)
    const dynamic = fetched.methods.map((method) => dynamicMethod(fetched, method))
    return { schema, generated: make(), dynamic }
  })
}

describe.each(services)('%s', (path) => {
  it('writes and reads the same', async () => {
    for (const { schema, generated, dynamic } of await load(path)) {
      for (const [i, method] of schema.methods.entries()) {
        const [own, other] = [generated[i] as MethodCodec, dynamic[i] as MethodCodec]
        expectSame(own.args, other.args, anyArgs(schema, method))
        const streamed = method.params[method.stream ?? -1]
        if (streamed && own.item && other.item) expectSame(own.item, other.item, anyValue(schema.types, streamed.type))
        else expect(other.item).toBe(own.item)
        const result = anyResult(schema, method)
        expectSame(own.result, other.result, result)
        for (const name of method.errors) {
          const type: Type = { kind: 'ref', name }
          const [mine, theirs] = [own.error(name), other.error(name)]
          if (!mine || !theirs) throw new Error(`no codec for ${name}`)
          expectSame(mine, theirs, anyValue(schema.types, type) as Arbitrary<RpcError>)
        }
        expect(other.error('no.SuchError')).toBeUndefined()
      }
    }
  })
})

function anyArgs(schema: ServiceSchema, method: MethodSchema): Arbitrary<readonly unknown[]> {
  return fc.tuple(
    ...method.params.map((param, i) => {
      if (i === method.stream) return fc.constant(undefined)
      const value = anyValue(schema.types, param.type)
      return param.optional ? fc.option(value, { nil: undefined }) : value
    }),
  )
}

function anyResult(schema: ServiceSchema, method: MethodSchema): Arbitrary<unknown> {
  if (!method.result) return fc.constant(undefined)
  const value = anyValue(schema.types, method.result)
  return method.optionalResult ? fc.option(value, { nil: undefined }) : value
}

function expectSame<T>(generated: Shape<T>, dynamic: Shape<T>, values: Arbitrary<T>): void {
  fc.assert(
    fc.property(values, fc.nat(), fc.nat(255), fc.nat(300), (value, at, byte, room) => {
      // Wherever the room ends that it begins with.
      const bytes = bytesOf(generated, value, room)
      expect(Buffer.from(bytesOf(dynamic, value)).equals(bytes)).toBe(true)
      // What breaks a constraint is refused by both, in the same words.
      expectEqual(outcome(dynamic, bytes), outcome(generated, bytes))
      // And where the bytes are wrong, they are wrong for both.
      if (bytes.length === 0) return
      bytes[at % bytes.length] = byte
      expectEqual(outcome(dynamic, bytes), outcome(generated, bytes))
    }),
    { numRuns },
  )
}

/** An error of a class of its own, or one without: what counts is what it says. */
function plain(value: unknown): unknown {
  return value instanceof RpcError ? { ...value, name: value.name } : value
}

function outcome<T>(shape: Shape<T>, bytes: Uint8Array): unknown {
  try {
    return plain(readBack(shape, bytes))
  } catch (error) {
    // Which of several faults is met first is up to the reader.
    const { message } = error as Error
    return message.startsWith('malformed message') ? 'malformed message' : message
  }
}
