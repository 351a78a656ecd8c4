import { schemaHash } from './hash.js'
import { errorMembers, isIdentifier, maxNameLength, objectMembers } from './name.js'
import {
  type Constraints,
  type EnumDeclaration,
  type Field,
  type MethodSchema,
  type Scalar,
  type ServiceSchema,
  scalars,
  type Tags,
  type TupleItem,
  type Type,
  type TypeDeclaration,
  type UnionDeclaration,
  type UnionMember,
} from './schema.js'
import { classOfType } from './union.js'

/**
 * What a contract may hold that came from somebody else. Each far beyond what a contract has that somebody wrote, and so
 * small that reading one to the limit costs a fraction of a second.
 */
export const schemaLimits = {
  methods: 1_000,
  types: 5_000,
  /** Properties, parameters and members, all together. */
  members: 50_000,
  /** How deep a type may be written: `Map<string, (T | null)[]>[]` has 5. */
  depth: 64,
  /** Characters of a tag, a literal or an enum's value. */
  text: 10_000,
  /** Tags of one thing. */
  tags: 100,
} as const

/**
 * A contract that was fetched, checked as a stranger's: what comes back is a copy made of what is known alone, with
 * `hash` computed anew; every reference leads somewhere, every number is one, no name is a member of each object, and
 * whatever the codecs take for granted holds. Throws RangeError that names the place: `types["a.Money"].fields[2].number`.
 */
export function readSchema(value: unknown): ServiceSchema {
  return new SchemaReader().service(value)
}

type Json = Readonly<Record<string, unknown>>

class SchemaReader {
  #members = 0
  #types: Readonly<Record<string, TypeDeclaration>> = {}

