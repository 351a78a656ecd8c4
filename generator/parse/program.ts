import { posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ts } from '../compiler.js'
import { library } from './library.js'

/**
 * A folder of contracts as TypeScript's compiler sees it, for many rounds: what did not change is neither parsed nor
 * resolved again. Nothing of the caller's tsconfig, `@types` or DOM counts.
 */
export class Programs {
  readonly #parsed = new Map<string, ts.SourceFile>()
  /** What each file's imports lead to, by file and specifier. */
  readonly #resolved = new Map<string, Map<string, string | undefined>>()
  #last: ts.Program | undefined

  /** The program of these texts, by absolute path with `/`. What they import from elsewhere is read from disk. */
  of(texts: ReadonlyMap<string, string>): ts.Program {
    const host = new Host(texts, this.#parsed, this.#resolved)
    const rootNames = [libraryPath, ...texts.keys()]
    const program = ts.createProgram({ rootNames, options, host, ...(this.#last && { oldProgram: this.#last }) })
    for (const path of this.#parsed.keys()) if (!program.getSourceFile(path)) this.#parsed.delete(path)
    this.#last = program
    return program
  }

  /** The files that a file of the last program imports; undefined for a module that isn't there. */
  imported(source: ts.SourceFile): (ts.SourceFile | undefined)[] {
    return source.statements.filter(ts.isImportDeclaration).map(({ moduleSpecifier }) => {
      const specifier = ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : ''
      const path = this.#resolved.get(source.fileName)?.get(specifier)
      return path === undefined ? undefined : this.#last?.getSourceFile(path)
    })
  }

  /** Looks up again what the contracts import: something may have been installed since. */
  forget(): void {
    this.#last = undefined
  }
}

/** Where diagnostics would say that `Date` is declared, and `string`'s methods: beside this file, though nobody wrote it. */
export const libraryPath = posixPath(fileURLToPath(new URL('./library.d.ts', import.meta.url)))

/** `tsubo/types`, beside this file's package root: source in a checkout, declarations where installed. */
export const flavoursPath = posixPath(
  fileURLToPath(new URL(`../../runtime/types${import.meta.url.endsWith('.ts') ? '.ts' : '.d.ts'}`, import.meta.url)),
)

const options: ts.CompilerOptions = {
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  exactOptionalPropertyTypes: true,
  target: ts.ScriptTarget.ES2022,
  noLib: true,
  types: [],
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  // A package made by `contract pack` shows its contracts under this condition, and its code to everybody else.
  customConditions: ['tsubo-contract'],
}

/** What the compiler asks its surroundings for. */
class Host implements ts.CompilerHost {
  readonly #texts: ReadonlyMap<string, string>
  readonly #parsed: Map<string, ts.SourceFile>
  readonly #resolved: Map<string, Map<string, string | undefined>>
  readonly #resolutions: ts.ModuleResolutionCache

  constructor(
    texts: ReadonlyMap<string, string>,
    parsed: Map<string, ts.SourceFile>,
    resolved: Map<string, Map<string, string | undefined>>,
  ) {
    this.#texts = texts
    this.#parsed = parsed
    this.#resolved = resolved
    this.#resolutions = ts.createModuleResolutionCache(this.getCurrentDirectory(), this.getCanonicalFileName, options)
  }

  getSourceFile(path: string): ts.SourceFile | undefined {
    const text = this.readFile(path)
    if (text === undefined) return undefined
    const known = this.#parsed.get(path)
    if (known?.text === text) return known
    // Comments are read by comment.ts.
    const how = { languageVersion: ts.ScriptTarget.ES2022, jsDocParsingMode: ts.JSDocParsingMode.ParseNone }
    const parsed = ts.createSourceFile(path, text, how)
    this.#parsed.set(path, parsed)
    return parsed
  }

  resolveModuleNameLiterals(literals: readonly ts.StringLiteralLike[], from: string) {
    const all = literals.map(({ text }) => this.#resolve(text, from))
    this.#resolved.set(from, new Map(literals.map(({ text }, i) => [text, all[i]?.resolvedModule?.resolvedFileName])))
    return all
  }

  /** Contracts import each other, far more often than anything else: those are found without asking the disk. */
  #resolve(specifier: string, from: string): ts.ResolvedModuleWithFailedLookupLocations {
    const path = specifier === 'tsubo/types' ? flavoursPath : this.#contract(specifier, from)
    if (path === undefined) return ts.resolveModuleName(specifier, from, options, this, this.#resolutions)
    const extension = path.endsWith('.d.ts') ? ts.Extension.Dts : ts.Extension.Ts
    // A list that the compiler's type does without and its own results have.
    const resolvedModule = { resolvedFileName: path, extension, isExternalLibraryImport: false }
    return { resolvedModule } as ts.ResolvedModuleWithFailedLookupLocations
  }

  #contract(specifier: string, from: string): string | undefined {
    if (!/^\.\.?\//.test(specifier)) return undefined
    const path = posix.join(posix.dirname(from), specifier.replace(/\.js$/, ''))
    return [path, `${path}.d.ts`].find((candidate) => candidate.endsWith('.d.ts') && this.#texts.has(candidate))
  }

  readFile(path: string): string | undefined {
    return this.#texts.get(path) ?? (path === libraryPath ? library : ts.sys.readFile(path))
  }

  fileExists(path: string): boolean {
    return this.#texts.has(path) || ts.sys.fileExists(path)
  }

  directoryExists(path: string): boolean {
    return ts.sys.directoryExists(path)
  }

  getDirectories(path: string): string[] {
    return ts.sys.getDirectories(path)
  }

  realpath(path: string): string {
    return ts.sys.realpath?.(path) ?? path
  }

  getDefaultLibFileName(): string {
    return libraryPath
  }

  getCurrentDirectory(): string {
    return posixPath(process.cwd())
  }

  getCanonicalFileName(path: string): string {
    return ts.sys.useCaseSensitiveFileNames ? path : path.toLowerCase()
  }

  useCaseSensitiveFileNames(): boolean {
    return ts.sys.useCaseSensitiveFileNames
  }

  getNewLine(): string {
    return '\n'
  }

  writeFile(): void {
    throw new Error('contracts are only read')
  }
}

/** The compiler's paths have `/` everywhere. */
export function posixPath(path: string): string {
  return path.replaceAll('\\', '/')
}
