import Long from 'long'
import protobuf from 'protobufjs'
import type { Field, Scalar, ServiceSchema, Type } from '../../runtime/schema/schema.js'

type Types = ServiceSchema['types']

// vitest's conditions hide this optional dependency of protobufjs from it; without it 64-bit numbers are rounded.
protobuf.util.Long = Long
protobuf.configure()

/**
 * protobufjs's own reflection, built from the same schema by way of .proto text, as the judge of our bytes: it shares no
 * code with the generated codecs but the cursors.
 */
export function judge(types: Types, name: string) {
  const { root } = protobuf.parse(protoText(types), { keepCase: true })
  root.resolveAll()
  const message = root.lookupType(flat(name))
  const type: Type = { kind: 'ref', name }
  return {
    /** The value that protobufjs finds in our bytes, in its own plain form. */
    decode: (bytes: Uint8Array): unknown => message.toObject(message.decode(bytes), { longs: String, bytes: String }),
    /** protobufjs's bytes for a value of ours. */
    encode: (value: unknown): Uint8Array =>
      message.encode(message.fromObject(plain(types, type, value) as Record<string, unknown>)).finish(),
    /** A value of ours in protobufjs's plain form. */
    plain: (value: unknown): unknown => plain(types, type, value),
  }
}

function protoText(types: Types): string {
  const lists = new Map<string, string>()
  const blocks = Object.entries(types).map(([full, type]) => {
    if (type.kind === 'union') throw new Error('the judge knows no unions')
    if (type.kind !== 'enum')
      return `message ${flat(full)} {\n${type.fields.map((f) => fieldText(f, lists)).join('')}}\n`
    const members = type.members.map((m) => ({ name: `${flat(full)}_${m.name}`, number: m.number }))
    const zero = members.filter((m) => m.number === 0)
    const sorted = [
      ...(zero.length > 0 ? zero : [{ name: `${flat(full)}_0`, number: 0 }]),
      ...members.filter((m) => m.number !== 0),
    ]
    return `enum ${flat(full)} {\n${sorted.map((m) => `  ${m.name} = ${m.number};\n`).join('')}}\n`
  })
  const head = 'syntax = "proto3";\nmessage Timestamp { optional int64 seconds = 1; optional int32 nanos = 2; }\n'
  return [head, ...blocks, ...lists.values()].join('\n')
}

function fieldText({ name, number, type, optional }: Field, lists: Map<string, string>): string {
  const repeated = type.kind === 'array' && !optional
  return `  ${repeated ? 'repeated' : 'optional'} ${typeName(repeated ? type.item : type, lists)} ${name} = ${number};\n`
}

function typeName(type: Type, lists: Map<string, string>): string {
  if (type.kind === 'scalar') return scalarNames[type.scalar] ?? type.scalar
  if (type.kind === 'ref') return flat(type.name)
  if (type.kind !== 'array') throw new Error(`the judge knows no ${type.kind}`)
  const item = typeName(type.item, lists)
  lists.set(item, `message ListOf_${item} { repeated ${item} value = 1; }\n`)
  return `ListOf_${item}`
}

function flat(name: string): string {
  return name.replaceAll('.', '_')
}

const scalarNames: Partial<Record<Scalar, string>> = {
  boolean: 'bool',
  int53: 'int64',
  decimal: 'string',
  date: 'Timestamp',
}

function plain(types: Types, type: Type, value: unknown, inField = false): unknown {
  if (type.kind === 'array') {
    const items = (value as unknown[]).map((item) => plain(types, type.item, item))
    return inField ? items : items.length === 0 ? {} : { value: items }
  }
  if (type.kind === 'scalar') {
    if (value instanceof Date) {
      const seconds = Math.floor(value.getTime() / 1000)
      const nanos = (value.getTime() - seconds * 1000) * 1e6
      return { ...(seconds !== 0 && { seconds: String(seconds) }), ...(nanos !== 0 && { nanos }) }
    }
    if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
    return typeof value === 'bigint' || type.scalar === 'int53' ? String(value) : value
  }
  const declaration = type.kind === 'ref' ? types[type.name] : undefined
  if (declaration?.kind === 'union') throw new Error('the judge knows no unions')
  if (declaration?.kind === 'enum') return declaration.members.find((member) => member.value === value)?.number
  const record = value as Record<string, unknown>
  const entries = (declaration?.fields ?? []).flatMap((field): [string, unknown][] => {
    const inner = record[field.name]
    const isList = field.type.kind === 'array' && !field.optional
    if (inner === undefined || (isList && (inner as unknown[]).length === 0)) return []
    return [[field.name, plain(types, field.type, inner, isList)]]
  })
  return Object.fromEntries(entries)
}
