import type { Scalar, Type } from './schema.js'

/**
 * A type as a contract writes it, flavours included: `int32[]`, `Map<string, Money>`. Names are without their package.
 * With `flavours` false it is what TypeScript compiles against: `number[]`.
 */
export function typeText(type: Type, flavours = true): string {
  const text = (inner: Type) => typeText(inner, flavours)
  switch (type.kind) {
    case 'scalar':
      return flavours && !plain.includes(type.scalar) ? type.scalar : (typescript[type.scalar] ?? 'number')
    case 'array':
      return type.item.kind === 'nullable' ? `(${text(type.item)})[]` : `${text(type.item)}[]`
    case 'set':
      return `Set<${text(type.item)}>`
    case 'map':
      return `${type.form === 'map' ? 'Map' : 'Record'}<${text(type.key)}, ${text(type.value)}>`
    case 'tuple': {
      const items = type.items.map((item) => text(item.type) + (item.optional ? '?' : ''))
      return `[${[...items, ...(type.rest ? [`...${text(type.rest)}[]`] : [])].join(', ')}]`
    }
    case 'nullable':
      return `${text(type.of)} | null`
    case 'literal':
      return JSON.stringify(type.value)
    case 'ref':
      return lastName(type.name)
  }
}

/** `Money` of `com.example.Money`. */
export function lastName(fullName: string): string {
  return fullName.slice(fullName.lastIndexOf('.') + 1)
}

/** What stands for a declaration in text that is compared, where two names mean the same one. */
export type Alias = (name: string) => string

/** A type with the names of its declarations replaced. */
export function renamed(type: Type, alias: Alias): Type {
  switch (type.kind) {
    case 'ref':
      return { kind: 'ref', name: alias(type.name) }
    case 'array':
    case 'set':
      return { ...type, item: renamed(type.item, alias) }
    case 'map':
      return { ...type, key: renamed(type.key, alias), value: renamed(type.value, alias) }
    case 'tuple':
      return {
        kind: 'tuple',
        items: type.items.map((item) => ({ ...item, type: renamed(item.type, alias) })),
        ...(type.rest && { rest: renamed(type.rest, alias) }),
      }
    case 'nullable':
      return { kind: 'nullable', of: renamed(type.of, alias) }
    default:
      return type
  }
}

/** Names of the declarations a type mentions. */
export function namesIn(type: Type): string[] {
  const names: string[] = []
  renamed(type, (name) => {
    names.push(name)
    return name
  })
  return names
}

/** Scalars that TypeScript has a word of its own for. */
const plain: readonly Scalar[] = ['double', 'int64', 'bytes', 'date', 'json']

/** Everything else is a number. */
const typescript: Partial<Record<Scalar, string>> = {
  int64: 'bigint',
  uint64: 'bigint',
  sint64: 'bigint',
  fixed64: 'bigint',
  sfixed64: 'bigint',
  boolean: 'boolean',
  string: 'string',
  decimal: 'string',
  bytes: 'Uint8Array',
  date: 'Date',
  json: 'unknown',
}
