import type { Field, MethodSchema, Scalar, ServiceSchema, Type, UnionDeclaration } from './schema.js'
import { typeText } from './type-text.js'
import { classOfType, memberOf, type ValueClass } from './union.js'

/*
 * Values as JSON says them, for the command line and whoever else has no TypeScript: the form that `x.zod.ts` reads and
 * docs/outputs.md describes. bigint as decimal text, Date in ISO 8601, bytes in base64, Set as array, Map as pairs.
 */

type Types = ServiceSchema['types']

/** What was expected of a JSON value, and where: `request.passengers[2].name: expected text, got a number`. */
export class JsonMismatch extends RangeError {}

const maxDepth = 100

/** The value that JSON stands for. Throws JsonMismatch; ranges are the codec's affair. */
export function fromJson(types: Types, type: Type, json: unknown, path: string, depth = 0): unknown {
  if (depth > maxDepth) throw new JsonMismatch(`${path}: nested deeper than ${maxDepth} levels`)
  const inner = (of: Type, item: unknown, at: string) => fromJson(types, of, item, at, depth + 1)
  switch (type.kind) {
    case 'scalar':
      return scalarFromJson(type.scalar, json, path)
    case 'array':
      return listOf(json, type, path).map((item, i) => inner(type.item, item, `${path}[${i}]`))
    case 'set':
      return new Set(listOf(json, type, path).map((item, i) => inner(type.item, item, `${path}[${i}]`)))
    case 'map': {
      if (type.form === 'record') {
        const entries = Object.entries(objectOf(json, type, path))
        return Object.fromEntries(
          entries.map(([key, item]) => [key, inner(type.value, item, `${path}[${JSON.stringify(key)}]`)]),
        )
      }
      const pairs = listOf(json, type, path).map((pair, i): [unknown, unknown] => {
        const at = `${path}[${i}]`
        if (!Array.isArray(pair) || pair.length !== 2) throw mismatch(at, 'a pair [key, value]', pair)
        return [inner(type.key, pair[0], `${at}[0]`), inner(type.value, pair[1], `${at}[1]`)]
      })
      return new Map(pairs)
    }
    case 'tuple': {
      const items = listOf(json, type, path)
      const least = type.items.filter((item) => !item.optional).length
      if (items.length < least || (!type.rest && items.length > type.items.length)) {
        throw mismatch(path, `${typeText(type)}`, json)
      }
      return items.map((item, i) => inner((type.items[i]?.type ?? type.rest) as Type, item, `${path}[${i}]`))
    }
    case 'nullable':
      return json === null ? null : inner(type.of, json, path)
    case 'literal':
      if (json !== type.value) throw mismatch(path, JSON.stringify(type.value), json)
      return json
    case 'ref': {
      const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
      if (!declaration) throw new JsonMismatch(`${path}: the contract lacks ${type.name}`)
      if (declaration.kind === 'enum') {
        if (declaration.members.some((member) => member.value === json)) return json
        throw mismatch(path, oneOf(declaration.members.map((member) => member.value)), json)
      }
      if (declaration.kind === 'union') return unionFromJson(types, type.name, declaration, json, path, depth)
      return fieldsFromJson(types, type.name, declaration.fields, objectOf(json, type, path), path, depth)
    }
  }
}

/** JSON for a value that was read by a codec, or fits its type. */
export function toJson(types: Types, type: Type, value: unknown): unknown {
  switch (type.kind) {
    case 'scalar':
      return scalarToJson(type.scalar, value)
    case 'array':
    case 'set':
      return [...(value as Iterable<unknown>)].map((item) => toJson(types, type.item, item))
    case 'map':
      if (type.form === 'map') {
        const entries = [...(value as ReadonlyMap<unknown, unknown>)]
        return entries.map(([key, item]) => [toJson(types, type.key, key), toJson(types, type.value, item)])
      }
      return Object.fromEntries(
        Object.entries(value as object).map(([key, item]) => [key, toJson(types, type.value, item)]),
      )
    case 'tuple':
      return (value as readonly unknown[]).map((item, i) =>
        toJson(types, (type.items[i]?.type ?? type.rest) as Type, item),
      )
    case 'nullable':
      return value === null ? null : toJson(types, type.of, value)
    case 'literal':
      return value
    case 'ref': {
      const declaration = Object.hasOwn(types, type.name) ? types[type.name] : undefined
      if (!declaration || declaration.kind === 'enum') return value
      if (declaration.kind === 'union') return unionToJson(types, declaration, value)
      return fieldsToJson(types, declaration.fields, value as Readonly<Record<string, unknown>>)
    }
  }
}

/** The properties of a message or declared error as JSON. */
export function fieldsToJson(
  types: Types,
  fields: readonly Field[],
  value: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const given = fields.filter(({ name }) => value[name] !== undefined)
  return Object.fromEntries(given.map(({ name, type }) => [name, toJson(types, type, value[name])]))
}

