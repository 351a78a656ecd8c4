import { errorMembers } from '../runtime/schema/name.js'
import { nearest } from '../runtime/schema/nearest.js'
import { scalars } from '../runtime/schema/schema.js'
import { type Comment, proseTags, readComment, type Tag } from './comment.js'
import { ts } from './compiler.js'
import { constraintTags, readConstraints } from './constraints.js'
import { ContractError, type Diagnostic, type DiagnosticCode } from './diagnostics.js'
import { readJavaType } from './java-type.js'
import type {
  Declaration,
  Declared,
  Model,
  ModelEnum,
  ModelEnumMember,
  ModelField,
  ModelFile,
  ModelMethod,
  ModelType,
  Place,
} from './model.js'
import { nameProblem } from './names.js'
import { type Numbering, numberTags, readNumbering } from './numbering.js'
import { flavoursPath, libraryPath, Programs, posixPath } from './parse/program.js'
import { type Addition, Types } from './parse/types.js'
import { basesOf, type Context, isErrorInterface, noEnv, type Property, unparenthesized } from './parse/written.js'
import { governanceTags, milliseconds, pathParameters, readTextTag } from './text-tags.js'

/** A contract as read from disk. */
export interface Source {
  /** Relative to the folder of contracts, with `/`: `ticket.d.ts`. */
  readonly file: string
  /** Absolute. */
  readonly path: string
  readonly text: string
}

/**
 * For a file outside of the folder that a contract imports: what diagnostics call it and what module its generated code
 * is, if a package brings both; undefined otherwise.
 */
export type PackageLookup = (path: string) => { readonly file: string; readonly module: string } | undefined

/**
 * Reads contracts: TypeScript in, model out. Only this file and `parse/` know TypeScript's compiler.
 *
 * The contracts are type-checked first, by themselves: nothing of the caller's tsconfig, `@types` or DOM counts.
 * Throws ContractError with everything that is wrong.
 */
export function parse(sources: readonly Source[], packaged: PackageLookup = () => undefined): Model {
  return createReader()(sources, packaged)
}

/** A `parse` for many rounds: what did not change since the last one that succeeded is neither checked nor read again. */
export function createReader(): typeof parse {
  const programs = new Programs()
  let before: Round = new Map()
  return (sources, packaged = () => undefined) => {
    try {
      const program = programs.of(new Map(sources.map(({ path, text }) => [posixPath(path), text])))
      const parser = new Parser(program, (source) => programs.imported(source), sources, packaged, before)
      const model = parser.model()
      before = parser.round
      return model
    } catch (error) {
      programs.forget()
      if (!(error instanceof RangeError)) throw error
      throw new ContractError([
        {
          code: 'too-deep',
          message: 'a type nests too deeply to be read',
          fix: 'give the inner parts names of their own',
        },
      ])
    }
  }
}

/** The files of a round in which nothing was wrong. */
type Round = ReadonlyMap<ts.SourceFile, ReadFile>

/** What a file turned out to say, and what that rests on. */
interface ReadFile {
  readonly imports: readonly (ts.SourceFile | undefined)[]
  /** What its statements declare. */
  readonly declared: ModelFile
  /** What they need besides, in whatever file it is declared. */
  readonly additions: readonly Addition[]
  /** With the declarations that it and others need of it. */
  readonly whole: ModelFile
}

const flavours = scalars.filter((s) => s !== 'boolean' && s !== 'string' && s !== 'bytes' && s !== 'date')

const usualTypes = ['string', 'number', 'boolean', 'bigint', 'Date', 'Uint8Array', 'Promise', 'AsyncIterable']

const importExample = 'import type { Money } from "./money.js"'

/** TypeScript's words for what this file says better: a missing type, a computed enum value. */
const reportedAnyway = new Set([7006, 7008, 7010, 7051, 1066])

const knownTags = [
  'package',
  'java',
  'javaResult',
  'throws',
  'idempotent',
  'oneway',
  'timeout',
  'deprecated',
  'group',
  'version',
  'http',
  ...governanceTags,
  ...numberTags,
  ...constraintTags,
]

class Parser {
  readonly #program: ts.Program
  readonly #checker: ts.TypeChecker
  readonly #sources: readonly Source[]
  readonly #files = new Map<ts.SourceFile, string>()
  readonly #packaged: PackageLookup
  /** Modules of the files that packages bring. */
  readonly #modules = new Map<ts.SourceFile, string>()
  readonly #packages = new Map<ts.SourceFile, string>()
  readonly #formerPackages = new Map<ts.SourceFile, readonly string[]>()
  readonly #fileComments = new Map<ts.SourceFile, readonly number[]>()
  readonly #diagnostics: Diagnostic[] = []
  readonly #types: Types
  readonly #context: Context

  readonly #imported: (source: ts.SourceFile) => readonly (ts.SourceFile | undefined)[]

  /** The files of this round. */
  readonly round = new Map<ts.SourceFile, ReadFile>()
  /** Those of the last one that succeeded. */
  readonly #before: Round

  constructor(
    program: ts.Program,
    imported: (source: ts.SourceFile) => readonly (ts.SourceFile | undefined)[],
    sources: readonly Source[],
    packaged: PackageLookup,
    before: Round,
  ) {
    this.#before = before
    this.#imported = imported
    this.#packaged = packaged
    this.#program = program
    this.#checker = program.getTypeChecker()
    this.#sources = sources
    this.#context = this.#makeContext()
    this.#types = new Types(this.#context)
  }

