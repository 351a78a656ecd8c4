import { type Rule, rulesOf } from '../runtime/schema/constraint.js'
import { formats } from '../runtime/schema/format.js'
import type { Scalar, TypeDeclaration } from '../runtime/schema/schema.js'
import { classOfType } from '../runtime/schema/union.js'
import { Imports, type ImportView, specifier } from './imports.js'
import { bodyParams } from './lock.js'
import type { Declaration, Model, ModelField, ModelFile, ModelType } from './model.js'
import { type DeclarationNames, literal, Scope, upperFirst, valueType } from './names.js'
import { refs, typeSchema } from './schema.js'
import { type DocView, docView } from './types-view.js'

/** What `x.zod.ts` is laid out from: schemas that turn untrusted JSON into the generated types. */
export interface ZodView {
  readonly source: string
  readonly imports: readonly ImportView[]
  /** Which of the shared pieces the file needs. */
  readonly use: Readonly<Record<string, boolean>>
  readonly schemas: readonly ZodSchemaView[]
}

interface ZodSchemaView {
  readonly name: string
  readonly doc: DocView
  readonly exported: boolean
  /** The type it makes; none for arguments. */
  readonly type: string | undefined
  /** Properties of an object. */
  readonly fields: readonly { readonly name: string; readonly text: string }[] | undefined
  /** The class that is made of them. */
  readonly error: string | undefined
  /** Anything else, as an expression. */
  readonly text: string | undefined
}

/** The pieces that `zod.hbs` lays out where they are used, by the name they have there. */
const pieces = [
  'number',
  'float',
  'int64',
  'uint64',
  'bytes',
  'date',
  'decimal',
  'json',
  'distinct',
  'setOf',
  'mapOf',
  'numeric',
] as const
type Piece = (typeof pieces)[number]

export function zodView(
  source: string,
  file: ModelFile,
  model: Model,
  types: ReadonlyMap<string, TypeDeclaration>,
  names: ReadonlyMap<string, DeclarationNames>,
): ZodView {
  const view = new ZodFile(file, model, types, names)
  const schemas = view.schemas()
  const use = Object.fromEntries(pieces.map((piece) => [piece, view.used.has(piece)]))
  return { source, imports: view.imports.view(), use, schemas }
}

class ZodFile {
  readonly imports: Imports
  readonly used = new Set<Piece>()
  readonly #file: ModelFile
  readonly #types: ReadonlyMap<string, TypeDeclaration>
  readonly #names: ReadonlyMap<string, DeclarationNames>
  readonly #declarations: ReadonlyMap<string, Declaration>
  readonly #homes: ReadonlyMap<string, ModelFile>
  readonly #scope: Scope
  /** Schemas of this file by full name; those in `#defined` stand above what is being written. */
  readonly #local = new Map<string, string>()
  readonly #defined = new Set<string>()

