import type { MethodSchema, Scalar, ServiceSchema } from '../runtime/schema/schema.js'
import { type CheckPlan, methodCheck } from './check-view.js'
import { type Place, type Put, placesOf, putNames, putOf } from './codec-places.js'
import { Imports, type ImportView, specifier } from './imports.js'
import { bodyParams, type Lock } from './lock.js'
import type {
  Absent,
  Declaration,
  Model,
  ModelEnum,
  ModelField,
  ModelFile,
  ModelMessage,
  ModelMethod,
  ModelType,
  ModelUnion,
} from './model.js'
import { declarationsOf } from './model.js'
import { type DeclarationNames, literal, literalValue, localName, Scope, upperFirst, valueType } from './names.js'
import { numbersOf, typeSchema } from './schema.js'
import { typeText } from './types-view.js'

/**
 * How codecs are printed, from one view and to the same bytes: `slab`, straight-line code on our own cursors that reads
 * fields in the order in which they are written and falls back to a loop; or `protobufjs`, on its Writer and Reader.
 */
export type CodecPrinting = 'slab' | 'protobufjs'

/** What `x.codec.ts` is laid out from. */
export interface CodecView {
  readonly source: string
  /** Fields are looked for in their order before the loop. */
  readonly straight: boolean
  readonly imports: readonly ImportView[]
  readonly enums: readonly object[]
  readonly records: readonly RecordView[]
  readonly unions: readonly object[]
  readonly services: readonly object[]
}

/** A pair of functions: one writes the fields of a value, the other reads them. */
interface RecordView {
  readonly exported: boolean
  readonly write: string
  readonly read: string
  /** TypeScript's type of the value; of the whole argument list for `tuple`. */
  readonly type: string
  /** The same as read: lists that the reader made may be changed by whoever gets them. */
  readonly returns: string
  /** How the value holds its fields. */
  readonly object: boolean
  /** What the contract doesn't know is kept. */
  readonly keep: boolean
  readonly tuple: boolean
  /** Not `value: T`, but these parameters. */
  readonly params: string | undefined
  /** An array of `least` to `most` items. */
  readonly items: { readonly least: number; readonly most: string } | undefined
  /** An entry of a map: read into it. */
  readonly into: { readonly type: string; readonly record: boolean } | undefined
  /** Text between the brackets that takes a tuple apart, or builds it. */
  readonly unpack: string
  readonly pack: string
  readonly types: string
  /** A value on its own: `{ 1: value }` on the wire. */
  readonly single: string | undefined
  /** The class to construct. */
  readonly error: string | undefined
  readonly draft: string | undefined
  readonly required: readonly FieldView[]
  readonly optional: readonly FieldView[]
  readonly fields: readonly (FieldView & Place)[]
  /** Lines behind the last field that is written. */
  readonly after: readonly string[]
  /** What a missing field is blamed on. */
  readonly owner: string
  /** No field is written. */
  readonly silent: boolean
}

interface Fields {
  readonly fields: readonly FieldView[]
}

interface FieldView extends Part {
  readonly name: string
  readonly quoted: string
  /** `from`, or `from: from$` in an object literal. */
  readonly entry: string
}

/** A value within a message, whatever it is called. */
interface Part {
  readonly local: string
  /** The value to write. */
  readonly access: string
  /** The value as read: the local, or what is made of it. */
  readonly value: string
  /** Type of the local. */
  readonly type: string
  readonly optional: boolean
  /** What an absent value is: undefined, or null within a nullable. */
  readonly absent: string
  /** What else must hold for an optional one to be written. */
  readonly guard: string
  readonly isNull: boolean
  /** The one value it has: nothing goes over the wire. */
  readonly literal: string | undefined
  readonly list: boolean
  /** A list that is made as it is read, once its items have been counted. */
  readonly counted: boolean
  /** What goes over the items or entries as they are written, checking that it has some. */
  readonly all: string
  /** A map or record. */
  readonly map: { readonly empty: string } | undefined
  /** Stands for a map's key or value that need not be on the wire. */
  readonly initial: string | undefined
  readonly packed: boolean
  readonly nested: boolean
  readonly tag: number
  readonly packedTag: number
  readonly write: string
  readonly read: string
  /** Puts a scalar, or each in a list, in at `$at`; undefined where the writer writes. */
  readonly put: Put | undefined
  /** Must be there, and no empty list stands in for it. */
  readonly mustCome: boolean
}