  service(value: unknown): ServiceSchema {
    const service = object(value, 'the contract')
    const version = own(service, 'schemaVersion')
    if (version !== 1) throw wrong('schemaVersion', 'is not 1; is the provider of another release?')
    const name = fullName(own(service, 'name'), 'name')
    const declared = Object.entries(object(own(service, 'types'), 'types'))
    if (declared.length > schemaLimits.types) throw wrong('types', `holds more than ${schemaLimits.types}`)
    const types: [string, TypeDeclaration][] = declared.map(([key, type]) => {
      const at = `types[${quoted(key)}]`
      return [fullName(key, at), this.#declaration(type, at)]
    })
    this.#types = Object.fromEntries(types)
    for (const [key, type] of types) this.#checkDeclaration(type, `types[${quoted(key)}]`)
    const methods = list(own(service, 'methods'), 'methods', schemaLimits.methods).map((method, i) =>
      this.#method(method, `methods[${i}]`),
    )
    unique(methods, 'methods', 'name')
    const schema = {
      schemaVersion: 1 as const,
      name,
      methods,
      types: this.#types,
      tags: tags(own(service, 'tags'), 'tags'),
    }
    return { ...schema, hash: schemaHash(schema) }
  }

  // ---- methods ----

  #method(value: unknown, at: string): MethodSchema {
    const from = object(value, at)
    const name = identifier(own(from, 'name'), `${at}.name`)
    if (name === 'then') throw wrong(`${at}.name`, 'would make every client look like a promise')
    const kind = oneOf(own(from, 'kind'), ['unary', 'server', 'client', 'bidi'] as const, `${at}.kind`)
    const params = this.#fields(own(from, 'params'), `${at}.params`, 'params')
    const stream = own(from, 'stream')
    const streams = kind === 'client' || kind === 'bidi'
    if (streams ? !isIndex(stream, params.length) : stream !== undefined) {
      throw wrong(`${at}.stream`, streams ? 'names none of the parameters' : `is not for a ${kind} method`)
    }
    const inBody = params.filter((_, i) => i !== stream)
    const body = oneOf(own(from, 'body'), ['bare', 'args'] as const, `${at}.body`)
    const [only] = inBody
    if (body === 'bare') {
      const isMessage = only && this.#declared(only.type)?.kind === 'message'
      if (inBody.length !== 1 || !only || only.optional || !isMessage) {
        throw wrong(`${at}.body`, 'is bare, which takes exactly one required message')
      }
    } else numbered(inBody, `${at}.params`)
    for (const [i, param] of params.entries()) this.#checkField(param, `${at}.params[${i}]`)
    const result = own(from, 'result')
    const type = result === undefined ? undefined : this.#checked(this.#type(result, `${at}.result`), `${at}.result`)
    const optionalResult = own(from, 'optionalResult')
    if (optionalResult !== undefined && typeof optionalResult !== 'boolean') throw wrong(`${at}.optionalResult`, bool)
    const oneway = boolean(own(from, 'oneway'), `${at}.oneway`)
    if (oneway && (kind !== 'unary' || type)) throw wrong(`${at}.oneway`, 'has no answer, so neither result nor stream')
    const errors = list(own(from, 'errors'), `${at}.errors`, 100).map((error, i) => {
      const name = fullName(error, `${at}.errors[${i}]`)
      if (!Object.hasOwn(this.#types, name) || this.#types[name]?.kind !== 'error') {
        throw wrong(`${at}.errors[${i}]`, `${quoted(name)} is no declared error`)
      }
      return name
    })
    const timeoutMs = own(from, 'timeoutMs')
    if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs > 0 && timeoutMs <= 2 ** 31)) {
      throw wrong(`${at}.timeoutMs`, 'is no number of milliseconds')
    }
    return {
      name,
      kind,
      params,
      ...(stream !== undefined && { stream: stream as number }),
      ...(type && { result: type }),
      ...(optionalResult === true && { optionalResult }),
      body,
      errors,
      idempotent: boolean(own(from, 'idempotent'), `${at}.idempotent`),
      oneway,
      ...(timeoutMs !== undefined && { timeoutMs: timeoutMs as number }),
      tags: tags(own(from, 'tags'), `${at}.tags`),
    }
  }

  #fields(value: unknown, at: string, of: 'message' | 'error' | 'params'): Field[] {
    const fields = list(value, at, schemaLimits.members).map((item, i): Field => {
      this.#count(at)
      const from = object(item, `${at}[${i}]`)
      const name = identifier(own(from, 'name'), `${at}[${i}].name`)
      if (of === 'error' && errorMembers.has(name))
        throw wrong(`${at}[${i}].name`, `${quoted(name)} is every error's own`)
      const constraints = own(from, 'constraints')
      const java = own(from, 'java')
      return {
        name,
        // A parameter that is streamed, or the body itself, has none on the wire.
        number:
          of === 'params'
            ? wholeNumber(own(from, 'number'), `${at}[${i}].number`)
            : fieldNumber(own(from, 'number'), `${at}[${i}].number`),
        type: this.#type(own(from, 'type'), `${at}[${i}].type`),
        optional: boolean(own(from, 'optional'), `${at}[${i}].optional`),
        ...(java !== undefined && { java: text(java, `${at}[${i}].java`) }),
        ...(constraints !== undefined && { constraints: readConstraints(constraints, `${at}[${i}].constraints`) }),
      }
    })
    unique(fields, at, 'name')
    if (of !== 'params') numbered(fields, at)
    return fields
  }

  // ---- types ----

  #type(value: unknown, at: string, depth = 0): Type {
    if (depth >= schemaLimits.depth) throw wrong(at, `nests deeper than ${schemaLimits.depth}`)
    const from = object(value, at)
    const inner = (key: string) => this.#type(own(from, key), `${at}.${key}`, depth + 1)
    const kind = own(from, 'kind')
    switch (kind) {
      case 'scalar':
        return { kind, scalar: oneOf(own(from, 'scalar'), scalars, `${at}.scalar`) }
      case 'array':
      case 'set':
        return { kind, item: inner('item') }
      case 'map':
        return { kind, key: inner('key'), value: inner('value'), form: oneOf(own(from, 'form'), forms, `${at}.form`) }
      case 'tuple': {
        const items = list(own(from, 'items'), `${at}.items`, 100).map((item, i): TupleItem => {
          this.#count(at)
          const place = `${at}.items[${i}]`
          const part = object(item, place)
          const type = this.#type(own(part, 'type'), `${place}.type`, depth + 1)
          return { type, optional: boolean(own(part, 'optional'), `${place}.optional`) }
        })
        if (items.some((item, i) => !item.optional && items[i - 1]?.optional)) {
          throw wrong(`${at}.items`, 'has a required item behind an optional one')
        }
        return { kind, items, ...(own(from, 'rest') !== undefined && { rest: inner('rest') }) }
      }
      case 'nullable':
        return { kind, of: inner('of') }
      case 'literal':
        return { kind, value: literalValue(own(from, 'value'), `${at}.value`) }
      case 'ref':
        return { kind, name: fullName(own(from, 'name'), `${at}.name`) }
      default:
        throw wrong(`${at}.kind`, `is ${quoted(kind)}, which this release doesn't know`)
    }
  }

  #declaration(value: unknown, at: string): TypeDeclaration {
    const from = object(value, at)
    const kind = own(from, 'kind')
    const common = { tags: tags(own(from, 'tags'), `${at}.tags`) }
    switch (kind) {
      case 'message':
      case 'error':
        return { kind, fields: this.#fields(own(from, 'fields'), `${at}.fields`, kind), ...common }
      case 'enum':
        return { kind, ...this.#enum(from, at), ...common }
      case 'union':
        return { kind, ...this.#union(from, at), ...common }
      default:
        throw wrong(`${at}.kind`, `is ${quoted(kind)}, which this release doesn't know`)
    }
  }

  #enum(from: Json, at: string): Pick<EnumDeclaration, 'form' | 'members'> {
    const form = oneOf(own(from, 'form'), ['enum', 'literals'] as const, `${at}.form`)
    const members = list(own(from, 'members'), `${at}.members`, schemaLimits.members).map((item, i) => {
      this.#count(at)
      const place = `${at}.members[${i}]`
      const member = object(item, place)
      const value = literalValue(own(member, 'value'), `${place}.value`)
      if (typeof value === 'boolean') throw wrong(`${place}.value`, 'is no text or number')
      return {
        name: text(own(member, 'name'), `${place}.name`),
        value,
        number: int32(own(member, 'number'), `${place}.number`),
      }
    })
    if (members.length === 0) throw wrong(`${at}.members`, 'is empty')
    for (const key of ['name', 'value', 'number'] as const) unique(members, `${at}.members`, key)
    return { form, members }
  }

  #union(from: Json, at: string): Omit<UnionDeclaration, 'kind' | 'tags'> {
    const by = own(from, 'discriminator')
    const discriminator = by === undefined ? undefined : identifier(by, `${at}.discriminator`)
    const members = list(own(from, 'members'), `${at}.members`, schemaLimits.members).map((item, i): UnionMember => {
      this.#count(at)
      const place = `${at}.members[${i}]`
      const member = object(item, place)
      const value = own(member, 'value')
      return {
        name: text(own(member, 'name'), `${place}.name`),
        number: fieldNumber(own(member, 'number'), `${place}.number`),
        type: this.#type(own(member, 'type'), `${place}.type`),
        ...(value !== undefined && { value: literalValue(value, `${place}.value`) }),
      }
    })
    if (members.length === 0) throw wrong(`${at}.members`, 'is empty')
    for (const key of ['name', 'number'] as const) unique(members, `${at}.members`, key)
    return { ...(discriminator !== undefined && { discriminator }), members }
  }

  // ---- what holds between the parts, once all declarations are known ----

  #checkDeclaration(declaration: TypeDeclaration, at: string): void {
    if (declaration.kind === 'union') this.#checkUnion(declaration, at)
    else if (declaration.kind !== 'enum') {
      for (const [i, field] of declaration.fields.entries()) this.#checkField(field, `${at}.fields[${i}]`)
    }
  }

  #checkField({ type, optional }: Field, at: string): void {
    if (type.kind === 'literal' && !optional) return
    this.#checked(type, `${at}.type`)
  }

  #checkUnion({ discriminator, members }: UnionDeclaration, at: string): void {
    const told = members.filter((member) => member.value !== undefined)
    if (told.length > 0 && discriminator === undefined) throw wrong(`${at}.discriminator`, 'is missing')
    unique(told, `${at}.members`, 'value')
    const classes = new Set<string>()
    for (const [i, { type, value }] of members.entries()) {
      const place = `${at}.members[${i}].type`
      if (value !== undefined) {
        if (this.#declared(type)?.kind !== 'message') throw wrong(place, 'is told by a discriminator, but no message')
        continue
      }
      if (type.kind !== 'literal') this.#checked(type, place)
      const found = type.kind === 'literal' ? quoted(type.value) : classOfType(this.#types, type)
      if (found === undefined || classes.has(found)) throw wrong(place, "can't be told from the other members")
      classes.add(found)
    }
  }

  /** A type wherever there is no special place for it: no literals, references that lead somewhere. */
  #checked(type: Type, at: string): Type {
    switch (type.kind) {
      case 'literal':
        throw wrong(at, 'is a literal, which only a required property or a member of a union can be')
      case 'ref':
        if (!Object.hasOwn(this.#types, type.name))
          throw wrong(at, `refers to ${quoted(type.name)}, which is not declared`)
        break
      case 'array':
        this.#checked(type.item, `${at}.item`)
        break
      case 'set':
        if (!this.#isKey(type.item)) throw wrong(`${at}.item`, "can't be an item of a set")
        this.#checked(type.item, `${at}.item`)
        break
      case 'map':
        if (!(type.form === 'map' ? this.#isKey(type.key) : isRecordKey(type.key))) {
          throw wrong(`${at}.key`, `can't be a key of a ${type.form}`)
        }
        this.#checked(type.key, `${at}.key`)
        this.#checked(type.value, `${at}.value`)
        break
      case 'tuple':
        for (const [i, item] of type.items.entries()) this.#checked(item.type, `${at}.items[${i}].type`)
        if (type.rest) this.#checked(type.rest, `${at}.rest`)
        break
      case 'nullable':
        if (type.of.kind === 'nullable') throw wrong(at, 'is nullable twice')
        this.#checked(type.of, `${at}.of`)
    }
    return type
  }

  #declared(type: Type): TypeDeclaration | undefined {
    return type.kind === 'ref' && Object.hasOwn(this.#types, type.name) ? this.#types[type.name] : undefined
  }

  #isKey(type: Type): boolean {
    return type.kind === 'scalar' ? type.scalar !== 'json' : this.#declared(type)?.kind === 'enum'
  }

  #count(at: string): void {
    if (++this.#members > schemaLimits.members) {
      throw wrong(at, `goes beyond ${schemaLimits.members} properties and members for the whole contract`)
    }
  }
}

const forms = ['map', 'record'] as const
const bool = 'is neither true nor false'
const bigintsAndOthers: readonly Scalar[] = [
  'int64',
  'uint64',
  'sint64',
  'fixed64',
  'sfixed64',
  'boolean',
  'bytes',
  'date',
  'json',
]

/** Texts, and numbers that a property's name can say. */
function isRecordKey(type: Type): boolean {
  return type.kind === 'scalar' && !bigintsAndOthers.includes(type.scalar)
}

function wrong(at: string, what: string): RangeError {
  return new RangeError(`${at} ${what}`)
}

/** A stranger's text in a message: short, and with nothing in it that a terminal would act on. */
function quoted(value: unknown): string {
  if (typeof value !== 'string') return typeof value === 'object' ? 'an object' : String(value).slice(0, 40)
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value)
}

