import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Long from 'long'
import protobuf from 'protobufjs'
import { jsonText } from '../../runtime/schema/json.js'
import type { Field, ServiceSchema, Type } from '../../runtime/schema/schema.js'
import { memberOf } from '../../runtime/schema/union.js'

type Types = ServiceSchema['types']
type Plain = Record<string, unknown>

// vitest's conditions hide this optional dependency of protobufjs from it; without it 64-bit numbers are rounded.
protobuf.util.Long = Long
protobuf.configure()

/** protobufjs with every `.proto` of a folder loaded: what a program in another language has of a contract. */
export function loadProtos(folder: string): protobuf.Root {
  const root = new protobuf.Root()
  root.addJSON(protobuf.common.get('google/protobuf/timestamp.proto')?.nested ?? {})
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.proto'))
  for (const file of files) protobuf.parse(readFileSync(join(folder, file), 'utf8'), root, { keepCase: true })
  root.resolveAll()
  return root
}

/** Crosses values of one message between our bytes and protobufjs's, by field numbers: names differ in a `.proto`. */
export function protoJudge(root: protobuf.Root, types: Types, name: string) {
  const message = root.lookupType(name)
  const type: Type = { kind: 'ref', name }
  return {
    decode: (bytes: Uint8Array): Plain => message.toObject(message.decode(bytes), { longs: String, bytes: String }),
    encode: (value: unknown): Uint8Array =>
      message.encode(message.fromObject(plainOne(types, type, value, message) as Plain)).finish(),
    plain: (value: unknown): unknown => plainOne(types, type, value, message),
  }
}

function plainFields(types: Types, fields: readonly Field[], value: Plain, message: protobuf.Type): Plain {
  const entries = fields.flatMap((field): [string, unknown][] => {
    const inner = value[field.name]
    if (field.type.kind === 'literal' || inner === undefined) return []
    const found = fieldOf(message, field.number)
    const plain = field.optional
      ? plainOne(types, field.type, inner, target(found))
      : plainMany(types, field.type, inner, found)
    return plain === undefined ? [] : [[found.name, plain]]
  })
  return Object.fromEntries(entries)
}

/** Undefined for what is empty and repeated. */
function plainMany(types: Types, type: Type, value: unknown, field: protobuf.Field): unknown {
  if (type.kind === 'array' || type.kind === 'set') {
    const items = [...(value as Iterable<unknown>)].map((item) => plainOne(types, type.item, item, target(field)))
    return items.length === 0 ? undefined : items
  }
  if (type.kind !== 'map') return plainOne(types, type, value, target(field))
  const entries = value instanceof Map ? [...value] : Object.entries(value as Plain)
  if (entries.length === 0) return undefined
  if (field instanceof protobuf.MapField) {
    return Object.fromEntries(entries.map(([k, v]) => [String(k), plainOne(types, type.value, v, target(field))]))
  }
  const entry = target(field) as protobuf.Type
  return entries.map(([k, v]) => ({
    key: plainOne(types, type.key, k, target(fieldOf(entry, 1))),
    value: plainOne(types, type.value, v, target(fieldOf(entry, 2))),
  }))
}

function plainOne(types: Types, type: Type, value: unknown, message: protobuf.Type | undefined): unknown {
  switch (type.kind) {
    case 'scalar':
      return plainScalar(type.scalar, value)
    case 'literal':
      return {}
    case 'nullable':
      if (value === null) return {}
      return { value: plainOne(types, type.of, value, target(fieldOf(message, 1))) }
    case 'tuple': {
      const items = value as unknown[]
      const fields = type.items.map((item, i) => ({ ...item, name: String(i), number: i + 1 }))
      const rest = items.slice(type.items.length)
      const more: Field[] = type.rest
        ? [{ name: 'rest', number: fields.length + 1, type: { kind: 'array', item: type.rest }, optional: false }]
        : []
      const record = Object.fromEntries([...items.map((item, i) => [String(i), item] as const), ['rest', rest]])
      return plainFields(types, [...fields, ...more], record, message as protobuf.Type)
    }
    case 'ref': {
      const declaration = types[type.name]
      if (declaration?.kind === 'enum') return declaration.members.find((member) => member.value === value)?.number
      if (declaration?.kind === 'union') {
        const member = memberOf(types, declaration, value)
        if (!member) throw new Error('a value of no member')
        const field = fieldOf(message, member.number)
        return { [field.name]: plainOne(types, member.type, value, target(field)) }
      }
      return plainFields(types, declaration?.fields ?? [], value as Plain, message as protobuf.Type)
    }
    default: {
      const inner = plainMany(types, type, value, fieldOf(message, 1))
      return inner === undefined ? {} : { value: inner }
    }
  }
}

function plainScalar(scalar: string, value: unknown): unknown {
  if (value instanceof Date) {
    const seconds = Math.floor(value.getTime() / 1000)
    const nanos = (value.getTime() - seconds * 1000) * 1e6
    return { ...(seconds !== 0 && { seconds: String(seconds) }), ...(nanos !== 0 && { nanos }) }
  }
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (scalar === 'json') return jsonText(value)
  return typeof value === 'bigint' || scalar === 'int53' ? String(value) : value
}

function fieldOf(message: protobuf.Type | undefined, number: number): protobuf.Field {
  const field = message?.fieldsById[number]
  if (!field) throw new Error(`${message?.fullName} has no field ${number}`)
  return field
}

function target(field: protobuf.Field): protobuf.Type | undefined {
  return field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined
}