  model(): Model {
    for (const { file, path } of this.#sources) {
      const source = this.#program.getSourceFile(posixPath(path))
      if (!source) throw new Error(`the compiler lost ${file}`)
      this.#files.set(source, file)
    }
    for (const source of this.#program.getSourceFiles()) {
      if (this.#files.has(source) || source.fileName === libraryPath) continue
      const found = source.fileName === flavoursPath ? undefined : this.#packaged(source.fileName)
      if (!found) continue
      this.#files.set(source, found.file)
      this.#modules.set(source, found.module)
    }
    const broken = new Set([...this.#files.keys()].filter((source) => this.#syntaxErrors(source)))
    const sound = [...this.#files.keys()].filter((source) => !broken.has(source))
    const imports = new Map([...this.#files.keys()].map((source) => [source, this.#imported(source)]))
    const changed = this.#changed(imports)
    for (const source of sound) if (changed.has(source)) this.#typeErrors(source)
    const docs = new Map(sound.map((source) => [source, this.#fileComment(source)]))
    const read = sound.map((source) => ({
      source,
      imports: imports.get(source) ?? [],
      ...this.#read(source, docs.get(source) ?? [], changed.has(source)),
    }))
    const additions = this.#types.declarations()
    const files = read.map(({ source, declared, ...rest }) => {
      const whole = this.#withTypes(source, declared, additions.get(source) ?? [])
      this.round.set(source, { ...rest, declared, whole })
      return whole
    })
    this.#uniqueNames(files)
    if (
      this.#diagnostics.length === 0 &&
      !files.some((f) => !f.path.startsWith('npm:') && f.declarations.some((d) => d.kind === 'service'))
    ) {
      this.#report(sound[0], 0, 0, 'no-service', 'no contract here declares a service', serviceExample)
    }
    if (this.#diagnostics.length > 0) throw new ContractError(this.#diagnostics)
    return { files }
  }

  /** What a file says, read now or, where nothing changed, in the round before. */
  #read(source: ts.SourceFile, doc: readonly string[], changed: boolean): Pick<ReadFile, 'declared' | 'additions'> {
    const before = changed ? undefined : this.#before.get(source)
    if (before && this.#types.again(before.additions)) return before
    const { result, additions } = this.#types.recorded(() => this.#file(source, doc))
    return { declared: result, additions }
  }

  /** The files that are new, or import something that is, directly or through others. */
  #changed(imports: ReadonlyMap<ts.SourceFile, ReadFile['imports']>): ReadonlySet<ts.SourceFile> {
    const changed = new Set<ts.SourceFile>()
    const importers = new Map<ts.SourceFile, ts.SourceFile[]>()
    for (const [source, imported] of imports) {
      const before = this.#before.get(source)?.imports
      const same = before?.length === imported.length && imported.every((file, i) => file === before[i])
      if (!same) changed.add(source)
      for (const file of imported) if (file) importers.set(file, [...(importers.get(file) ?? []), source])
    }
    const waiting = [...changed]
    for (let file = waiting.pop(); file; file = waiting.pop()) {
      for (const importer of importers.get(file) ?? []) {
        if (changed.has(importer)) continue
        changed.add(importer)
        waiting.push(importer)
      }
    }
    return changed
  }

  // ---- TypeScript's own findings ----

  #syntaxErrors(source: ts.SourceFile): boolean {
    const found = this.#program.getSyntacticDiagnostics(source)
    for (const d of found) this.#report(source, d.start ?? 0, d.length ?? 0, 'syntax', flatten(d.messageText))
    return found.length > 0
  }

  #typeErrors(source: ts.SourceFile): void {
    for (const { code, start = 0, length = 0, messageText } of this.#program.getSemanticDiagnostics(source)) {
      const word = source.text.slice(start, start + length)
      const report = (as: DiagnosticCode, message: string, fix?: string) =>
        this.#report(source, start, length, as, message, fix)
      const from = source.statements.find((s) => ts.isImportDeclaration(s) && s.pos <= start && start < s.end)
      const module = from && ts.isImportDeclaration(from) ? from.moduleSpecifier : undefined
      if (module && module.getStart() === start)
        report('unresolved-import', `there is no module ${word}`, importExample)
      else if (module && (code === 2305 || code === 2724)) {
        const path = module.getText().slice(1, -1)
        report('unresolved-name', `there is no "${word}" in ${path}`, this.#exported(module, word))
      } else if (code === 2304 || code === 2552 || code === 2503 || code === 2318) {
        report('unresolved-name', `there is no type "${word}"`, this.#didYouMean(word))
      } else if (code === 1046) report('not-exported', 'this is not exported', 'begin it with: export')
      else if (!reportedAnyway.has(code)) report('typescript', flatten(messageText))
    }
  }

  #exported(module: ts.Expression, word: string): string {
    const symbol = this.#checker.getSymbolAtLocation(module)
    const names = symbol ? this.#checker.getExportsOfModule(symbol).map((s) => s.name) : []
    const close = nearest(word, names)
    return close ? `did you mean "${close}"?` : `it has ${names.slice(0, 20).join(', ')}`
  }

  #didYouMean(word: string): string {
    if ((flavours as readonly string[]).includes(word)) return `import type { ${word} } from 'tsubo/types'`
    const declared = [...this.#files.keys()].flatMap((file) => file.statements.filter(isNamed).map((s) => s.name.text))
    if (declared.includes(word)) return 'import it from the contract that declares it'
    const close = nearest(word, [...usualTypes, ...declared, ...flavours])
    return close ? `did you mean "${close}"?` : `declare it, or import it: ${importExample}`
  }

  // ---- files and statements ----

  /** Reads `@package` out of a comment above the file's first statement. Returns the comment's text. */
  #fileComment(source: ts.SourceFile): readonly string[] {
    const above = (ts.getLeadingCommentRanges(source.text, 0) ?? []).map((range) => ({
      start: range.pos,
      comment: readComment(source.text.slice(range.pos, range.end), range.pos),
    }))
    const [first, ...more] = above.filter(({ comment }) => comment.tags.some((tag) => tag.name === 'package'))
    if (!first) return []
    this.#fileComments.set(
      source,
      [first, ...more].map(({ start }) => start),
    )
    const [tag, ...again] = [first, ...more].flatMap(({ comment }) => comment.tags.filter((t) => t.name === 'package'))
    for (const second of again) {
      this.#reportTag(source, second, 'bad-package', 'a file has one @package', 'remove one of the two')
    }
    for (const other of first.comment.tags) {
      if (other.name === 'package' || other.name === 'was' || proseTags.includes(other.name)) continue
      this.#unknownTag(source, other, ['package', 'was'])
    }
    this.#formerPackages.set(source, this.#numbering(source, first.comment).was ?? [])
    if (tag && isPackageName(tag.text)) this.#packages.set(source, tag.text)
    else if (tag) {
      const fix = 'write a dotted name: @package com.example.tickets'
      this.#reportTag(source, tag, 'bad-package', `${JSON.stringify(tag.text.slice(0, 60))} is no package name`, fix)
    }
    return first.comment.lines
  }

  #file(source: ts.SourceFile, doc: readonly string[]): ModelFile {
    const declarations = source.statements.map((statement) => this.#statement(source, statement))
    return {
      path: this.#modules.get(source) ?? (this.#files.get(source) as string).replace(/\.d\.ts$/, ''),
      doc: [...doc],
      declarations: declarations.filter((d) => d !== undefined),
    }
  }

  /**
   * A file with the declarations that types brought about: those with a name where their alias stands, the others at the
   * end. The same one as in the round before, where it says the same.
   */
  #withTypes(source: ts.SourceFile, file: ModelFile, more: readonly Declaration[]): ModelFile {
    const order = new Map(source.statements.filter(isNamed).map((statement, i) => [statement.name.text, i]))
    const place = ({ name }: Declaration) => order.get(name) ?? order.size
    const declarations = [...file.declarations, ...more].sort((a, b) => place(a) - place(b))
    const before = this.#before.get(source)
    const known = before?.declared === file ? before.whole : undefined
    const same = known?.declarations.length === declarations.length
    return same && declarations.every((d, i) => d === known?.declarations[i]) ? known : { ...file, declarations }
  }

  #statement(source: ts.SourceFile, statement: ts.Statement): Declaration | undefined {
    if (ts.isTypeAliasDeclaration(statement)) {
      this.#tags(source, this.#comment(source, statement))
      if (this.#goodName(statement.name, 'type')) this.#types.alias(statement)
      return undefined
    }
    if (ts.isImportDeclaration(statement) || isEmptyExport(statement)) {
      this.#tags(source, this.#comment(source, statement), [])
      if (ts.isImportDeclaration(statement)) this.#import(statement)
      return undefined
    }
    if (!ts.isInterfaceDeclaration(statement) && !ts.isEnumDeclaration(statement)) {
      const fix = 'declare an exported interface or enum'
      this.#reportNode(
        statement,
        'unsupported-statement',
        'a contract holds only interfaces, enums, aliases and imports',
        fix,
      )
      return undefined
    }
    const { name } = statement
    if (!hasModifier(statement, ts.SyntaxKind.ExportKeyword)) {
      const what = ts.isEnumDeclaration(statement) ? 'enum' : 'interface'
      this.#reportNode(name, 'not-exported', `${name.text} is not exported`, `write: export ${what} ${name.text}`)
    }
    if (!this.#goodName(name, 'type')) return undefined
    return ts.isEnumDeclaration(statement) ? this.#enum(source, statement) : this.#interface(source, statement)
  }

  #import(statement: ts.ImportDeclaration): void {
    const symbol = this.#checker.getSymbolAtLocation(statement.moduleSpecifier)
    const target = symbol?.declarations?.[0]
    if (target && ts.isSourceFile(target) && !this.#files.has(target) && target.fileName !== flavoursPath) {
      this.#reportNode(
        statement.moduleSpecifier,
        'unresolved-import',
        'this is outside of the folder of contracts',
        importExample,
      )
    }
    const bindings = statement.importClause?.namedBindings
    if (!statement.importClause || statement.importClause.name || (bindings && ts.isNamespaceImport(bindings))) {
      this.#reportNode(statement, 'unsupported-statement', 'types are imported by their names', importExample)
    }
  }

  #interface(source: ts.SourceFile, node: ts.InterfaceDeclaration): Declaration | undefined {
    const name = node.name.text
    const isError = isErrorInterface(node, this.#context)
    this.#heritage(node)
    const methods = node.members.filter(ts.isMethodSignature)
    const properties = node.members.filter(ts.isPropertySignature)
    for (const member of node.members) {
      if (ts.isMethodSignature(member) || ts.isPropertySignature(member)) continue
      const fix = ts.isIndexSignatureDeclaration(member)
        ? `leave the interface out and write: type ${name} = Record<string, T>`
        : 'write a plain method or property'
      this.#reportNode(member, 'unsupported-member', `${name} has a member that is no plain method or property`, fix)
    }
    if (methods.length > 0 && (properties.length > 0 || isError)) {
      const odd = (isError ? methods : methods.length < properties.length ? methods : properties)[0] ?? node
      const fix = 'put the methods into one interface (the service) and the properties into another (a message)'
      this.#reportNode(odd, 'mixed-interface', `${name} has methods and properties`, fix)
      return undefined
    }
    if (node.typeParameters) {
      if (methods.length === 0 && !isError) return undefined
      const what = isError ? 'an error' : 'a service'
      const fix = 'leave out the type parameters, or declare one for each type it is used with'
      this.#reportNode(node.typeParameters[0] ?? node, 'unsupported-statement', `${name} is ${what}, and generic`, fix)
      return undefined
    }
    const common = this.#describe(source, name, node.name, node, methods.length > 0 ? serviceTags : undefined)
    if (methods.length > 0) {
      for (const base of basesOf(node)) {
        const fix = `repeat its methods here; a provider may implement both services`
        this.#reportNode(base, 'unsupported-member', `${name} is a service, and extends ${base.getText()}`, fix)
      }
      this.#distinct(methods, 'is declared twice: methods have one signature', 'give the second one another name')
      return {
        kind: 'service',
        ...common,
        methods: methods.map((m) => this.#method(source, m, name)).filter((m) => m !== undefined),
      }
    }
    const all = this.#types.objects.ofInterface(node)
    const fields = [...all.values()].map((p) => this.#property(p, isError)).filter((f) => f !== undefined)
    return { kind: isError ? 'error' : 'message', ...common, fields }
  }

  /** Reports what an interface extends and can't: everything but Error, interfaces with properties, and objects. */
  #heritage(node: ts.InterfaceDeclaration): void {
    for (const base of basesOf(node)) {
      const symbol = this.#checker.getSymbolAtLocation(base.expression)
      if (!symbol || (base.expression.getText() === 'Error' && this.#fromLibrary(symbol))) continue
      const written = { node: base, env: noEnv, stem: node.name.text }
      if (node.typeParameters || this.#types.objects.properties(written)) continue
      const fix = `repeat the members of ${base.getText()} here, or make it a property`
      this.#reportNode(base, 'unsupported-member', `${node.name.text} extends ${base.getText()}`, fix)
    }
  }

  /** What every declaration has. `comment` is the statement whose comment describes it. */
  #describe(
    source: ts.SourceFile,
    name: string,
    at: ts.Node,
    comment: ts.Node | undefined,
    allowed?: readonly string[],
  ): Declared {
    const text = comment ? this.#comment(comment.getSourceFile(), comment) : { lines: [], tags: [] }
    return {
      name,
      fullName: this.#fullName(source, name),
      doc: this.#doc(text),
      tags: this.#tags(source, text, allowed),
      ...this.#declaredNumbering(source, name, text),
      at: this.#place(at),
    }
  }

  #enum(source: ts.SourceFile, node: ts.EnumDeclaration): ModelEnum {
    const members: ModelEnumMember[] = []
    const seen = new Map<unknown, string>()
    for (const member of node.members) {
      if (!ts.isIdentifier(member.name)) {
        this.#reportNode(
          member.name,
          'unsafe-name',
          'a member is named by a plain identifier',
          "write: First = 'first'",
        )
        continue
      }
      if (!this.#goodName(member.name, 'member')) continue
      const value = this.#checker.getConstantValue(member)
      const own = member.name.text
      const bad = (why: string, fix: string) =>
        this.#reportNode(member, 'bad-enum', `${node.name.text}.${own} ${why}`, fix)
      const text = `write: ${own} = '${own.toLowerCase()}'`
      if (value === undefined && member.initializer) bad('has no constant value', text)
      else if (value === undefined) bad('has no value, and its place must not decide it', `${text}, or ${own} = 1`)
      else if (typeof value === 'number' && (value | 0) !== value) bad('is no 32-bit integer', text)
      else if (members[0] && typeof members[0].value !== typeof value) {
        bad('mixes strings and numbers with other members', typeof value === 'number' ? text : `write: ${own} = 1`)
      } else if (seen.has(value)) bad(`has the value of ${seen.get(value)}`, 'give it a value of its own')
      else {
        const comment = this.#comment(source, member)
        this.#tags(source, comment, typeof value === 'string' ? ['field', 'was'] : ['was'])
        const { pin, was } = this.#numbering(source, comment)
        members.push({ name: own, value, pin, was, doc: this.#doc(comment), at: this.#place(member.name) })
      }
      seen.set(value, member.name.text)
    }
    this.#distinct(node.members, 'is declared twice', 'remove one of the two')
    if (node.members.length === 0) {
      this.#reportNode(node.name, 'bad-enum', `${node.name.text} has no members`, "write: First = 'first'")
    }
    return {
      kind: 'enum',
      form: 'enum',
      absent: [],
      ...this.#describe(source, node.name.text, node.name, node),
      members,
    }
  }

  // ---- members ----

  #property(property: Property, inError: boolean): ModelField | undefined {
    const { name, nameNode, declared, type } = property
    if (!this.#goodName(nameNode, 'property', name)) return undefined
    if (inError && errorMembers.has(name)) {
      const fix = name === 'message' ? 'leave it out: every error carries its message' : `call it ${name}Of or similar`
      this.#reportNode(nameNode, 'unsafe-name', `every error already has "${name}"`, fix)
    }
    if (type && ts.isFunctionTypeNode(type.node)) {
      const fix = `for a method write: ${name}(): Promise<string>`
      this.#reportNode(type.node, 'unsupported-type', "functions don't go over the wire", fix)
      return undefined
    }
    const source = nameNode.getSourceFile()
    const comment = declared ? this.#comment(source, declared) : { lines: [], tags: [] }
    this.#tags(source, withoutJava(comment), fieldTags)
    const field = this.#field(property, this.#doc(comment, constraintTags))
    const { pin, was } = this.#numbering(source, comment)
    if (!field) return undefined
    const said = { ...this.#constraints(source, comment, field), ...this.#javaOf(source, comment, field) }
    return { ...field, pin, was, ...said }
  }

  #field(property: Property, doc: string[]): ModelField | undefined {
    const { name, nameNode, question, readonly } = property
    if (!property.type) {
      this.#reportNode(nameNode, 'unsupported-type', `${name} has no type`, `write: ${name}: string`)
      return undefined
    }
    const found = this.#types.property(property)
    if (!found) return undefined
    return { name, ...found, question, readonly, pin: undefined, was: undefined, doc, at: this.#place(nameNode) }
  }

  #method(source: ts.SourceFile, node: ts.MethodSignature, service: string): ModelMethod | undefined {
    if (!this.#goodName(node.name, 'method')) return undefined
    const name = node.name.getText()
    if (node.questionToken)
      this.#reportNode(node.name, 'unsupported-member', `${name} is optional`, 'leave out the "?"')
    if (node.typeParameters) {
      const fix = 'declare one method for each type'
      this.#reportNode(node.typeParameters[0] ?? node, 'unsupported-member', `${name} is generic`, fix)
      return undefined
    }
    let stream: number | undefined
    const params: ModelField[] = []
    for (const [i, param] of node.parameters.entries()) {
      if (!ts.isIdentifier(param.name) || param.dotDotDotToken) {
        const fix = param.dotDotDotToken ? 'write an array: items: string[]' : 'write one plain name'
        this.#reportNode(param, 'unsupported-member', 'a parameter has a plain name', fix)
        continue
      }
      if (param.name.text === 'this') {
        this.#reportNode(param, 'unsupported-member', '"this" does not travel', 'leave it out')
        continue
      }
      if (!this.#goodName(param.name, 'parameter')) continue
      const item = this.#wrapped(param.type, 'AsyncIterable')
      if (item && stream !== undefined) {
        this.#reportNode(param, 'unsupported-member', `${name} streams in twice`, 'make it one AsyncIterable parameter')
      }
      if (item && param.questionToken) {
        this.#reportNode(param, 'unsupported-member', 'a stream is not optional', 'leave out the "?"')
      }
      if (item) stream = i
      const typeNode = item ?? param.type
      const stem = `${service}_${name}_${param.name.text}`
      const field = this.#field(
        {
          name: param.name.text,
          nameNode: param.name,
          declared: undefined,
          type: typeNode && { node: typeNode, env: noEnv, stem },
          question: param.questionToken !== undefined,
          readonly: false,
        },
        [],
      )
      if (field && item && field.undefinable)
        this.#reportNode(item, 'unsupported-type', 'an item is never undefined', 'leave out "| undefined"')
      const comment = this.#comment(source, param)
      this.#tags(source, withoutJava(comment), item ? constraintTags : fieldTags)
      const { pin, was } = this.#numbering(source, comment)
      if (!field) continue
      const said = { ...this.#constraints(source, comment, field), ...this.#javaOf(source, comment, field) }
      params.push({ ...field, pin, was, ...said })
    }
    const streamed = this.#wrapped(node.type, 'AsyncIterable')
    const resultNode = streamed ?? this.#wrapped(node.type, 'Promise') ?? node.type
    const isVoid = resultNode?.kind === ts.SyntaxKind.VoidKeyword
    if (!resultNode)
      this.#reportNode(node.name, 'unsupported-type', `${name} has no result type`, `write: ${name}(): Promise<void>`)
    const result =
      resultNode && !isVoid
        ? this.#types.value({ node: resultNode, env: noEnv, stem: `${service}_${name}_result` })
        : undefined
    if (streamed && (isVoid || result?.undefinable)) {
      this.#reportNode(streamed, 'unsupported-type', 'an item is always a value', 'name its type')
    }
    const comment = this.#comment(source, node)
    const flags = this.#methodTags(source, comment)
    this.#httpPath(source, comment, node, stream)
    if (flags.oneway && (!isVoid || streamed || stream !== undefined)) {
      this.#reportNode(
        node.type ?? node,
        'bad-tag',
        `${name} is @oneway, so it returns nothing`,
        'write void as its result, or remove @oneway',
      )
    }
    if (flags.oneway && flags.errors.length > 0) {
      this.#reportNode(node.name, 'bad-tag', `${name} is @oneway, so no error comes back`, 'remove @throws or @oneway')
    }
    const { was, reserved } = this.#numbering(source, comment)
    return {
      name,
      kind: stream !== undefined ? (streamed ? 'bidi' : 'client') : streamed ? 'server' : 'unary',
      params,
      stream,
      result: result?.type,
      optionalResult: result?.undefinable ?? false,
      ...flags,
      doc: this.#doc(comment, ['throws', 'idempotent', 'oneway', 'timeout', 'http']),
      tags: { ...this.#tags(source, comment, methodTags), ...this.#javaResult(source, comment, result) },
      was,
      reserved,
      at: this.#place(node.name),
    }
  }

  #methodTags(
    source: ts.SourceFile,
    { tags }: Comment,
  ): Pick<ModelMethod, 'errors' | 'idempotent' | 'oneway' | 'timeoutMs'> {
    const errors: string[] = []
    let timeoutMs: number | undefined
    for (const tag of tags) {
      if (tag.name === 'throws') {
        const error = this.#thrown(source, tag)
        if (error && !errors.includes(error)) errors.push(error)
      } else if (tag.name === 'timeout') {
        timeoutMs = milliseconds(tag.text)
        if (timeoutMs === undefined) {
          const fix = 'write: @timeout 500ms, @timeout 2s or @timeout 1m'
          this.#reportTag(source, tag, 'bad-tag', '@timeout needs a time of at most a day', fix)
        }
      } else if ((tag.name === 'idempotent' || tag.name === 'oneway') && tag.text !== '') {
        this.#reportTag(source, tag, 'bad-tag', `@${tag.name} takes no text`, `write: @${tag.name}`)
      }
    }
    const has = (name: string) => tags.some((tag) => tag.name === name)
    return { errors, idempotent: has('idempotent'), oneway: has('oneway'), timeoutMs }
  }

  /** What `@http` names in its path are parameters, or properties of the one parameter. */
  #httpPath(source: ts.SourceFile, { tags }: Comment, node: ts.MethodSignature, stream: number | undefined): void {
    const inBody = node.parameters.filter((_, i) => i !== stream)
    const [only] = inBody.length === 1 ? inBody : []
    const properties = only?.type && this.#types.objects.properties({ node: only.type, env: noEnv, stem: '' })
    const known = [...inBody.map((param) => param.name.getText()), ...(properties?.keys() ?? [])]
    for (const tag of tags.filter(({ name }) => name === 'http')) {
      for (const name of pathParameters(tag.text).filter((name) => !known.includes(name))) {
        const close = nearest(name, known)
        const fix = close ? `did you mean "{${close}}"?` : `write a parameter of ${node.name.getText()} in braces`
        this.#reportTag(source, tag, 'bad-tag', `the path names {${name}}, which is no parameter`, fix)
      }
    }
  }

  /** The full name of the error that a `@throws` names. */
  #thrown(source: ts.SourceFile, tag: Tag): string | undefined {
    const name = /^\{\s*([A-Za-z_]\w*)\s*\}/.exec(tag.text)?.[1]
    if (!name) {
      this.#reportTag(
        source,
        tag,
        'bad-tag',
        '@throws needs a type in braces',
        'write: @throws {SoldOut} when nothing is left',
      )
      return undefined
    }
    const scope = this.#checker.getSymbolsInScope(source, ts.SymbolFlags.Type | ts.SymbolFlags.Alias)
    const symbol = scope.find((s) => s.name === name)
    const declaration = symbol && this.#aliased(symbol).declarations?.find(ts.isInterfaceDeclaration)
    const file = declaration?.getSourceFile()
    const own = file && this.#files.has(file) ? declaration : undefined
    if (own && isErrorInterface(own, this.#context)) {
      return this.#fullName(own.getSourceFile(), own.name.text)
    }
    const errors = [...this.#files.keys()]
      .flatMap((f) => f.statements.filter(ts.isInterfaceDeclaration))
      .filter((i) => isErrorInterface(i, this.#context))
      .map((i) => i.name.text)
    const close = nearest(name, errors)
    const fix = own
      ? `write: export interface ${name} extends Error`
      : close
        ? `did you mean "${close}"?`
        : `declare it: export interface ${name} extends Error {}`
    this.#reportTag(source, tag, 'bad-error', own ? `${name} is no error` : `there is no error "${name}"`, fix)
    return undefined
  }

  // ---- types ----

  /** T of `Promise<T>` or `AsyncIterable<T>`. */
  #wrapped(node: ts.TypeNode | undefined, wrapper: 'Promise' | 'AsyncIterable'): ts.TypeNode | undefined {
    const inner = node && unparenthesized(node)
    if (!inner || !ts.isTypeReferenceNode(inner) || inner.typeName.getText() !== wrapper) return undefined
    const symbol = this.#checker.getSymbolAtLocation(inner.typeName)
    return symbol && this.#fromLibrary(symbol) ? inner.typeArguments?.[0] : undefined
  }

  #makeContext(): Context {
    return {
      checker: this.#checker,
      symbolOf: (name) => {
        const symbol = this.#checker.getSymbolAtLocation(name)
        return symbol && this.#aliased(symbol)
      },
      originOf: (symbol) => {
        const file = symbol.declarations?.[0]?.getSourceFile()
        if (!file) return 'outside'
        if (file.fileName === flavoursPath) return 'flavours'
        if (file.fileName === libraryPath) return 'library'
        return this.#files.has(file) ? 'contract' : 'outside'
      },
      isOwn: (source) => !this.#modules.has(source),
      fullName: (source, name) => this.#fullName(source, name),
      report: (node, code, message, fix) => this.#reportNode(node, code, message, fix),
      unresolved: (node) => {
        if (this.#diagnostics.length > 0) return
        this.#reportNode(node, 'unresolved-name', `there is no type "${node.getText()}"`, 'declare it, or import it')
      },
      place: (node) => this.#place(node),
      describe: (source, name, at, comment) => this.#describe(source, name, at, comment),
      field: (property) => this.#property(property, false),
    }
  }

  // ---- comments ----

  #comment(source: ts.SourceFile, node: ts.Node): Comment {
    const leading = ts.getLeadingCommentRanges(source.text, node.pos) ?? []
    // What stands behind a bracket or comma TypeScript calls trailing; it is ours if we begin on its line.
    const trailing = (ts.getTrailingCommentRanges(source.text, node.pos) ?? []).filter(
      ({ end }) => !/[\r\n]/.test(source.text.slice(end, node.getStart(source))),
    )
    const ranges = [...trailing, ...leading]
    const range = ranges.findLast((r) => source.text.startsWith('/**', r.pos))
    if (!range || this.#fileComments.get(source)?.includes(range.pos)) return { lines: [], tags: [] }
    return readComment(source.text.slice(range.pos, range.end), range.pos)
  }

  /** The tags that go into the schema. Everything unknown, or known but in the wrong place, is reported. */
  #tags(
    source: ts.SourceFile,
    { tags }: Comment,
    allowed: readonly string[] = ['java', 'was', 'reserved'],
  ): Record<string, string> {
    const kept: [string, string][] = []
    for (const tag of tags) {
      if (proseTags.includes(tag.name)) continue
      if (tag.name === 'package') {
        const fix = 'move it into the first comment of the file'
        this.#reportTag(source, tag, 'bad-package', '@package belongs to the whole file', fix)
      } else if (tag.name === 'deprecated') kept.push(['deprecated', tag.text])
      else if (!allowed.includes(tag.name)) this.#unknownTag(source, tag, allowed)
      else {
        const told = readTextTag(tag.name, tag.text)
        if (told && 'text' in told) kept.push([tag.name, told.text])
        else if (told) this.#reportTag(source, tag, 'bad-tag', told.message, told.fix)
      }
    }
    return Object.fromEntries(kept)
  }

  #numbering(source: ts.SourceFile, { tags }: Comment): Numbering {
    return readNumbering(tags, (tag, ...report) => this.#reportTag(source, tag, ...report))
  }

  #constraints(source: ts.SourceFile, { tags }: Comment, { type }: ModelField): Pick<ModelField, 'constraints'> {
    return readConstraints(tags, type, (tag, ...report) => this.#reportTag(source, tag, ...report))
  }

  /** What a property or parameter is in Java, by `@java`. */
  #javaOf(source: ts.SourceFile, { tags }: Comment, field: ModelField): Pick<ModelField, 'java'> {
    const tag = tags.find(({ name }) => name === 'java')
    const text = tag && this.#javaType(source, tag, field.type, field.question || field.undefinable)
    return text === undefined ? {} : { java: text }
  }

  /** What a result is in Java, by `@javaResult`. */
  #javaResult(
    source: ts.SourceFile,
    { tags }: Comment,
    result: { readonly type: ModelType; readonly undefinable: boolean } | undefined,
  ): { readonly javaResult?: string } {
    const tag = tags.find(({ name }) => name === 'javaResult')
    if (!tag) return {}
    if (!result) {
      this.#reportTag(source, tag, 'bad-tag', '@javaResult says nothing about a method without a result', 'remove it')
      return {}
    }
    const text = this.#javaType(source, tag, result.type, result.undefinable)
    return text === undefined ? {} : { javaResult: text }
  }

  #javaType(source: ts.SourceFile, tag: Tag, type: ModelType, mayBeAbsent: boolean): string | undefined {
    const read = readJavaType(tag.name, tag.text, type, mayBeAbsent)
    if ('text' in read) return read.text
    this.#reportTag(source, tag, 'bad-tag', read.message, read.fix)
    return undefined
  }

  /** The same for a declaration: every full name it may have had, by its own former names and its file's. */
  #declaredNumbering(source: ts.SourceFile, name: string, comment: Comment): Pick<Numbering, 'was' | 'reserved'> {
    const { was = [], reserved } = this.#numbering(source, comment)
    const packages = [this.#packages.get(source), ...(this.#formerPackages.get(source) ?? [])]
    const names = [name, ...was.filter((former) => !former.includes('.'))]
    const full = [
      ...was.filter((former) => former.includes('.')),
      ...packages.flatMap((from) => names.map((former) => (from ? `${from}.${former}` : former))),
    ]
    const former = full.filter((candidate) => candidate !== this.#fullName(source, name))
    return { was: former.length > 0 ? former : undefined, reserved }
  }

  #unknownTag(source: ts.SourceFile, tag: Tag, allowed: readonly string[]): void {
    if (knownTags.includes(tag.name)) {
      const fix = allowed.length > 0 ? `here may stand: ${allowed.map((t) => `@${t}`).join(', ')}` : 'remove it'
      this.#reportTag(source, tag, 'bad-tag', `@${tag.name} means nothing here`, fix)
      return
    }
    const close = nearest(tag.name, [...knownTags, ...proseTags])
    const fix = close
      ? `did you mean "@${close}"?`
      : `known tags: ${[...knownTags, ...proseTags].map((t) => `@${t}`).join(', ')}`
    this.#reportTag(source, tag, 'unknown-tag', `there is no tag "@${tag.name}"`, fix)
  }

  /** A comment's lines as they are carried over: the text, then the tags that say something to a reader. */
  #doc({ lines, tags }: Comment, carried: readonly string[] = []): string[] {
    const kept = tags.filter((t) => proseTags.includes(t.name) || t.name === 'deprecated' || carried.includes(t.name))
    return [...lines, ...kept.flatMap((t) => t.lines)]
  }

  // ---- names and places ----

  #goodName(
    node: ts.Node,
    what: Parameters<typeof nameProblem>[1],
    name = ts.isIdentifier(node) ? node.text : node.getText(),
  ): boolean {
    const problem = nameProblem(name, what)
    if (problem)
      this.#reportNode(
        node,
        'unsafe-name',
        `the ${what} name ${JSON.stringify(name.slice(0, 60))} ${problem}`,
        'choose another name',
      )
    return problem === undefined
  }

  #distinct(members: readonly (ts.MethodSignature | ts.EnumMember)[], problem: string, fix: string): void {
    const seen = new Set<string>()
    for (const { name } of members) {
      const text = name.getText()
      if (seen.has(text)) this.#reportNode(name, 'duplicate-name', `${text} ${problem}`, fix)
      seen.add(text)
    }
  }

