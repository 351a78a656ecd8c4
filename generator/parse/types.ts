import { scalars } from '../../runtime/schema/schema.js'
import { classOf, type ValueClass } from '../../runtime/schema/union.js'
import { ts } from '../compiler.js'
import type {
  Absent,
  Declaration,
  Declared,
  ModelEnumMember,
  ModelField,
  ModelType,
  ModelUnion,
  ModelUnionMember,
} from '../model.js'
import { nameProblem } from '../names.js'
import { Objects } from './objects.js'
import { unsupportedFix } from './unsupported.js'
import {
  type Context,
  type Env,
  isErrorInterface,
  noEnv,
  type Properties,
  type Property,
  type Resolved,
  referenceOf,
  unparenthesized,
  type Written,
} from './written.js'

type Literal = string | number | boolean

/** One alternative of a union, aliases and nested unions taken apart. */
type Alternative =
  | { readonly is: 'literal'; readonly value: Literal; readonly at: ts.Node }
  | { readonly is: 'null' | 'undefined'; readonly at: ts.Node }
  | { readonly is: 'type'; readonly written: Written }

/** A declaration that types brought about: an inline object, a union, an instance of a generic ... */
export interface Addition {
  readonly fullName: string
  /** Equal for the same type written at the same place with the same arguments. */
  readonly identity: string
  readonly source: ts.SourceFile
  readonly at: ts.Node
  declaration: Declaration | undefined
  /** Those that it brought about itself. */
  readonly inner: Addition[]
}

/**
 * Reads types: syntax in, the model's types out. What has no name of its own (inline objects, unions, instances of
 * generics, Pick and the like) becomes a declaration, named after the alias that names it or after where it stands.
 */
export class Types {
  readonly objects: Objects
  readonly #context: Context
  readonly #declared = new Map<string, Addition>()
  /** Where what is read at the moment puts the declarations that it needs. */
  #additions: Addition[] = []
  readonly #enums = new Map<string, ValueClass>()
  /** Aliases that are being looked through: one that comes back to itself without a declaration between never ends. */
  #open: readonly ts.Node[] = []

  constructor(context: Context) {
    this.#context = context
    this.objects = new Objects(context, this)
  }

  /** The declarations that no statement declared by itself, by the file that they belong to. */
  declarations(): ReadonlyMap<ts.SourceFile, readonly Declaration[]> {
    const all = new Map<ts.SourceFile, Declaration[]>()
    for (const { source, declaration } of this.#declared.values()) {
      if (!declaration) continue
      const own = all.get(source)
      if (own) own.push(declaration)
      else all.set(source, [declaration])
    }
    return all
  }

  /** Runs `read`, and tells which declarations it needed, known before or not. */
  recorded<T>(read: () => T): { readonly result: T; readonly additions: readonly Addition[] } {
    const outer = this.#additions
    const additions: Addition[] = []
    this.#additions = additions
    const result = read()
    this.#additions = outer
    return { result, additions }
  }

  /** What an earlier reader recorded, for something that did not change since; false where a name is another's now. */
  again(additions: readonly Addition[]): boolean {
    return additions.every((addition) => {
      const known = this.#declared.get(addition.fullName)
      if (known) return known.identity === addition.identity
      this.#declared.set(addition.fullName, addition)
      return this.again(addition.inner)
    })
  }

  /** A value's type. A lone literal is a union of one here: only properties know their value without the wire. */
  value(written: Written): Resolved | undefined {
    const found = this.#read(written)
    if (found?.type.kind !== 'literal') return found
    const type = this.#enum([{ is: 'literal', value: found.type.value, at: written.node }], written)
    return type && { type, undefinable: found.undefinable }
  }

  /** A property's type: a required one may be a literal. */
  property({ type: written, question, also, nameNode, name }: Property): Resolved | undefined {
    if (!written) return undefined
    const found = this.#read(written)
    for (const other of also ?? []) {
      const again = other.type && this.#read(other.type)
      if (found && again && JSON.stringify(found) !== JSON.stringify(again)) {
        const fix = 'declare it in one of the parts only, or with the same type'
        this.#context.report(nameNode, 'unsupported-type', `${name} has two types in an intersection`, fix)
      }
    }
    return question || found?.undefinable ? this.value(written) : found
  }

  /** Reads an alias that names something to be declared, whether or not anything uses it. */
  alias(target: ts.TypeAliasDeclaration): void {
    if (target.typeParameters) return
    this.#alias(target, { name: target.name.text, env: noEnv })
  }

  literals(written: Written): readonly Literal[] | undefined {
    const found = this.#alternatives(written)
    const values = found?.flatMap((alternative) => (alternative.is === 'literal' ? [alternative.value] : []))
    return values && values.length === found?.length ? values : undefined
  }

