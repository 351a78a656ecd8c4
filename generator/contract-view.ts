import { posix } from 'node:path'
import { contractFolderOf } from './contract-folder.js'
import { compare } from './diagnostics.js'
import { Imports, type ImportView, specifier } from './imports.js'
import type { LockEntry } from './lock.js'
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

/** A contract to be laid out; `key` is another text where the view would be another one. */
export interface ContractText {
  readonly key: string
  view(): ContractView
}

/**
 * The contracts of services and all that those import, by path without ending: what a provider hands to whoever brings its
 * contract in. Contracts of packages come with their package.
 */
export function contractTexts(project: Project, folderName: string): ReadonlyMap<string, ContractText> {
  const sources = new Map(project.sources.map((source) => [source.file, source]))
  const files = new Map(project.files.map((file) => [`${file.path}.d.ts`, file]))
  const withServices = [...files].filter(([, file]) => file.declarations.some((d) => d.kind === 'service'))
  const wanted = new Set(withServices.map(([file]) => file))
  const texts = new Map<string, ContractText>()
  for (const file of wanted) {
    const source = sources.get(file)
    if (!source) continue
    const others = importedFiles(file, source.text).filter((other) => sources.has(other))
    for (const other of others) wanted.add(other)
    const declared = files.get(file)?.declarations.map((d) => d.fullName) ?? []
    texts.set(file.replace(/\.d\.ts$/, ''), contractText(project, source, declared, others, folderName))
  }
  return texts
}

function contractText(
  project: Project,
  source: Source,
  declared: readonly string[],
  others: readonly string[],
  folderName: string,
): ContractText {
  const path = source.file.replace(/\.d\.ts$/, '')
  const own = isOwn(project.folder, source.path)
  const owner = own ? project.owner : (headerOwner(source.text) ?? '')
  const numbers = new Map<string, LockEntry>()
  for (const name of declared) {
    const entry = project.lock.get(name)
    if (entry) numbers.set(name, entry)
  }
  const lock = formatLock(numbers, owner === '' ? undefined : owner)
  const text = own && declared.length > 0 ? withHeader(source.text, owner) : source.text
  const file = fileAtOwner(project, source)
  return {
    key: [file, lock, ...others, text].join('\n'),
    view: () => {
      const imports = new Imports(new Scope(['contract']))
      imports.type('tsubo/codegen', 'ContractText')
      return {
        source: `${folderName}/${source.file}`,
        others: others.map((other) =>
          imports.value(specifier(path, `${other.replace(/\.d\.ts$/, '')}.contract`), 'contract'),
        ),
        imports: imports.view(),
        // Where it lies in its owner's folder: what was brought in lies one deeper here.
        file: literal(file),
        owner: literal(owner),
        lines: text.split('\n').map(line),
        lock: lock.split('\n').map(literal),
      }
    },
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