  #uniqueNames(files: readonly ModelFile[]): void {
    const seen = new Map<string, Place>()
    for (const { fullName, at } of files.flatMap((file) => file.declarations)) {
      const first = seen.get(fullName)
      if (first) {
        const message = `${fullName} is declared before, at ${first.file}:${first.line}:${first.column}`
        this.#diagnostics.push({
          code: 'duplicate-name',
          message,
          fix: 'rename one, or give its file another @package',
          at,
        })
      } else seen.set(fullName, at)
    }
  }

  #fullName(source: ts.SourceFile, name: string): string {
    const found = this.#packages.get(source)
    return found ? `${found}.${name}` : name
  }

  #aliased(symbol: ts.Symbol): ts.Symbol {
    return symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol
  }

  #fromLibrary(symbol: ts.Symbol): boolean {
    const file = symbol.declarations?.[0]?.getSourceFile()
    return file?.fileName === libraryPath
  }

  #place(node: ts.Node): Place {
    return this.#placeAt(node.getSourceFile(), node.getStart(), node.getEnd() - node.getStart())
  }

  #placeAt(source: ts.SourceFile, start: number, length: number): Place {
    const { line, character } = source.getLineAndCharacterOfPosition(start)
    return { file: this.#files.get(source) ?? '', line: line + 1, column: character + 1, length }
  }

  #reportNode(node: ts.Node, code: DiagnosticCode, message: string, fix?: string): void {
    this.#diagnostics.push({ code, message, ...(fix && { fix }), at: this.#place(node) })
  }

  #reportTag(source: ts.SourceFile, tag: Tag, code: DiagnosticCode, message: string, fix: string): void {
    this.#report(source, tag.start, tag.end - tag.start, code, message, fix)
  }

  #report(
    source: ts.SourceFile | undefined,
    start: number,
    length: number,
    code: DiagnosticCode,
    message: string,
    fix?: string,
  ) {
    const at = source && this.#placeAt(source, start, length)
    this.#diagnostics.push({ code, message, ...(fix && { fix }), ...(at && { at }) })
  }
}