  instance(
    target: ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
    args: readonly ts.TypeNode[],
    from: Written,
  ): { readonly name: string; readonly env: Env } | undefined {
    const own = target.name.text
    if (!target.typeParameters) return { name: own, env: noEnv }
    const params = new Map<ts.Symbol, Written>()
    const names: string[] = []
    const ids: string[] = []
    for (const [i, parameter] of target.typeParameters.entries()) {
      const arg = args[i]
      const node = arg ?? parameter.default
      const symbol = this.#context.symbolOf(parameter.name)
      if (!node || !symbol) return undefined
      const env = arg ? from.env : { params: new Map(params), id: ids.join() }
      const written = { node, env, stem: `${from.stem}_${parameter.name.text}` }
      const found = this.value(written)
      if (!found) return undefined
      params.set(symbol, written)
      names.push(argumentName(found))
      ids.push(JSON.stringify(found))
    }
    const name = [own, ...names].join('_')
    if (nameProblem(name, 'type')) {
      const fix = 'use fewer or simpler type arguments, or declare an interface for it'
      this.#context.report(from.node, 'too-deep', `the name of this instance of ${own} gets too long`, fix)
      return undefined
    }
    return { name, env: { params, id: ids.join() } }
  }

  // ---- one type ----

  #read(written: Written): Resolved | undefined {
    const node = unparenthesized(written.node)
    if (ts.isUnionTypeNode(node) || ts.isLiteralTypeNode(node)) return this.#union(written)
    const scalar = keywordScalars.get(node.kind)
    if (scalar) return plain({ kind: 'scalar', scalar })
    if (ts.isTypeReferenceNode(node)) return this.#reference(node, written)
    if (ts.isArrayTypeNode(node)) return this.#array({ ...written, node: node.elementType }, false)
    if (ts.isTupleTypeNode(node)) return this.#tuple(node, written)
    if (ts.isTypeOperatorNode(node)) {
      if (node.operator === ts.SyntaxKind.KeyOfKeyword) return this.#union(written)
      if (node.operator === ts.SyntaxKind.ReadonlyKeyword) return readonly(this.#read({ ...written, node: node.type }))
    }
    if (ts.isTypeLiteralNode(node)) return this.#inline(node, written)
    if (ts.isIntersectionTypeNode(node)) return this.#object(written)
    if (ts.isIndexedAccessTypeNode(node)) {
      const property = this.objects.property(written)
      const found = property && this.property({ ...property, question: true })
      if (found) return { ...found, undefinable: found.undefinable || property.question }
    }
    return this.#unsupported(node)
  }

