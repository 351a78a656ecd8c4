import { Imports, type ImportView, specifier } from './imports.js'
import type {
  Absent,
  Declaration,
  ModelField,
  ModelFile,
  ModelMessage,
  ModelMethod,
  ModelService,
  ModelType,
} from './model.js'
import {
  commentLines,
  type DeclarationNames,
  literal,
  literalValue,
  localName,
  lowerFirst,
  Scope,
  valueType,
} from './names.js'

type Names = ReadonlyMap<string, DeclarationNames>

/** A doc comment: one line, several, or none. */
export interface DocView {
  readonly single: string | undefined
  readonly lines: readonly string[]
}

/** What `x.ts` is laid out from. */
export interface TypesView {
  readonly source: string
  readonly doc: DocView
  readonly imports: readonly ImportView[]
  /** What the imports from the runtime are called in this file. */
  readonly use: Readonly<Record<string, string>>
  readonly declarations: readonly object[]
}

const serviceUses = ['Call', 'CallOptions', 'Invocable', 'SkeletonBase', 'StubOptions']
const serviceValues = ['Stub', 'defineService', 'skeletonBase']

export function typesView(source: string, file: ModelFile, names: Names): TypesView {
  const scope = new Scope(
    file.declarations.flatMap((d) => {
      const own = names.get(d.fullName)
      return d.kind === 'service' && own ? [d.name, own.client, own.skeleton] : [d.name]
    }),
  )
  const imports = new Imports(scope)
  const runtime = 'tsubo/codegen'
  const use: Record<string, string> = {}
  if (file.declarations.some((d) => d.kind === 'service')) {
    for (const name of serviceUses) use[name] = imports.type(runtime, name)
    for (const name of serviceValues) use[name] = imports.value(runtime, name)
  }
  if (file.declarations.some((d) => d.kind === 'error')) use.RpcError = imports.value(runtime, 'RpcError')
  const nameOf: NameOf = (fullName, besides) => {
    const found = names.get(fullName) as DeclarationNames
    const local = found.path === file.path ? found.name : imports.type(specifier(file.path, found.path), found.name)
    return valueType(local, found, besides)
  }
  const declarations = file.declarations.map((d) => declarationView(d, names, file, imports, scope, nameOf))
  return { source, doc: docView(file.doc), imports: imports.view(), use, declarations }
}

function declarationView(
  declaration: Declaration,
  names: Names,
  file: ModelFile,
  imports: Imports,
  scope: Scope,
  nameOf: NameOf,
): object {
  const nothing = { service: undefined, message: undefined, error: undefined, enumeration: undefined, alias: undefined }
  switch (declaration.kind) {
    case 'service':
      return { ...nothing, service: serviceView(declaration, names, file, imports, scope, nameOf) }
    case 'union': {
      const members = declaration.members.map((member) => typeText(member.type, nameOf, true))
      return { ...nothing, alias: aliasView(declaration, [...members, ...declaration.absent]) }
    }
    case 'enum': {
      if (declaration.form === 'literals') {
        return {
          ...nothing,
          alias: aliasView(declaration, [
            ...declaration.members.map((member) => literalValue(member.value)),
            ...declaration.absent,
          ]),
        }
      }
      const members = declaration.members.map(({ name, value, doc }) => ({
        name,
        value: typeof value === 'string' ? literal(value) : String(value),
        doc: docView(doc),
      }))
      return { ...nothing, enumeration: { name: declaration.name, doc: docView(declaration.doc), members } }
    }
    case 'error':
      return { ...nothing, error: { ...messageView(declaration, nameOf), fullName: literal(declaration.fullName) } }
    default:
      return { ...nothing, message: messageView(declaration, nameOf) }
  }
}

function aliasView({ name, doc }: Declaration, members: readonly string[]) {
  const oneLine = members.join(' | ')
  return { name, doc: docView(doc), members, oneLine: oneLine.length + name.length < 100 ? oneLine : undefined }
}

function messageView({ name, doc, fields }: ModelMessage, nameOf: NameOf) {
  return {
    name,
    doc: docView(doc),
    fields: fields.map((field) => ({ ...propertyView(field, nameOf), doc: docView(field.doc) })),
    allOptional: fields.every((field) => field.question),
  }
}

function propertyView({ name, type, question, undefinable, readonly }: ModelField, nameOf: NameOf) {
  return { name, question, readonly, type: undefinable ? optionalText(type, nameOf) : typeText(type, nameOf) }
}

function serviceView(
  service: ModelService,
  names: Names,
  file: ModelFile,
  imports: Imports,
  scope: Scope,
  nameOf: NameOf,
) {
  const own = names.get(service.fullName) as DeclarationNames
  return {
    name: service.name,
    fullName: service.fullName,
    doc: docView(service.doc),
    constant: scope.take(lowerFirst(service.name)),
    base: scope.take(`${lowerFirst(service.name)}Base`),
    client: own.client,
    skeleton: own.skeleton,
    schema: imports.value(specifier(file.path, `${file.path}.schema`), own.schema),
    codecs: imports.value(specifier(file.path, `${file.path}.codec`), own.codecs),
    contract: literal(specifier(file.path, `${file.path}.contract`)),
    methods: service.methods.map((method, index) => methodView(method, index, nameOf)),
  }
}

