import type { Field, MethodSchema, Scalar, ServiceSchema, Type, TypeDeclaration } from '../runtime/schema/schema.js'
import { constraintLines } from './constraint-text.js'
import { constraintTags } from './constraints.js'
import { compare } from './diagnostics.js'
import { bodyParams, type Numbers } from './lock.js'
import type { Declaration, ModelFile, ModelService } from './model.js'
import { upperFirst } from './names.js'
import {
  fieldKeys,
  identifier,
  jsonName,
  ProtoScope,
  pascalCase,
  protoWords,
  snakeCase,
  upperSnakeCase,
} from './proto-names.js'
import type { ProtoFile, ProtoPlan } from './proto-plan.js'
import { numbersOf } from './schema.js'

/** What `x.proto` is laid out from. */
export interface ProtoView {
  readonly source: string
  readonly doc: readonly string[]
  readonly package: string | undefined
  readonly imports: readonly string[]
  readonly publicImports: readonly string[]
  readonly declarations: readonly ProtoDeclarationView[]
}

export interface ProtoDeclarationView {
  readonly message: ProtoMessageView | undefined
  readonly enumeration: ProtoEnumView | undefined
  readonly service: ProtoServiceView | undefined
}

export interface ProtoEnumView {
  readonly name: string
  readonly doc: readonly string[]
  readonly deprecated: boolean
  readonly values: readonly { readonly name: string; readonly number: number; readonly doc: readonly string[] }[]
  readonly reserved: readonly string[]
  readonly reservedNames: readonly string[]
}

export interface ProtoServiceView {
  readonly name: string
  readonly doc: readonly string[]
  readonly deprecated: boolean
  readonly methods: readonly {
    readonly name: string
    readonly doc: readonly string[]
    readonly request: string | undefined
    readonly streamsIn: boolean
    readonly response: string
    readonly streamsOut: boolean
    readonly options: readonly string[]
  }[]
}

export interface ProtoMessageView {
  readonly name: string
  readonly doc: readonly string[]
  readonly deprecated: boolean
  readonly nested: readonly ProtoMessageView[]
  readonly fields: readonly ProtoFieldView[]
  /** The name of the oneof around the fields. */
  readonly oneof: string | undefined
  readonly reserved: readonly string[]
  readonly reservedNames: readonly string[]
}

export interface ProtoFieldView {
  readonly doc: readonly string[]
  readonly label: string
  readonly type: string
  readonly name: string
  readonly number: number
  readonly options: readonly string[]
  readonly required: boolean
}

/** The view of one `.proto`: what its contracts (several, where they need each other) declare. */
export function protoView(source: string, file: ProtoFile, plan: ProtoPlan): ProtoView {
  const view = new ProtoText(file, plan)
  const declarations = file.declarations.flatMap((d) => view.declaration(d))
  const publicImports = file.parts.map((path) => `${path}.proto`)
  return {
    source,
    doc: commentText(file.files.flatMap((of: ModelFile) => of.doc)),
    package: file.package || undefined,
    imports: [...view.imports].filter((path) => !publicImports.includes(path)).sort(compare),
    publicImports,
    declarations,
  }
}

/** The view of a `.proto` whose declarations stand in another one. */
export function protoForwardView(source: string, file: ProtoFile, target: string): ProtoView {
  return {
    source,
    doc: [],
    package: file.package || undefined,
    imports: [],
    publicImports: [target],
    declarations: [],
  }
}

/** Comment lines without anything that could end a comment: line breaks of every kind other control characters (protoc ends a
 * comment at a NUL) and halves of surrogate pairs.
 */
export function commentText(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/[\p{Cc}\p{Cs}\u2028\u2029]/gu, ' ').trimEnd())
}

const timestamp = 'google/protobuf/timestamp.proto'
const noNumbers: Numbers = { used: new Map(), removed: new Map() }

class ProtoText {
  readonly imports = new Set<string>()
  readonly #file: ProtoFile
  readonly #plan: ProtoPlan

  constructor(file: ProtoFile, plan: ProtoPlan) {
    this.#file = file
    this.#plan = plan
  }