interface Functions {
  readonly write: string
  readonly read: string
}

/** `readInt32`, `writeInt32` and so on are what the runtime calls them. */
const scalarNames: Readonly<Record<Scalar, string>> = {
  double: 'Double',
  float: 'Float',
  int32: 'Int32',
  uint32: 'Uint32',
  sint32: 'Sint32',
  fixed32: 'Fixed32',
  sfixed32: 'Sfixed32',
  int53: 'Int53',
  int64: 'Int64',
  uint64: 'Uint64',
  sint64: 'Sint64',
  fixed64: 'Fixed64',
  sfixed64: 'Sfixed64',
  boolean: 'Boolean',
  string: 'String',
  bytes: 'Bytes',
  date: 'Date',
  decimal: 'Decimal',
  json: 'Json',
}

/** Everything codecs may import from the runtime: no generated function may be called like one of these. */
export const codecHelpers: readonly string[] = [
  ...['Draft', 'MethodCodec', 'ProtobufReader', 'ProtobufWriter'],
  ...['bare', 'distinctEntries', 'distinctItems', 'distinctSet', 'entriesOf', 'expectObject', 'expectTuple', 'itemsOf'],
  ...[
    'isOwn',
    'list',
    'methodCodec',
    'mismatch',
    'missing',
    'none',
    'numberEntries',
    'put',
    'readPacked',
    'recordEntries',
    'skipField',
  ],
  ...['keepField', 'withUnknown', 'writeUnknown', 'trimmed', 'unknownMember', 'unknownUnion', 'writePacked'],
  ...Object.values(scalarNames).flatMap((name) => [`read${name}`, `write${name}`]),
  ...putNames,
]

const runtime = 'tsubo/codegen'
/** Where the functions of the same names are that work on protobufjs's Writer and Reader. */
const onProtobufjs = 'tsubo/codegen/protobufjs'
/** Ours for both printings: protobufjs has no such values, or loses digits of them. */
const ownScalars: readonly Scalar[] = ['int53', 'int64', 'uint64', 'sint64', 'fixed64', 'sfixed64', 'date']
/** Names that generated functions use for themselves. */
const ownLocals = [
  'reader',
  'writer',
  'value',
  'args',
  'item',
  'key',
  'into',
  'tag',
  'undefined',
  'number',
  '$i',
  '$kept',
  '$at',
  '$buf',
]

type Names = ReadonlyMap<string, DeclarationNames>

export function codecView(
  source: string,
  file: ModelFile,
  model: Model,
  lock: Lock,
  names: Names,
  schemas: ReadonlyMap<string, ServiceSchema>,
  checks: CheckPlan,
  { keepUnknown = false, codec = 'slab' }: { readonly keepUnknown?: boolean; readonly codec?: CodecPrinting } = {},
): CodecView {
  const view = new CodecFile(file, model, lock, names, schemas, checks, keepUnknown, codec)
  const { enums, records, unions, services } = view.build()
  return { source, straight: codec === 'slab', imports: view.imports.view(), enums, records, unions, services }
}

const hidden = new WeakMap<Names, Set<string>>()

/** What no local variable may be called, since it would hide it: the same for every file of a project. */
function hiddenNames(names: Names): Set<string> {
  const known = hidden.get(names)
  if (known) return known
  const all = [...names.values()].flatMap(({ name, write, read }) => [name, write, read])
  const made = new Set([...codecHelpers, ...ownLocals, ...all])
  hidden.set(names, made)
  return made
}

class CodecFile {
  readonly imports: Imports
  readonly #scope: Scope
  readonly #file: ModelFile
  readonly #lock: Lock
  readonly #names: Names
  readonly #schemas: ReadonlyMap<string, ServiceSchema>
  readonly #checks: CheckPlan
  readonly #keepUnknown: boolean
  readonly #printing: CodecPrinting
  readonly #declarations: ReadonlyMap<string, Declaration>
  readonly #hidden: Set<string>
  readonly #records: RecordView[] = []
  readonly #wrappers = new Map<string, Functions>()

