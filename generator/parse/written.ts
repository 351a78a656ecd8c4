import { ts } from '../compiler.js'
import type { DiagnosticCode } from '../diagnostics.js'
import type { Absent, Declared, ModelField, ModelType, Place } from '../model.js'

/** A type as it stands in a contract. */
export interface Written {
  readonly node: ts.TypeNode
  /** What the type parameters around it stand for. */
  readonly env: Env
  /** What a declaration is called that it needs and doesn't name: `Owner_field`. */
  readonly stem: string
  /** The statement whose comment describes such a declaration. */
  readonly comment?: ts.Node | undefined
  /** What the alias that names it stands for besides. */
  readonly absent?: Absent
}

/** What type parameters stand for. `id` is equal for equal arguments. */
export interface Env {
  readonly params: ReadonlyMap<ts.Symbol, Written>
  readonly id: string
}

export const noEnv: Env = { params: new Map(), id: '' }

/** What a written type turned out to be. */
export interface Resolved {
  readonly type: ModelType
  readonly undefinable: boolean
}

/** A property before its type is read. */
export interface Property {
  readonly name: string
  /** Where diagnostics point. */
  readonly nameNode: ts.Node
  /** Its declaration, if it has one: `Record<'a' | 'b', T>` has properties that nobody wrote. */
  readonly declared: ts.PropertySignature | undefined
  readonly type: Written | undefined
  readonly question: boolean
  readonly readonly: boolean
  /** The same property in the other parts of an intersection: its type has to be the same there. */
  readonly also?: readonly Property[]
}

/** The properties of an object type by name, in order. */
export type Properties = ReadonlyMap<string, Property>

/** What the reader of types needs from the reader of files. */
export interface Context {
  readonly checker: ts.TypeChecker
  /** The symbol that a name stands for, imports looked through. */
  symbolOf(name: ts.Node): ts.Symbol | undefined
  originOf(symbol: ts.Symbol): 'library' | 'flavours' | 'contract' | 'outside'
  /** False for files that packages bring: nothing can be added to what is generated from them. */
  isOwn(source: ts.SourceFile): boolean
  fullName(source: ts.SourceFile, name: string): string
  report(node: ts.Node, code: DiagnosticCode, message: string, fix?: string): void
  /** A name that the compiler may have reported already. */
  unresolved(node: ts.Node): void
  place(node: ts.Node): Place
  /** What every declaration has; `comment` is the statement whose comment describes it. */
  describe(source: ts.SourceFile, name: string, at: ts.Node, comment: ts.Node | undefined): Declared
  field(property: Property): ModelField | undefined
}

export function unparenthesized(node: ts.TypeNode): ts.TypeNode {
  let inner = node
  while (ts.isParenthesizedTypeNode(inner)) inner = inner.type
  return inner
}

/** Name and arguments of `Page<Ticket>`, as a type or behind `extends`. */
export function referenceOf(
  node: ts.Node,
): { readonly name: ts.Node; readonly args: readonly ts.TypeNode[] } | undefined {
  if (ts.isTypeReferenceNode(node)) return { name: node.typeName, args: node.typeArguments ?? [] }
  if (ts.isExpressionWithTypeArguments(node)) return { name: node.expression, args: node.typeArguments ?? [] }
  return undefined
}

/** Whether an interface extends Error, directly or through others. */
export function isErrorInterface(
  node: ts.InterfaceDeclaration,
  context: Context,
  seen: ReadonlySet<ts.Node> = new Set(),
): boolean {
  if (seen.has(node)) return false
  return basesOf(node).some((base) => {
    const symbol = context.symbolOf(base.expression)
    if (!symbol) return false
    if (symbol.name === 'Error' && context.originOf(symbol) === 'library') return true
    const target = symbol.declarations?.find(ts.isInterfaceDeclaration)
    if (!target || context.originOf(symbol) !== 'contract') return false
    return isErrorInterface(target, context, new Set([...seen, node]))
  })
}

export function basesOf(node: ts.InterfaceDeclaration): readonly ts.ExpressionWithTypeArguments[] {
  return (node.heritageClauses ?? []).flatMap((clause) => [...clause.types])
}
