import type { MethodSchema, Scalar, ServiceSchema } from '../runtime/schema/schema.js'
import { Imports, type ImportView, specifier } from './imports.js'
import { bodyParams, type Lock } from './lock.js'
import type {
  Declaration,
  Model,
  ModelEnum,
  ModelField,
  ModelFile,
  ModelMessage,
  ModelMethod,
  ModelType,
} from './model.js'
import { type DeclarationNames, literal, localName, Scope, upperFirst } from './names.js'
import { numbersOf, typeSchema } from './schema.js'
import { typeText } from './types-view.js'

/** What `x.codec.ts` is laid out from. */
export interface CodecView {
  readonly source: string
  readonly imports: readonly ImportView[]
  readonly enums: readonly object[]
  readonly records: readonly RecordView[]
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
  readonly tuple: boolean
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
  readonly fields: readonly FieldView[]
  /** What a missing field is blamed on. */
  readonly owner: string
}

interface FieldView {
  readonly name: string
  readonly quoted: string
  readonly local: string
  /** `from`, or `from: from$` in an object literal. */
  readonly entry: string
  readonly access: string
  readonly type: string
  readonly optional: boolean
  readonly list: boolean
  readonly packed: boolean
  readonly nested: boolean
  readonly tag: number
  readonly packedTag: number
  readonly write: string
  readonly read: string
  /** Must be there, and no empty list stands in for it. */
  readonly mustCome: boolean
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
  ...[
    'bare',
    'expectObject',
    'list',
    'methodCodec',
    'mismatch',
    'missing',
    'readPacked',
    'skipField',
    'unknownMember',
    'writePacked',
  ],
  ...Object.values(scalarNames).flatMap((name) => [`read${name}`, `write${name}`]),
]

const runtime = 'tsubo/codegen'
/** Names that generated functions use for themselves. */
const ownLocals = ['reader', 'writer', 'value', 'args', 'item', 'tag', 'undefined', 'number']

type Names = ReadonlyMap<string, DeclarationNames>

export function codecView(
  source: string,
  file: ModelFile,
  model: Model,
  lock: Lock,
  names: Names,
  schemas: ReadonlyMap<string, ServiceSchema>,
): CodecView {
  const view = new CodecFile(file, model, lock, names, schemas)
  const { enums, records, services } = view.build()
  return { source, imports: view.imports.view(), enums, records, services }
}

class CodecFile {
  readonly imports: Imports
  readonly #scope: Scope
  readonly #file: ModelFile
  readonly #lock: Lock
  readonly #names: Names
  readonly #schemas: ReadonlyMap<string, ServiceSchema>
  readonly #declarations: ReadonlyMap<string, Declaration>
  readonly #hidden: Set<string>
  readonly #records: RecordView[] = []
  readonly #wrappers = new Map<string, { write: string; read: string }>()

  constructor(file: ModelFile, model: Model, lock: Lock, names: Names, schemas: ReadonlyMap<string, ServiceSchema>) {
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
    this.#declarations = new Map(model.files.flatMap((f) => f.declarations).map((d) => [d.fullName, d]))
    const all = [...names.values()].flatMap(({ name, write, read }) => [name, write, read])
    this.#hidden = new Set([...codecHelpers, ...ownLocals, ...all])
  }

