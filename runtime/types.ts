/**
 * Flavours of number for contracts: `import type { int32 } from 'tsubo/types'`.
 *
 * Every flavour accepts a plain `number` (or `bigint`) without a cast; the phantom property only tells the generator
 * which protobuf type goes over the wire. A plain `number` is a `double`, a plain `bigint` an `int64`.
 */

/** 32-bit signed, varint. Negative values cost 10 bytes: use `sint32` for them. */
export type int32 = number & { readonly __wire?: 'int32' }
/** 32-bit unsigned, varint. */
export type uint32 = number & { readonly __wire?: 'uint32' }
/** 32-bit signed, zigzag: small negative values stay small. */
export type sint32 = number & { readonly __wire?: 'sint32' }
/** 32-bit unsigned, always 4 bytes. */
export type fixed32 = number & { readonly __wire?: 'fixed32' }
/** 32-bit signed, always 4 bytes. */
export type sfixed32 = number & { readonly __wire?: 'sfixed32' }
/** 32-bit floating point. */
export type float = number & { readonly __wire?: 'float' }
/** 64-bit floating point; the same as plain `number`. */
export type double = number & { readonly __wire?: 'double' }
/** An integer a `number` holds exactly (up to 2^53 - 1 in size), carried as int64, range-checked on both sides. */
export type int53 = number & { readonly __wire?: 'int53' }

/** 64-bit signed, varint; the same as plain `bigint`. */
export type int64 = bigint & { readonly __wire?: 'int64' }
/** 64-bit unsigned, varint. */
export type uint64 = bigint & { readonly __wire?: 'uint64' }
/** 64-bit signed, zigzag. */
export type sint64 = bigint & { readonly __wire?: 'sint64' }
/** 64-bit unsigned, always 8 bytes. */
export type fixed64 = bigint & { readonly __wire?: 'fixed64' }
/** 64-bit signed, always 8 bytes. */
export type sfixed64 = bigint & { readonly __wire?: 'sfixed64' }

/** A decimal number as text ("12.50"), exact; Java's BigDecimal on the Dubbo wire. */
export type decimal = string & { readonly __wire?: 'decimal' }