/** A property of its own; what a prototype says is nothing. */
function own(of: Json, key: string): unknown {
  return Object.hasOwn(of, key) ? of[key] : undefined
}

function object(value: unknown, at: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw wrong(at, 'is no object')
  return value as Json
}

function list(value: unknown, at: string, most: number): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(at, 'is no array')
  if (value.length > most) throw wrong(at, `holds more than ${most}`)
  return value as readonly unknown[]
}

function boolean(value: unknown, at: string): boolean {
  if (typeof value !== 'boolean') throw wrong(at, bool)
  return value
}

function text(value: unknown, at: string): string {
  if (typeof value !== 'string') throw wrong(at, 'is no text')
  if (value.length > schemaLimits.text) throw wrong(at, `is longer than ${schemaLimits.text} characters`)
  return value
}

function oneOf<T extends string>(value: unknown, of: readonly T[], at: string): T {
  const found = of.find((known) => known === value)
  if (found === undefined) throw wrong(at, `is ${quoted(value)}, not one of ${of.join(', ')}`)
  return found
}

function identifier(value: unknown, at: string): string {
  const name = text(value, at)
  if (name.length > maxNameLength) throw wrong(at, `is longer than ${maxNameLength} characters`)
  if (!isIdentifier(name) || objectMembers.has(name)) throw wrong(at, `is ${quoted(name)}, which can't be a name`)
  return name
}

