import { schemaHash } from '../runtime/schema/hash.js'
import type { Field, MethodSchema, ServiceSchema, Type, TypeDeclaration } from '../runtime/schema/schema.js'
import { compare } from './diagnostics.js'
import { bodyParams, type Lock, type Numbers, noNumbers } from './lock.js'
import {
  type Declaration,
  declarationsOf,
  type Model,
  type ModelField,
  type ModelMethod,
  type ModelService,
  type ModelType,
} from './model.js'

/** The contract of one service as data, with its numbers: what `x.schema.ts` says. */
export function serviceSchema(model: Model, lock: Lock, service: ModelService): ServiceSchema {
  const declarations = declarationsOf(model)
  const entry = lock.get(service.fullName)
  const locked = entry?.kind === 'service' ? entry.methods : undefined
  const methods = service.methods.map((method): MethodSchema => {
    const { body, params } = locked?.get(method.name) ?? { body: 'args', params: noNumbers }
    const inBody = bodyParams(method)
    return {
      name: method.name,
      kind: method.kind,
      params: method.params.map((param) =>
        fieldSchema(param, inBody.includes(param) ? numberIn(params, param, body) : 0),
      ),
      ...(method.stream !== undefined && { stream: method.stream }),
      ...(method.result && { result: typeSchema(method.result) }),
      ...(method.optionalResult && { optionalResult: true }),
      body,
      errors: method.errors,
      idempotent: method.idempotent,
      oneway: method.oneway,
      ...(method.timeoutMs !== undefined && { timeoutMs: method.timeoutMs }),
      tags: method.tags,
    }
  })
  const names = reached(service.methods, declarations)
  const types = Object.fromEntries(names.map((name) => [name, typeDeclaration(declarations.get(name), lock)]))
  const schema = { schemaVersion: 1 as const, name: service.fullName, methods, types, tags: service.tags }
  return { ...schema, hash: schemaHash(schema) }
}

/** A bare message is the body, so its parameter's number is never on the wire; it is 1, as if it were wrapped. */
function numberIn(numbers: Numbers, { name }: ModelField, body: 'bare' | 'args'): number {
  return body === 'bare' ? 1 : (numbers.used.get(name) ?? 0)
}

function fieldSchema(field: ModelField, number: number): Field {
  const { name, type, question, undefinable } = field
  // Asked for by own name: a polluted prototype has no say.
  const constraints = Object.hasOwn(field, 'constraints') ? field.constraints : undefined
  const java = Object.hasOwn(field, 'java') ? field.java : undefined
  return {
    name,
    number,
    type: typeSchema(type),
    optional: question || undefinable,
    ...(java !== undefined && { java }),
    ...(constraints && { constraints }),
  }
}

/** Without what only TypeScript sees. */
export function typeSchema(type: ModelType): Type {
  switch (type.kind) {
    case 'array':
    case 'set':
      return { kind: type.kind, item: typeSchema(type.item) }
    case 'map':
      return { kind: 'map', key: typeSchema(type.key), value: typeSchema(type.value), form: type.form }
    case 'tuple': {
      const items = type.items.map((item) => ({ type: typeSchema(item.type), optional: item.optional }))
      return { kind: 'tuple', items, ...(type.rest && { rest: typeSchema(type.rest) }) }
    }
    case 'nullable':
      return { kind: 'nullable', of: typeSchema(type.of) }
    default:
      return type
  }
}

/** Every message, error, enum and union of the model by full name, with its numbers. */
export function declaredTypes(model: Model, lock: Lock): ReadonlyMap<string, TypeDeclaration> {
  const declarations = model.files.flatMap((file) => file.declarations).filter((d) => d.kind !== 'service')
  return new Map(declarations.map((d) => [d.fullName, typeDeclaration(d, lock)]))
}

function typeDeclaration(declaration: Declaration | undefined, lock: Lock): TypeDeclaration {
  if (!declaration || declaration.kind === 'service') throw new Error('a service cannot be a type')
  const { tags } = declaration
  const numbers = numbersOf(lock, declaration.fullName)
  const numberOf = (name: string) => numbers.used.get(name) ?? 0
  switch (declaration.kind) {
    case 'enum': {
      const members = declaration.members.map(({ name, value }) => ({ name, value, number: numberOf(name) }))
      return { kind: 'enum', form: declaration.form, members, tags }
    }
    case 'union': {
      const { discriminator } = declaration
      const members = declaration.members.map(({ name, type, value }) => ({
        name,
        number: numberOf(name),
        type: typeSchema(type),
        ...(value !== undefined && { value }),
      }))
      return { kind: 'union', ...(discriminator !== undefined && { discriminator }), members, tags }
    }
    default:
      return {
        kind: declaration.kind,
        fields: declaration.fields.map((field) => fieldSchema(field, numberOf(field.name))),
        tags,
      }
  }
}

/** The numbers of a message or enum. */
export function numbersOf(lock: Lock, fullName: string): Numbers {
  const entry = lock.get(fullName)
  return entry && entry.kind !== 'service' ? entry.numbers : noNumbers
}

/** Full names of everything methods mention, directly or through other types, sorted. */
function reached(methods: readonly ModelMethod[], declarations: ReadonlyMap<string, Declaration>): string[] {
  const names = new Set<string>()
  const waiting = methods.flatMap((m) => [
    ...m.params.flatMap((p) => refs(p.type)),
    ...(m.result ? refs(m.result) : []),
    ...m.errors,
  ])
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (names.has(name)) continue
    names.add(name)
    const found = declarations.get(name)
    if (found?.kind === 'message' || found?.kind === 'error') waiting.push(...found.fields.flatMap((f) => refs(f.type)))
    else if (found?.kind === 'union') waiting.push(...found.members.flatMap((m) => refs(m.type)))
  }
  return [...names].sort(compare)
}

/** Full names of the declarations that a type mentions. */
export function refs(type: ModelType): string[] {
  switch (type.kind) {
    case 'ref':
      return [type.name]
    case 'array':
    case 'set':
      return refs(type.item)
    case 'map':
      return [...refs(type.key), ...refs(type.value)]
    case 'tuple':
      return [...type.items.flatMap((item) => refs(item.type)), ...(type.rest ? refs(type.rest) : [])]
    case 'nullable':
      return refs(type.of)
    default:
      return []
  }
}
