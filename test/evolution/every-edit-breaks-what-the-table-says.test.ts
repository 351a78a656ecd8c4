import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Breaking, breaking } from '../../generator/breaking.js'
import { generateFrom } from '../../generator/generate.js'
import { apply, changes } from '../../generator/output.js'
import type { Project } from '../../generator/project.js'
import type { MethodCodec, Shape } from '../../runtime/method.js'
import type { Field, MethodSchema, ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { anyValue } from '../codegen/any-value.js'
import { bytesOf, readBack } from '../codegen/bytes.js'
import { root } from '../support/child.js'
import { expectEqual } from '../support/equal.js'
import { evolve, packageOf } from './steps.js'
import { rows, type Trouble } from './table.js'
import { lost, type Side, translated, translatedFields } from './value.js'

/*
 * All rows are generated together, each in a package of its own: codegen runs once for each step of the longest row. Then the
 * first step's generated code and the last one's exchange values.
 */

// In the repository, so that 'tsubo' is this one.
const folder = `${root}.docs-evolution-${process.pid}`
const outs = ['older', 'newer'].map((name) => join(folder, name))

let found: readonly Breaking[] = []

beforeAll(() => {
  const idl = join(folder, 'idl')
  const emit = (project: Project, out: string) => apply(changes(generateFrom(project), idl, out))
  const [first, second] = outs as [string, string]
  const { older, newer } = evolve(idl, (project) => emit(project, first))
  emit(newer, second)
  found = breaking(older, newer)
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('has at least 60 edits', () => expect(rows.length).toBeGreaterThanOrEqual(60))

describe('every edit breaks what the table says', () => {
  it.each(rows.map((row, index) => [`${index + 1}: ${row.edit}`, row, index] as const))('%s', async (_, row, index) => {
    const own = found.filter(({ path }) => new RegExp(`^${packageOf(index)}\\b`).test(path))
    const says = {
      wire: troubleOf(own.flatMap((change) => change.wire)),
      json: troubleOf(own.flatMap((change) => change.json)),
      source: own.some((change) => change.source),
      kinds: [...new Set(own.map((change) => change.kind))].sort(),
    }
    expect(says, own.map((c) => `${c.path}: ${c.message}`).join('\n')).toEqual({
      wire: row.wire,
      json: row.json,
      source: row.source,
      kinds: row.kinds,
    })
    const [older, newer] = (await Promise.all(outs.map((out) => services(out, index)))) as [Service[], Service[]]
    const failed = { 'old-reads-new': exchange(newer, older), 'new-reads-old': exchange(older, newer) }
    for (const direction of ['old-reads-new', 'new-reads-old'] as const) {
      const expected = row.wire === direction || row.wire === 'both'
      if (!expected) expect(failed[direction], direction).toBeUndefined()
      // Proof that the verdict is not mere caution.
      else if (!row.elsewhere) expect(failed[direction], `${direction} should fail for some value`).toBeDefined()
    }
  })
})

function troubleOf(directions: readonly string[]): Trouble {
  const [oldReads, newReads] = [directions.includes('old-reads-new'), directions.includes('new-reads-old')]
  return oldReads && newReads ? 'both' : oldReads ? 'old-reads-new' : newReads ? 'new-reads-old' : 'none'
}

interface Service {
  readonly schema: ServiceSchema
  readonly codecs: readonly MethodCodec[]
}

/** The generated services of a row. */
async function services(out: string, index: number): Promise<Service[]> {
  const load = (path: string): Promise<Record<string, unknown>> =>
    import(pathToFileURL(join(out, packageOf(index), path)).href)
  const [schemas, codecs] = await Promise.all([load('q.schema.ts'), load('q.codec.ts')])
  return Object.entries(schemas).map(([name, schema]) => {
    const constant = `${name.charAt(0).toLowerCase()}${name.slice(1).replace(/Schema$/, '')}Codecs`
    return { schema: schema as ServiceSchema, codecs: (codecs[constant] as () => MethodCodec[])() }
  })
}

/** Sends values from one side's code to the other's. Returns what goes wrong first, undefined where nothing does. */
function exchange(from: readonly Service[], to: readonly Service[]): string | undefined {
  for (const writer of from) {
    const local = (name: string) => name.slice(name.lastIndexOf('.') + 1)
    const reader = to.find(({ schema }) => local(schema.name) === local(writer.schema.name))
    if (!reader) continue
    for (const [i, method] of writer.schema.methods.entries()) {
      const j = reader.schema.methods.findIndex(({ name }) => name === method.name)
      const other = reader.schema.methods[j]
      if (!other || other.kind !== method.kind) continue
      const [codec, otherCodec] = [writer.codecs[i], reader.codecs[j]] as [MethodCodec, MethodCodec]
      const args = method.params.filter((_, at) => at !== method.stream)
      const problem =
        crosses(
          codec.args,
          otherCodec.args,
          anyArgs(writer.schema, method),
          (values) => {
            const byName = new Map(method.params.map((p, at) => [p.name, (values as unknown[])[at]]))
            const bare = method.body === 'bare' && other.body === 'bare'
            const wanted = other.params.filter((_, at) => at !== other.stream)
            const numbered = bare
              ? wanted.map((p, at) => ({ ...p, number: args[at]?.number ?? p.number, name: args[at]?.name ?? p.name }))
              : wanted
            const all = translatedFields(writer.schema, args, reader.schema, numbered, (field) =>
              byName.get(field.name),
            )
            return all === lost ? lost : Object.values(all as object)
          },
          (read) => wantedOf(other, read as unknown[]),
        ) ??
        crosses(
          codec.result,
          otherCodec.result,
          anyResult(writer.schema, method.result, method.optionalResult),
          (value) => expectedResult(writer.schema, method, reader.schema, other, value),
        ) ??
        (codec.item && otherCodec.item && method.stream !== undefined && other.stream !== undefined
          ? crosses(
              codec.item,
              otherCodec.item,
              anyValue(writer.schema.types, (method.params[method.stream] as Field).type),
              (value) =>
                translated(
                  writer.schema,
                  (method.params[method.stream as number] as Field).type,
                  reader.schema,
                  (other.params[other.stream as number] as Field).type,
                  value,
                ),
            )
          : undefined)
      if (problem) return `${method.name}: ${problem}`
    }
  }
  return undefined
}

function wantedOf(method: MethodSchema, read: unknown[]): unknown[] {
  return method.params.flatMap((_, i) => (i === method.stream ? [] : [read[i]]))
}

function expectedResult(
  writer: Side,
  method: MethodSchema,
  reader: Side,
  other: MethodSchema,
  value: unknown,
): unknown {
  if (!other.result) return undefined
  const optional = other.optionalResult ?? false
  if (!method.result || value === undefined) return optional ? undefined : other.result.kind === 'array' ? [] : lost
  return translated(writer, method.result, reader, other.result, value)
}

function anyArgs(schema: ServiceSchema, method: MethodSchema) {
  const all = method.params.map((param, i) => {
    if (i === method.stream) return fc.constant(undefined)
    const value = anyValue(schema.types, param.type)
    return param.optional ? fc.option(value, { nil: undefined }) : value
  })
  return fc.tuple(...all)
}

function anyResult(schema: ServiceSchema, type: Type | undefined, optional = false) {
  if (!type) return fc.constant(undefined)
  const value = anyValue(schema.types, type)
  return optional ? fc.option(value, { nil: undefined }) : value
}

function crosses(
  writer: Shape<never> | Shape<unknown>,
  reader: Shape<never> | Shape<unknown>,
  values: fc.Arbitrary<unknown>,
  expected: (value: unknown) => unknown,
  seen: (read: unknown) => unknown = (read) => read,
): string | undefined {
  for (const value of fc.sample(values, { numRuns: 60, seed: 20261122 })) {
    const bytes = bytesOf(writer as Shape<unknown>, value)
    const wanted = expected(value)
    try {
      const read = seen(readBack(reader as Shape<unknown>, bytes))
      if (wanted === lost) return 'it read what its type does not hold'
      expectEqual(read, wanted)
    } catch (error) {
      return `${error instanceof Error ? error.message.split('\n')[0] : error}`
    }
  }
  return undefined
}