/**
 * The arguments of a call, in the order of the parameters; the streamed one stays undefined. One parameter: its value.
 * Several: an array of them, or an object by their names. undefined: no arguments.
 */
export function argsFromJson(types: Types, method: MethodSchema, json: unknown): unknown[] {
  const taken = method.params.filter((_param, i) => i !== method.stream)
  const [only] = taken
  if (json === undefined) return argsFromList(types, method, [])
  if (taken.length === 1 && only && !(Array.isArray(json) && !isListInJson(only.type))) {
    return argsFromList(types, method, [json])
  }
  if (Array.isArray(json)) return argsFromList(types, method, json)
  if (typeof json !== 'object' || json === null || taken.length < 2) {
    throw new JsonMismatch(`expected ${signature(taken)}, got ${nameOf(json)}`)
  }
  const named = json as Readonly<Record<string, unknown>>
  const names = taken.map((param) => param.name)
  expectNames(named, names, 'the arguments', 'the method')
  const given = names.map((name) => (Object.hasOwn(named, name) ? named[name] : undefined))
  return argsFromList(types, method, given)
}

/** The same of a list that has one value for each parameter but the streamed one. */
export function argsFromList(types: Types, { params, stream }: MethodSchema, given: readonly unknown[]): unknown[] {
  const taken = params.flatMap((param, i) => (i === stream ? [] : [{ param, i }]))
  const args = new Array<unknown>(params.length).fill(undefined)
  if (given.length > taken.length) {
    throw new JsonMismatch(`expected ${signature(taken.map(({ param }) => param))}, got ${given.length} arguments`)
  }
  for (const [k, { param, i }] of taken.entries()) {
    const value = given[k]
    // JSON has no undefined: null stands for an argument that is left out, where null is no value of it.
    const leftOut = value === undefined || (value === null && param.optional && param.type.kind !== 'nullable')
    if (leftOut) {
      if (!param.optional) throw new JsonMismatch(`${param.name}: is missing; expected ${typeText(param.type)}`)
    } else args[i] = fromJson(types, param.type, value, param.name)
  }
  return args
}

function signature(params: readonly Field[]): string {
  if (params.length === 0) return 'no arguments'
  const texts = params.map((param) => `${param.name}${param.optional ? '?' : ''}: ${typeText(param.type)}`)
  return params.length === 1 ? (texts[0] as string) : `an array [${texts.join(', ')}]`
}

/** Types whose values are arrays in JSON. */
export function isListInJson(type: Type): boolean {
  if (type.kind === 'nullable') return isListInJson(type.of)
  // A union may hold arrays, and so may any JSON.
  if (type.kind === 'ref' || (type.kind === 'scalar' && type.scalar === 'json')) return type.kind === 'scalar'
  return (
    type.kind === 'array' ||
    type.kind === 'set' ||
    type.kind === 'tuple' ||
    (type.kind === 'map' && type.form === 'map')
  )
}

function fieldsFromJson(
  types: Types,
  name: string,
  fields: readonly Field[],
  json: Readonly<Record<string, unknown>>,
  path: string,
  depth: number,
): Record<string, unknown> {
  expectNames(
    json,
    fields.map((field) => field.name),
    path,
    name,
  )
  const entries: [string, unknown][] = []
  for (const field of fields) {
    const given = Object.hasOwn(json, field.name) ? json[field.name] : undefined
    const at = `${path}.${field.name}`
    if (given !== undefined) entries.push([field.name, fromJson(types, field.type, given, at, depth + 1)])
    else if (!field.optional) throw new JsonMismatch(`${at}: is missing; expected ${typeText(field.type)}`)
  }
  return Object.fromEntries(entries)
}

function expectNames(json: object, names: readonly string[], path: string, owner: string): void {
  for (const name of Object.keys(json)) {
    if (names.includes(name)) continue
    const shown = JSON.stringify(name.slice(0, 60))
    throw new JsonMismatch(`${path}: ${owner} has no ${shown}; it has ${names.join(', ') || 'no properties'}`)
  }
}

/** Members whose form another member may have, too: in a union they say what they are. */
const marked: ReadonlySet<ValueClass> = new Set<ValueClass>(['bigint', 'Date', 'Uint8Array', 'Set', 'Map'])