  #reference(node: ts.TypeReferenceNode, written: Written): Resolved | undefined {
    const symbol = this.#context.symbolOf(node.typeName)
    const target = symbol?.declarations?.[0]
    if (!symbol || !target) return this.#unresolved(node)
    const bound = written.env.params.get(symbol)
    if (bound) return this.#read(bound)
    const name = symbol.name
    switch (this.#context.originOf(symbol)) {
      case 'flavours':
        return plain({ kind: 'scalar', scalar: name as (typeof scalars)[number] })
      case 'library':
        return this.#builtIn(name, node, written)
      case 'outside': {
        const fix = 'declare it in a contract of this folder'
        this.#context.report(node, 'outside-type', `${name} is declared outside of the folder of contracts`, fix)
        return undefined
      }
    }
    if (ts.isEnumMember(target)) return this.#union(written)
    if (ts.isEnumDeclaration(target)) return plain(this.#enumRef(target))
    if (ts.isTypeAliasDeclaration(target)) {
      const instance = this.instance(target, node.typeArguments ?? [], written)
      return instance && this.#alias(target, instance)
    }
    if (!ts.isInterfaceDeclaration(target)) return this.#unsupported(node)
    if (target.members.some(ts.isMethodSignature)) {
      const fix = 'services are called, not sent: name a message'
      this.#context.report(node, 'unsupported-type', `${name} is a service`, fix)
      return undefined
    }
    if (isErrorInterface(target, this.#context)) {
      this.#context.report(node, 'unsupported-type', `${name} is an error`, `write @throws {${name}} on the method`)
      return undefined
    }
    const file = target.getSourceFile()
    if (!target.typeParameters) return plain({ kind: 'ref', name: this.#context.fullName(file, name) })
    const instance = this.instance(target, node.typeArguments ?? [], written)
    if (!instance) return undefined
    const declared = { node, env: instance.env, stem: instance.name, comment: target }
    return this.#message(declared, target.name, () => this.objects.ofInterface(target, instance))
  }

  #builtIn(name: string, node: ts.TypeReferenceNode, written: Written): Resolved | undefined {
    const [first, second] = node.typeArguments ?? []
    switch (name) {
      case 'Date':
        return plain({ kind: 'scalar', scalar: 'date' })
      case 'Uint8Array':
        return plain({ kind: 'scalar', scalar: 'bytes' })
      case 'Array':
      case 'ReadonlyArray':
        return first && this.#array({ ...written, node: first }, name === 'ReadonlyArray')
      case 'Set':
      case 'ReadonlySet':
        return first && this.#set({ ...written, node: first }, name === 'ReadonlySet')
      case 'Map':
      case 'ReadonlyMap':
        return first && second && this.#map(first, second, written, 'map', name === 'ReadonlyMap')
      case 'Record':
        if (!first || !second) return undefined
        return this.literals({ ...written, node: first })
          ? this.#object(written)
          : this.#map(first, second, written, 'record', false)
      case 'Readonly': {
        const inner = first && this.objects.properties(written)
        return first && !inner ? readonly(this.#read({ ...written, node: first })) : this.#object(written)
      }
      case 'Partial':
      case 'Required':
      case 'Pick':
      case 'Omit':
        return this.#object(written)
      case 'Exclude':
      case 'Extract':
      case 'NonNullable':
        return this.#union(written)
      default:
        return this.#unsupported(node)
    }
  }

  /** What an alias stands for. What it names and has no name of its own is called like it. */
  #alias(
    target: ts.TypeAliasDeclaration,
    { name, env }: { readonly name: string; readonly env: Env },
  ): Resolved | undefined {
    if (this.#open.includes(target)) {
      const fix = 'give its inner part a name: export interface ... (interfaces may contain themselves)'
      this.#context.report(target.name, 'cyclic-alias', `${target.name.text} stands for itself`, fix)
      return undefined
    }
    const open = this.#open
    this.#open = [...open, target]
    try {
      const stem = namesItself(target.type) ? name : `${name}_item`
      return this.#read({ node: target.type, env, stem, comment: target })
    } finally {
      this.#open = open
    }
  }

  // ---- containers ----

  #array(item: Written, isReadonly: boolean): Resolved | undefined {
    const found = this.#item(item, 'an item of an array')
    return found && plain({ kind: 'array', item: found, readonly: isReadonly })
  }

  #set(item: Written, isReadonly: boolean): Resolved | undefined {
    const found = this.#item(item, 'an item of a Set')
    if (!found) return undefined
    if (this.#isSimple(found)) return plain({ kind: 'set', item: found, readonly: isReadonly })
    const fix = 'write an array: T[]'
    this.#context.report(item.node, 'unsupported-type', 'two objects are never the same item of a Set', fix)
    return undefined
  }

  #map(
    key: ts.TypeNode,
    value: ts.TypeNode,
    written: Written,
    form: 'map' | 'record',
    isReadonly: boolean,
  ): Resolved | undefined {
    const keyType = this.#item({ ...written, node: key, stem: `${written.stem}_key` }, 'a key')
    const valueType = this.#item({ ...written, node: value, stem: `${written.stem}_value` }, 'a value')
    if (!keyType || !valueType) return undefined
    const good =
      form === 'map'
        ? this.#isSimple(keyType)
        : keyType.kind === 'scalar' && ['string', 'decimal', ...numbers].includes(keyType.scalar)
    if (good) return plain({ kind: 'map', key: keyType, value: valueType, form, readonly: isReadonly })
    const message =
      form === 'map' ? 'two objects are never the same key' : 'the keys of an object are strings or numbers'
    const fix = form === 'map' ? 'write an array of messages with the key as a property' : 'write: Map<K, V>'
    this.#context.report(key, 'unsupported-type', message, fix)
    return undefined
  }