  build() {
    const enums: object[] = []
    const services: object[] = []
    for (const declaration of this.#file.declarations) {
      if (declaration.kind === 'enum') enums.push(this.#enum(declaration))
      else if (declaration.kind === 'union') throw new Error('unions have no codec yet')
      else if (declaration.kind !== 'service') this.#records.push(this.#message(declaration))
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
    if (this.#records.length > 0 || enums.length > 0) {
      this.imports.helper(runtime, 'ProtobufReader', false)
      this.imports.helper(runtime, 'ProtobufWriter', false)
    }
    return { enums, records: this.#records, services }
  }

  // ---- declarations ----

  #enum(declaration: ModelEnum): object {
    this.#helpers('mismatch', 'unknownMember')
    const numbers = numbersOf(this.#lock, declaration.fullName).used
    const { write, read } = this.#names.get(declaration.fullName) as DeclarationNames
    const members = declaration.members.map(({ name, value }) => ({
      value: typeof value === 'string' ? literal(value) : String(value),
      number: numbers.get(name) ?? 0,
    }))
    return { type: this.#nameOf(declaration.fullName), fullName: literal(declaration.fullName), write, read, members }
  }

  #message(declaration: ModelMessage): RecordView {
    const numbers = numbersOf(this.#lock, declaration.fullName).used
    const { write, read } = this.#names.get(declaration.fullName) as DeclarationNames
    const isError = declaration.kind === 'error'
    const from = specifier(this.#file.path, this.#file.path)
    const type = isError ? this.imports.value(from, declaration.name) : this.#nameOf(declaration.fullName)
    const fields = declaration.fields.map((field) =>
      this.#field(field, numbers.get(field.name) ?? 0, `value.${field.name}`, localName(field.name, this.#hidden)),
    )
    const hasOptional = declaration.fields.some((field) => field.question)
    this.#helpers('expectObject')
    if (hasOptional && !isError) this.imports.helper(runtime, 'Draft', false)
    const kept = declaration.fields.map((field) => isError || !field.question)
    return this.#record({
      exported: true,
      write,
      read,
      type,
      object: true,
      error: isError ? type : undefined,
      draft: hasOptional && !isError ? `Draft<${type}>` : undefined,
      fields,
      required: fields.filter((_, i) => kept[i]),
      optional: fields.filter((_, i) => !kept[i]),
      owner: literal(declaration.fullName),
    })
  }

  #record(view: Partial<RecordView> & Pick<RecordView, 'write' | 'read' | 'type' | 'fields' | 'owner'>): RecordView {
    if (view.fields.some((f) => f.mustCome)) this.#helpers('missing')
    this.#helpers('skipField')
    return {
      exported: false,
      object: false,
      tuple: false,
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
      plain: !(bare || args || item || result || errors.length > 0),
    }
  }

  #args(stem: string, method: ModelMethod, schema: MethodSchema, path: string) {
    const functions = this.#newFunctions(`${stem}Args`)
    const locals = method.params.map((param) => localName(param.name, this.#hidden))
    const inBody = method.params.map((_, i) => i !== method.stream)
    const fields = method.params.map((param, i) =>
      this.#field(param, schema.params[i]?.number ?? 0, locals[i] as string, locals[i] as string),
    )
    const types = fields.map((field, i) =>
      inBody[i] ? (field.optional ? `${field.type} | undefined` : field.type) : 'unknown',
    )
    this.#records.push(
      this.#record({
        ...functions,
        type: 'readonly unknown[]',
        returns: 'unknown[]',
        tuple: true,
        unpack: locals.map((local, i) => (inBody[i] ? local : '')).join(', '),
        pack: locals.map((local, i) => (inBody[i] ? local : 'undefined')).join(', '),
        types: types.join(', '),
        fields: fields.filter((_, i) => inBody[i]),
        owner: literal(`${path} request`),
      }),
    )
    return functions
  }

  /** A value that is a body of its own: a message as it is, everything else as `{ 1: value }`. */
  #value(stem: string, type: ModelType, optional: boolean, owner: string) {
    if (!optional && this.#isMessage(type)) return this.#functionsOf(type)
    return this.#single(stem, type, optional, owner)
  }