function methodView(method: ModelMethod, index: number, nameOf: NameOf) {
  const none = new Set<string>()
  const params = method.params.map((param, i) => {
    const text = typeText(param.type, nameOf)
    const name = localName(param.name, none)
    if (i === method.stream)
      return { name, optional: false, client: `AsyncIterable<${text}>`, handler: `AsyncIterable<${text}>` }
    const absent = param.question || param.undefinable
    return {
      name,
      optional: param.question,
      client: param.undefinable ? optionalText(param.type, nameOf) : text,
      handler: absent ? optionalText(param.type, nameOf) : text,
    }
  })
  const taken = new Set(params.map((param) => param.name))
  const { result, optionalResult } = method
  return {
    name: method.name,
    index,
    doc: docView(method.doc),
    params,
    args: params.map((param) => param.name).join(', '),
    options: localName('options', taken),
    call: localName('call', taken),
    streamsOut: method.kind === 'server' || method.kind === 'bidi',
    result: !result ? 'void' : optionalResult ? optionalText(result, nameOf) : typeText(result, nameOf),
  }
}

/** What a declaration is called at hand, together with what is there `besides` its values. */
export type NameOf = (fullName: string, besides?: Absent) => string

/** A type that may be undefined, as TypeScript text. */
function optionalText(type: ModelType, nameOf: NameOf): string {
  if (type.kind === 'ref') return nameOf(type.name, ['undefined'])
  if (type.kind === 'nullable' && type.of.kind === 'ref') return nameOf(type.of.name, ['null', 'undefined'])
  return `${typeText(type, nameOf)} | undefined`
}

/**
 * A type as TypeScript text: flavours are plain numbers, enums and messages go by their local names. In an alias that may
 * come back to itself, a record is written out: TypeScript looks into `Record<K, V>` too early.
 */
export function typeText(type: ModelType, nameOf: NameOf, inAlias = false): string {
  switch (type.kind) {
    case 'scalar':
      return scalarTexts[type.scalar] ?? 'number'
    case 'ref':
      return nameOf(type.name)
    case 'array': {
      const item = typeText(type.item, nameOf, inAlias)
      const inner = item.endsWith(' | null') || item.startsWith('readonly ') ? `(${item})` : item
      return type.readonly ? `readonly ${inner}[]` : `${inner}[]`
    }
    case 'set':
      return `${type.readonly ? 'ReadonlySet' : 'Set'}<${typeText(type.item, nameOf, inAlias)}>`
    case 'map': {
      const parts = `<${typeText(type.key, nameOf, inAlias)}, ${typeText(type.value, nameOf, inAlias)}>`
      if (type.form === 'map') return `${type.readonly ? 'ReadonlyMap' : 'Map'}${parts}`
      if (inAlias) {
        const [key, value] = [typeText(type.key, nameOf, true), typeText(type.value, nameOf, true)]
        return `{ ${type.readonly ? 'readonly ' : ''}[key: ${key}]: ${value} }`
      }
      return type.readonly ? `Readonly<Record${parts}>` : `Record${parts}`
    }
    case 'tuple': {
      const optional = (text: string) =>
        /^[\w.$]+$|[\]>]$/.test(text) && !text.startsWith('readonly ') ? `${text}?` : `(${text})?`
      const items = type.items.map((item) => {
        const text = typeText(item.type, nameOf, inAlias)
        return item.optional ? optional(text) : text
      })
      if (type.rest) items.push(`...${typeText({ kind: 'array', item: type.rest, readonly: false }, nameOf, inAlias)}`)
      return `${type.readonly ? 'readonly ' : ''}[${items.join(', ')}]`
    }
    case 'nullable':
      if (type.of.kind === 'ref') return nameOf(type.of.name, ['null'])
      return `${typeText(type.of, nameOf, inAlias)} | null`
    case 'literal':
      return literalValue(type.value)
  }
}

const scalarTexts: Readonly<Record<string, string>> = {
  boolean: 'boolean',
  string: 'string',
  decimal: 'string',
  json: 'unknown',
  bytes: 'Uint8Array',
  date: 'Date',
  int64: 'bigint',
  uint64: 'bigint',
  sint64: 'bigint',
  fixed64: 'bigint',
  sfixed64: 'bigint',
  double: 'number',
  float: 'number',
  int32: 'number',
  uint32: 'number',
  sint32: 'number',
  fixed32: 'number',
  sfixed32: 'number',
  int53: 'number',
}

export function docView(lines: readonly string[]): DocView {
  const safe = commentLines(lines)
  if (safe.length === 1) return { single: safe[0], lines: [] }
  return { single: undefined, lines: safe.map((line) => (line === '' ? '' : ` ${line}`)) }
}
