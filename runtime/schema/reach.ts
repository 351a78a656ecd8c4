import type { MethodSchema, ServiceSchema, TypeDeclaration } from './schema.js'
import { namesIn } from './type-text.js'

/**
 * The part of a contract that one method needs: itself, and the declarations it reaches. What else the service declares is
 * of no interest to its callers.
 */
export function methodContract(service: ServiceSchema, method: MethodSchema): ServiceSchema {
  const types: [string, TypeDeclaration][] = []
  const seen = new Set<string>()
  const waiting = [
    ...method.params.flatMap((param) => namesIn(param.type)),
    ...(method.result ? namesIn(method.result) : []),
    ...method.errors,
  ]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const declaration = Object.hasOwn(service.types, name) ? service.types[name] : undefined
    if (seen.has(name) || !declaration) continue
    seen.add(name)
    types.push([name, declaration])
    if (declaration.kind === 'enum') continue
    const parts = declaration.kind === 'union' ? declaration.members : declaration.fields
    for (const { type } of parts) waiting.push(...namesIn(type))
  }
  return { ...service, methods: [method], types: Object.fromEntries(types) }
}