  #single(stem: string, type: ModelType, optional: boolean, owner: string) {
    const functions = this.#newFunctions(stem)
    const at = this.#file.declarations[0]?.at ?? { file: '', line: 1, column: 1, length: 0 }
    const field: ModelField = {
      name: 'value',
      type,
      question: optional,
      undefinable: false,
      readonly: false,
      doc: [],
      at,
    }
    const view = this.#field(field, 1, 'value', 'value')
    const absent = optional ? ' | undefined' : ''
    this.#records.push(
      this.#record({
        ...functions,
        type: this.#typeText(type, true) + absent,
        returns: view.type + absent,
        single: 'value',
        fields: [view],
        owner: literal(owner),
      }),
    )
    return functions
  }

  // ---- fields ----

  #field(field: ModelField, number: number, access: string, local: string): FieldView {
    const { type } = field
    const optional = field.question || field.undefinable
    const list = type.kind === 'array' && !optional
    const item = list ? type.item : type
    const { write, read, wire, nested } = this.#coder(item)
    const packed = list && wire !== 2
    if (list) this.#helpers(...(packed ? ['writePacked', 'readPacked'] : ['list']))
    return {
      name: field.name,
      quoted: literal(field.name),
      local,
      entry: local === field.name ? local : `${field.name}: ${local}`,
      access,
      type: this.#typeText(type, false),
      optional,
      list,
      packed,
      nested,
      tag: number * 8 + wire,
      packedTag: number * 8 + 2,
      write,
      read,
      mustCome: !optional && !list,
    }
  }

  /** The functions for one value, the wire type of its tag, and whether a length has to be put before it. */
  #coder(type: ModelType): { write: string; read: string; wire: number; nested: boolean } {
    switch (type.kind) {
      case 'scalar': {
        const name = scalarNames[type.scalar]
        this.#helpers(`write${name}`, `read${name}`)
        return { write: `write${name}`, read: `read${name}`, wire: wireTypes[type.scalar], nested: false }
      }
      case 'array':
        return { ...this.#wrapper(type), wire: 2, nested: true }
      case 'ref': {
        const isEnum = this.#declarations.get(type.name)?.kind === 'enum'
        return { ...this.#functionsOf(type), wire: isEnum ? 0 : 2, nested: !isEnum }
      }
      default:
        throw new Error(`${type.kind} has no codec yet`)
    }
  }

  /** A list where protobuf has none (in a list, or optional) goes as a message with the list as field 1. */
  #wrapper(type: ModelType & { kind: 'array' }): { write: string; read: string } {
    const key = this.#typeText(type, true) + JSON.stringify(typeSchema(type))
    const known = this.#wrappers.get(key)
    if (known) return known
    const functions = this.#single(`ListOf${wrapperName(type.item)}`, type, false, 'a list')
    this.#wrappers.set(key, functions)
    return functions
  }

  /** A type as text, its lists all readonly (to be written) or all not (as read). */
  #typeText(type: ModelType, readonly: boolean): string {
    const set = (t: ModelType): ModelType => (t.kind === 'array' ? { kind: 'array', item: set(t.item), readonly } : t)
    return typeText(set(type), (name) => this.#nameOf(name))
  }

  #functionsOf(type: ModelType): { write: string; read: string } {
    if (type.kind !== 'ref') throw new Error('only declarations have functions of their own')
    const { path, write, read } = this.#names.get(type.name) as DeclarationNames
    if (path === this.#file.path) return { write, read }
    const from = specifier(this.#file.path, `${path}.codec`)
    return { write: this.imports.value(from, write), read: this.imports.value(from, read) }
  }

  #newFunctions(stem: string): { write: string; read: string } {
    return { write: this.#scope.take(`write${stem}`), read: this.#scope.take(`read${stem}`) }
  }

  #isMessage(type: ModelType): boolean {
    return type.kind === 'ref' && this.#declarations.get(type.name)?.kind === 'message'
  }

  #nameOf(fullName: string): string {
    const { path, name } = this.#names.get(fullName) as DeclarationNames
    return this.imports.type(specifier(this.#file.path, path), name)
  }

  #helpers(...names: string[]): void {
    for (const name of names) this.imports.helper(runtime, name)
  }
}

function wrapperName(type: ModelType): string {
  if (type.kind === 'array') return `ListOf${wrapperName(type.item)}`
  if (type.kind === 'scalar') return scalarNames[type.scalar]
  return type.kind === 'ref' ? upperFirst(type.name.slice(type.name.lastIndexOf('.') + 1)) : upperFirst(type.kind)
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