  constructor(
    file: ModelFile,
    model: Model,
    lock: Lock,
    names: Names,
    schemas: ReadonlyMap<string, ServiceSchema>,
    checks: CheckPlan,
    keepUnknown: boolean,
    printing: CodecPrinting,
  ) {
    const own = file.declarations.flatMap((d) => {
      const { write, read, codecs } = names.get(d.fullName) as DeclarationNames
      return d.kind === 'service' ? [codecs] : [write, read]
    })
    this.#scope = new Scope([...codecHelpers, ...own, ...ownLocals])
    this.imports = new Imports(this.#scope)
    this.#file = file
    this.#lock = lock
    this.#names = names
    this.#schemas = schemas
    this.#checks = checks
    this.#keepUnknown = keepUnknown
    this.#printing = printing
    this.#declarations = declarationsOf(model)
    this.#hidden = hiddenNames(names)
  }

  build() {
    const enums: object[] = []
    const unions: object[] = []
    const services: object[] = []
    for (const declaration of this.#file.declarations) {
      if (declaration.kind === 'enum') enums.push(this.#enum(declaration))
      else if (declaration.kind === 'union') unions.push(this.#union(declaration))
      else if (declaration.kind !== 'service') this.#message(declaration)
    }
    for (const declaration of this.#file.declarations) {
      if (declaration.kind !== 'service') continue
      const schema = this.#schemas.get(declaration.fullName) as ServiceSchema
      const { codecs, schema: constant } = this.#names.get(declaration.fullName) as DeclarationNames
      const local = this.imports.value(specifier(this.#file.path, `${this.#file.path}.schema`), constant)
      const methods = declaration.methods.map((method, i) =>
        this.#method(
          declaration.name,
          method,
          i,
          schema.methods[i] as MethodSchema,
          `${declaration.fullName}/${method.name}`,
        ),
      )
      this.#helpers('methodCodec')
      this.imports.helper(runtime, 'MethodCodec', false)
      services.push({ name: declaration.name, codecs, schema: local, methods })
    }
    if (this.#records.length > 0 || enums.length > 0 || unions.length > 0) {
      this.imports.helper(runtime, 'ProtobufReader', false)
      this.imports.helper(runtime, 'ProtobufWriter', false)
    }
    return { enums, records: this.#records, unions, services }
  }

  // ---- declarations ----

  #enum(declaration: ModelEnum): object {
    this.#helpers('mismatch', 'unknownMember')
    this.#scalar('int32')
    const numbers = numbersOf(this.#lock, declaration.fullName).used
    const { write, read } = this.#names.get(declaration.fullName) as DeclarationNames
    const members = declaration.members.map(({ name, value }) => ({
      value: literalValue(value),
      number: numbers.get(name) ?? 0,
    }))
    return { type: this.#nameOf(declaration.fullName), fullName: literal(declaration.fullName), write, read, members }
  }

  #message(declaration: ModelMessage): void {
    const numbers = numbersOf(this.#lock, declaration.fullName).used
    const { write, read } = this.#names.get(declaration.fullName) as DeclarationNames
    const isError = declaration.kind === 'error'
    const from = specifier(this.#file.path, this.#file.path)
    const type = isError ? this.imports.value(from, declaration.name) : this.#nameOf(declaration.fullName)
    const fields = declaration.fields.map((field): FieldView => {
      const local = localName(field.name, this.#hidden)
      const view = this.#field(field, numbers.get(field.name) ?? 0, `value.${field.name}`, local)
      if (!view.optional || view.literal !== undefined) return view
      this.#helpers('isOwn', 'none')
      // What somebody put on Object.prototype is no part of the message.
      return { ...view, guard: ` && isOwn(value, ${view.quoted}, none[${view.quoted}])` }
    })
    const hasOptional = declaration.fields.some((field) => field.question)
    const keep = this.#keepUnknown && !isError
    this.#helpers('expectObject', ...(keep ? ['keepField', 'withUnknown', 'writeUnknown'] : []))
    if (hasOptional && !isError) this.imports.helper(runtime, 'Draft', false)
    const kept = declaration.fields.map((field) => isError || !field.question)
    this.#record({
      exported: true,
      write,
      read,
      type,
      object: true,
      keep,
      error: isError ? type : undefined,
      draft: hasOptional && !isError ? `Draft<${type}>` : undefined,
      fields,
      required: fields.filter((_, i) => kept[i]),
      optional: fields.filter((_, i) => !kept[i]),
      owner: literal(declaration.fullName),
    })
  }

  #record(
    view: Partial<Omit<RecordView, 'fields' | 'after'>> &
      Pick<RecordView, 'write' | 'read' | 'type' | 'owner'> &
      Fields,
  ): void {
    if (view.fields.some((f) => f.mustCome)) this.#helpers('missing')
    if (view.fields.some((f) => f.literal !== undefined)) this.#helpers('mismatch')
    if (!view.keep) this.#helpers('skipField')
    const { places, after } = placesOf(view.fields)
    this.#records.push({
      exported: false,
      object: false,
      keep: false,
      tuple: false,
      params: undefined,
      items: undefined,
      into: undefined,
      silent: !view.keep && view.fields.every((f) => f.literal !== undefined),
      unpack: '',
      pack: '',
      types: '',
      single: undefined,
      error: undefined,
      draft: undefined,
      returns: view.type,
      required: view.fields,
      optional: [],
      ...view,
      fields: view.fields.map((field, i) => ({ ...field, ...(places[i] as Place) })),
      after,
    })
  }

  #union(declaration: ModelUnion): object {
    this.#helpers('mismatch', 'skipField', 'unknownUnion')
    const numbers = numbersOf(this.#lock, declaration.fullName).used
    const { write, read } = this.#names.get(declaration.fullName) as DeclarationNames
    const { discriminator } = declaration
    const pure = declaration.members.every((member) => member.value !== undefined)
    const members = declaration.members.map((member) => {
      const { type, value } = member
      const tag = numbers.get(member.name) ?? 0
      if (type.kind === 'literal') {
        const own = literalValue(type.value)
        return {
          literal: own,
          test: `value === ${own}`,
          tag: tag * 8 + 2,
          value: undefined,
          nested: true,
          write: '',
          read: '',
          access: '',
        }
      }
      const { write, read, wire, nested } = this.#coder(type)
      return {
        literal: undefined,
        test: tests[member.name] ?? '',
        value: value === undefined ? undefined : literalValue(value),
        tag: tag * 8 + wire,
        nested,
        write,
        read,
        access: pure || primitives.includes(member.name) ? 'value' : `value as ${this.#typeText(type, true)}`,
      }
    })
    const told = declaration.members.filter((member) => member.value !== undefined)
    const object = told.map((member) => this.#typeText(member.type, true)).join(' | ')
    const by =
      discriminator === undefined || told.length === 0
        ? undefined
        : pure
          ? `value.${discriminator}`
          : `(value as ${object}).${discriminator}`
    if (by !== undefined) this.#helpers('expectObject')
    return {
      write,
      read,
      type: this.#nameOf(declaration.fullName),
      fullName: literal(declaration.fullName),
      // Every object would pass the test for one: it comes last.
      plain: members
        .filter((m) => m.value === undefined)
        .sort((a, b) => Number(a.test === tests.object) - Number(b.test === tests.object)),
      by,
      told: members.filter((m) => m.value !== undefined),
      members,
    }
  }

  // ---- methods ----

  #method(service: string, method: ModelMethod, index: number, schema: MethodSchema, path: string): object {
    const stem = `${service}${upperFirst(method.name)}`
    const inBody = bodyParams(method)
    const [only] = inBody
    const bare = schema.body === 'bare' && only ? this.#functionsOf(only.type) : undefined
    if (bare) this.#helpers('bare')
    const args = bare || inBody.length === 0 ? undefined : this.#args(stem, method, schema, path)
    const streamed = method.stream === undefined ? undefined : method.params[method.stream]
    const item = streamed && this.#value(`${stem}Item`, streamed.type, false, `${path} item`)
    const result = method.result && this.#value(`${stem}Result`, method.result, method.optionalResult, `${path} result`)
    const errors = method.errors.map((name) => ({ name: literal(name), ...this.#functionsOf({ kind: 'ref', name }) }))
    return {
      name: method.name,
      index,
      bare,
      args,
      item,
      result,
      errors,
      check: this.#check(service, method, 'args'),
      checkItem: this.#check(service, method, 'item'),
      plain: !(bare || args || item || result || errors.length > 0),
    }
  }

  /** What looks after the constraints of a method's arguments or items, where they have any. */
  #check(service: string, method: ModelMethod, part: 'args' | 'item'): string | undefined {
    const name = methodCheck(this.#checks, service, method, part)
    return name && this.imports.value(specifier(this.#file.path, `${this.#file.path}.check`), name)
  }

  #args(stem: string, method: ModelMethod, schema: MethodSchema, path: string) {
    const functions = this.#newFunctions(`${stem}Args`)
    const locals = method.params.map((param) => localName(param.name, this.#hidden))
    const inBody = method.params.map((_, i) => i !== method.stream)
    const fields = method.params.map((param, i) =>
      this.#field(param, schema.params[i]?.number ?? 0, locals[i] as string, locals[i] as string),
    )
    const types = method.params.map((param, i) => {
      if (!inBody[i]) return 'unknown'
      const text = this.#typeText(param.type, true)
      return fields[i]?.optional ? `${text} | undefined` : text
    })
    this.#record({
      ...functions,
      type: 'readonly unknown[]',
      returns: 'unknown[]',
      tuple: true,
      unpack: locals.map((local, i) => (inBody[i] ? local : '')).join(', '),
      pack: fields.map((field, i) => (inBody[i] ? field.value : 'undefined')).join(', '),
      types: types.join(', '),
      fields: fields.filter((_, i) => inBody[i]),
      owner: literal(`${path} request`),
    })
    return functions
  }

  /** A value that is a body of its own: a message as it is, everything else as `{ 1: value }`. */
  #value(stem: string, type: ModelType, optional: boolean, owner: string) {
    if (!optional && this.#isMessage(type)) return this.#functionsOf(type)
    return this.#single(stem, type, optional, owner)
  }

  #single(stem: string, type: ModelType, optional: boolean, owner: string) {
    const functions = this.#newFunctions(stem)
    const part = this.#part(type, 1, 'value', 'value', optional)
    const absent = optional ? ' | undefined' : ''
    this.#record({
      ...functions,
      type: this.#typeText(type, true) + absent,
      returns: this.#typeText(type, false) + absent,
      single: part.value,
      fields: [named('value', part)],
      owner: literal(owner),
    })
    return functions
  }

  // ---- fields ----

  #field(field: ModelField, number: number, access: string, local: string): FieldView {
    return named(field.name, this.#part(field.type, number, access, local, field.question || field.undefinable))
  }

  /** One value within a message: a field, an item of a tuple, a key ... */
  #part(type: ModelType, number: number, access: string, local: string, optional: boolean, absent = 'undefined'): Part {
    const text = this.#typeText(type, false)
    const common = {
      local,
      access,
      value: local,
      type: text,
      optional,
      absent,
      guard: '',
      isNull: absent === 'null',
      literal: undefined,
      list: false,
      counted: false,
      all: '',
      map: undefined,
      initial: undefined,
      packed: false,
      packedTag: number * 8 + 2,
      put: undefined,
    }
    if (type.kind === 'literal') {
      const value = literalValue(type.value)
      const nothing = { write: '', read: '', nested: false, tag: 0, mustCome: false }
      return { ...common, value, literal: value, ...nothing }
    }
    if (!optional && type.kind === 'map') {
      const map = this.#mapParts(type, access)
      const view = { ...common, ...this.#entry(type), map, nested: true, tag: common.packedTag, mustCome: false }
      return { ...view, all: map.all }
    }
    if (!optional && (type.kind === 'array' || type.kind === 'set'))
      return { ...common, ...this.#list(type, number, access, local) }
    const { write, read, put, wire, nested } = this.#placedCoder(type)
    return { ...common, write, read, put, nested, tag: number * 8 + wire, mustCome: !optional }
  }

  #list(type: ModelType & { kind: 'array' | 'set' }, number: number, access: string, local: string) {
    const { write, read, put, wire, nested } = this.#placedCoder(type.item, true)
    const packed = wire !== 2
    const isSet = type.kind === 'set'
    const helper = !isSet ? 'list' : comparesByValue(type.item) ? 'itemsOf' : 'distinctItems'
    const folded = isSet && !comparesByValue(type.item) && !isFloat(type.item)
    if (packed) this.#helpers('writePacked', 'readPacked')
    if (isSet || !packed) this.#helpers(helper)
    if (folded) this.#helpers('distinctSet')
    // A packed list is checked by what writes it.
    const all =
      helper === 'list' && packed
        ? access
        : `${helper}(${access}${helper === 'distinctItems' ? `, ${isFloat(type.item)}` : ''})`
    const itemType = this.#typeText({ kind: 'array', item: type.item, readonly: false }, false)
    return {
      ...{ write, read, put, nested, packed, all, tag: number * 8 + wire, list: true, mustCome: false },
      counted: this.#printing === 'slab' && !packed,
      ...(isSet && { type: itemType, value: folded ? `distinctSet(${local})` : `new Set(${local})` }),
    }
  }

  #mapParts({ form, key }: ModelType & { kind: 'map' }, access: string): { all: string; empty: string } {
    if (form === 'record') {
      const isText = key.kind === 'scalar' && (key.scalar === 'string' || key.scalar === 'decimal')
      const helper = isText ? 'recordEntries' : 'numberEntries'
      this.#helpers(helper)
      return { all: `${helper}(${access})`, empty: '{}' }
    }
    const helper = comparesByValue(key) ? 'entriesOf' : 'distinctEntries'
    this.#helpers(helper)
    return { all: `${helper}(${access}${helper === 'entriesOf' ? '' : `, ${isFloat(key)}`})`, empty: 'new Map()' }
  }

  /** The functions for one value, the wire type of its tag, and whether a length has to be put before it. */
  #coder(type: ModelType): { write: string; read: string; wire: number; nested: boolean } {
    switch (type.kind) {
      case 'scalar': {
        return { ...this.#scalar(type.scalar), wire: wireTypes[type.scalar], nested: false }
      }
      case 'ref': {
        const isEnum = this.#declarations.get(type.name)?.kind === 'enum'
        return { ...this.#functionsOf(type), wire: isEnum ? 0 : 2, nested: !isEnum }
      }
      default:
        return { ...this.#wrapper(type), wire: 2, nested: true }
    }
  }

  /** The same for a field, or an item: scalars that printed code can put in by itself have a `put` in place of `write`. Packed items are written. */
  #placedCoder(type: ModelType, item = false) {
    const put = this.#printing === 'slab' && type.kind === 'scalar' ? putOf(type.scalar) : undefined
    if (!put || type.kind !== 'scalar' || (item && wireTypes[type.scalar] !== 2)) {
      return { ...this.#coder(type), put: undefined }
    }
    const read = `read${scalarNames[type.scalar]}`
    this.#helpers(put.name, read)
    return { write: '', read, put, wire: wireTypes[type.scalar], nested: false }
  }

  /** A message for what protobuf has no type for, or not in every place: lists, maps, tuples, `T | null`. */
  #wrapper(type: ModelType): Functions {
    return this.#shared(wrapperName(type), type, (stem) => {
      switch (type.kind) {
        case 'tuple':
          return this.#tuple(stem, type)
        case 'nullable':
          return this.#nullable(stem, type)
        default:
          return this.#single(stem, type, false, `a ${type.kind}`)
      }
    })
  }

  #nullable(stem: string, type: ModelType & { kind: 'nullable' }): Functions {
    const functions = this.#newFunctions(stem)
    const part = this.#part(type.of, 1, 'value', 'value', true, 'null')
    this.#record({
      ...functions,
      type: this.#typeText(type, true),
      returns: this.#typeText(type, false),
      single: 'value',
      fields: [named('value', part)],
      owner: literal('a nullable value'),
    })
    return functions
  }

  #tuple(stem: string, type: ModelType & { kind: 'tuple' }): Functions {
    const functions = this.#newFunctions(stem)
    const count = type.items.length
    const least = type.items.filter((item) => !item.optional).length
    const parts = type.items.map((item, i): Part => {
      const part = this.#part(item.type, i + 1, `value[${i}]`, `item${i + 1}`, item.optional)
      return item.optional ? { ...part, guard: ` && value.length > ${i}` } : part
    })
    const pack = parts.map((part) => part.value)
    if (type.rest) {
      const list: ModelType = { kind: 'array', item: type.rest, readonly: true }
      const access = `(value.slice(${count}) as ${this.#typeText(list, true)})`
      parts.push(this.#part(list, count + 1, access, 'rest', false))
      pack.push('...rest')
    }
    this.#helpers('expectTuple', ...(least < count ? ['trimmed'] : []))
    const returns = this.#typeText(type, false)
    const items = `[${pack.join(', ')}]`
    this.#record({
      ...functions,
      type: this.#typeText(type, true),
      returns,
      items: { least, most: type.rest ? 'Number.POSITIVE_INFINITY' : String(count) },
      single: least < count ? `trimmed(${items}, ${least}) as ${returns}` : items,
      fields: parts.map((part, i) => named(`item ${i + 1}`, part)),
      owner: literal('a tuple'),
    })
    return functions
  }

  /** One entry of a map: `{ 1: key, 2: value }`. Reading puts it into the map at hand. */
  #entry(type: ModelType & { kind: 'map' }): Functions {
    return this.#shared(`${wrapperName(type)}Entry`, type, (stem) => {
      const functions = this.#newFunctions(stem)
      const part = (of: ModelType, number: number, local: string): Part => {
        const { write, read, wire, nested } = this.#coder(of)
        const initial = initialOf(of)
        const base = this.#part({ kind: 'literal', value: 0 }, number, local, local, false)
        const coded = { write, read, nested, tag: number * 8 + wire, literal: undefined, value: local }
        return { ...base, ...coded, type: this.#typeText(of, false), initial, mustCome: initial === undefined }
      }
      if (type.form === 'record') this.#helpers('put')
      this.#record({
        ...functions,
        type: '',
        params: `key: ${this.#typeText(type.key, true)}, item: ${this.#typeText(type.value, true)}`,
        returns: 'void',
        into: { type: this.#typeText(type, false), record: type.form === 'record' },
        fields: [named('key', part(type.key, 1, 'key')), named('value', part(type.value, 2, 'item'))],
        owner: literal('an entry of a map'),
      })
      return functions
    })
  }

  /** Functions that several places of the file use for the same type. */
  #shared(stem: string, type: ModelType, make: (stem: string) => Functions): Functions {
    const key = `${stem} ${JSON.stringify(typeSchema(type))}`
    const known = this.#wrappers.get(key)
    if (known) return known
    const functions = make(stem)
    this.#wrappers.set(key, functions)
    return functions
  }

  /** A type as text, its containers all readonly (to be written) or all not (as read). */
  #typeText(type: ModelType, readonly: boolean): string {
    return typeText(withReadonly(type, readonly), (name, besides) => this.#nameOf(name, besides))
  }

  #functionsOf(type: ModelType): Functions {
    if (type.kind !== 'ref') throw new Error('only declarations have functions of their own')
    const { path, write, read } = this.#names.get(type.name) as DeclarationNames
    if (path === this.#file.path) return { write, read }
    const from = specifier(this.#file.path, `${path}.codec`)
    return { write: this.imports.value(from, write), read: this.imports.value(from, read) }
  }

  #newFunctions(stem: string): Functions {
    return { write: this.#scope.take(`write${stem}`), read: this.#scope.take(`read${stem}`) }
  }

  #isMessage(type: ModelType): boolean {
    return type.kind === 'ref' && this.#declarations.get(type.name)?.kind === 'message'
  }

  #nameOf(fullName: string, besides?: Absent): string {
    const names = this.#names.get(fullName) as DeclarationNames
    return valueType(this.imports.type(specifier(this.#file.path, names.path), names.name), names, besides)
  }

  #scalar(scalar: Scalar): Functions {
    const from = this.#printing === 'protobufjs' && !ownScalars.includes(scalar) ? onProtobufjs : runtime
    const functions = { write: `write${scalarNames[scalar]}`, read: `read${scalarNames[scalar]}` }
    for (const name of Object.values(functions)) this.imports.helper(from, name)
    return functions
  }

  #helpers(...names: string[]): void {
    for (const name of names) this.imports.helper(runtime, name)
  }
}

