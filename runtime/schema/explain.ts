import { isJson } from './json.js'
import type { Field, MethodSchema, Scalar, ServiceSchema, Type, TypeDeclaration } from './schema.js'
import { classOf, memberOf } from './union.js'

/**
 * Says why a value doesn't fit the contract: `request.passengers[2].name: expected a string, got undefined`.
 * Returns undefined where it does fit. Runs only after encoding has failed, so it may take its time.
 *
 * The text holds names of the contract and of types, never anything out of the value; no method of the value is called.
 */
export function explainType(
  schema: Pick<ServiceSchema, 'types'>,
  type: Type,
  value: unknown,
  path: string,
  depth = 0,
): string | undefined {
  if (depth > maxDepth) return `${path}: nested deeper than ${maxDepth} levels, or in a circle`
  const inner = (of: Type, item: unknown, at: string) => explainType(schema, of, item, at, depth + 1)
  switch (type.kind) {
    case 'scalar':
      return fits(type.scalar, value)
        ? undefined
        : `${path}: expected ${expectations[type.scalar]}, got ${nameOf(value, type.scalar)}`
    case 'array':
      if (!Array.isArray(value)) return `${path}: expected an array, got ${nameOf(value)}`
      return firstOf(value as unknown[], (item, i) => inner(type.item, item, `${path}[${i}]`))
    case 'set': {
      if (!(value instanceof Set)) return `${path}: expected a Set, got ${nameOf(value)}`
      const items: unknown[] = [...value]
      return (
        firstOf(items, (item, i) => inner(type.item, item, `${path}[${i}]`)) ?? explainTwice(type.item, items, path)
      )
    }
    case 'map': {
      const what = type.form === 'map' ? 'a Map' : 'an object'
      if (type.form === 'map' ? !(value instanceof Map) : classOf(value) !== 'object') {
        return `${path}: expected ${what}, got ${nameOf(value)}`
      }
      const entries: (readonly [unknown, unknown])[] =
        value instanceof Map ? [...value] : Object.entries(value as object).map(([k, v]) => [recordKey(type.key, k), v])
      return (
        firstOf(
          entries,
          ([key, item], i) =>
            inner(type.key, key, `${path}: key ${i + 1}`) ?? inner(type.value, item, `${path}: value ${i + 1}`),
        ) ??
        explainTwice(
          type.key,
          entries.map(([key]) => key),
          path,
        )
      )
    }
    case 'tuple': {
      if (!Array.isArray(value)) return `${path}: expected an array, got ${nameOf(value)}`
      const items: readonly unknown[] = value
      if (!type.rest && items.length > type.items.length) {
        return `${path}: expected ${type.items.length} items, got ${items.length}`
      }
      return (
        firstOf(type.items, (item, i) => explainOptional(schema, item, items[i], `${path}[${i}]`, depth + 1)) ??
        firstOf(items.slice(type.items.length), (item, i) =>
          type.rest ? inner(type.rest, item, `${path}[${i + type.items.length}]`) : undefined,
        )
      )
    }
    case 'nullable':
      return value === null ? undefined : inner(type.of, value, path)
    case 'literal':
      return value === type.value
        ? undefined
        : `${path}: expected ${JSON.stringify(type.value)}, got ${nameOf(value)}${typeof value === typeof type.value ? ' that is another' : ''}`
    case 'ref': {
      const declaration = Object.hasOwn(schema.types, type.name) ? schema.types[type.name] : undefined
      if (!declaration) return `${path}: the schema lacks ${type.name}`
      return explainDeclaration(schema, type.name, declaration, value, path, depth)
    }
  }
}

function explainDeclaration(
  schema: Pick<ServiceSchema, 'types'>,
  name: string,
  declaration: TypeDeclaration,
  value: unknown,
  path: string,
  depth: number,
): string | undefined {
  if (declaration.kind === 'enum') {
    if (declaration.members.some((member) => member.value === value)) return undefined
    return `${path}: expected a member of ${name}, got ${nameOf(value)}`
  }
  if (declaration.kind === 'union') {
    const member = memberOf(schema.types, declaration, value)
    if (member) return explainType(schema, member.type, value, path, depth + 1)
    const by = declaration.discriminator
    if (by === undefined || classOf(value) !== 'object')
      return `${path}: expected a member of ${name}, got ${nameOf(value)}`
    return `${path}.${by}: no member of ${name} has this ${by}; got ${nameOf((value as Readonly<Record<string, unknown>>)[by])}`
  }
  if (typeof value !== 'object' || value === null) return `${path}: expected ${name}, got ${nameOf(value)}`
  const record = value as Readonly<Record<string, unknown>>
  return firstOf(declaration.fields, (field) =>
    explainOptional(schema, field, record[field.name], `${path}.${field.name}`, depth + 1),
  )
}

/** The same for a method's arguments; paths begin with the parameter's name. */
export function explainArgs(
  schema: Pick<ServiceSchema, 'types'>,
  method: MethodSchema,
  args: readonly unknown[],
): string | undefined {
  return firstOf(method.params, (param, i) =>
    i === method.stream ? undefined : explainOptional(schema, param, args[i], param.name, 0),
  )
}

