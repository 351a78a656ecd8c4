import type { Scalar, ServiceSchema, Type, UnionDeclaration, UnionMember } from './schema.js'

/** What JavaScript tells apart without knowing the contract. */
export type ValueClass =
  | 'string'
  | 'number'
  | 'bigint'
  | 'boolean'
  | 'Date'
  | 'Uint8Array'
  | 'array'
  | 'Set'
  | 'Map'
  | 'object'

/** The class of a value; undefined for what no contract has (null, functions, symbols). */
export function classOf(value: unknown): ValueClass | undefined {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return typeof value as ValueClass
    case 'object':
      if (value === null) return undefined
      if (Array.isArray(value)) return 'array'
      if (value instanceof Date) return 'Date'
      if (value instanceof Uint8Array) return 'Uint8Array'
      if (value instanceof Set) return 'Set'
      return value instanceof Map ? 'Map' : 'object'
    default:
      return undefined
  }
}

const scalarClasses: Readonly<Partial<Record<Scalar, ValueClass>>> = {
  boolean: 'boolean',
  string: 'string',
  decimal: 'string',
  bytes: 'Uint8Array',
  date: 'Date',
  int64: 'bigint',
  uint64: 'bigint',
  sint64: 'bigint',
  fixed64: 'bigint',
  sfixed64: 'bigint',
}

/**
 * The class that the values of a type have. Undefined where they have several (json, nullable, a union, an enum of strings
 * and numbers) or the schema lacks the type.
 */
export function classOfType(types: ServiceSchema['types'], type: Type): ValueClass | undefined {
  switch (type.kind) {
    case 'scalar':
      return type.scalar === 'json' ? undefined : (scalarClasses[type.scalar] ?? 'number')
    case 'array':
    case 'tuple':
      return 'array'
    case 'set':
      return 'Set'
    case 'map':
      return type.form === 'map' ? 'Map' : 'object'
    case 'literal':
      return classOf(type.value)
    case 'nullable':
      return undefined
    case 'ref': {
      const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
      if (declaration?.kind !== 'enum') return declaration && declaration.kind !== 'union' ? 'object' : undefined
      const classes = new Set(declaration.members.map((member) => classOf(member.value)))
      return classes.size === 1 ? [...classes][0] : undefined
    }
  }
}

/** The member of a union that a value belongs to: by its discriminator, else by its class. */
export function memberOf(
  types: ServiceSchema['types'],
  union: UnionDeclaration,
  value: unknown,
): UnionMember | undefined {
  const found = classOf(value)
  if (found === 'object' && union.discriminator !== undefined) {
    const key = (value as Readonly<Record<string, unknown>>)[union.discriminator]
    const member = union.members.find((m) => m.value !== undefined && m.value === key)
    if (member) return member
  }
  return union.members.find(
    (m) =>
      m.value === undefined &&
      (m.type.kind === 'literal' ? m.type.value === value : classOfType(types, m.type) === found),
  )
}
