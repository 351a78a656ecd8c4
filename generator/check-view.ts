import { type Rule, rulesOf } from '../runtime/schema/constraint.js'
import { formats } from '../runtime/schema/format.js'
import type { TypeDeclaration } from '../runtime/schema/schema.js'
import { classOfType, type ValueClass } from '../runtime/schema/union.js'
import { Imports, type ImportView, specifier } from './imports.js'
import type { Absent, Declaration, Model, ModelField, ModelFile, ModelMethod, ModelType, ModelUnion } from './model.js'
import { type DeclarationNames, literal, localName, Scope, upperFirst, valueType } from './names.js'
import { refs, typeSchema } from './schema.js'
import { typeText } from './types-view.js'

/** What `x.check.ts` is laid out from: the constraints of a file's messages and parameters as straight-line code. */
export interface CheckView {
  readonly source: string
  readonly imports: readonly ImportView[]
  readonly patterns: readonly { readonly name: string; readonly text: string; readonly flags: string }[]
  readonly functions: readonly CheckFunction[]
}

interface CheckFunction {
  readonly name: string
  /** What it checks, for the comment. */
  readonly of: string
  readonly type: string
  readonly argument: string
  /** Text between the brackets that takes arguments apart. */
  readonly unpack: string | undefined
  readonly unpackType: string
  readonly steps: readonly Step[]
}

/** One of: a test, a call of another check, a condition or a loop around further steps. */
interface Step {
  readonly test: { readonly condition: string; readonly says: string } | undefined
  readonly call:
    | { readonly check: string; readonly argument: string; readonly local: string; readonly says: string }
    | undefined
  readonly given: string | undefined
  readonly each: { readonly item: string; readonly index: string; readonly of: string } | undefined
  readonly steps: readonly Step[]
}

/** Which declarations have anything to check, themselves or in what they hold, and what their checks are called. */
export interface CheckPlan {
  readonly declarations: ReadonlyMap<string, Declaration>
  readonly types: ReadonlyMap<string, TypeDeclaration>
  readonly names: ReadonlyMap<string, DeclarationNames>
  /** Full names of messages, errors and unions. */
  readonly checked: ReadonlySet<string>
}

export function checkPlan(
  model: Model,
  types: ReadonlyMap<string, TypeDeclaration>,
  names: ReadonlyMap<string, DeclarationNames>,
): CheckPlan {
  const declarations = new Map(model.files.flatMap((file) => file.declarations).map((d) => [d.fullName, d]))
  const checked = new Set<string>()
  const users = new Map<string, string[]>()
  const waiting: string[] = []
  for (const declaration of declarations.values()) {
    if (declaration.kind === 'service' || declaration.kind === 'enum') continue
    const members = declaration.kind === 'union' ? declaration.members : declaration.fields
    if (declaration.kind !== 'union' && declaration.fields.some(hasOwnRules)) waiting.push(declaration.fullName)
    for (const name of members.flatMap((member) => refs(member.type))) {
      users.set(name, [...(users.get(name) ?? []), declaration.fullName])
    }
  }
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (checked.has(name)) continue
    checked.add(name)
    waiting.push(...(users.get(name) ?? []))
  }
  return { declarations, types, names, checked }
}

/** The name of the check of a method's arguments or streamed items in `x.check.ts`, or undefined where there is nothing. */
export function methodCheck(
  plan: CheckPlan,
  service: string,
  method: ModelMethod,
  part: 'args' | 'item',
): string | undefined {
  const fields = method.params.filter((_, i) => (i === method.stream) === (part === 'item'))
  if (!fields.some((field) => needsCheck(plan, field))) return undefined
  return `check${upperFirst(service)}${upperFirst(method.name)}${part === 'args' ? 'Args' : 'Item'}`
}

/** The view of one file, or undefined where none of its contract's values has a constraint. */
export function checkView(source: string, file: ModelFile, plan: CheckPlan): CheckView | undefined {
  const view = new CheckFile(file, plan)
  const functions = file.declarations.flatMap((declaration) => view.functions(declaration))
  if (functions.length === 0) return undefined
  return { source, imports: view.imports.view(), patterns: view.patterns(), functions }
}

function hasOwnRules(field: Pick<ModelField, 'constraints'>): boolean {
  return Object.hasOwn(field, 'constraints') && field.constraints !== undefined
}

function needsCheck(plan: CheckPlan, field: Pick<ModelField, 'type' | 'constraints'>): boolean {
  return hasOwnRules(field) || refs(field.type).some((name) => plan.checked.has(name))
}

const step: Step = { test: undefined, call: undefined, given: undefined, each: undefined, steps: [] }

class CheckFile {
  readonly imports: Imports
  readonly #file: ModelFile
  readonly #plan: CheckPlan
  readonly #scope: Scope
  readonly #patterns = new Map<string, { name: string; text: string; flags: string }>()
  #locals = new Scope()

