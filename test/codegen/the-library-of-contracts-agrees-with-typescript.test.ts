import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { library } from '../../generator/parse/library.js'

/*
 * Contracts are checked against a library of a hundred lines instead of TypeScript's own. Which types may stand for
 * which, what an interface may redeclare, and what a utility type takes and makes has to be the same with either.
 */
const types = [
  ...['string', 'number', 'boolean', 'bigint', 'symbol', 'unknown', 'object', "'a'", '1', 'null', 'undefined'],
  ...['Date', 'RegExp', 'Error', 'RangeError', 'AggregateError', 'Object', 'Function', 'String', 'Number', 'Boolean'],
  ...['string[]', 'readonly string[]', 'number[]', '[string, number]', 'ArrayLike<string>', 'Iterable<string>'],
  ...['Set<string>', 'Set<number>', 'ReadonlySet<string>', 'Map<string, number>', 'Map<string, Date>'],
  ...['ReadonlyMap<string, number>', 'Record<string, number>', 'WeakMap<Date, string>', 'WeakSet<Date>'],
  ...['Uint8Array', 'Int8Array', 'Float64Array', 'BigUint64Array', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView'],
  ...['Promise<string>', 'PromiseLike<string>', 'AsyncIterable<string>', 'AsyncGenerator<string>', '() => void'],
  ...['{ length: number }', '{ name: string }', '{ a?: string }', 'Partial<Ab>', 'Required<Ab>', 'Pick<Ab, "a">'],
  ...['Omit<Ab, "a">', 'Readonly<Ab>', 'keyof Ab', 'Exclude<keyof Ab, "a">', 'NonNullable<string | null>', 'Ab'],
]

const declarations = [
  'export interface E1 extends Error { message: number }',
  'export interface E2 extends Error { stack: 1 }',
  'export interface E3 extends Error { code: number }',
  'export interface E4 extends RangeError { name: Date }',
  'export type P1 = Pick<Ab, "c">',
  'export type P2 = Omit<Ab, "c">',
  'export type P3 = Record<Date, string>',
  'export type P4 = Record<"a" | 1, string>',
  'export type P5 = Partial',
  'export type P6 = Map<string>',
  'export type P7 = Set<string, number>',
  'export type P8 = WeakMap<string, number>',
  'export type P9 = Uint8Array<string>',
  'export type P10 = Promise',
  'export type P11 = Array',
  'export type P12 = Ab["c"]',
  'export type P13 = string["length"]',
  'export type P14 = Uppercase<1>',
  'export type P15 = Nothing',
  'export type P16 = AsyncIterable',
  'export type P17 = Date<string>',
]

const aliases = types.map((type, i) => `export type T${i} = ${type}`)
const text = ['export interface Ab { a: string; b?: number }', ...aliases, ...declarations].join('\n')
const path = '/contract.ts'

describe('the library of contracts', () => {
  it('lets the same types stand for each other as TypeScript’s own', () => {
    const [ours, theirs] = [assignable(programOf(library)), assignable(programOf(undefined))]
    expect(theirs.filter(Boolean).length).toBeGreaterThan(300)
    expect(theirs.filter((fits) => !fits).length).toBeGreaterThan(1000)
    const pairs = types.flatMap((a) => types.map((b) => `${a} as ${b}`))
    expect(pairs.filter((_, i) => ours[i] && !theirs[i])).toEqual([])
    expect(pairs.filter((_, i) => !ours[i] && theirs[i])).toEqual([])
  })

  it('makes errors of the same declarations', () => {
    const [ours, theirs] = [errors(programOf(library)), errors(programOf(undefined))]
    expect(ours).toEqual(theirs)
    expect(theirs).toHaveLength(17)
  })

  it('has no error of its own', () => {
    const program = programOf(library)
    const found = program.getSemanticDiagnostics(program.getSourceFile('/library.d.ts'))
    expect(found.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([])
    expect(program.getGlobalDiagnostics()).toEqual([])
  })
})

/** For every pair of types whether the first may stand where the second should. */
function assignable(program: ts.Program): boolean[] {
  const checker = program.getTypeChecker()
  const statements = program.getSourceFile(path)?.statements.filter(ts.isTypeAliasDeclaration) ?? []
  const own = statements.slice(0, types.length).map((alias) => checker.getTypeAtLocation(alias))
  return own.flatMap((a) => own.map((b) => checker.isTypeAssignableTo(a, b)))
}

/** The lines with an error. */
function errors(program: ts.Program): string[] {
  const source = program.getSourceFile(path) as ts.SourceFile
  const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
  const lines = new Set(found.map(({ start = 0 }) => source.getLineAndCharacterOfPosition(start).line))
  return [...lines].map((line) => text.split('\n')[line] ?? '')
}

function programOf(lib: string | undefined): ts.Program {
  const options: ts.CompilerOptions = {
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    types: [],
    ...(lib === undefined ? { lib: ['lib.es2022.d.ts'] } : { noLib: true }),
  }
  const host = ts.createCompilerHost(options)
  const texts = new Map([[path, text]])
  if (lib !== undefined) texts.set('/library.d.ts', lib)
  const { getSourceFile, fileExists } = host
  host.getDefaultLibLocation = () => dirname(fileURLToPath(import.meta.resolve('typescript')))
  host.getDefaultLibFileName = () => join(host.getDefaultLibLocation?.() ?? '', 'lib.es2022.d.ts')
  host.fileExists = (file) => texts.has(file) || fileExists(file)
  host.getSourceFile = (file, how) => {
    const own = texts.get(file)
    return own === undefined ? getSourceFile(file, how) : ts.createSourceFile(file, own, how)
  }
  return ts.createProgram([...texts.keys()], options, host)
}