/** `com.example.Money`: identifiers, joined by dots. */
function fullName(value: unknown, at: string): string {
  const name = text(value, at)
  if (name.length > 5 * maxNameLength) throw wrong(at, `is longer than ${5 * maxNameLength} characters`)
  for (const part of name.split('.')) {
    if (!isIdentifier(part) || objectMembers.has(part)) throw wrong(at, `is ${quoted(name)}, which can't be a name`)
  }
  return name
}

function wholeNumber(value: unknown, at: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 29) return value
  throw wrong(at, `is ${quoted(value)}, not from 0 to 2^29 - 1`)
}

/** https://protobuf.dev/programming-guides/proto3/#assigning */
function fieldNumber(value: unknown, at: string): number {
  const number = wholeNumber(value, at)
  if (number === 0 || (number >= 19_000 && number <= 19_999))
    throw wrong(at, `is ${number}, which protobuf keeps for itself`)
  return number
}

function int32(value: unknown, at: string): number {
  if (typeof value === 'number' && (value | 0) === value) return value
  throw wrong(at, `is ${quoted(value)}, not from -2^31 to 2^31 - 1`)
}

function literalValue(value: unknown, at: string): string | number | boolean {
  if (typeof value === 'string') return text(value, at)
  if (typeof value === 'boolean' || (typeof value === 'number' && Number.isFinite(value))) return value
  throw wrong(at, 'is neither text, number nor boolean')
}