  #tuple(node: ts.TupleTypeNode, written: Written): Resolved | undefined {
    const items: { type: ModelType; optional: boolean }[] = []
    let rest: ModelType | undefined
    let sound = true
    for (const [i, element] of node.elements.entries()) {
      const named = ts.isNamedTupleMember(element) ? element : undefined
      const isRest = named ? named.dotDotDotToken !== undefined : ts.isRestTypeNode(element)
      const optional = named ? named.questionToken !== undefined : ts.isOptionalTypeNode(element)
      let inner = named?.type ?? (element as ts.TypeNode)
      if (ts.isRestTypeNode(inner) || ts.isOptionalTypeNode(inner)) inner = inner.type
      const stem = `${written.stem}_${named?.name.text ?? i + 1}`
      const found = isRest
        ? this.#read({ ...written, node: inner, stem })
        : optional
          ? this.value({ ...written, node: inner, stem })
          : found1(this.#item({ ...written, node: inner, stem }, 'a required item of a tuple'))
      if (!found) sound = false
      else if (!isRest) items.push({ type: found.type, optional })
      else if (found.type.kind === 'array' && i === node.elements.length - 1) rest = found.type.item
      else {
        sound = false
        this.#context.report(
          element,
          'unsupported-type',
          'the rest of a tuple is an array, and comes last',
          'write: ...T[]',
        )
      }
    }
    return sound ? plain({ kind: 'tuple', items, ...(rest && { rest }), readonly: false }) : undefined
  }

  /** A type in a place where nothing can be left out. */
  #item(written: Written, what: string): ModelType | undefined {
    const found = this.value(written)
    if (found?.undefinable) {
      this.#context.report(written.node, 'unsupported-type', `${what} is never undefined`, 'leave out "| undefined"')
      return undefined
    }
    return found?.type
  }

  /** What JavaScript compares by value, and Date and Uint8Array. */
  #isSimple(type: ModelType): boolean {
    return (type.kind === 'scalar' && type.scalar !== 'json') || (type.kind === 'ref' && this.#enums.has(type.name))
  }

  // ---- objects ----

  #inline(node: ts.TypeLiteralNode, written: Written): Resolved | undefined {
    const [index, ...more] = node.members
    if (index && ts.isIndexSignatureDeclaration(index) && more.length === 0) {
      const key = index.parameters[0]?.type
      const isReadonly = (ts.getModifiers(index) ?? []).some((m) => m.kind === ts.SyntaxKind.ReadonlyKeyword)
      return key && this.#map(key, index.type, written, 'record', isReadonly)
    }
    for (const member of node.members) {
      if (ts.isPropertySignature(member)) continue
      const fix = ts.isIndexSignatureDeclaration(member) ? 'write: Record<string, T>' : 'write a plain property'
      this.#context.report(member, 'unsupported-member', 'an object has plain properties only', fix)
    }
    return this.#object(written)
  }

  #object(written: Written): Resolved | undefined {
    const properties = this.objects.properties(written)
    if (!properties) return this.#unsupported(unparenthesized(written.node))
    return this.#message(written, undefined, () => properties)
  }

  #message(written: Written, at: ts.Node | undefined, properties: () => Properties): Resolved | undefined {
    const type = this.#declare(written, at, (described): Declaration => {
      const fields = [...properties().values()].map((property) => this.#context.field(property))
      return {
        kind: 'message',
        ...described,
        fields: fields.filter((field): field is ModelField => field !== undefined),
      }
    })
    return type && plain(type)
  }

  // ---- unions ----

  #union(written: Written): Resolved | undefined {
    const node = unparenthesized(written.node)
    const only = ts.isUnionTypeNode(node) ? soleType(node) : undefined
    if (only && ts.isUnionTypeNode(node)) {
      // `Payment | null` is about Payment, whatever that stands for.
      const [orNull, orUndefined] = [node.types.some(isNull), node.types.some(isUndefined)]
      const inner = this.value({ ...written, node: only, absent: absentOf(written, orNull, orUndefined) })
      return inner && withAbsent(inner, orNull, orUndefined)
    }
    const found = this.#alternatives(written)
    if (!found) return this.#unsupported(node)
    const undefinable = found.some((alternative) => alternative.is === 'undefined')
    const nullable = found.some((alternative) => alternative.is === 'null')
    const rest = distinct(found.filter((alternative) => alternative.is === 'literal' || alternative.is === 'type'))
    const type = this.#oneOf(rest, { ...written, absent: absentOf(written, nullable, undefinable) }, nullable)
    if (!type) return undefined
    return withAbsent(type, nullable, undefinable)
  }

  #oneOf(found: readonly Alternative[], written: Written, nullable: boolean): Resolved | undefined {
    const [only, ...others] = found
    if (!only) {
      const fix = 'leave it out, or write a type beside it: string | null'
      this.#context.report(written.node, 'unsupported-type', 'null and undefined alone say nothing', fix)
      return undefined
    }
    const literals = found.filter((alternative) => alternative.is === 'literal')
    if (literals.length === 2 && found.length === 2 && literals.every((l) => typeof l.value === 'boolean')) {
      return plain({ kind: 'scalar', scalar: 'boolean' })
    }
    if (others.length === 0 && only.is === 'literal' && !nullable) return plain({ kind: 'literal', value: only.value })
    if (others.length === 0 && only.is === 'type') {
      const comment = only.written.comment ?? written.comment
      return this.value({ ...only.written, comment })
    }
    const type =
      literals.length === found.length && literals.every((l) => typeof l.value !== 'boolean')
        ? this.#enum(literals, written)
        : this.#mixed(found, written)
    return type && plain(type)
  }

  /** A union of literals, as an enum. */
  #enum(literals: readonly (Alternative & { is: 'literal' })[], written: Written): ModelType | undefined {
    const members: ModelEnumMember[] = []
    for (const { value, at } of literals) {
      if (typeof value === 'boolean') {
        this.#context.report(at, 'unsupported-type', `only a property is ${value} and nothing else`, 'write boolean')
        return undefined
      }
      const name = String(value)
      if (members.some((member) => member.name === name)) {
        const fix = 'write it in one of the two ways'
        this.#context.report(at, 'unsupported-type', `${JSON.stringify(name)} stands here as text and as a number`, fix)
        return undefined
      }
      members.push({ name, value, pin: undefined, was: undefined, doc: [], at: this.#context.place(at) })
    }
    const type = this.#declare(written, undefined, (described) => ({
      kind: 'enum',
      form: 'literals',
      absent: written.absent ?? [],
      ...described,
      members,
    }))
    const classes = new Set(members.map((member) => typeof member.value))
    if (type?.kind === 'ref')
      this.#enums.set(type.name, classes.size === 1 ? ([...classes][0] as ValueClass) : 'object')
    return type
  }

  /** A union of several types: objects told apart by a property, everything else by what JavaScript calls it. */
  #mixed(found: readonly Alternative[], written: Written): ModelType | undefined {
    return this.#declare(written, undefined, (described): ModelUnion | undefined => {
      const members: ModelUnionMember[] = []
      const add = (name: string, type: ModelType, at: ts.Node, value?: Literal) => {
        const twice = members.find((member) => member.name === name)
        if (!twice) members.push({ name, type, value, at: this.#context.place(at) })
        else {
          const fix = `write one of them, or put each into an object with a property that tells them apart: { kind: 'a', ... }`
          const message = `two types of this union are ${name === 'object' ? 'objects' : `${name}s`} that nothing tells apart`
          this.#context.report(at, 'ambiguous-union', message, fix)
        }
      }
      const objects = found.flatMap((alternative) => {
        if (alternative.is !== 'type') return []
        const properties = this.objects.properties(alternative.written)
        return properties ? [{ written: alternative.written, properties }] : []
      })
      const discriminator = objects.length > 1 ? this.#discriminator(objects.map((o) => o.properties)) : undefined
      if (objects.length > 1 && discriminator === undefined) {
        const fix = "give each of them a property with a value of its own: kind: 'card', kind: 'cash'"
        const message = 'nothing tells the objects of this union apart: no property is another literal in each'
        this.#context.report(written.node, 'ambiguous-union', message, fix)
        return undefined
      }
      const literals = found.filter((alternative) => alternative.is === 'literal')
      for (const kind of ['string', 'number'] as const) {
        const own = literals.filter((literal) => typeof literal.value === kind)
        const [first] = own
        if (!first) continue
        const stem = `${written.stem}_${kind}`
        const type = this.#enum(own, { node: written.node, env: written.env, stem })
        if (type) add(kind, type, first.at)
      }
      const booleans = literals.filter((literal) => typeof literal.value === 'boolean')
      if (booleans[0]) {
        const type: ModelType =
          booleans.length === 2 ? { kind: 'scalar', scalar: 'boolean' } : { kind: 'literal', value: booleans[0].value }
        add('boolean', type, booleans[0].at)
      }
      for (const alternative of found) {
        if (alternative.is !== 'type') continue
        const { written: of } = alternative
        const object = objects.find((o) => o.written === of)
        const value =
          object && discriminator !== undefined ? this.#literal(object.properties.get(discriminator)) : undefined
        const suffix = object ? (value === undefined ? 'object' : identifier(String(value))) : 'item'
        // An inline member has its union's name so far: it gets one of its own.
        const type = this.value({ ...of, stem: `${of.stem}_${suffix}`, comment: undefined, absent: [] })
        if (!type) continue
        const name = value === undefined ? this.#classOf(type.type) : String(value)
        if (name === undefined) {
          const fix = 'write unknown alone, or leave it out'
          this.#context.report(of.node, 'ambiguous-union', 'unknown takes in every other type of the union', fix)
        } else add(name, type.type, of.node, value)
      }
      return { kind: 'union', ...described, discriminator, absent: written.absent ?? [], members }
    })
  }

  /** A property that is required in all of them, a literal in each, and never the same one. */
  #discriminator(objects: readonly Properties[]): string | undefined {
    const [first, ...others] = objects
    const names = [...(first?.keys() ?? [])].filter((name) => others.every((other) => other.has(name)))
    const usual = ['kind', 'type']
    const rank = (name: string) => (usual.includes(name) ? usual.indexOf(name) : usual.length)
    const sorted = names.sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
    return sorted.find((name) => {
      const values = objects.map((properties) => this.#literal(properties.get(name)))
      return !values.includes(undefined) && new Set(values.map(String)).size === values.length
    })
  }

  /** The value of a property that can have only one. */
  #literal(property: Property | undefined): Literal | undefined {
    if (!property?.type || property.question) return undefined
    const values = this.literals(property.type)
    return values?.length === 1 ? values[0] : undefined
  }

  #classOf(type: ModelType): ValueClass | undefined {
    switch (type.kind) {
      case 'scalar':
        return scalarClass(type.scalar)
      case 'array':
      case 'tuple':
        return 'array'
      case 'set':
        return 'Set'
      case 'map':
        return type.form === 'map' ? 'Map' : 'object'
      case 'literal':
        return classOf(type.value)
      case 'nullable':
        return undefined
      case 'ref':
        return this.#enums.get(type.name) ?? 'object'
    }
  }

  /** Undefined where the type is no union and no literal, or hides one that can't be taken apart. */
  #alternatives(written: Written, seen: readonly ts.Node[] = []): readonly Alternative[] | undefined {
    const node = unparenthesized(written.node)
    const own = written.node === node ? written : { ...written, node }
    if (ts.isUnionTypeNode(node)) {
      const parts = node.types.map((type) => this.#alternatives({ ...written, node: type, comment: undefined }, seen))
      return parts.every((part) => part !== undefined) ? parts.flat() : undefined
    }
    if (node.kind === ts.SyntaxKind.UndefinedKeyword) return [{ is: 'undefined', at: node }]
    if (ts.isLiteralTypeNode(node)) return literalOf(node)
    if (ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword) {
      const names = this.objects.properties({ ...written, node: node.type })?.keys()
      return names && [...names].map((value) => ({ is: 'literal', value, at: node }))
    }
    const reference = ts.isTypeReferenceNode(node) ? referenceOf(node) : undefined
    const symbol = reference && this.#context.symbolOf(reference.name)
    if (!reference || !symbol) return [{ is: 'type', written: own }]
    const bound = written.env.params.get(symbol)
    if (bound) return this.#alternatives(bound, seen)
    const origin = this.#context.originOf(symbol)
    if (origin === 'library') return this.#filtered(symbol.name, reference.args, own, seen)
    const target = symbol.declarations?.[0]
    if (!target || origin !== 'contract') return [{ is: 'type', written: own }]
    if (ts.isEnumMember(target)) {
      const value = this.#context.checker.getConstantValue(target)
      return value === undefined ? undefined : [{ is: 'literal', value, at: node }]
    }
    if (ts.isTypeAliasDeclaration(target) && !seen.includes(target) && isAlternatives(target.type)) {
      const instance = this.instance(target, reference.args, own)
      const stem = instance?.name ?? ''
      return instance && this.#alternatives({ node: target.type, env: instance.env, stem }, [...seen, target])
    }
    return [{ is: 'type', written: own }]
  }

  /** Exclude, Extract and NonNullable take alternatives away. */
  #filtered(
    name: string,
    [first, second]: readonly ts.TypeNode[],
    written: Written,
    seen: readonly ts.Node[],
  ): readonly Alternative[] | undefined {
    if (!first || !['Exclude', 'Extract', 'NonNullable'].includes(name)) return [{ is: 'type', written }]
    const all = this.#alternatives({ ...written, node: first }, seen)
    if (name === 'NonNullable')
      return all?.filter((alternative) => alternative.is === 'literal' || alternative.is === 'type')
    const named = second && this.#alternatives({ ...written, node: second }, seen)
    if (!all || !named) return undefined
    const keys = new Set(named.map((alternative) => this.#key(alternative)))
    return all.filter((alternative) => keys.has(this.#key(alternative)) === (name === 'Extract'))
  }

  #key(alternative: Alternative): string {
    if (alternative.is === 'literal') return JSON.stringify(alternative.value)
    return alternative.is === 'type' ? `type ${JSON.stringify(this.value(alternative.written))}` : alternative.is
  }

  // ---- declarations ----

  #enumRef(target: ts.EnumDeclaration): ModelType {
    const name = this.#context.fullName(target.getSourceFile(), target.name.text)
    const [member] = target.members
    const value = member && this.#context.checker.getConstantValue(member)
    this.#enums.set(name, typeof value === 'number' ? 'number' : 'string')
    return { kind: 'ref', name }
  }

  /** Declares what has no declaration of its own, once; types inside may refer to it before it is read. */
  #declare(
    written: Written,
    at: ts.Node | undefined,
    make: (described: Declared) => Declaration | undefined,
  ): ModelType | undefined {
    const { comment, stem, env } = written
    const node = comment ?? unparenthesized(written.node)
    const home = node.getSourceFile()
    const user = written.node.getSourceFile()
    // An instance of a package's generic: the package's code doesn't have it.
    const source = this.#context.isOwn(home) || !this.#context.isOwn(user) ? home : user
    const fullName = this.#context.fullName(source, stem)
    const identity = `${home.fileName}:${node.pos}:${env.id}`
    const place = at ?? (comment && ts.isTypeAliasDeclaration(comment) ? comment.name : unparenthesized(written.node))
    const known = this.#declared.get(fullName)
    if (known) {
      this.#additions.push(known)
      if (known.identity === identity) return { kind: 'ref', name: fullName }
      const fix = 'give one of the two types a name: export type ... or export interface ...'
      this.#context.report(place, 'name-clash', `another type without a name is called ${stem} as well`, fix)
      return undefined
    }
    if (nameProblem(stem, 'type')) {
      const fix = 'give the inner types names of their own'
      this.#context.report(
        place,
        'too-deep',
        `the type here would be called ${stem.slice(0, 40)}..., which is too long`,
        fix,
      )
      return undefined
    }
    const declared: Addition = { fullName, identity, source, at: place, declaration: undefined, inner: [] }
    this.#declared.set(fullName, declared)
    this.#additions.push(declared)
    const [open, additions] = [this.#open, this.#additions]
    this.#open = []
    this.#additions = declared.inner
    declared.declaration = make(this.#context.describe(source, stem, place, comment))
    this.#open = open
    this.#additions = additions
    return { kind: 'ref', name: fullName }
  }

  #unresolved(node: ts.Node): undefined {
    this.#context.unresolved(node)
    return undefined
  }

  #unsupported(node: ts.TypeNode): undefined {
    const text = node.getText()
    const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text
    const message = `${JSON.stringify(shown)} does not go over the wire`
    this.#context.report(node, 'unsupported-type', message, unsupportedFix(node, text))
    return undefined
  }
}

