import type { Constraints, Scalar } from '../runtime/schema/schema.js'

/*
 * What a folder of contracts says, as plain data: the value between the TypeScript front end (`parse.ts`) and
 * everything behind it. Names are checked, references resolve, comments are text; numbers are not in it yet (`lock.ts`).
 */

export interface Model {
  readonly files: readonly ModelFile[]
}

export interface ModelFile {
  /** Path without `.d.ts`, relative to the folder of contracts: also the path of what is generated from it. */
  readonly path: string
  readonly doc: Doc
  readonly declarations: readonly Declaration[]
}

export type Declaration = ModelService | ModelMessage | ModelEnum | ModelUnion

/** Where something stands, for diagnostics. `line` and `column` count from 1. */
export interface Place {
  /** Path of the file, relative to the folder of contracts, with `/`. */
  readonly file: string
  readonly line: number
  readonly column: number
  readonly length: number
}

/** The lines of a doc comment, as they go into the output. */
type Doc = readonly string[]

/** What every declaration has. */
export interface Declared {
  readonly name: string
  readonly fullName: string
  /** From `@was`: the full names it may have had. */
  readonly was: readonly string[] | undefined
  readonly reserved: Reserved | undefined
  readonly doc: Doc
  readonly tags: Readonly<Record<string, string>>
  readonly at: Place
}

/** What the alias that names a declaration stands for besides: `type Choice = 'a' | 'b' | null`. */
export type Absent = readonly ('null' | 'undefined')[]

/** From `@reserved` (`numbering.ts`). */
interface Reserved {
  readonly numbers: readonly number[]
  readonly names: readonly string[]
}

export interface ModelService extends Declared {
  readonly kind: 'service'
  readonly methods: readonly ModelMethod[]
}

/** An error is a message that methods may throw; `message` is not among its fields. */
export interface ModelMessage extends Declared {
  readonly kind: 'message' | 'error'
  readonly fields: readonly ModelField[]
}

export interface ModelEnum extends Declared {
  readonly kind: 'enum'
  /** `literals`: a union of string and number literals; a member's name is its value as text, any text at all. */
  readonly form: 'enum' | 'literals'
  readonly absent: Absent
  readonly members: readonly ModelEnumMember[]
}

export interface ModelEnumMember {
  readonly name: string
  readonly value: string | number
  readonly pin: number | undefined
  readonly was: readonly string[] | undefined
  readonly doc: Doc
  readonly at: Place
}

export interface ModelUnion extends Declared {
  readonly kind: 'union'
  /** The property that tells the objects apart. */
  readonly discriminator: string | undefined
  readonly absent: Absent
  readonly members: readonly ModelUnionMember[]
}

export interface ModelUnionMember {
  /** The discriminator's value as text, any text at all; else the JavaScript type (`runtime/schema/union.ts`). */
  readonly name: string
  readonly type: ModelType
  readonly value: string | number | boolean | undefined
  readonly at: Place
}

export interface ModelMethod {
  readonly name: string
  readonly kind: 'unary' | 'server' | 'client' | 'bidi'
  readonly params: readonly ModelField[]
  /** Index of the parameter that is an AsyncIterable; its `type` is the item's. */
  readonly stream: number | undefined
  readonly result: ModelType | undefined
  readonly optionalResult: boolean
  /** Full names of the declared errors. */
  readonly errors: readonly string[]
  readonly idempotent: boolean
  readonly oneway: boolean
  readonly timeoutMs: number | undefined
  readonly was: readonly string[] | undefined
  readonly reserved: Reserved | undefined
  readonly doc: Doc
  readonly tags: Readonly<Record<string, string>>
  readonly at: Place
}

/** A property of a message, or a parameter of a method. */
export interface ModelField {
  readonly name: string
  readonly type: ModelType
  /** Written with `?`. */
  readonly question: boolean
  /** Written with `| undefined`. */
  readonly undefinable: boolean
  readonly readonly: boolean
  /** From `@field`. */
  readonly pin: number | undefined
  readonly was: readonly string[] | undefined
  /** From `@java`: its type in Java. Absent where nothing is said. */
  readonly java?: string
  /** From constraint tags, checked against the type. Absent where there are none. */
  readonly constraints?: Constraints
  readonly doc: Doc
  readonly at: Place
}

/** The schema's types (`runtime/schema`), plus what only TypeScript sees. */
export type ModelType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
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

const byFullName = new WeakMap<Model, ReadonlyMap<string, Declaration>>()

/** Every declaration of a model by its full name. Asked for by every file of the output, made once. */
export function declarationsOf(model: Model): ReadonlyMap<string, Declaration> {
  const known = byFullName.get(model)
  if (known) return known
  const made = new Map(model.files.flatMap((file) => file.declarations).map((d) => [d.fullName, d]))
  byFullName.set(model, made)
  return made
}
