import { z } from 'zod'
import { scalars } from '../runtime/schema/schema.js'

/**
 * What a folder of contracts says, as plain data: the value between the TypeScript front end (`parse.ts`) and
 * everything behind it. Names are checked, references resolve, comments are text; numbers are not in it yet (`lock.ts`).
 */

/** Where something stands, for diagnostics. `line` and `column` count from 1. */
export const place = z.strictObject({
  /** Path of the file, relative to the folder of contracts, with `/`. */
  file: z.string(),
  line: z.int().positive(),
  column: z.int().positive(),
  length: z.int().nonnegative(),
})
export type Place = z.infer<typeof place>

/** The schema's types (`runtime/schema`), plus what only TypeScript sees. */
export type ModelType =
  | { readonly kind: 'scalar'; readonly scalar: (typeof scalars)[number] }
  | { readonly kind: 'array'; readonly item: ModelType; readonly readonly: boolean }
  | { readonly kind: 'set'; readonly item: ModelType; readonly readonly: boolean }
  | {
      readonly kind: 'map'
      readonly key: ModelType
      readonly value: ModelType
      readonly form: 'map' | 'record'
      readonly readonly: boolean
    }
  | {
      readonly kind: 'tuple'
      readonly items: readonly { readonly type: ModelType; readonly optional: boolean }[]
      readonly rest?: ModelType | undefined
      readonly readonly: boolean
    }
  | { readonly kind: 'nullable'; readonly of: ModelType }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'ref'; readonly name: string }

export const modelType: z.ZodType<ModelType> = z.lazy(() =>
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
/** The lines of a doc comment, as they go into the output. */
const doc = z.array(z.string())

/** What tags say about numbers (`numbering.ts`). A declaration's former names are full names. */
const was = z.array(z.string()).optional()
const pin = z.int().positive().optional()
const reserved = z.strictObject({ numbers: z.array(z.int()), names: z.array(z.string()) }).optional()

const size = z.int().nonnegative()

/** From constraint tags, checked against the type. */
export const constraints = z.strictObject({
  minLength: size.exactOptional(),
  maxLength: size.exactOptional(),
  pattern: z.string().exactOptional(),
  minimum: z.number().exactOptional(),
  maximum: z.number().exactOptional(),
  minItems: size.exactOptional(),
  maxItems: size.exactOptional(),
  format: z.string().exactOptional(),
})

/** A property of a message, or a parameter of a method. */
export const field = z.strictObject({
  name,
  type: modelType,
  /** Written with `?`. */
  question: z.boolean(),
  /** Written with `| undefined`. */
  undefinable: z.boolean(),
  readonly: z.boolean(),
  pin,
  was,
  constraints: constraints.exactOptional(),
  doc,
  at: place,
})
export type ModelField = z.infer<typeof field>

export const method = z.strictObject({
  name,
  kind: z.enum(['unary', 'server', 'client', 'bidi']),
  params: z.array(field),
  /** Index of the parameter that is an AsyncIterable; its `type` is the item's. */
  stream: z.int().nonnegative().optional(),
  result: modelType.optional(),
  optionalResult: z.boolean(),
  /** Full names of the declared errors. */
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
export type ModelMethod = z.infer<typeof method>

const declared = { name, fullName: z.string(), was, reserved, doc, tags, at: place }

export const service = z.strictObject({ kind: z.literal('service'), ...declared, methods: z.array(method) })
export type ModelService = z.infer<typeof service>

/** An error is a message that methods may throw; `message` is not among its fields. */
export const message = z.strictObject({ kind: z.enum(['message', 'error']), ...declared, fields: z.array(field) })
export type ModelMessage = z.infer<typeof message>

export const enumeration = z.strictObject({
  kind: z.literal('enum'),
  ...declared,
  /** `literals`: a union of string and number literals; a member's name is its value as text, any text at all. */
  form: z.enum(['enum', 'literals']),
  members: z.array(
    z.strictObject({ name: z.string(), value: z.union([z.string(), z.number()]), pin, was, doc, at: place }),
  ),
})
export type ModelEnum = z.infer<typeof enumeration>

export const union = z.strictObject({
  kind: z.literal('union'),
  ...declared,
  /** The property that tells the objects apart. */
  discriminator: name.optional(),
  members: z.array(
    z.strictObject({
      /** The discriminator's value as text, any text at all; else the JavaScript type (`runtime/schema/union.ts`). */
      name: z.string(),
      type: modelType,
      value: z.union([z.string(), z.number(), z.boolean()]).optional(),
      at: place,
    }),
  ),
})
export type ModelUnion = z.infer<typeof union>

export const declaration = z.discriminatedUnion('kind', [service, message, enumeration, union])
export type Declaration = z.infer<typeof declaration>

export const file = z.strictObject({
  /** Path without `.d.ts`, relative to the folder of contracts: also the path of what is generated from it. */
  path: z.string(),
  doc,
  declarations: z.array(declaration),
})
export type ModelFile = z.infer<typeof file>

export const model = z.strictObject({ files: z.array(file) })
export type Model = z.infer<typeof model>

const byFullName = new WeakMap<Model, ReadonlyMap<string, Declaration>>()

/** Every declaration of a model by its full name. Asked for by every file of the output, made once. */
export function declarationsOf(model: Model): ReadonlyMap<string, Declaration> {
  const known = byFullName.get(model)
  if (known) return known
  const made = new Map(model.files.flatMap((file) => file.declarations).map((d) => [d.fullName, d]))
  byFullName.set(model, made)
  return made
}