function isIndex(value: unknown, count: number): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < count
}

function unique<K extends string>(items: readonly { readonly [key in K]?: unknown }[], at: string, key: K): void {
  const seen = new Set<unknown>()
  for (const [i, item] of items.entries()) {
    if (seen.has(item[key])) throw wrong(`${at}[${i}].${key}`, `is ${quoted(item[key])}, which another one is, too`)
    seen.add(item[key])
  }
}

/** Fields that share a body: each with a number of its own, that protobuf takes. */
function numbered(fields: readonly Field[], at: string): void {
  unique(fields, at, 'number')
  for (const [i, { number }] of fields.entries()) fieldNumber(number, `${at}[${i}].number`)
}

function tags(value: unknown, at: string): Tags {
  const entries = Object.entries(object(value, at))
  if (entries.length > schemaLimits.tags) throw wrong(at, `holds more than ${schemaLimits.tags}`)
  return Object.fromEntries(
    entries.map(([name, of]) => [identifier(name, `${at}[${quoted(name)}]`), text(of, `${at}[${quoted(name)}]`)]),
  )
}

const numberRules = ['minLength', 'maxLength', 'minimum', 'maximum', 'minItems', 'maxItems'] as const

/** Servers check them, clients show them: nothing here is ever run. */
function readConstraints(value: unknown, at: string): Constraints {
  const from = object(value, at)
  const numbers = numberRules.flatMap((name) => {
    const limit = own(from, name)
    if (limit === undefined) return []
    if (typeof limit !== 'number' || !Number.isFinite(limit)) throw wrong(`${at}.${name}`, 'is no number')
    return [[name, limit] as const]
  })
  const texts = (['pattern', 'format'] as const).flatMap((name) => {
    const of = own(from, name)
    return of === undefined ? [] : [[name, text(of, `${at}.${name}`)] as const]
  })
  return Object.fromEntries<string | number>([...numbers, ...texts]) as Constraints
}
