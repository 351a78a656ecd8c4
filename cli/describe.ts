import { methodContract } from '../runtime/schema/reach.js'
import type { Field, MethodSchema, ServiceSchema, TypeDeclaration } from '../runtime/schema/schema.js'
import { lastName, typeText } from '../runtime/schema/type-text.js'

/** A contract for people, as they would write it: the methods, or one of them, and the types that are needed. */
export function describe(schema: ServiceSchema, method?: MethodSchema): string {
  const shown = method ? methodContract(schema, method) : schema
  const methods = shown.methods.flatMap((m) => [...tagLines(m), `  ${methodText(m)}`])
  const head = `${schema.name}  (contract ${schema.hash})`
  const types = Object.entries(shown.types)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, type]) => declarationText(name, type))
  return `${[head, '', ...methods, ...types.flatMap((text) => ['', text])].join('\n')}\n`
}

/** `book(train: string, seats?: int32): Promise<Ticket>` */
export function methodText({ name, kind, params, stream, result, optionalResult }: MethodSchema): string {
  const texts = params.map((param, i) => {
    const text = typeText(param.type)
    return `${param.name}${param.optional ? '?' : ''}: ${i === stream ? `AsyncIterable<${text}>` : text}`
  })
  const value = result ? `${typeText(result)}${optionalResult ? ' | undefined' : ''}` : 'void'
  const out = kind === 'server' || kind === 'bidi' ? 'AsyncIterable' : 'Promise'
  return `${name}(${texts.join(', ')}): ${out}<${value}>`
}

function tagLines({ errors, idempotent, oneway, timeoutMs }: MethodSchema): string[] {
  const tags = [
    ...(idempotent ? ['@idempotent'] : []),
    ...(oneway ? ['@oneway'] : []),
    ...(timeoutMs === undefined ? [] : [`@timeout ${timeoutMs}`]),
    ...errors.map((error) => `@throws {${lastName(error)}}`),
  ]
  return tags.length === 0 ? [] : [`  /** ${tags.join(' ')} */`]
}

function declarationText(name: string, type: TypeDeclaration): string {
  switch (type.kind) {
    case 'enum': {
      const values = type.members.map((member) => JSON.stringify(member.value))
      return `type ${lastName(name)} = ${values.join(' | ')}`
    }
    case 'union':
      return `type ${lastName(name)} = ${type.members.map((member) => typeText(member.type)).join(' | ')}`
    default: {
      const base = type.kind === 'error' ? ' extends Error' : ''
      const fields = type.fields.map(fieldText)
      return `interface ${lastName(name)}${base} {${fields.length > 0 ? `\n${fields.join('\n')}\n` : ''}}`
    }
  }
}

function fieldText({ name, type, optional, constraints }: Field): string {
  const rules = Object.entries(constraints ?? {}).map(([rule, limit]) => `@${rule} ${limit}`)
  return `  ${rules.length > 0 ? `/** ${rules.join(' ')} */ ` : ''}${name}${optional ? '?' : ''}: ${typeText(type)}`
}