  declaration(declaration: Declaration): ProtoDeclarationView[] {
    const nothing = { message: undefined, enumeration: undefined, service: undefined }
    if (declaration.kind === 'service') {
      const { service, messages } = this.#service(declaration)
      return [{ ...nothing, service }, ...messages.map((message) => ({ ...nothing, message }))]
    }
    const type = this.#plan.types.get(declaration.fullName)
    if (!type) throw new Error(`${declaration.fullName} has no schema`)
    if (type.kind === 'enum') return [{ ...nothing, enumeration: this.#enum(declaration, type) }]
    return [{ ...nothing, message: this.#declared(declaration, type) }]
  }

  // ---- messages ----

  #declared(declaration: Declaration, type: TypeDeclaration & { kind: 'message' | 'error' | 'union' }) {
    const name = this.#plan.nameOf(declaration.fullName)
    const docs = docsOf(declaration)
    const numbers = numbersOf(this.#plan.lock, declaration.fullName)
    const message = this.#message(name, numbers)
    if (type.kind === 'union') {
      message.union(
        type.members.map((m) => ({ ...m, optional: false })),
        docs,
      )
    } else message.fields(type.fields, docs)
    const kind = type.kind === 'error' ? ['An error: what a method may fail with.'] : []
    const doc = [...commentText(declaration.doc), ...kind]
    return this.#used(message.view(doc, Object.hasOwn(declaration.tags, 'deprecated')))
  }

  #synthesised(name: string, fields: readonly Field[], doc: string, numbers = noNumbers): ProtoMessageView {
    const message = this.#message(name, numbers)
    message.fields(fields, new Map())
    return this.#used(message.view([doc], false))
  }

  #message(name: string, numbers: Numbers): MessageText {
    const outer = (wanted: string) => this.#plan.isTaken(this.#file.package, wanted)
    return new MessageText(name, (wanted, scope) => this.#reference(wanted, scope), numbers, outer)
  }

  #used(view: { readonly view: ProtoMessageView; readonly date: boolean }): ProtoMessageView {
    if (view.date) this.imports.add(timestamp)
    return view.view
  }

  /** A declaration's name as seen from within a message or service, whose own names come first. */
  #reference(fullName: string, inner: ProtoScope | undefined): string {
    const target = this.#plan.fileOf(fullName)
    if (target.path !== this.#file.path) this.imports.add(`${target.path}.proto`)
    const name = this.#plan.nameOf(fullName)
    const absolute = absoluteName(target.package, name)
    if (target.package !== this.#file.package || protoWords.has(name) || inner?.has(name)) return absolute
    return name
  }

  // ---- enums ----

  #enum(declaration: Declaration, type: TypeDeclaration & { kind: 'enum' }): ProtoEnumView {
    const name = this.#plan.nameOf(declaration.fullName)
    const prefix = upperSnakeCase(name)
    const docs = docsOf(declaration)
    const numbers = numbersOf(this.#plan.lock, declaration.fullName)
    const names = this.#plan.valueNames(declaration.fullName)
    const values = [...type.members]
      .sort((a, b) => a.number - b.number)
      .map((member) => {
        const shown = names.get(member.name) ?? prefix
        const said = [...commentText(docs.get(member.name) ?? [])]
        if (type.form === 'literals') said.push(`In TypeScript: ${asciiJson(member.value)}`)
        return { name: shown, number: member.number, doc: said }
      })
    const zero = values.filter((v) => v.number === 0)
    const unspecified = { name: names.get(undefined) ?? `${prefix}_UNSPECIFIED`, number: 0, doc: [] }
    const used = new Set(values.map((v) => v.number))
    const taken = new Set([...values, unspecified].map((v) => v.name))
    const gone = [...numbers.removed].filter(([number]) => !used.has(number) && number !== 0)
    const goneNames = gone.map(([, old]) => `${prefix}_${upperSnakeCase(identifier(old))}`)
    return {
      name,
      doc: commentText(declaration.doc),
      deprecated: Object.hasOwn(declaration.tags, 'deprecated'),
      values: [...(zero.length > 0 ? zero : [unspecified]), ...values.filter((v) => v.number !== 0)],
      reserved: gone
        .map(([number]) => number)
        .sort((a, b) => a - b)
        .map(String),
      reservedNames: [...new Set(goneNames)].filter((n) => !taken.has(n)).sort(compare),
    }
  }

  // ---- services ----

  #service(declaration: ModelService): { service: ProtoServiceView; messages: ProtoMessageView[] } {
    const schema = this.#plan.schemas.get(declaration.fullName) as ServiceSchema
    const name = this.#plan.nameOf(declaration.fullName)
    const scope = new ProtoScope()
    for (const method of declaration.methods) scope.take(method.name)
    const messages: ProtoMessageView[] = []
    const methods = declaration.methods.map((method, i) => {
      const own = schema.methods[i] as MethodSchema
      const stem = `${declaration.fullName}/${method.name}`
      const title = `${declaration.name}.${method.name}`
      const make = (part: string, fields: readonly Field[], doc: string, numbers?: Numbers) => {
        const made = this.#plan.synthesised(`${stem} ${part}`)
        messages.push(this.#synthesised(made, fields, doc, numbers))
        return scope.has(made) || protoWords.has(made) ? absoluteName(this.#file.package, made) : made
      }
      const inBody = bodyParams(method).map((param) => own.params[method.params.indexOf(param)] as Field)
      const bare = own.body === 'bare' && inBody[0]?.type.kind === 'ref' ? inBody[0].type.name : undefined
      const args = () => {
        if (bare !== undefined) return this.#reference(bare, scope)
        const entry = this.#plan.lock.get(declaration.fullName)
        const numbers = entry?.kind === 'service' ? entry.methods.get(method.name)?.params : undefined
        return make('Args', inBody, `What ${title} is called with.`, numbers)
      }
      const value = (part: string, type: Type | undefined, optional: boolean, doc: string) => {
        if (type && !optional && this.#isMessage(type)) return this.#reference(type.name, scope)
        return make(part, type ? [{ name: 'value', number: 1, type, optional }] : [], doc)
      }
      const streamed = own.stream === undefined ? undefined : own.params[own.stream]
      const first = streamed === undefined || inBody.length > 0 ? args() : undefined
      const note =
        streamed && first !== undefined
          ? [`Before the first ${streamed.name} travels the rest of what it is called with: ${first}.`]
          : []
      const request = streamed ? value('Item', streamed.type, false, `One item that ${title} is sent.`) : first
      const result = own.kind === 'server' || own.kind === 'bidi' ? `One item of what ${title} answers.` : undefined
      return {
        name: method.name,
        doc: [...commentText(method.doc), ...note],
        request,
        streamsIn: streamed !== undefined,
        response: value('Result', own.result, own.optionalResult ?? false, result ?? `What ${title} answers.`),
        streamsOut: result !== undefined,
        options: [
          ...(Object.hasOwn(own.tags, 'deprecated') ? ['deprecated = true'] : []),
          ...(own.idempotent ? ['idempotency_level = IDEMPOTENT'] : []),
        ],
      }
    })
    const deprecated = Object.hasOwn(declaration.tags, 'deprecated')
    return { service: { name, doc: commentText(declaration.doc), deprecated, methods }, messages }
  }

  #isMessage(type: Type): type is Type & { kind: 'ref' } {
    return type.kind === 'ref' && this.#plan.types.get(type.name)?.kind === 'message'
  }
}

type Reference = (fullName: string, inner: ProtoScope) => string
type Docs = ReadonlyMap<string, readonly string[]>
/** What a field is made of: a property, a union's member, an item of a tuple. */
type Member = Pick<Field, 'name' | 'number' | 'type' | 'optional' | 'constraints'> & {
  /** Never repeated: a list is wrapped. */
  readonly single?: true
}

/** One top-level message with the messages that only it needs: lists in lists, tuples, what null is told apart by. */
class MessageText {
  readonly #name: string
  readonly #reference: Reference
  readonly #numbers: Numbers
  readonly #outer: (name: string) => boolean
  readonly #scope = new ProtoScope(fieldKeys)
  readonly #nested: ProtoMessageView[] = []
  readonly #nestedNames = new Map<string, string>()
  #fields: readonly ProtoFieldView[] = []
  #reserved = new Map<number, string>()
  #oneof: string | undefined
  #date = false

  /** `outer` tells the names of the package, which no message within this one may hide. */
  constructor(name: string, reference: Reference, numbers: Numbers, outer: (name: string) => boolean) {
    this.#name = name
    this.#reference = reference
    this.#numbers = numbers
    this.#outer = outer
    this.#scope.take('ValueEntry')
  }

  fields(fields: readonly Member[], docs: Docs): void {
    for (const [number, name] of this.#numbers.removed) this.#reserved.set(number, name)
    const sent = sorted(fields).filter((field) => {
      this.#reserved.delete(field.number)
      if (field.type.kind !== 'literal') return true
      this.#reserved.set(field.number, '')
      return false
    })
    const names = sent.map((field) => this.#scope.take(snakeCase(field.name)))
    for (const [i, { type, optional }] of sent.entries()) {
      // protoc's own name for what a map is made of.
      if (type.kind === 'map' && !optional) this.#scope.take(`${pascalCase(names[i] as string)}Entry`)
    }
    this.#fields = sent.map((field, i) => this.#field(field, names[i] as string, docs.get(field.name) ?? []))
  }

  union(members: readonly Member[], docs: Docs): void {
    for (const [number, name] of this.#numbers.removed) this.#reserved.set(number, name)
    const sent = sorted(members)
    for (const { number } of sent) this.#reserved.delete(number)
    const names = sent.map((member) => this.#scope.take(snakeCase(identifier(member.name))))
    this.#oneof = this.#scope.take('value')
    this.#fields = sent.map((member, i) => ({
      ...this.#field(member, names[i] as string, docs.get(member.name) ?? [], true),
      label: '',
      required: false,
    }))
  }

  view(doc: readonly string[], deprecated: boolean): { readonly view: ProtoMessageView; readonly date: boolean } {
    const taken = new Set(this.#fields.map((field) => field.name))
    const gone = [...this.#reserved]
    const names = gone.map(([, name]) => name).filter((name) => name !== '')
    const view = {
      name: this.#name,
      doc,
      deprecated,
      nested: this.#nested,
      fields: this.#fields,
      oneof: this.#oneof,
      reserved: gone
        .map(([number]) => number)
        .sort((a, b) => a - b)
        .map(String),
      reservedNames: [...new Set(names.map((name) => snakeCase(identifier(name))))]
        .filter((name) => !taken.has(name))
        .sort(compare),
    }
    return { view, date: this.#date }
  }

  #field(field: Member, name: string, doc: readonly string[], single = false): ProtoFieldView {
    const alone = single || field.single || field.optional
    const { label, type } = alone ? { label: 'optional ', type: this.#one(field.type) } : this.#direct(field.type)
    const json = jsonName(name) === field.name || single ? [] : [`json_name = "${field.name}"`]
    return {
      // Sentences stand for the constraint tags.
      doc: commentText([
        ...doc.filter((line) => !constraintTags.some((tag) => line.startsWith(`@${tag} `))),
        ...constraintLines(field.constraints, field.type),
      ]),
      label,
      type,
      name,
      number: field.number,
      options: [...json, ...(doc.some((line) => line.startsWith('@deprecated')) ? ['deprecated = true'] : [])],
      required: !field.optional && label === 'optional ',
    }
  }

  /** The field of a message: lists and maps are fields themselves. */
  #direct(type: Type): { label: string; type: string } {
    switch (type.kind) {
      case 'array':
      case 'set':
        return { label: 'repeated ', type: this.#one(type.item) }
      case 'map': {
        const key = mapKey(type.key)
        if (key !== undefined) return { label: '', type: `map<${key}, ${this.#one(type.value)}>` }
        return { label: 'repeated ', type: this.#entry(type) }
      }
      default:
        return { label: 'optional ', type: this.#one(type) }
    }
  }

  /** One value where no list and no map can stand. */
  #one(type: Type): string {
    switch (type.kind) {
      case 'scalar':
        if (type.scalar === 'date') this.#date = true
        return scalarTypes[type.scalar]
      case 'ref':
        return this.#reference(type.name, this.#scope)
      case 'tuple': {
        const items = type.items.map((item, i) => ({ ...item, name: `item${i + 1}`, number: i + 1 }))
        const number = type.items.length + 1
        const rest = type.rest && {
          name: 'rest',
          number,
          type: { kind: 'array' as const, item: type.rest },
          optional: false,
        }
        return this.#wrap(type, rest ? [...items, rest] : items)
      }
      case 'nullable':
        return this.#wrap(type, [{ name: 'value', number: 1, type: type.of, optional: true }])
      case 'literal':
        return this.#wrap(type, [])
      default:
        return this.#wrap(type, [{ name: 'value', number: 1, type, optional: false }])
    }
  }

  #entry(type: Type & { kind: 'map' }): string {
    const fields = [
      { name: 'key', number: 1, type: type.key, optional: false, single: true as const },
      { name: 'value', number: 2, type: type.value, optional: false, single: true as const },
    ]
    return this.#wrap(type, fields, `${wrapperName(type)}Entry`)
  }

  /** A message within this one, made once for each type. */
  #wrap(type: Type, fields: readonly Member[], wanted = wrapperName(type)): string {
    const key = `${wanted} ${JSON.stringify(fields)}`
    const known = this.#nestedNames.get(key)
    if (known !== undefined) return known
    const name = this.#scope.take(wanted, this.#outer)
    this.#nestedNames.set(key, name)
    const scope = new ProtoScope(fieldKeys)
    const views = fields.map((field) => this.#field(field, scope.take(snakeCase(field.name)), []))
    this.#nested.push({
      name,
      doc: commentText([wrapperDoc(type)]),
      deprecated: false,
      nested: [],
      fields: views.map((view) => (type.kind === 'nullable' ? { ...view, required: false } : view)),
      oneof: undefined,
      reserved: [],
      reservedNames: [],
    })
    return name
  }
}

function absoluteName(packageName: string, name: string): string {
  return packageName === '' ? `.${name}` : `.${packageName}.${name}`
}

function sorted<T extends { readonly number: number }>(members: readonly T[]): T[] {
  return [...members].sort((a, b) => a.number - b.number)
}

/** The doc lines of a declaration's members by name. */
function docsOf(declaration: Declaration): Docs {
  const members = 'fields' in declaration ? declaration.fields : 'members' in declaration ? declaration.members : []
  return new Map(members.map((member) => [member.name, 'doc' in member ? member.doc : []]))
}

/** A literal as JSON of ASCII letters only. */
function asciiJson(value: string | number | boolean): string {
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function wrapperName(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return upperFirst(type.scalar)
    case 'ref':
      return pascalCase(identifier(type.name.slice(type.name.lastIndexOf('.') + 1)))
    case 'array':
      return `ListOf${wrapperName(type.item)}`
    case 'set':
      return `SetOf${wrapperName(type.item)}`
    case 'map':
      return `MapOf${wrapperName(type.value)}`
    case 'nullable':
      return `Nullable${wrapperName(type.of)}`
    case 'literal':
      return 'Literal'
    case 'tuple':
      return `TupleOf${type.items.map((item) => wrapperName(item.type)).join('')}`.slice(0, 60)
  }
}

function wrapperDoc(type: Type): string {
  switch (type.kind) {
    case 'nullable':
      return 'null where nothing is set.'
    case 'literal':
      return 'Says all by being there.'
    case 'tuple':
      return 'A tuple.'
    case 'map':
      return 'A map, or an entry of one whose keys protobuf has no map for.'
    default:
      return 'A list where protobuf has no repeated field.'
  }
}

function mapKey(type: Type): string | undefined {
  return type.kind === 'scalar' && mapKeys.has(type.scalar) ? scalarTypes[type.scalar] : undefined
}

const mapKeys: ReadonlySet<Scalar> = new Set<Scalar>([
  ...(['int32', 'uint32', 'sint32', 'fixed32', 'sfixed32', 'int53'] as const),
  ...(['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64', 'boolean', 'string', 'decimal'] as const),
])

const scalarTypes: Readonly<Record<Scalar, string>> = {
  double: 'double',
  float: 'float',
  int32: 'int32',
  uint32: 'uint32',
  sint32: 'sint32',
  fixed32: 'fixed32',
  sfixed32: 'sfixed32',
  int53: 'int64',
  int64: 'int64',
  uint64: 'uint64',
  sint64: 'sint64',
  fixed64: 'fixed64',
  sfixed64: 'sfixed64',
  boolean: 'bool',
  string: 'string',
  bytes: 'bytes',
  date: '.google.protobuf.Timestamp',
  decimal: 'string',
  json: 'string',
}
