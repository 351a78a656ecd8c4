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
  /** From `@java`: its type in Java, where that isn't the one that follows from `type`. See `parseJavaType`. */
  readonly java?: string
  /** From constraint tags; nothing is checked where there are none. */
  readonly constraints?: Constraints
}

/** What a value has to be besides its type: `@minLength 3`, `@pattern ^[A-Z]+$`, `@format email` ... */
export interface Constraints {
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly format?: string
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
  /** TypeScript's `unknown`: any JSON value, carried as JSON text. */
  'json',
] as const

export type Scalar = (typeof scalars)[number]

/**
 * The type of a field, a parameter, an item or a result. `kind` tells them apart.
 *
 * How each lies in bytes, all of it legal proto3. "Field n" is the field of the message around it:
 *
 * ```
 * scalar    field n with the protobuf type of that name; boolean = bool, decimal and json = string, int53 = int64,
 *           date = message { int64 seconds = 1; int32 nanos = 2 } (google.protobuf.Timestamp)
 * ref       enum: field n, an open enum (int32); message, error, union: field n, a message
 * array     repeated field n, packed where the item is a number, boolean or enum
 * set       the same; two equal items are refused when written, and folded into one when read
 * map       map<key, value> field n where protobuf allows the key (integers, boolean, string, decimal); for other keys
 *           (double, float, date, bytes, enum) the same bytes as repeated message { key = 1; value = 2 }
 * tuple     field n, a message { item 1 = 1; item 2 = 2 ...; repeated rest = count of items + 1 }
 * nullable  field n, a message { optional of = 1 }; an empty message is null
 * literal   nothing: the contract knows it. Its number stays taken. In a union: an empty message
 * ```
 *
 * Repeated fields and maps exist only as fields of a message and are never absent. Everywhere else an array, set or map is
 * wrapped into a message that has it as field 1: as an item, a map's value, a union's member, inside nullable, and
 * as an optional field, parameter or tuple item.
 *
 * Whatever is not repeated has presence: required fields are always written, zeros too (`optional` in a .proto).
 * A result or stream item is a message of its own where it is a ref to a message; everything else
 * (unions and nullables too) is field 1 of a message around it, absent for an undefined result.
 */
export type Type =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'array'; readonly item: Type }
  /** Items are scalars (not json) or enums. */
  | { readonly kind: 'set'; readonly item: Type }
  /** Keys are scalars (not json) or enums; of a record (a plain object) strings, decimals, or numbers written as text. */
  | { readonly kind: 'map'; readonly key: Type; readonly value: Type; readonly form: 'map' | 'record' }
  /** Required items first, then optional ones, then the rest. */
  | { readonly kind: 'tuple'; readonly items: readonly TupleItem[]; readonly rest?: Type }
  /** `T | null`; `of` is never nullable itself. */
  | { readonly kind: 'nullable'; readonly of: Type }
  /** Only as the type of a required property, and of a union's member. */
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  /** A declaration in `ServiceSchema.types`. */
  | { readonly kind: 'ref'; readonly name: string }

export interface TupleItem {
  readonly type: Type
  readonly optional: boolean
}

export type TypeDeclaration = MessageDeclaration | EnumDeclaration | UnionDeclaration

export interface MessageDeclaration {
  /** An error is a message that a method may throw; `message` is not among its fields. */
  readonly kind: 'message' | 'error'
  readonly fields: readonly Field[]
  readonly tags: Tags
}

export interface EnumDeclaration {
  readonly kind: 'enum'
  /**
   * Written as `enum`, or as a union of string and number literals: their numbers come from the lock, and a member's
   * name is its value as text, which need not be an identifier.
   */
  readonly form: 'enum' | 'literals'
  /** `value` is what TypeScript sees, `number` what the wire carries (0 is reserved for "unspecified" in string enums). */
  readonly members: readonly { readonly name: string; readonly value: string | number; readonly number: number }[]
  readonly tags: Tags
}

/**
 * A message with one oneof: exactly one member is set. Members are told apart by their JavaScript type (string, number,
 * bigint, boolean, Date, Uint8Array, array or tuple, Set, Map, object), objects among each other by the discriminator.
 */
export interface UnionDeclaration {
  readonly kind: 'union'
  /** The property that tells the members apart that have a `value`. */
  readonly discriminator?: string
  readonly members: readonly UnionMember[]
  readonly tags: Tags
}

export interface UnionMember {
  /** The discriminator's value as text, else the member's JavaScript type: `string`, `number`, `array`, `object` ... */
  readonly name: string
  readonly number: number
  readonly type: Type
  /** The discriminator's value in this member. */
  readonly value?: string | number | boolean
}
