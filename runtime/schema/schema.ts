/**
 * The contract as data: plain JSON, no functions. Generated into `x.schema.ts`, published by providers, compared by
 * `compare()`, and enough for a client without generated code.
 */
export interface ServiceSchema {
  /** Version of this form. */
  readonly schemaVersion: 1
  /** Full name: `<package>.<Name>`. */
  readonly name: string
  readonly methods: readonly MethodSchema[]
  /** Every declaration the methods reach, by full name. */
  readonly types: Readonly<Record<string, TypeDeclaration>>
  /** Hash over methods and types as they go over the wire: equal hashes mean equal bytes. See `schemaHash`. */
  readonly hash: string
  readonly tags: Tags
}

/** JSDoc tags that other parts read: `{ java: 'com.miao.server.TicketService' }`. A tag without text has the value ''. */
export type Tags = Readonly<Record<string, string>>

export type MethodKind = 'unary' | 'server' | 'client' | 'bidi'

export interface MethodSchema {
  readonly name: string
  readonly kind: MethodKind
  readonly params: readonly Field[]
  /** Index of the one parameter that is an AsyncIterable (`client` and `bidi`); its `type` is the item's type. */
  readonly stream?: number
  /** Type of the result; of one item where the method streams out. Absent: `void`. */
  readonly result?: Type
  /** The result may be undefined (`Promise<Ticket | undefined>`); it is never bare then. */
  readonly optionalResult?: boolean
  /**
   * How the arguments form the request body: `bare` is the one message itself (gRPC's form), `args` a message
   * synthesised from the parameters. Fixed in the lock when the method is born.
   */
  readonly body: 'bare' | 'args'
  /** Full names of the declared errors (`@throws`). */
  readonly errors: readonly string[]
  /** Safe to send twice (`@idempotent`). */
  readonly idempotent: boolean
  /** No reply (`@oneway`). */
  readonly oneway: boolean
  /** `@timeout`, in milliseconds. */
  readonly timeoutMs?: number
  readonly tags: Tags
}

/** A property of a message, or a parameter of a method. */
export interface Field {
  readonly name: string
  /** Protobuf field number, from the lock. */
  readonly number: number
  readonly type: Type
  /** `?` or `| undefined`: absent on the wire when undefined. */
  readonly optional: boolean
}

export const scalars = [
  'double',
  'float',
  'int32',
  'uint32',
  'sint32',
  'fixed32',
  'sfixed32',
  'int53',
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
  'boolean',
  'string',
  'bytes',
  /** google.protobuf.Timestamp; JavaScript Date, millisecond precision. */
  'date',
  'decimal',
] as const

export type Scalar = (typeof scalars)[number]

/** The type of a field, a parameter, an item or a result. Issue by issue this union grows; `kind` tells them apart. */
export type Type =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'array'; readonly item: Type }
  /** A declaration in `ServiceSchema.types`. */
  | { readonly kind: 'ref'; readonly name: string }

export type TypeDeclaration = MessageDeclaration | EnumDeclaration

export interface MessageDeclaration {
  /** An error is a message that a method may throw; `message` is not among its fields. */
  readonly kind: 'message' | 'error'
  readonly fields: readonly Field[]
  readonly tags: Tags
}

export interface EnumDeclaration {
  readonly kind: 'enum'
  /** `value` is what TypeScript sees, `number` what the wire carries (0 is reserved for "unspecified" in string enums). */
  readonly members: readonly { readonly name: string; readonly value: string | number; readonly number: number }[]
  readonly tags: Tags
}