const serviceExample = 'write: export interface TicketService { getTicket(): Promise<string> }'

/** Tags that an interface with methods may have. */
const serviceTags = ['java', 'was', 'reserved', 'group', 'version', ...governanceTags]

/** Tags that a method may have. */
const methodTags = [
  'throws',
  'idempotent',
  'oneway',
  'timeout',
  'http',
  'java',
  'javaResult',
  'was',
  'reserved',
  ...governanceTags,
]

/** Tags that a property or a parameter may have. */
const fieldTags = ['field', 'was', 'java', ...constraintTags]

/** There `@java` is a type, not a name, and read by itself. */
function withoutJava({ lines, tags }: Comment): Comment {
  return { lines, tags: tags.filter(({ name }) => name !== 'java') }
}

function isNamed(node: ts.Statement): node is ts.InterfaceDeclaration | ts.EnumDeclaration | ts.TypeAliasDeclaration {
  return ts.isInterfaceDeclaration(node) || ts.isEnumDeclaration(node) || ts.isTypeAliasDeclaration(node)
}

function isEmptyExport(node: ts.Statement): boolean {
  if (!ts.isExportDeclaration(node) || node.moduleSpecifier || !node.exportClause) return false
  return ts.isNamedExports(node.exportClause) && node.exportClause.elements.length === 0
}

function hasModifier(node: ts.HasModifiers, kind: ts.SyntaxKind): boolean {
  return ts.getModifiers(node)?.some((modifier) => modifier.kind === kind) ?? false
}

function flatten(message: ts.DiagnosticMessageChain | string): string {
  return ts.flattenDiagnosticMessageText(message, ' ').replace(/\.$/, '')
}

function isPackageName(text: string): boolean {
  return text.length < 200 && text.split('.').every((part) => nameProblem(part, 'member') === undefined)
}
