import type { ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { classOf, memberOf } from '../../runtime/schema/union.js'

type Types = ServiceSchema['types']

/** A value of ours as JSON, by the rules of docs/idl.md and not by the generator's code. */
export function toJson(of: Types, type: Type, value: unknown): unknown {
  switch (type.kind) {
    case 'scalar':
      if (typeof value === 'bigint') return String(value)
      if (value instanceof Date) return value.toJSON()
      if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
      return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
    case 'array':
    case 'set':
      return [...(value as Iterable<unknown>)].map((item) => toJson(of, type.item, item))
    case 'map': {
      if (value instanceof Map) return [...value].map(([k, v]) => [toJson(of, type.key, k), toJson(of, type.value, v)])
      const entries = Object.entries(value as object).map(([k, v]) => [k, toJson(of, type.value, v)] as const)
      return Object.fromEntries(entries)
    }
    case 'tuple':
      return (value as unknown[]).map((item, i) => toJson(of, type.items[i]?.type ?? (type.rest as Type), item))
    case 'nullable':
      return value === null ? null : toJson(of, type.of, value)
    case 'literal':
      return value
    case 'ref': {
      const declaration = of[type.name]
      if (declaration?.kind === 'enum') return value
      if (declaration?.kind === 'union') {
        const member = memberOf(of, declaration, value)
        if (!member) throw new Error('a value of no member')
        const json = toJson(of, member.type, value)
        const name = classOf(value)
        const marked =
          typeof value === 'number'
            ? !Number.isFinite(value)
            : ['bigint', 'Date', 'Uint8Array', 'Set', 'Map'].includes(String(name))
        return marked ? { [`$${name}`]: json } : json
      }
      const record = value as Record<string, unknown>
      const fields = (declaration?.fields ?? []).filter((field) => record[field.name] !== undefined)
      return Object.fromEntries(fields.map((field) => [field.name, toJson(of, field.type, record[field.name])]))
    }
  }
}