const keywordScalars = new Map<ts.SyntaxKind, (typeof scalars)[number]>([
  [ts.SyntaxKind.NumberKeyword, 'double'],
  [ts.SyntaxKind.BigIntKeyword, 'int64'],
  [ts.SyntaxKind.BooleanKeyword, 'boolean'],
  [ts.SyntaxKind.StringKeyword, 'string'],
  [ts.SyntaxKind.UnknownKeyword, 'json'],
])

const bigints: readonly string[] = ['int64', 'uint64', 'sint64', 'fixed64', 'sfixed64']
const others: readonly string[] = ['boolean', 'string', 'bytes', 'date', 'decimal', 'json']
/** Scalars that are a `number` in TypeScript. */
const numbers: readonly string[] = scalars.filter((s) => !bigints.includes(s) && !others.includes(s))

function scalarClass(scalar: (typeof scalars)[number]): ValueClass | undefined {
  if (bigints.includes(scalar)) return 'bigint'
  switch (scalar) {
    case 'boolean':
      return 'boolean'
    case 'string':
    case 'decimal':
      return 'string'
    case 'bytes':
      return 'Uint8Array'
    case 'date':
      return 'Date'
    case 'json':
      return undefined
    default:
      return 'number'
  }
}

function plain(type: ModelType): Resolved {
  return { type, undefinable: false }
}