/** How a union's member is told from the others, by its JavaScript type. */
const tests: Readonly<Record<string, string>> = {
  string: "typeof value === 'string'",
  number: "typeof value === 'number'",
  bigint: "typeof value === 'bigint'",
  boolean: "typeof value === 'boolean'",
  Date: 'value instanceof Date',
  Uint8Array: 'value instanceof Uint8Array',
  Set: 'value instanceof Set',
  Map: 'value instanceof Map',
  array: 'Array.isArray(value)',
  object: "typeof value === 'object'",
}
const primitives = ['string', 'number', 'bigint', 'boolean', 'Date', 'Uint8Array']

function named(name: string, part: Part): FieldView {
  const entry = part.value === name ? name : `${name}: ${part.value}`
  return { ...part, name, quoted: literal(name), entry }
}

function wrapperName(type: ModelType): string {
  switch (type.kind) {
    case 'scalar':
      return scalarNames[type.scalar]
    case 'ref':
      return upperFirst(type.name.slice(type.name.lastIndexOf('.') + 1))
    case 'array':
      return `ListOf${wrapperName(type.item)}`
    case 'set':
      return `SetOf${wrapperName(type.item)}`
    case 'map':
      return `${upperFirst(type.form)}Of${wrapperName(type.key)}To${wrapperName(type.value)}`
    case 'nullable':
      return `Nullable${wrapperName(type.of)}`
    case 'literal':
      return 'Literal'
    case 'tuple': {
      const items = type.items.map((item) => wrapperName(item.type))
      return `TupleOf${[...items, ...(type.rest ? [wrapperName(type.rest)] : [])].join('And')}`.slice(0, 80)
    }
  }
}

