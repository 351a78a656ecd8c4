import { ts } from '../compiler.js'
import {
  basesOf,
  type Context,
  type Env,
  noEnv,
  type Properties,
  type Property,
  referenceOf,
  unparenthesized,
  type Written,
} from './written.js'

/** What this file needs from the reader of types. */
export interface Names {
  /** The parameters of a generic declaration bound to arguments, and the name of that instance. */
  instance(
    target: ts.InterfaceDeclaration | ts.TypeAliasDeclaration,
    args: readonly ts.TypeNode[],
    from: Written,
  ): { readonly name: string; readonly env: Env } | undefined
  /** The values of a type that is literals only, like `'a' | 'b'` or `keyof Ticket`. */
  literals(written: Written): readonly (string | number | boolean)[] | undefined
}

/**
 * Which properties a type has, where it is an object type: interfaces with all they extend, inline objects,
 * intersections, Pick, Omit, Partial, Required, Readonly, records of known keys, and aliases of these. Types of
 * properties are not read yet.
 */
export class Objects {
  readonly #context: Context
  readonly #names: Names

  constructor(context: Context, names: Names) {
    this.#context = context
    this.#names = names
  }

  /** Undefined where the type is none of these; what is wrong with it is reported by whoever reads it as a type. */
  properties(written: Written, seen: readonly ts.Node[] = []): Properties | undefined {
    const node = unparenthesized(written.node)
    if (ts.isTypeLiteralNode(node)) return this.members(node.members, written)
    if (ts.isIntersectionTypeNode(node)) {
      return this.#merged(node.types.map((type) => this.properties({ ...written, node: type }, seen)))
    }
    const reference = referenceOf(node)
    if (!reference) return undefined
    const symbol = this.#context.symbolOf(reference.name)
    if (!symbol) return undefined
    const bound = written.env.params.get(symbol)
    if (bound) return this.properties(bound, seen)
    const origin = this.#context.originOf(symbol)
    if (origin === 'library') return this.#utility(symbol.name, reference.args, written, seen)
    const target = symbol.declarations?.find((d) => ts.isInterfaceDeclaration(d) || ts.isTypeAliasDeclaration(d))
    if (origin !== 'contract' || !target || seen.includes(target)) return undefined
    const instance = this.#names.instance(target, reference.args, written)
    if (!instance) return undefined
    if (ts.isInterfaceDeclaration(target)) return this.ofInterface(target, instance, [...seen, target])
    return this.properties({ node: target.type, env: instance.env, stem: instance.name }, [...seen, target])
  }

  /** An interface's own properties and those it extends: the bases' first, its own in place of theirs. */
  ofInterface(
    node: ts.InterfaceDeclaration,
    instance: { readonly name: string; readonly env: Env } = { name: node.name.text, env: noEnv },
    seen: readonly ts.Node[] = [node],
  ): Properties {
    const all = new Map<string, Property>()
    for (const base of basesOf(node)) {
      const written = { node: base, env: instance.env, stem: instance.name }
      for (const [name, property] of this.properties(written, seen) ?? []) all.set(name, property)
    }
    const own = this.members(node.members, { node: undefined, env: instance.env, stem: instance.name })
    for (const [name, property] of own) all.set(name, property)
    return all
  }

  members(
    members: readonly ts.TypeElement[],
    { env, stem }: Pick<Written, 'env' | 'stem'> & { readonly node?: ts.TypeNode | undefined },
  ): Properties {
    const found = new Map<string, Property>()
    for (const member of members) {
      if (!ts.isPropertySignature(member)) continue
      const name = member.name.getText()
      found.set(name, {
        name,
        nameNode: member.name,
        declared: member,
        type: member.type && { node: member.type, env, stem: `${stem}_${name}` },
        question: member.questionToken !== undefined,
        readonly: (ts.getModifiers(member) ?? []).some((m) => m.kind === ts.SyntaxKind.ReadonlyKeyword),
      })
    }
    return found
  }

  /** The property that an indexed access names: `Ticket['price']`. */
  property(written: Written): Property | undefined {
    const node = unparenthesized(written.node)
    if (!ts.isIndexedAccessTypeNode(node)) return undefined
    const keys = this.#names.literals({ ...written, node: node.indexType })
    const properties = keys?.length === 1 ? this.properties({ ...written, node: node.objectType }) : undefined
    return properties?.get(String(keys?.[0]))
  }

  #utility(
    name: string,
    args: readonly ts.TypeNode[],
    written: Written,
    seen: readonly ts.Node[],
  ): Properties | undefined {
    const [first, second] = args
    if (!first) return undefined
    if (name === 'Record') return second && this.#record(first, second, written)
    const all = this.properties({ ...written, node: first }, seen)
    if (!all) return undefined
    const each = (change: (property: Property) => Property) =>
      new Map([...all].map(([key, property]) => [key, change(property)]))
    switch (name) {
      case 'Partial':
        return each((property) => ({ ...property, question: true }))
      case 'Required':
        return each((property) => ({ ...property, question: false }))
      case 'Readonly':
        return each((property) => ({ ...property, readonly: true }))
      case 'Pick':
      case 'Omit': {
        const keys = second && this.#names.literals({ ...written, node: second })
        if (!keys) return undefined
        const named = new Set(keys.map(String))
        return new Map([...all].filter(([key]) => named.has(key) === (name === 'Pick')))
      }
      default:
        return undefined
    }
  }

  /** `Record<'a' | 'b', T>` has the properties a and b. */
  #record(keys: ts.TypeNode, value: ts.TypeNode, written: Written): Properties | undefined {
    const names = this.#names.literals({ ...written, node: keys })
    if (!names || names.length === 0) return undefined
    const type = { node: value, env: written.env, stem: `${written.stem}_value` }
    return new Map(
      names.map((name) => [
        String(name),
        { name: String(name), nameNode: keys, declared: undefined, type, question: false, readonly: false },
      ]),
    )
  }

  /** All properties of several objects. One that stands in two is required if either says so. */
  #merged(parts: readonly (Properties | undefined)[]): Properties | undefined {
    const all = new Map<string, Property>()
    for (const part of parts) {
      if (!part) return undefined
      for (const [name, property] of part) {
        const other = all.get(name)
        all.set(
          name,
          other
            ? {
                ...other,
                question: other.question && property.question,
                readonly: other.readonly && property.readonly,
                also: [...(other.also ?? []), property],
              }
            : property,
        )
      }
    }
    return all
  }
}