/** The one type of a union beside null and undefined. */
function soleType(node: ts.UnionTypeNode): ts.TypeNode | undefined {
  const [first, ...more] = node.types.filter((type) => !isNull(type) && !isUndefined(type))
  return more.length === 0 && node.types.length > 1 ? first : undefined
}

function isNull(node: ts.TypeNode): boolean {
  return ts.isLiteralTypeNode(node) && node.literal.kind === ts.SyntaxKind.NullKeyword
}

function isUndefined(node: ts.TypeNode): boolean {
  return node.kind === ts.SyntaxKind.UndefinedKeyword
}

/** What an alias says beside its alternatives; what has no alias says it where it is used. */
function absentOf({ comment, absent = [] }: Written, orNull: boolean, orUndefined: boolean): Absent {
  if (!comment || !ts.isTypeAliasDeclaration(comment)) return []
  const found = new Set([
    ...absent,
    ...(orNull ? ['null' as const] : []),
    ...(orUndefined ? ['undefined' as const] : []),
  ])
  return [...found].sort()
}

function withAbsent({ type, undefinable }: Resolved, orNull: boolean, orUndefined: boolean): Resolved {
  const nullable = orNull && type.kind !== 'nullable'
  return { type: nullable ? { kind: 'nullable', of: type } : type, undefinable: undefinable || orUndefined }
}

