import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ContractError } from '../../generator/diagnostics.js'
import type { Model, ModelType } from '../../generator/model.js'
import { readProject } from '../../generator/project.js'
import { scalars } from '../../runtime/schema/schema.js'

const place = z.strictObject({
  file: z.string(),
  line: z.int().positive(),
  column: z.int().positive(),
  length: z.int().nonnegative(),
})

const modelType: z.ZodType<ModelType> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('scalar'), scalar: z.enum(scalars) }),
    z.strictObject({ kind: z.literal('array'), item: modelType, readonly: z.boolean() }),
    z.strictObject({ kind: z.literal('set'), item: modelType, readonly: z.boolean() }),
    z.strictObject({
      kind: z.literal('map'),
      key: modelType,
      value: modelType,
      form: z.enum(['map', 'record']),
      readonly: z.boolean(),
    }),
    z.strictObject({
      kind: z.literal('tuple'),
      items: z.array(z.strictObject({ type: modelType, optional: z.boolean() })),
      rest: modelType.optional(),
      readonly: z.boolean(),
    }),
    z.strictObject({ kind: z.literal('nullable'), of: modelType }),
    z.strictObject({ kind: z.literal('literal'), value: z.union([z.string(), z.number(), z.boolean()]) }),
    z.strictObject({ kind: z.literal('ref'), name: z.string() }),
  ]),
)

const name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
const tags = z.record(z.string(), z.string())
const doc = z.array(z.string())

const was = z.array(z.string()).optional()
const pin = z.int().positive().optional()
const reserved = z.strictObject({ numbers: z.array(z.int()), names: z.array(z.string()) }).optional()

const absent = z.array(z.enum(['null', 'undefined']))
const size = z.int().nonnegative()

const constraints = z.strictObject({
  minLength: size.exactOptional(),
  maxLength: size.exactOptional(),
  pattern: z.string().exactOptional(),
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
  minItems: size.exactOptional(),
  maxItems: size.exactOptional(),
  format: z.string().exactOptional(),
})

const field = z.strictObject({
  name,
  type: modelType,
  question: z.boolean(),
  undefinable: z.boolean(),
  readonly: z.boolean(),
  pin,
  was,
  constraints: constraints.exactOptional(),
  java: z.string().exactOptional(),
  doc,
  at: place,
})

const method = z.strictObject({
  name,
  kind: z.enum(['unary', 'server', 'client', 'bidi']),
  params: z.array(field),
  stream: z.int().nonnegative().optional(),
  result: modelType.optional(),
  optionalResult: z.boolean(),
  errors: z.array(z.string()),
  idempotent: z.boolean(),
  oneway: z.boolean(),
  timeoutMs: z.int().positive().optional(),
  was,
  reserved,
  doc,
  tags,
  at: place,
})

const declared = { name, fullName: z.string(), was, reserved, doc, tags, at: place }

const service = z.strictObject({ kind: z.literal('service'), ...declared, methods: z.array(method) })

const message = z.strictObject({ kind: z.enum(['message', 'error']), ...declared, fields: z.array(field) })

const enumeration = z.strictObject({
  kind: z.literal('enum'),
  ...declared,
  form: z.enum(['enum', 'literals']),
  absent,
  members: z.array(
    z.strictObject({ name: z.string(), value: z.union([z.string(), z.number()]), pin, was, doc, at: place }),
  ),
})

const union = z.strictObject({
  kind: z.literal('union'),
  ...declared,
  discriminator: name.optional(),
  absent,
  members: z.array(
    z.strictObject({
      name: z.string(),
      type: modelType,
      value: z.union([z.string(), z.number(), z.boolean()]).optional(),
      at: place,
    }),
  ),
})

const declaration = z.discriminatedUnion('kind', [service, message, enumeration, union])

const file = z.strictObject({
  path: z.string(),
  doc,
  declarations: z.array(declaration),
})

const model = z.strictObject({ files: z.array(file) })

const golden = join(import.meta.dirname, '..', 'golden')

describe('the model of a contract is plain data', () => {
  it.each(readdirSync(golden).sort())('%s', (name) => {
    let read: Model
    try {
      read = readProject(join(golden, name, 'idl')).model
    } catch (error) {
      expect(error).toBeInstanceOf(ContractError)
      return
    }
    expect(model.parse(read)).toEqual(read)
    expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(model.parse(read))))
  })
})