/** Whether JavaScript takes two of it for one exactly where the wire does. */
function comparesByValue(type: ModelType): boolean {
  return type.kind !== 'scalar' || !['date', 'bytes', 'float'].includes(type.scalar)
}

function isFloat(type: ModelType): boolean {
  return type.kind === 'scalar' && type.scalar === 'float'
}

/** What a map's key or value is that isn't on the wire: protobuf leaves out zeros. */
function initialOf(type: ModelType): string | undefined {
  if (type.kind !== 'scalar') return undefined
  switch (type.scalar) {
    case 'string':
      return "''"
    case 'boolean':
      return 'false'
    case 'bytes':
      return 'new Uint8Array()'
    case 'date':
    case 'decimal':
    case 'json':
      return undefined
    default:
      return typeText(type, () => '') === 'bigint' ? '0n' : '0'
  }
}

/** The same type with all its containers readonly, or none of them. */
function withReadonly(type: ModelType, readonly: boolean): ModelType {
  const inner = (of: ModelType) => withReadonly(of, readonly)
  switch (type.kind) {
    case 'array':
    case 'set':
      return { ...type, item: inner(type.item), readonly }
    case 'map':
      return { ...type, key: inner(type.key), value: inner(type.value), readonly }
    case 'nullable':
      return { ...type, of: inner(type.of) }
    case 'tuple': {
      const items = type.items.map((item) => ({ ...item, type: inner(item.type) }))
      return { ...type, items, ...(type.rest && { rest: inner(type.rest) }), readonly }
    }
    default:
      return type
  }
}

/** Protobuf's wire types (https://protobuf.dev/programming-guides/encoding/#structure). */
const wireTypes: Readonly<Record<Scalar, 0 | 1 | 2 | 5>> = {
  double: 1,
  float: 5,
  int32: 0,
  uint32: 0,
  sint32: 0,
  fixed32: 5,
  sfixed32: 5,
  int53: 0,
  int64: 0,
  uint64: 0,
  sint64: 0,
  fixed64: 1,
  sfixed64: 1,
  boolean: 0,
  string: 2,
  bytes: 2,
  date: 2,
  decimal: 2,
  json: 2,
}