  constructor(file: ModelFile, plan: CheckPlan) {
    this.#file = file
    this.#plan = plan
    const own = file.declarations.flatMap((d) =>
      d.kind === 'service'
        ? d.methods.flatMap((m) => (['args', 'item'] as const).map((part) => methodCheck(plan, d.name, m, part) ?? ''))
        : [(plan.names.get(d.fullName) as DeclarationNames).check],
    )
    this.#scope = new Scope([...own, 'value', 'args', 'RegExp', 'Object', 'Array', 'undefined', 'Set', 'Map', 'Date'])
    this.imports = new Imports(this.#scope)
  }

  patterns(): { name: string; text: string; flags: string }[] {
    return [...this.#patterns.values()]
  }

  functions(declaration: Declaration): CheckFunction[] {
    if (declaration.kind === 'enum') return []
    if (declaration.kind === 'service') {
      return declaration.methods.flatMap((method) => [
        ...this.#args(declaration.name, method),
        ...this.#item(declaration.name, method),
      ])
    }
    if (!this.#plan.checked.has(declaration.fullName)) return []
    this.#locals = new Scope()
    const steps =
      declaration.kind === 'union'
        ? this.#union(declaration)
        : declaration.fields.flatMap((f) => this.#field(f, `value.${f.name}`, `.${f.name}`))
    const { check, name } = this.#plan.names.get(declaration.fullName) as DeclarationNames
    const type = this.#nameOf(declaration.fullName)
    return [{ name: check, of: name, type, argument: 'value', unpack: undefined, unpackType: '', steps }]
  }

  #args(service: string, method: ModelMethod): CheckFunction[] {
    const name = methodCheck(this.#plan, service, method, 'args')
    if (name === undefined) return []
    this.#locals = new Scope()
    const hidden = new Set([
      ...this.#allNames(),
      'args',
      'pattern',
      'Object',
      'Array',
      'Set',
      'Map',
      'Date',
      'Uint8Array',
      'undefined',
    ])
    const locals = method.params.map((param, i) => {
      const used = i !== method.stream && needsCheck(this.#plan, param)
      return used ? this.#locals.take(localName(param.name, hidden)) : ''
    })
    while (locals.at(-1) === '') locals.pop()
    const types = locals.map((local, i) => {
      const param = method.params[i] as ModelField
      if (local === '') return 'unknown'
      return `${this.#typeText(param.type)}${param.question || param.undefinable ? ' | undefined' : ''}`
    })
    const steps = method.params.flatMap((param, i) => (locals[i] ? this.#field(param, locals[i], param.name) : []))
    const common = {
      name,
      of: `the arguments of ${service}.${method.name}`,
      type: 'readonly unknown[]',
      argument: 'args',
    }
    return [{ ...common, unpack: locals.join(', '), unpackType: `readonly [${types.join(', ')}]`, steps }]
  }

  #item(service: string, method: ModelMethod): CheckFunction[] {
    const name = methodCheck(this.#plan, service, method, 'item')
    const param = method.params[method.stream ?? -1]
    if (name === undefined || !param) return []
    this.#locals = new Scope()
    const steps = this.#field(param, 'value', 'item')
    const of = `an item that ${service}.${method.name} is sent`
    return [{ name, of, type: this.#typeText(param.type), argument: 'value', unpack: undefined, unpackType: '', steps }]
  }

  // ---- steps ----

  #field(field: ModelField, access: string, path: string): Step[] {
    const rules =
      hasOwnRules(field) && field.constraints ? rulesOf(typeSchema(field.type), field.constraints) : undefined
    const steps = this.#value(field.type, access, path, rules?.own ?? [], rules?.items ?? [])
    return given(field.question || field.undefinable ? `${access} !== undefined` : undefined, steps)
  }

  #value(type: ModelType, access: string, path: string, own: readonly Rule[], items: readonly Rule[]): Step[] {
    if (type.kind === 'nullable') return given(`${access} !== null`, this.#value(type.of, access, path, own, items))
    const tests = own.map((rule) => ({
      ...step,
      test: { condition: this.#broken(rule, access), says: template(path, rule.says) },
    }))
    return [...tests, ...this.#within(type, access, path, items)]
  }

  #within(type: ModelType, access: string, path: string, rules: readonly Rule[]): Step[] {
    if (rules.length === 0 && !refs(type).some((name) => this.#plan.checked.has(name))) return []
    switch (type.kind) {
      case 'array':
      case 'set':
        return this.#each(access, (item, index) => this.#value(type.item, item, `${path}[\${${index}}]`, rules, []))
      case 'map': {
        const values = type.form === 'map' ? `${access}.values()` : `Object.values(${access})`
        return this.#each(values, (item, index) =>
          this.#value(type.value, item, `${path}: value \${${index} + 1}`, [], []),
        )
      }
      case 'tuple': {
        const fixed = type.items.flatMap((item, i) => {
          const at = `${access}[${i}]`
          const inner = this.#value(item.type, at, `${path}[${i}]`, [], [])
          return inner.length === 0 ? [] : given(item.optional ? `${at} !== undefined` : undefined, inner)
        })
        const { rest, items } = type
        if (!rest || !refs(rest).some((name) => this.#plan.checked.has(name))) return fixed
        const count = items.length
        const slice = `(${access}.slice(${count}) as ${this.#typeText({ kind: 'array', item: rest, readonly: false })})`
        const inner = (item: string, index: string) =>
          this.#value(rest, item, `${path}[\${${index} + ${count}}]`, [], [])
        return [...fixed, ...this.#each(slice, inner)]
      }
      case 'ref': {
        const local = this.#locals.take('found')
        const { path: file, check } = this.#plan.names.get(type.name) as DeclarationNames
        const name =
          file === this.#file.path ? check : this.imports.value(specifier(this.#file.path, `${file}.check`), check)
        return [{ ...step, call: { check: name, argument: access, local, says: `\`${path}\${${local}}\`` } }]
      }
      default:
        return []
    }
  }

  #each(of: string, inner: (item: string, index: string) => Step[]): Step[] {
    const item = this.#locals.take('item')
    const index = this.#locals.take('i')
    return [{ ...step, each: { item, index, of }, steps: inner(item, index) }]
  }

  #union(union: ModelUnion): Step[] {
    const types = Object.fromEntries(this.#plan.types)
    return union.members.flatMap((member) => {
      // Not even its type is named where there is nothing to check.
      if (!refs(member.type).some((name) => this.#plan.checked.has(name))) return []
      const access = `(value as ${this.#typeText(member.type)})`
      const inner = this.#within(member.type, access, '', [])
      if (inner.length === 0) return []
      const { discriminator } = union
      if (member.value !== undefined && discriminator !== undefined) {
        const shown = typeof member.value === 'string' ? literal(member.value) : String(member.value)
        const mixed = union.members.some((m) => m.value === undefined)
        const isObject = mixed ? `${classTests.object} && '${discriminator}' in value && ` : ''
        return given(`${isObject}value.${discriminator} === ${shown}`, inner)
      }
      const found = classOfType(types, typeSchema(member.type))
      return given(found && classTests[found], inner)
    })
  }

  /** The condition under which a rule is broken. */
  #broken({ measure, atLeast, atMost, text = '' }: Rule, access: string): string {
    if (measure === 'pattern') return `!${this.#pattern(literal(text), literal('u'))}.test(${access})`
    if (measure === 'format') {
      const { source, flags } = (formats[text] as (typeof formats)[string]).pattern
      return `!${this.#pattern(literal(source), literal(flags))}.test(${access})`
    }
    const measured =
      measure === 'keys'
        ? `Object.keys(${access}).length`
        : measure === 'number' || measure === 'bigint'
          ? access
          : `${access}.${measure}`
    const bound = measure === 'bigint' ? 'n' : ''
    // NaN is neither: it keeps no bound.
    return atLeast === undefined ? `!(${measured} <= ${atMost}${bound})` : `!(${measured} >= ${atLeast}${bound})`
  }

  #pattern(text: string, flags: string): string {
    const key = `${flags} ${text}`
    const known = this.#patterns.get(key)
    const name = known?.name ?? this.#scope.take('pattern')
    this.#patterns.set(key, { name, text, flags })
    return name
  }

  // ---- names ----

  #nameOf(fullName: string, besides?: Absent): string {
    const names = this.#plan.names.get(fullName) as DeclarationNames
    return valueType(this.imports.type(specifier(this.#file.path, names.path), names.name), names, besides)
  }

  #typeText(type: ModelType): string {
    return typeText(type, (name, besides) => this.#nameOf(name, besides))
  }

  /** Names that a parameter's variable may not hide. */
  #allNames(): string[] {
    return [...this.#plan.names.values()].flatMap(({ check }) => [check])
  }
}

function given(condition: string | undefined, steps: Step[]): Step[] {
  return condition === undefined || steps.length === 0 ? steps : [{ ...step, given: condition, steps }]
}

/** How each class of values is told from the others, without a type that TypeScript would narrow to never. */
const classTests: Readonly<Record<ValueClass, string>> = {
  string: "typeof value === 'string'",
  number: "typeof value === 'number'",
  bigint: "typeof value === 'bigint'",
  boolean: "typeof value === 'boolean'",
  Date: 'value instanceof Date',
  Uint8Array: 'value instanceof Uint8Array',
  array: 'Array.isArray(value)',
  Set: 'value instanceof Set',
  Map: 'value instanceof Map',
  object:
    "typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date) && !(value instanceof Uint8Array) && !(value instanceof Set) && !(value instanceof Map)",
}

/** The inside of a template literal: `path` may hold `${i}`, what it says may hold anything. */
function template(path: string, says: string): string {
  const safe = JSON.stringify(says)
    .slice(1, -1)
    .replace(/`|\$\{/g, '\\$&')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029')
    .replaceAll('</', '<\\/')
  return `\`${path}: ${safe}\``
}