function found1(type: ModelType | undefined): Resolved | undefined {
  return type && plain(type)
}

function readonly(found: Resolved | undefined): Resolved | undefined {
  return found && 'readonly' in found.type ? { ...found, type: { ...found.type, readonly: true } } : found
}

/** Whether an alias of this gives its name to what it stands for. */
function namesItself(type: ts.TypeNode): boolean {
  const node = unparenthesized(type)
  if (ts.isTypeLiteralNode(node)) return !node.members.some(ts.isIndexSignatureDeclaration)
  if (ts.isUnionTypeNode(node) || ts.isIntersectionTypeNode(node) || ts.isLiteralTypeNode(node)) return true
  if (ts.isTypeOperatorNode(node)) return node.operator === ts.SyntaxKind.KeyOfKeyword
  if (!ts.isTypeReferenceNode(node)) return false
  return ['Partial', 'Required', 'Readonly', 'Pick', 'Omit', 'Record', 'Exclude', 'Extract', 'NonNullable'].includes(
    node.typeName.getText(),
  )
}

/** Whether an alias is taken apart where it stands in a union. */
function isAlternatives(type: ts.TypeNode): boolean {
  const node = unparenthesized(type)
  if (ts.isUnionTypeNode(node) || ts.isLiteralTypeNode(node) || ts.isTypeReferenceNode(node)) return true
  return ts.isTypeOperatorNode(node) && node.operator === ts.SyntaxKind.KeyOfKeyword
}

