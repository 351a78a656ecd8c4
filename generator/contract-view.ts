import { posix } from 'node:path'
import { contractFolderOf } from './contract-folder.js'
import { compare } from './diagnostics.js'
import { Imports, type ImportView, specifier } from './imports.js'
import { formatLock } from './lock-text.js'
import { literal, Scope } from './names.js'
import { headerOwner, withHeader } from './owner.js'
import type { Source } from './parse.js'
import { isOwn, type Project } from './project.js'

/** What `x.contract.ts` is laid out from: the contract as it was written and its numbers, line by line. */
export interface ContractView {
  readonly source: string
  readonly imports: readonly ImportView[]
  readonly file: string
  readonly owner: string
  /** What the contracts are called here that this one imports. */
  readonly others: readonly string[]
  readonly lines: readonly string[]
  readonly lock: readonly string[]
}

/**
 * The contracts of services and all that those import, by path without ending: what a provider hands to whoever brings its
 * contract in. Contracts of packages come with their package.
 */
export function contractViews(project: Project, folderName: string): ReadonlyMap<string, ContractView> {
  const sources = new Map(project.sources.map((source) => [source.file, source]))
  const withServices = project.files
    .filter((file) => file.declarations.some((d) => d.kind === 'service'))
    .map((file) => `${file.path}.d.ts`)
  const wanted = new Set(withServices)
  const views = new Map<string, ContractView>()
  for (const file of wanted) {
    const source = sources.get(file)
    if (!source) continue
    const others = importedFiles(file, source.text).filter((other) => sources.has(other))
    for (const other of others) wanted.add(other)
    views.set(file.replace(/\.d\.ts$/, ''), contractView(project, source, others, folderName))
  }
  return views
}

function contractView(project: Project, source: Source, others: readonly string[], folderName: string): ContractView {
  const path = source.file.replace(/\.d\.ts$/, '')
  const imports = new Imports(new Scope(['contract']))
  imports.type('tsubo/codegen', 'ContractText')
  const own = isOwn(project.folder, source.path)
  const owner = own ? project.owner : (headerOwner(source.text) ?? '')
  const declared = project.files.find((file) => file.path === path)?.declarations ?? []
  const names = new Set(declared.map((d) => d.fullName))
  const lock = new Map([...project.lock].filter(([name]) => names.has(name)))
  const text = own && names.size > 0 ? withHeader(source.text, owner) : source.text
  return {
    source: `${folderName}/${source.file}`,
    others: others.map((other) =>
      imports.value(specifier(path, `${other.replace(/\.d\.ts$/, '')}.contract`), 'contract'),
    ),
    imports: imports.view(),
    // Where it lies in its owner's folder: what was brought in lies one deeper here.
    file: literal(fileAtOwner(project, source)),
    owner: literal(owner),
    lines: text.split('\n').map(line),
    lock: formatLock(lock, owner === '' ? undefined : owner)
      .split('\n')
      .map(literal),
  }
}

/** A line as a literal that reads like the line. */
function line(text: string): string {
  return /^[ -~]*$/.test(text) && !/['\\]|<\//.test(text) ? `'${text}'` : literal(text)
}

function fileAtOwner({ folder }: Project, { file, path }: Source): string {
  const from = contractFolderOf(path, folder)
  return from === undefined ? file : posix.relative(from.replaceAll('\\', '/'), path.replaceAll('\\', '/'))
}

/** The contracts of the same folder that a contract imports, as paths relative to that folder, sorted. */
export function importedFiles(file: string, text: string): string[] {
  const paths = specifiers(text)
    .filter((path) => path.startsWith('.'))
    .map((path) => `${posix.join(posix.dirname(file), path).replace(/(\.d\.ts|\.js|\.ts)$/, '')}.d.ts`)
  return [...new Set(paths)].sort(compare)
}

/** What stands behind `from` and in `import()`. */
export function specifiers(text: string): string[] {
  return [...text.matchAll(/\bfrom\s*(['"])([^'"\n]+)\1|\bimport\s*\(\s*(['"])([^'"\n]+)\3/g)].map(
    (m) => m[2] ?? m[4] ?? '',
  )
}
