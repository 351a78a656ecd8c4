import type { Place } from './model.js'

/** Every refusal there is, with the rule behind it. Codes are stable: tools and people search for them. */
export const codes = {
  'no-contract': 'a folder of contracts holds at least one .d.ts file',
  'no-service': 'at least one interface is a service: exported, with methods only',
  'file-name': 'a file name is made of letters, digits, "_", "-" and "."',
  'file-clash': 'no two contracts lead to the same generated file',
  syntax: 'a contract is valid TypeScript',
  typescript: 'a contract type-checks',
  'unresolved-name': 'every name is declared, imported or built in',
  'unresolved-import': 'imports come from "tsubo/types" or from another contract in the folder',
  'outside-type': 'types come from "tsubo/types" or from contracts in the folder',
  'not-exported': 'everything a contract declares is exported',
  'unsupported-statement': 'a contract holds interfaces, enums, type aliases and imports',
  'unsupported-type': 'a type is one that goes over the wire',
  'unsupported-member': 'members are plain methods or plain properties',
  'cyclic-alias': 'an alias that contains itself does so through an interface, an object or a union',
  'ambiguous-union': 'the members of a union are told apart by their JavaScript type, objects by a literal property',
  'mixed-interface': 'an interface has only methods (service) or only properties (message)',
  'unsafe-name': 'names are plain ASCII identifiers that no language and no object already uses',
  'name-clash': 'no generated name is taken twice',
  'duplicate-name': 'a full name is declared once in a project',
  'bad-enum': 'an enum has string values, or 32-bit integer values, each once',
  'bad-package': '@package stands once, in the first comment of a file, and is a dotted name',
  'unknown-tag': 'tags are the ones that are known',
  'bad-tag': 'a tag stands where it means something, with the text it needs',
  'bad-error': '@throws names an exported interface that extends Error',
  'bad-lock': 'tsubo.lock.json is as codegen wrote it',
  'bad-manifest': 'tsubo.contract.json is as tsubo wrote it',
  'foreign-contract': 'a contract that another project numbered comes with its numbers',
  'read-only': 'a contract of another project stays as it came',
  'body-form': 'a method whose body is one message keeps taking exactly that message',
  'number-taken': 'a number belongs to one member for ever',
  'number-clash': 'no two members of a lock have the same number',
  'bad-was': '@was names what the same contract had before and has no more',
  reserved: 'nothing has a number or a name that is @reserved',
  'bad-constraint': 'a constraint fits the type of what it stands at',
  'proto-circle': 'for .proto output, contracts that need each other are of one package',
  'too-deep': 'types nest a reasonable number of levels',
} as const

export type DiagnosticCode = keyof typeof codes

/** One thing wrong with a contract. */
export interface Diagnostic {
  readonly code: DiagnosticCode
  /** What is wrong, naming it. */
  readonly message: string
  /** What to write instead. */
  readonly fix?: string
  /** Absent where it concerns the folder as a whole. */
  readonly at?: Place
}

/** Stops a run. Holds every diagnostic found, sorted by place. */
export class ContractError extends Error {
  readonly diagnostics: readonly Diagnostic[]

  constructor(diagnostics: readonly Diagnostic[]) {
    const sorted = [...diagnostics].sort(byPlace)
    super(`${sorted.length} ${sorted.length === 1 ? 'problem' : 'problems'} in the contracts`)
    this.diagnostics = sorted.filter((d, i) => i === 0 || byPlace(d, sorted[i - 1] as Diagnostic) !== 0)
  }
}

/**
 * A diagnostic as text: place and code, the line with a caret under it, what to write instead.
 *
 * ```
 * idl/ticket.d.ts:12:13 unresolved-name: there is no type "Strng"
 *   11 | export interface Money {
 * > 12 |   currency: Strng
 *      |             ^^^^^
 *   fix: did you mean "string"?
 * ```
 * `pathOf` makes a file's path one the reader can open; `textOf` gives its text for the frame.
 */
export function formatDiagnostic(
  diagnostic: Diagnostic,
  pathOf: (file: string) => string,
  textOf: (file: string) => string | undefined,
): string {
  const { at, code, message, fix } = diagnostic
  const lines = [at ? `${pathOf(at.file)}:${at.line}:${at.column} ${code}: ${message}` : `${code}: ${message}`]
  const text = at && textOf(at.file)
  if (at && text !== undefined) lines.push(...frame(text, at))
  if (fix) lines.push(`  fix: ${fix}`)
  return lines.join('\n')
}

function frame(text: string, at: Place): string[] {
  const source = text.split(/\r\n|[\n\r\u2028\u2029]/)
  const line = source[at.line - 1]
  if (line === undefined) return []
  const digits = String(at.line).length
  const before = source[at.line - 2]
  // Long lines (minified or hostile input) are cut around the caret.
  const from = at.column > 100 ? at.column - 60 : 0
  const shown = (raw: string) => raw.slice(from, from + 120).replaceAll('\t', ' ')
  const carets = '^'.repeat(Math.max(1, Math.min(at.length, line.length - at.column + 1, 60)))
  return [
    ...(before === undefined ? [] : [`  ${String(at.line - 1).padStart(digits)} | ${shown(before)}`.trimEnd()]),
    `> ${at.line} | ${shown(line)}`,
    `  ${' '.repeat(digits)} | ${' '.repeat(at.column - 1 - from)}${carets}`,
  ]
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  return (
    compare(a.at?.file ?? '', b.at?.file ?? '') ||
    (a.at?.line ?? 0) - (b.at?.line ?? 0) ||
    (a.at?.column ?? 0) - (b.at?.column ?? 0) ||
    compare(a.code, b.code) ||
    compare(a.message, b.message)
  )
}

/** By UTF-16 code units, so that no locale has a say. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
