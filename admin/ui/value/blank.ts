import type { ServiceSchema, Type } from '../../../runtime/schema/schema.ts'
import { wrapped } from './member.ts'

type Types = ServiceSchema['types']

/** Deeper than this a value of a type that needs itself is left empty; no finite value of it exists anyway. */
const maxDepth = 12

/** A value to begin with, in the JSON form of contracts: everything that is required, and nothing else. */
export function blank(types: Types, type: Type, depth = 0): unknown {
  switch (type.kind) {
    case 'scalar':
      return blankScalar(type.scalar)
    case 'array':
    case 'set':
      return []
    case 'map':
      return type.form === 'map' ? [] : {}
    case 'tuple':
      return type.items.filter(({ optional }) => !optional).map(({ type: of }) => blank(types, of, depth + 1))
    case 'nullable':
      return null
    case 'literal':
      return type.value
    case 'ref': {
      const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
      if (!declaration || depth > maxDepth) return null
      if (declaration.kind === 'enum') return declaration.members[0]?.value ?? null
      if (declaration.kind === 'union') {
        const member = declaration.members[0]
        return member ? wrapped(types, member, blank(types, member.type, depth + 1)) : null
      }
      const required = declaration.fields.filter(({ optional }) => !optional)
      return Object.fromEntries(required.map((field) => [field.name, blank(types, field.type, depth + 1)]))
    }
  }
}

function blankScalar(scalar: Extract<Type, { kind: 'scalar' }>['scalar']): unknown {
  switch (scalar) {
    case 'boolean':
      return false
    case 'string':
    case 'bytes':
      return ''
    case 'decimal':
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      return '0'
    case 'date':
      return `${new Date().toISOString().slice(0, 16)}:00.000Z`
    case 'json':
      return null
    default:
      return 0
  }
}
