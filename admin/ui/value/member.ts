import type { ServiceSchema, UnionDeclaration, UnionMember } from '../../../runtime/schema/schema.ts'
import { classOfType, type ValueClass } from '../../../runtime/schema/union.ts'

type Types = ServiceSchema['types']

/** Members whose JSON another member may have, too, say what they are: `{ "$Date": "2026-11-28T09:30:00Z" }`. */
const marked: ReadonlySet<ValueClass | undefined> = new Set<ValueClass>(['bigint', 'Date', 'Uint8Array', 'Set', 'Map'])

/** The JSON of a union's member, with its mark where it needs one. */
export function wrapped(types: Types, member: UnionMember, json: unknown): unknown {
  const mark = markOf(types, member)
  return mark ? { [mark]: json } : json
}

/** The other way. */
export function unwrapped(types: Types, member: UnionMember, json: unknown): unknown {
  const mark = markOf(types, member)
  if (!mark || typeof json !== 'object' || json === null || Array.isArray(json)) return json
  return Object.hasOwn(json, mark) ? (json as Readonly<Record<string, unknown>>)[mark] : json
}

/** Which member a union's JSON is of; undefined: of none. */
export function memberOfJson(types: Types, union: UnionDeclaration, json: unknown): UnionMember | undefined {
  const { members, discriminator: by } = union
  const literal = members.find(({ type }) => type.kind === 'literal' && type.value === json)
  if (literal) return literal
  const plain = members.filter(({ type, value }) => type.kind !== 'literal' && value === undefined)
  const byClass = (wanted: ValueClass) => plain.find((member) => classOfType(types, member.type) === wanted)
  if (Array.isArray(json)) return byClass('array')
  if (typeof json !== 'object' || json === null) return byClass(typeof json as ValueClass)
  const [key = '', ...more] = Object.keys(json)
  if (more.length === 0 && key.startsWith('$')) {
    const member = byClass(key.slice(1) as ValueClass)
    if (member) return member
  }
  const told = by !== undefined && Object.hasOwn(json, by) ? (json as Readonly<Record<string, unknown>>)[by] : undefined
  return members.find(({ value }) => value !== undefined && value === told) ?? byClass('object')
}

function markOf(types: Types, member: UnionMember): string | undefined {
  if (member.value !== undefined || member.type.kind === 'literal') return undefined
  const found = classOfType(types, member.type)
  return marked.has(found) ? `$${found}` : undefined
}