/** The same for a method's result, or one item of it. */
export function explainResult(
  schema: Pick<ServiceSchema, 'types'>,
  method: MethodSchema,
  value: unknown,
): string | undefined {
  if (!method.result || (value === undefined && method.optionalResult)) return undefined
  return explainType(schema, method.result, value, 'result')
}

/** Digits with an optional sign, fraction and exponent: what Java's BigDecimal reads. */
export const decimalPattern = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/

/** Half of a surrogate pair: such text has no UTF-8. */
export const halfPair = /[\uD800-\uDFFF]/u

const maxDepth = 100

function explainOptional(
  schema: Pick<ServiceSchema, 'types'>,
  field: Pick<Field, 'type' | 'optional'>,
  value: unknown,
  path: string,
  depth: number,
): string | undefined {
  if (field.optional && value === undefined) return undefined
  return explainType(schema, field.type, value, path, depth)
}

/** Two items of a set, or keys of a map, that are one on the wire: equal dates or bytes, and what a float rounds. */
function explainTwice(type: Type, items: readonly unknown[], path: string): string | undefined {
  const seen = new Set(items.map((item) => distinctKey(type, item)))
  return seen.size === items.length ? undefined : `${path}: two of it are equal`
}

/** A key that is equal for two values that are one on the wire. */
export function distinctKey(type: Type, value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  if (value instanceof Uint8Array) return value.join()
  return type.kind === 'scalar' && type.scalar === 'float' ? Math.fround(value as number) : value
}

/** The key that a property's name of a record stands for: `NaN` where it is no number as JavaScript writes it. */
function recordKey(type: Type, name: string): unknown {
  if (type.kind !== 'scalar' || type.scalar === 'string' || type.scalar === 'decimal') return name
  return String(Number(name)) === name ? Number(name) : Number.NaN
}

function firstOf<T>(items: readonly T[], explain: (item: T, index: number) => string | undefined): string | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = explain(items[i] as T, i)
    if (found) return found
  }
  return undefined
}

const expectations: Readonly<Record<Scalar, string>> = {
  double: 'a number',
  float: 'a number that fits a float',
  int32: 'an integer from -2^31 to 2^31 - 1',
  uint32: 'an integer from 0 to 2^32 - 1',
  sint32: 'an integer from -2^31 to 2^31 - 1',
  fixed32: 'an integer from 0 to 2^32 - 1',
  sfixed32: 'an integer from -2^31 to 2^31 - 1',
  int53: 'an integer from -(2^53 - 1) to 2^53 - 1',
  int64: 'a bigint from -2^63 to 2^63 - 1',
  uint64: 'a bigint from 0 to 2^64 - 1',
  sint64: 'a bigint from -2^63 to 2^63 - 1',
  fixed64: 'a bigint from 0 to 2^64 - 1',
  sfixed64: 'a bigint from -2^63 to 2^63 - 1',
  boolean: 'a boolean',
  string: 'a string',
  bytes: 'a Uint8Array',
  date: 'a valid Date',
  decimal: 'a decimal number as text',
  json: 'a JSON value',
}

function fits(scalar: Scalar, value: unknown): boolean {
  switch (scalar) {
    case 'double':
      return typeof value === 'number'
    case 'float':
      return typeof value === 'number' && (!Number.isFinite(value) || Number.isFinite(Math.fround(value)))
    case 'int32':
    case 'sint32':
    case 'sfixed32':
      return typeof value === 'number' && (value | 0) === value
    case 'uint32':
    case 'fixed32':
      return typeof value === 'number' && value >>> 0 === value
    case 'int53':
      return Number.isSafeInteger(value)
    case 'int64':
    case 'sint64':
    case 'sfixed64':
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value
    case 'uint64':
    case 'fixed64':
      return typeof value === 'bigint' && BigInt.asUintN(64, value) === value
    case 'boolean':
      return typeof value === 'boolean'
    case 'string':
      return typeof value === 'string' && !halfPair.test(value)
    case 'bytes':
      return value instanceof Uint8Array
    case 'date':
      return value instanceof Date && !Number.isNaN(value.getTime())
    case 'decimal':
      return typeof value === 'string' && decimalPattern.test(value)
    case 'json':
      return isJson(value)
  }
}

/** A type's name for people; never the value. */
function nameOf(value: unknown, expected?: Scalar): string {
  if (value === null) return 'null'
  if (value === undefined) return 'undefined'
  if (Array.isArray(value)) return 'an array'
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date'
  if (value instanceof Uint8Array) return 'a Uint8Array'
  if (value instanceof Set) return 'a Set'
  if (value instanceof Map) return 'a Map'
  if (typeof value === 'number' && expected && expectations[expected].includes('integer')) {
    return Number.isInteger(value) ? 'one out of range' : 'a number that is no integer'
  }
  if (typeof value === 'string' && expected === 'string') return 'one with half of a surrogate pair'
  if (typeof value === 'bigint' && expected && expectations[expected].includes('bigint')) return 'one out of range'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
