import type { Constraints, Field, ServiceSchema, Type, UnionMember } from '../runtime/schema/schema.js'
import { compare } from './diagnostics.js'
import { Imports, type ImportView } from './imports.js'
import type { ModelFile } from './model.js'
import { type DeclarationNames, literal, literalValue, Scope } from './names.js'

/** What `x.schema.ts` is laid out from: the schemas of a file's services, with every value as TypeScript text. */
export interface SchemaView {
  readonly source: string
  readonly imports: readonly ImportView[]
  readonly services: readonly object[]
}

export function schemaView(
  source: string,
  file: ModelFile,
  names: ReadonlyMap<string, DeclarationNames>,
  schemas: ReadonlyMap<string, ServiceSchema>,
): SchemaView {
  const imports = new Imports(new Scope())
  imports.type('tsubo/codegen', 'ServiceSchema')
  const services = file.declarations.flatMap((declaration) => {
    const schema = schemas.get(declaration.fullName)
    if (declaration.kind !== 'service' || !schema) return []
    const constant = (names.get(declaration.fullName) as DeclarationNames).schema
    return [{ constant, ...serviceView(schema) }]
  })
  return { source, imports: imports.view(), services }
}

function serviceView(schema: ServiceSchema) {
  return {
    schemaVersion: schema.schemaVersion,
    name: literal(schema.name),
    hash: literal(schema.hash),
    tags: tagsText(schema.tags),
    methods: schema.methods.map((method) => ({
      name: literal(method.name),
      kind: literal(method.kind),
      params: method.params.map(fieldView),
      // Absent properties are asked for by own name: a polluted prototype has no say.
      stream: Object.hasOwn(method, 'stream') ? String(method.stream) : undefined,
      result: Object.hasOwn(method, 'result') && method.result ? typeText(method.result) : undefined,
      optionalResult: Object.hasOwn(method, 'optionalResult'),
      body: literal(method.body),
      errors: `[${method.errors.map(literal).join(', ')}]`,
      idempotent: method.idempotent,
      oneway: method.oneway,
      timeoutMs: Object.hasOwn(method, 'timeoutMs') ? String(method.timeoutMs) : undefined,
      tags: tagsText(method.tags),
    })),
    types: Object.entries(schema.types).map(([name, type]) => ({
      name: literal(name),
      kind: literal(type.kind),
      form: type.kind === 'enum' ? literal(type.form) : undefined,
      discriminator:
        type.kind === 'union' && type.discriminator !== undefined ? literal(type.discriminator) : undefined,
      tags: tagsText(type.tags),
      fields: type.kind === 'message' || type.kind === 'error' ? type.fields.map(fieldView) : undefined,
      members: type.kind === 'enum' ? type.members.map(memberView) : undefined,
      union: type.kind === 'union' ? type.members.map(unionMemberView) : undefined,
    })),
  }
}

function fieldView({ name, number, type, optional, ...rest }: Field) {
  const constraints = Object.hasOwn(rest, 'constraints') ? rest.constraints : undefined
  const java = Object.hasOwn(rest, 'java') ? rest.java : undefined
  return {
    name: literal(name),
    number,
    type: typeText(type),
    optional,
    java: java === undefined ? undefined : literal(java),
    constraints: constraints && constraintsText(constraints),
  }
}

function memberView({ name, value, number }: { name: string; value: string | number; number: number }) {
  return { name: literal(name), value: literalValue(value), number }
}

function unionMemberView({ name, number, type, value }: UnionMember) {
  return {
    name: literal(name),
    number,
    type: typeText(type),
    value: value === undefined ? undefined : literalValue(value),
  }
}

function typeText(type: Type): string {
  switch (type.kind) {
    case 'scalar':
      return `{ kind: 'scalar', scalar: ${literal(type.scalar)} }`
    case 'array':
    case 'set':
      return `{ kind: '${type.kind}', item: ${typeText(type.item)} }`
    case 'map':
      return `{ kind: 'map', key: ${typeText(type.key)}, value: ${typeText(type.value)}, form: '${type.form}' }`
    case 'tuple': {
      const items = type.items.map((item) => `{ type: ${typeText(item.type)}, optional: ${item.optional} }`)
      return `{ kind: 'tuple', items: [${items.join(', ')}]${type.rest ? `, rest: ${typeText(type.rest)}` : ''} }`
    }
    case 'nullable':
      return `{ kind: 'nullable', of: ${typeText(type.of)} }`
    case 'literal':
      return `{ kind: 'literal', value: ${literalValue(type.value)} }`
    case 'ref':
      return `{ kind: 'ref', name: ${literal(type.name)} }`
  }
}

function constraintsText(constraints: Constraints): string {
  const sorted = Object.entries(constraints).sort(([a], [b]) => compare(a, b))
  return `{ ${sorted.map(([name, to]) => `${name}: ${typeof to === 'string' ? literal(to) : to}`).join(', ')} }`
}

function tagsText(tags: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(tags).sort(([a], [b]) => compare(a, b))
  return sorted.length === 0 ? '{}' : `{ ${sorted.map(([name, text]) => `${name}: ${literal(text)}`).join(', ')} }`
}
