import { isIdentifier, maxNameLength, objectMembers } from '../runtime/schema/name.js'
import type { Diagnostic } from './diagnostics.js'
import type { Absent, Model } from './model.js'

/**
 * Every name the output has, decided in one place. Contract names hold no `$` (`nameProblem`), so appending one makes a
 * name that no contract can have.
 */

/** Why a name can't be used, or undefined. `what` tells how it is used. */
export function nameProblem(
  name: string,
  what: 'type' | 'method' | 'property' | 'parameter' | 'member',
): string | undefined {
  if (!isIdentifier(name)) return 'is no plain identifier (ASCII letters, digits and "_")'
  if (name.length > maxNameLength) return `is longer than ${maxNameLength} characters`
  if (objectMembers.has(name)) return 'is a member that every JavaScript object has'
  if (what === 'method' && name === 'then') return 'would make every client look like a promise'
  if (what === 'type' && builtins.has(name)) return "is one of JavaScript's or TypeScript's own"
  if (what === 'type' && reserved.has(name)) return 'is a reserved word'
  return undefined
}

/** Global names that generated code uses, or that readers would take for the global one. */
const builtins = new Set(
  `Array ArrayBuffer AsyncGenerator AsyncIterable AsyncIterator BigInt Boolean Date Error Exclude Extract Function
  Iterable Iterator Map NonNullable Number Object Omit Parameters Partial Pick Promise Readonly ReadonlyArray
  ReadonlyMap ReadonlySet Record RegExp Required ReturnType Set String Symbol TypeError Uint8Array globalThis
  undefined NaN Infinity`.split(/\s+/),
)

/** Words that can't name a variable in a module. */
const reserved = new Set(
  `arguments await break case catch class const continue debugger default delete do else enum eval export extends
  false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield any bigint boolean never
  number object string symbol unknown abstract as asserts async declare infer intrinsic is keyof module namespace of
  override readonly satisfies type unique using`.split(/\s+/),
)

/** Hands out names that are unique within one module of the output: `name`, else `name$1`, `name$2` ... */
export class Scope {
  readonly #taken: Set<string>

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken)
  }

  take(wanted: string): string {
    let name = wanted
    for (let i = 1; this.#taken.has(name); i++) name = `${wanted}$${i}`
    this.#taken.add(name)
    return name
  }
}

/** A variable within a function: `wanted`, or `wanted$` where that is a reserved word or would hide a name in use. */
export function localName(wanted: string, hidden: ReadonlySet<string>): string {
  return reserved.has(wanted) || hidden.has(wanted) ? `${wanted}$` : wanted
}

/** What a declaration is called in the output, besides its own name. */
export interface DeclarationNames {
  /** Path of its file, e.g. `ticket`. */
  readonly path: string
  readonly name: string
  /** In `x.codec.ts`: functions for a message, error or enum. */
  readonly write: string
  readonly read: string
  /** For a service: the class names in `x.ts`, the constants in `x.schema.ts` and `x.codec.ts`. */
  readonly client: string
  readonly skeleton: string
  readonly schema: string
  readonly codecs: string
  /** In `x.check.ts`: the function that checks constraints. */
  readonly check: string
  /** What the type of that name takes in besides the declaration's values. */
  readonly absent: Absent
}

/** The type of a declaration's values and of what is `besides` them, where the declaration's own type is called `local`. */
export function valueType(local: string, { absent }: Pick<DeclarationNames, 'absent'>, besides: Absent = []): string {
  const whole = absent.every((one) => besides.includes(one))
  const more = whole ? besides.filter((one) => !absent.includes(one)) : besides
  return [whole ? local : `NonNullable<${local}>`, ...more].join(' | ')
}

/** The names of every declaration by full name. `helpers` are what codecs import from the runtime and may not redeclare. */
export function declarationNames(model: Model, helpers: Iterable<string>): ReadonlyMap<string, DeclarationNames> {
  const names = new Map<string, DeclarationNames>()
  const taken = [...helpers]
  for (const file of model.files) {
    const codec = new Scope(taken)
    const schema = new Scope(['ServiceSchema'])
    for (const declaration of file.declarations) {
      const { fullName, name } = declaration
      names.set(fullName, {
        path: file.path,
        name,
        write: codec.take(`write${name}`),
        read: codec.take(`read${name}`),
        client: `${name}Client`,
        skeleton: `${name}Skeleton`,
        schema: schema.take(`${name}Schema`),
        codecs: codec.take(`${lowerFirst(name)}Codecs`),
        check: `check${name}`,
        absent: 'absent' in declaration ? declaration.absent : [],
      })
    }
  }
  return names
}

/** `TicketService` becomes `ticketService`. */
export function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

/** `getTicket` becomes `GetTicket`. */
export function upperFirst(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** A string as a TypeScript literal, in single quotes where that needs no escape. */
export function literal(text: string): string {
  if (/^[\w ./:@-]*$/.test(text)) return `'${text}'`
  return JSON.stringify(text).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029').replaceAll('</', '<\\/')
}

/** A string, number or boolean as a TypeScript literal. */
export function literalValue(value: string | number | boolean): string {
  return typeof value === 'string' ? literal(value) : Object.is(value, -0) ? '-0' : String(value)
}

/** Lines of a doc comment that can't end the comment or start a new line of code. */
export function commentLines(lines: readonly string[]): string[] {
  return lines.map((line) =>
    line
      .replace(/[\r\n\u2028\u2029]/g, ' ')
      .replaceAll('*/', '*\\/')
      .trimEnd(),
  )
}

/** Declarations whose generated names meet: `TicketServiceClient` beside a `TicketService`. */
export function nameProblems(model: Model): Diagnostic[] {
  return model.files.flatMap(({ declarations }) => {
    const own = new Set(declarations.map((d) => d.name))
    return declarations
      .filter((d) => d.kind === 'service')
      .flatMap((d) => [`${d.name}Client`, `${d.name}Skeleton`].map((name) => ({ name, service: d })))
      .filter(({ name }) => own.has(name))
      .map(({ name, service }) => ({
        code: 'name-clash' as const,
        message: `${name} is what codegen calls a class of ${service.name}`,
        fix: `rename the ${name} of this file`,
        at: declarations.find((d) => d.name === name)?.at ?? service.at,
      }))
  })
}