function unionFromJson(
  types: Types,
  name: string,
  union: UnionDeclaration,
  json: unknown,
  path: string,
  depth: number,
): unknown {
  const inner = (type: Type, item: unknown) => fromJson(types, type, item, path, depth + 1)
  const plain = union.members.filter(({ type, value }) => type.kind !== 'literal' && value === undefined)
  const classes = new Map(plain.map((member) => [classOfType(types, member.type), member]))
  const literal = union.members.find(({ type }) => type.kind === 'literal' && type.value === json)
  if (literal) return json
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) {
    const [[key, item] = ['', undefined], ...more] = Object.entries(json)
    if (more.length === 0 && key.startsWith('$')) {
      const mark = key.slice(1) as ValueClass
      const member = classes.get(mark)
      if (member && (marked.has(mark) || mark === 'number')) return inner(member.type, item)
    }
    const by = union.discriminator
    const told =
      by !== undefined && Object.hasOwn(json, by) ? (json as Readonly<Record<string, unknown>>)[by] : undefined
    const member =
      union.members.find((m) => m.value !== undefined && m.value === told) ??
      union.members.find((m) => m.value === undefined && classOfType(types, m.type) === 'object')
    if (member) return inner(member.type, json)
    if (by !== undefined) {
      const values = union.members.flatMap((m) => (m.value === undefined ? [] : [m.value]))
      throw mismatch(`${path}.${by}`, oneOf(values), told)
    }
  } else {
    const member = classes.get(Array.isArray(json) ? 'array' : (typeof json as ValueClass))
    if (member) return inner(member.type, json)
  }
  throw mismatch(path, `a member of ${name}: ${union.members.map(memberText).join(' | ')}`, json)

  function memberText({ type }: UnionDeclaration['members'][number]): string {
    const found = classOfType(types, type)
    return found && marked.has(found) ? `{ "$${found}": ... }` : typeText(type)
  }
}

function unionToJson(types: Types, union: UnionDeclaration, value: unknown): unknown {
  const member = memberOf(types, union, value)
  if (!member) return undefined
  const json = toJson(types, member.type, value)
  if (member.value !== undefined || member.type.kind === 'literal') return json
  const found = classOfType(types, member.type)
  if (found === 'number' && typeof json === 'string') return { $number: json }
  return found && marked.has(found) ? { [`$${found}`]: json } : json
}

const notFinite: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const date =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$|^[+-]\d{6}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

function scalarFromJson(scalar: Scalar, json: unknown, path: string): unknown {
  switch (scalar) {
    case 'json':
      return json
    case 'boolean':
      if (typeof json === 'boolean') return json
      break
    case 'string':
    case 'decimal':
      if (typeof json === 'string') return json
      break
    case 'bytes':
      if (typeof json === 'string' && base64.test(json)) return Uint8Array.from(atob(json), (c) => c.charCodeAt(0))
      break
    case 'date': {
      const time = typeof json === 'string' && date.test(json) ? Date.parse(json) : Number.NaN
      if (!Number.isNaN(time)) return new Date(time)
      break
    }
    case 'int64':
    case 'uint64':
    case 'sint64':
    case 'fixed64':
    case 'sfixed64':
      if (typeof json === 'string' && /^-?\d{1,20}$/.test(json)) return BigInt(json)
      // Beyond that JSON's reader has rounded it already.
      if (Number.isSafeInteger(json)) return BigInt(json as number)
      break
    case 'double':
    case 'float': {
      const special = notFinite.get(json)
      if (special !== undefined) return special
      if (typeof json === 'number') return json
      break
    }
    default:
      if (typeof json === 'number') return json
  }
  throw mismatch(path, expectations[scalar], json)
}

function scalarToJson(scalar: Scalar, value: unknown): unknown {
  if (scalar === 'json') return value
  if (typeof value === 'bigint') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array) return base64Of(value)
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}

function base64Of(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000))
  return btoa(text)
}

const bigint = 'a 64-bit integer as text: "9007199254740993"'
const integer = 'an integer'
const number = 'a number, "NaN", "Infinity" or "-Infinity"'
const expectations: Readonly<Record<Scalar, string>> = {
  double: number,
  float: number,
  int32: integer,
  uint32: integer,
  sint32: integer,
  fixed32: integer,
  sfixed32: integer,
  int53: integer,
  int64: bigint,
  uint64: bigint,
  sint64: bigint,
  fixed64: bigint,
  sfixed64: bigint,
  boolean: 'true or false',
  string: 'text',
  bytes: 'bytes in base64',
  date: 'a date like "2026-11-28T09:30:00Z"',
  decimal: 'a decimal number as text: "12.50"',
  json: 'JSON',
}

function listOf(json: unknown, type: Type, path: string): readonly unknown[] {
  if (!Array.isArray(json)) throw mismatch(path, `an array: ${typeText(type)}`, json)
  return json as readonly unknown[]
}

function objectOf(json: unknown, type: Type, path: string): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json))
    throw mismatch(path, `an object: ${typeText(type)}`, json)
  return json as Readonly<Record<string, unknown>>
}

function oneOf(values: readonly unknown[]): string {
  const shown = values.slice(0, 20).map((value) => JSON.stringify(value))
  return `one of ${shown.join(', ')}${values.length > 20 ? ' ...' : ''}`
}

function mismatch(path: string, expected: string, json: unknown): JsonMismatch {
  return new JsonMismatch(`${path}: expected ${expected}, got ${nameOf(json)}`)
}

/** A JSON value for people: short values as they are. */
function nameOf(json: unknown): string {
  if (json === undefined) return 'nothing'
  if (json === null) return 'null'
  if (Array.isArray(json)) return 'an array'
  if (typeof json === 'object') return 'an object'
  const text = JSON.stringify(json)
  return text.length > 60 ? `${text.slice(0, 60)}...` : text
}