  constructor(
    file: ModelFile,
    model: Model,
    types: ReadonlyMap<string, TypeDeclaration>,
    names: ReadonlyMap<string, DeclarationNames>,
  ) {
    this.#file = file
    this.#types = types
    this.#names = names
    this.#declarations = new Map(model.files.flatMap((f) => f.declarations).map((d) => [d.fullName, d]))
    this.#homes = new Map(model.files.flatMap((f) => f.declarations.map((d) => [d.fullName, f] as const)))
    const own = file.declarations.map((d) => `${d.name}Json`)
    this.#scope = new Scope(['z', 'undefined', ...globals, ...pieces, ...own])
    this.imports = new Imports(this.#scope)
    this.imports.helper('zod', 'z')
  }

  schemas(): ZodSchemaView[] {
    const own = this.#file.declarations
    for (const d of own) if (d.kind !== 'service') this.#local.set(d.fullName, `${d.name}Json`)
    const foreign = this.#foreign()
    for (const d of foreign) this.#local.set(d.fullName, this.#scope.take(`${d.name}Json`))
    const declared = [...foreign, ...own].flatMap((d) => (d.kind === 'service' ? [] : [this.#declared(d)]))
    return [...declared, ...own.flatMap((d) => this.#arguments(d))]
  }

  /** What contracts of packages declare and this one needs: their packages need not have schemas. */
  #foreign(): Declaration[] {
    const found = new Map<string, Declaration>()
    const waiting = this.#file.declarations.flatMap(refsOf)
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const declaration = this.#declarations.get(name)
      if (!declaration || found.has(name) || !this.#homes.get(name)?.path.startsWith('npm:')) continue
      found.set(name, declaration)
      waiting.push(...refsOf(declaration))
    }
    return [...found.values()].sort((a, b) => (a.fullName < b.fullName ? -1 : 1))
  }

  #declared(declaration: Declaration & { kind: 'message' | 'error' | 'enum' | 'union' }): ZodSchemaView {
    const names = this.#names.get(declaration.fullName) as DeclarationNames
    const from = specifier(this.#file.path, names.path)
    const isError = declaration.kind === 'error'
    const type = isError ? this.imports.value(from, names.name) : valueType(this.imports.type(from, names.name), names)
    const name = this.#local.get(declaration.fullName) as string
    const exported = this.#homes.get(declaration.fullName) === this.#file
    const common = { name, doc: docView(declaration.doc), exported, type, error: isError ? type : undefined }
    const view = (): ZodSchemaView => {
      if (declaration.kind === 'enum') {
        const values = declaration.members.map((m) => value(m.value)).join(', ')
        return { ...common, fields: undefined, text: `z.literal([${values}])` }
      }
      if (declaration.kind === 'union') {
        const members = declaration.members.map((m) => this.#unionMember(m.type, m.value !== undefined))
        return { ...common, fields: undefined, text: `z.union([${members.join(', ')}])` }
      }
      const message = isError ? [{ name: 'message', text: 'z.string().exactOptional()' }] : []
      return { ...common, fields: [...declaration.fields.map((f) => this.#field(f)), ...message], text: undefined }
    }
    const made = view()
    this.#defined.add(declaration.fullName)
    return made
  }

  /** What a method is called with, as an object with a property for each parameter. */
  #arguments(declaration: Declaration): ZodSchemaView[] {
    if (declaration.kind !== 'service') return []
    return declaration.methods.flatMap((method) => {
      const params = bodyParams(method)
      if (params.length === 0) return []
      const name = this.#scope.take(`${declaration.name}${upperFirst(method.name)}ArgsJson`)
      const doc = docView([`The arguments of ${declaration.name}.${method.name} by name.`])
      const fields = params.map((param) => this.#field(param))
      return [{ name, doc, exported: true, type: undefined, fields, error: undefined, text: undefined }]
    })
  }

  #field(field: ModelField): { name: string; text: string } {
    const text = this.#constrained(field)
    if (field.question)
      return { name: field.name, text: `${text}.${field.undefinable ? 'optional' : 'exactOptional'}()` }
    // The property is there, its value may be undefined: JSON leaves it out.
    return { name: field.name, text: field.undefinable ? `${text}.optional().transform((value) => value)` : text }
  }

  #constrained(field: ModelField): string {
    const { type } = field
    const constraints = Object.hasOwn(field, 'constraints') ? field.constraints : undefined
    const rules = constraints ? rulesOf(typeSchema(type), constraints) : { own: [], items: [] }
    return this.#type(type, rules.own, rules.items)
  }

  #type(type: ModelType, own: readonly Rule[] = [], items: readonly Rule[] = []): string {
    switch (type.kind) {
      case 'nullable':
        return `${this.#type(type.of, own, items)}.nullable()`
      case 'scalar':
        return this.#scalar(type.scalar) + own.map((rule) => ruled(rule, native(type.scalar))).join('')
      case 'array':
        return `z.array(${this.#type(type.item, items)})${own.map((rule) => ruled(rule, true)).join('')}`
      case 'set': {
        this.used.add('distinct').add('setOf')
        return `setOf(${this.#type(type.item, items)})${refined(own)}`
      }
      case 'map':
        return this.#map(type) + refined(own)
      case 'tuple': {
        const parts = type.items.map((item) => this.#type(item.type) + (item.optional ? '.exactOptional()' : ''))
        return `z.tuple([${parts.join(', ')}]${type.rest ? `, ${this.#type(type.rest)}` : ''})`
      }
      case 'literal':
        return `z.literal(${value(type.value)})`
      case 'ref':
        return this.#reference(type.name)
    }
  }

  #map(type: ModelType & { kind: 'map' }): string {
    const inner = this.#type(type.value)
    if (type.form === 'map') {
      this.used.add('distinct').add('mapOf')
      return `mapOf(${this.#type(type.key)}, ${inner})`
    }
    const { key } = type
    if (key.kind === 'scalar' && (key.scalar === 'string' || key.scalar === 'decimal')) {
      return `z.record(${this.#type(key)}, ${inner})`
    }
    this.used.add('numeric')
    return `z.record(numeric(${this.#type(key)}), ${inner})`
  }

  #scalar(scalar: Scalar): string {
    const piece = scalarPieces[scalar]
    if (piece === undefined) return scalarTexts[scalar] ?? 'z.unknown()'
    this.used.add(piece)
    if (piece === 'float') this.used.add('number')
    return piece
  }

  #reference(fullName: string): string {
    const local = this.#local.get(fullName)
    if (local !== undefined) return this.#defined.has(fullName) ? local : `z.lazy(() => ${local})`
    const { path, name } = this.#names.get(fullName) as DeclarationNames
    // Two contracts may need each other, so it is asked for when it is used.
    return `z.lazy(() => ${this.imports.value(specifier(this.#file.path, `${path}.zod`), `${name}Json`)})`
  }

  /** What JSON has no form of its own for says what it is: `{ "$Date": "2026-11-22T00:00:00.000Z" }`. */
  #unionMember(type: ModelType, discriminated: boolean): string {
    if (discriminated) return this.#type(type)
    const found = classOfType(Object.fromEntries(this.#types), typeSchema(type))
    if (found === 'number' && type.kind === 'scalar' && (type.scalar === 'double' || type.scalar === 'float')) {
      const marked = `z.strictObject({ $number: z.literal(['NaN', 'Infinity', '-Infinity']) }).transform((o) => Number(o.$number))`
      const plain = type.scalar === 'float' ? 'z.float32()' : 'z.number()'
      return `${plain}, ${marked}`
    }
    if (found === undefined || !marked.has(found)) return this.#type(type)
    return `z.strictObject({ $${found}: ${this.#type(type)} }).transform((o) => o.$${found})`
  }
}

const marked: ReadonlySet<string> = new Set(['bigint', 'Date', 'Uint8Array', 'Set', 'Map'])

const globals = [
  'Date',
  'Number',
  'BigInt',
  'RegExp',
  'Set',
  'Map',
  'Uint8Array',
  'Math',
  'Array',
  'Object',
  'String',
  'atob',
]

function value(of: string | number | boolean): string {
  return typeof of === 'string' ? literal(of) : String(of)
}

/** Whether zod's own checks can follow: not behind a transform. */
function native(scalar: Scalar): boolean {
  return scalarPieces[scalar] === undefined
}

function refined(rules: readonly Rule[]): string {
  return rules.map((rule) => ruled(rule, false)).join('')
}

/** One constraint as a check. A text that is too long is not matched against anything. */
function ruled({ measure, atLeast, atMost, text = '', says }: Rule, isNative: boolean): string {
  const message = `{ error: ${literal(says)}, abort: true }`
  if (measure === 'pattern') return `.regex(new RegExp(${literal(text)}, 'u'), ${message})`
  if (measure === 'format') {
    const { source, flags } = (formats[text] as (typeof formats)[string]).pattern
    return `.regex(new RegExp(${literal(source)}, ${literal(flags)}), ${message})`
  }
  const isNumber = measure === 'number' || measure === 'bigint'
  if (isNative) {
    const check = isNumber ? (atLeast === undefined ? 'lte' : 'gte') : atLeast === undefined ? 'max' : 'min'
    return `.${check}(${atLeast ?? atMost}, ${message})`
  }
  const measured = isNumber ? 'value' : measure === 'keys' ? 'Object.keys(value).length' : `value.${measure}`
  const bound = `${atLeast ?? atMost}${measure === 'bigint' ? 'n' : ''}`
  return `.refine((value) => ${measured} ${atLeast === undefined ? '<=' : '>='} ${bound}, ${message})`
}

function refsOf(declaration: Declaration): string[] {
  switch (declaration.kind) {
    case 'service':
      return declaration.methods.flatMap((m) => m.params.flatMap((param) => refs(param.type)))
    case 'enum':
      return []
    case 'union':
      return declaration.members.flatMap((member) => refs(member.type))
    default:
      return declaration.fields.flatMap((field) => refs(field.type))
  }
}

const scalarPieces: Readonly<Partial<Record<Scalar, Piece>>> = {
  double: 'number',
  float: 'float',
  int64: 'int64',
  sint64: 'int64',
  sfixed64: 'int64',
  uint64: 'uint64',
  fixed64: 'uint64',
  bytes: 'bytes',
  date: 'date',
  decimal: 'decimal',
  json: 'json',
}

const scalarTexts: Readonly<Partial<Record<Scalar, string>>> = {
  int32: 'z.int32()',
  sint32: 'z.int32()',
  sfixed32: 'z.int32()',
  uint32: 'z.uint32()',
  fixed32: 'z.uint32()',
  int53: 'z.int()',
  boolean: 'z.boolean()',
  string: 'z.string()',
}
