import { createRequire } from 'node:module'
import type protobufjs from 'protobufjs'
import type { ProtoView } from './proto-view.js'

/**
 * Loads the text of `.proto` files with protobufjs's parser, as a reader of another make would, before any of them is
 * written: names must resolve, and what is declared must be what the views say, nothing less and nothing more.
 *
 * Throws an Error that says what is wrong: a fault of this generator, never of a contract.
 */
export function checkProto(texts: ReadonlyMap<string, string>, views: ReadonlyMap<string, ProtoView>): void {
  // Its parser is loaded where there is something to parse: most runs write no .proto.
  const protobuf = createRequire(import.meta.url)('protobufjs') as typeof protobufjs
  const root = new protobuf.Root()
  const timestamp = protobuf.common.get('google/protobuf/timestamp.proto')
  if (timestamp) root.addJSON(timestamp.nested ?? {})
  const known = new Set(typeNames(root, protobuf))
  for (const [path, text] of texts) {
    try {
      protobuf.parse(text, root, { keepCase: true })
    } catch (cause) {
      throw new Error(`the text of ${path} is no protobuf: ${cause instanceof Error ? cause.message : cause}`, {
        cause,
      })
    }
  }
  root.resolveAll()
  const found = typeNames(root, protobuf).filter((name) => !known.has(name))
  const wanted = [...views.values()].flatMap((view) => wantedNames(view))
  const odd = [...found.filter((n) => !wanted.includes(n)), ...wanted.filter((n) => !found.includes(n))]
  if (odd.length > 0)
    throw new Error(`.proto text declares other things than its contracts: ${odd.slice(0, 5).join(', ')}`)
}

/** `.a.b.Message with 1 2 3`, in the order that protobufjs lists them in. */
function typeNames(of: protobufjs.NamespaceBase, protobuf: typeof protobufjs): string[] {
  return of.nestedArray.flatMap((inner) => {
    if (inner instanceof protobuf.Enum) {
      return [`${inner.fullName} with ${numbers(Object.values(inner.values))}`]
    }
    if (inner instanceof protobuf.Service) {
      return [
        `${inner.fullName} with ${inner.methodsArray
          .map((m) => m.name)
          .sort()
          .join(' ')}`,
      ]
    }
    if (inner instanceof protobuf.Type) {
      return [`${inner.fullName} with ${numbers(inner.fieldsArray.map((f) => f.id))}`, ...typeNames(inner, protobuf)]
    }
    return inner instanceof protobuf.Namespace ? typeNames(inner, protobuf) : []
  })
}

function wantedNames(view: ProtoView): string[] {
  const prefix = view.package === undefined ? '.' : `.${view.package}.`
  return view.declarations.flatMap(({ message, enumeration, service }) => {
    if (message) {
      const { name, fields, nested } = message
      return [
        `${prefix}${name} with ${numbers(fields.map((f) => f.number))}`,
        ...nested.map((n) => `${prefix}${name}.${n.name} with ${numbers(n.fields.map((f) => f.number))}`),
      ]
    }
    if (enumeration) return [`${prefix}${enumeration.name} with ${numbers(enumeration.values.map((v) => v.number))}`]
    const { name, methods } = service as NonNullable<typeof service>
    return [
      `${prefix}${name} with ${methods
        .map((m) => m.name)
        .sort()
        .join(' ')}`,
    ]
  })
}

function numbers(of: readonly number[]): string {
  return [...of].sort((a, b) => a - b).join(' ')
}