function literalOf(node: ts.LiteralTypeNode): readonly Alternative[] | undefined {
  const { literal } = node
  if (literal.kind === ts.SyntaxKind.NullKeyword) return [{ is: 'null', at: node }]
  if (literal.kind === ts.SyntaxKind.TrueKeyword) return [{ is: 'literal', value: true, at: node }]
  if (literal.kind === ts.SyntaxKind.FalseKeyword) return [{ is: 'literal', value: false, at: node }]
  if (ts.isStringLiteral(literal) || ts.isNoSubstitutionTemplateLiteral(literal)) {
    return [{ is: 'literal', value: literal.text, at: node }]
  }
  const minus = ts.isPrefixUnaryExpression(literal) && literal.operator === ts.SyntaxKind.MinusToken
  const digits = minus ? literal.operand : literal
  if (!ts.isNumericLiteral(digits)) return undefined
  const value = Number(digits.text) * (minus ? -1 : 1)
  // JavaScript can't tell -0 from 0 where it compares.
  return [{ is: 'literal', value: value === 0 ? 0 : value, at: node }]
}

/** The same literal twice is one alternative, and none where its whole type stands beside it. */
function distinct(found: readonly Alternative[]): Alternative[] {
  const kinds = new Set(
    found.map((alternative) => (alternative.is === 'type' ? alternative.written.node.kind : undefined)),
  )
  const seen = new Set<unknown>()
  return found.filter((alternative) => {
    if (alternative.is !== 'literal') return true
    const { value } = alternative
    const fresh = !seen.has(value) && !kinds.has(keywordOf[typeof value as keyof typeof keywordOf])
    seen.add(value)
    return fresh
  })
}

const keywordOf = {
  string: ts.SyntaxKind.StringKeyword,
  number: ts.SyntaxKind.NumberKeyword,
  boolean: ts.SyntaxKind.BooleanKeyword,
} as const

/** A type argument within the name of an instance: `Page_Ticket`, `Page_Ticket_list`. */
function argumentName({ type, undefinable }: Resolved): string {
  return undefinable ? `${typeName(type)}_or_undefined` : typeName(type)
}

function typeName(type: ModelType): string {
  switch (type.kind) {
    case 'scalar':
      return scalarWords[type.scalar] ?? type.scalar
    case 'ref':
      return type.name.slice(type.name.lastIndexOf('.') + 1)
    case 'array':
      return `${typeName(type.item)}_list`
    case 'set':
      return `${typeName(type.item)}_set`
    case 'map':
      return `${typeName(type.value)}_by_${typeName(type.key)}`
    case 'nullable':
      return `${typeName(type.of)}_or_null`
    case 'literal':
      return identifier(String(type.value))
    case 'tuple': {
      const items = type.items.map((item) =>
        item.optional ? `${typeName(item.type)}_or_undefined` : typeName(item.type),
      )
      return ['tuple', ...items, ...(type.rest ? [`${typeName(type.rest)}_list`] : [])].join('_')
    }
  }
}

const scalarWords: Readonly<Partial<Record<(typeof scalars)[number], string>>> = {
  double: 'number',
  int64: 'bigint',
  bytes: 'Uint8Array',
  date: 'Date',
  json: 'unknown',
}

/** Any text as a part of a name. */
function identifier(text: string): string {
  const word = text.replace(/[^A-Za-z0-9_]+/g, '_').slice(0, 100)
  return word === '' ? '_' : word
}
