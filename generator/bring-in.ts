import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { nearest } from '../runtime/schema/nearest.js'
import { readContractFolder, relocated, textHash } from './contract-folder.js'
import { importedFiles, specifiers } from './contract-view.js'
import { compare } from './diagnostics.js'
import { unmarked } from './generate.js'
import type { Lock } from './lock.js'
import { formatLock, lockFile } from './lock-text.js'
import { type Manifest, manifestFile, parseManifest } from './manifest.js'
import type { Declaration } from './model.js'
import { installed } from './pack.js'
import { isOwn, type Project, readProject } from './project.js'

export interface BroughtIn {
  /** Where it goes: absolute, below the folder of contracts. */
  readonly folder: string
  readonly owner: string
  /** Full names. */
  readonly services: readonly string[]
  /** By path relative to `folder`. */
  readonly files: ReadonlyMap<string, string>
  /** Packages that its contracts import from. */
  readonly packages: readonly string[]
}

export interface BringInOptions {
  /** A package that is installed, or a folder: a project's, its contracts', a package's. */
  readonly from: string
  /** Name or full name. */
  readonly service: string
  /** The folder of contracts that it comes into. */
  readonly idl: string
  /** Name of the folder in there. Default: the owner's name. */
  readonly as?: string | undefined
  /** What to give to `contract add` to bring it in again, where `from` is only a place on the way. */
  readonly origin?: string | undefined
}

/**
 * A service's contract with everything it needs, and with the owner's numbers: what `contract add` writes into a folder of
 * its own, which codegen reads and never changes. What was brought in there before comes along, as new.
 *
 * Throws Error where there is no such contract, ContractError where what is there is not whole.
 */
export function bringIn({ from, service, idl, as, origin }: BringInOptions): BroughtIn {
  const source = sourceFolder(from, idl)
  if (source === resolve(idl)) throw new Error(`${from} is this project's own folder of contracts`)
  const project = relocatedTo(source, idl, () => readWhole(source))
  const target = resolve(idl, folderName(as ?? project.owner))
  const before = broughtBefore(idl, project.owner, as)
  const services = [...before, service].map((name) => find(project, name, from))
  const wanted = [...new Set(services.map((d) => d.fullName))].sort(compare)
  const contracts = closure(
    project,
    services.map((d) => d.at.file),
  )
  const packages = new Set<string>()
  const files = new Map<string, string>()
  for (const file of [...contracts].sort(compare)) {
    const text = readFileSync(join(source, file), 'utf8')
    for (const name of packagesIn(text)) packages.add(name)
    files.set(file, text)
  }
  files.set(lockFile, formatLock(entriesOf(project, contracts), project.owner))
  const manifest: Manifest = {
    contractVersion: 1,
    owner: project.owner,
    from: origin ?? (isFolder(from) ? relative(process.cwd(), resolve(from)).replaceAll('\\', '/') || '.' : from),
    services: wanted,
    files: Object.fromEntries([...files].map(([file, text]) => [file, textHash(text)])),
  }
  files.set(manifestFile, `${JSON.stringify(manifest, undefined, 2)}\n`)
  return { folder: target, owner: project.owner, services: wanted, files, packages: [...packages].sort(compare) }
}

/** The folder that holds the contracts and their lock. */
function sourceFolder(from: string, idl: string): string {
  // A version behind the name, and the name that pack chooses by itself.
  const name = from.replace(/(?<=.)@[^@/]*$/, '')
  const packages = [name, `${name}-contract`].map((of) => installed(of, resolve(idl)))
  const places = isFolder(from)
    ? [resolve(from), join(resolve(from), 'idl')]
    : packages.flatMap((folder) => (folder === undefined ? [] : [join(folder, 'idl')]))
  const found = places.find((folder) => existsSync(join(folder, lockFile)))
  if (found !== undefined) return found
  if (isFolder(from)) throw new Error(`${from} holds no ${lockFile}: without its numbers a contract can't be used`)
  if (places.length > 0) throw new Error(`the package ${from} holds no contract (idl/${lockFile})`)
  const looks = /^(?:@[\w.~-]+\/)?[\w.~-]+$/.test(from)
  throw new Error(
    looks
      ? `there is no folder ${JSON.stringify(from)} and no installed package of that name: npm install ${from}, then this again`
      : `there is no folder ${JSON.stringify(from)}`,
  )
}

/** Contracts as their owner left them: numbered, and unchanged since. */
function readWhole(source: string): Project {
  if (existsSync(join(source, manifestFile))) readContractFolder(source, (path) => relative(source, path))
  const project = readProject(source)
  if (
    readFileSync(join(source, lockFile), 'utf8').replaceAll('\r\n', '\n') !== project.lockText ||
    unmarked(project).size > 0
  ) {
    throw new Error(`the contracts in ${source} are newer than their numbers: their owner has to run npx tsubo codegen`)
  }
  return project
}

function relocatedTo<T>(source: string, idl: string, read: () => T): T {
  return relocated(read, (file) => relative(resolve(idl), join(source, file)).replaceAll('\\', '/'))
}

function folderName(name: string): string {
  const safe = name
    .replace(/^@/, '')
    .replaceAll(/[^\w-]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
  if (safe === '') throw new Error(`pass --as with a name for the folder: ${JSON.stringify(name)} makes none`)
  return safe
}

/** The services of an owner that `contract add` brought into a folder of contracts before. */
export function broughtBefore(idl: string, owner: string, as?: string): readonly string[] {
  const target = resolve(idl, folderName(as ?? owner))
  if (!existsSync(target)) return []
  if (!existsSync(join(target, manifestFile))) {
    throw new Error(`${target} is in the way: it holds contracts of this project; pass another --as`)
  }
  const manifest = parseManifest(readFileSync(join(target, manifestFile), 'utf8'))
  if (!manifest)
    throw new Error(`${join(target, manifestFile)} is not as tsubo wrote it: remove ${target}, or pass --as`)
  if (manifest.owner === owner) return manifest.services
  throw new Error(`${target} holds a contract of ${manifest.owner}; pass another --as`)
}

function find(project: Project, name: string, from: string): Declaration {
  const own = project.files.filter(({ path }) => isOwn(project.folder, join(project.folder, path)))
  const services = own.flatMap((file) => file.declarations).filter((d) => d.kind === 'service')
  const found = services.filter((d) => d.fullName === name || d.name === name)
  if (found.length === 1) return found[0] as Declaration
  if (found.length > 1) throw new Error(`${name} is ambiguous in ${from}: ${found.map((d) => d.fullName).join(', ')}`)
  const names = services.flatMap((d) => [d.name, d.fullName])
  const close = nearest(name, names)
  const known = services.map((d) => d.fullName).join(', ')
  throw new Error(`there is no service ${name} in ${from}; ${close ? `did you mean ${close}?` : `it has ${known}`}`)
}

/** Contracts and those they import, by path relative to the folder. */
function closure(project: Project, files: readonly string[]): ReadonlySet<string> {
  const texts = new Map(project.sources.map(({ file, text }) => [file, text]))
  const found = new Set<string>()
  const waiting = [...files]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    const text = texts.get(file)
    if (found.has(file) || text === undefined) continue
    if (!isOwn(project.folder, join(project.folder, file))) {
      throw new Error(`it needs ${file}, which is not numbered by ${project.owner}; bring that in from its owner first`)
    }
    found.add(file)
    waiting.push(...importedFiles(file, text))
  }
  return found
}

function packagesIn(text: string): string[] {
  return specifiers(text)
    .filter((s) => !s.startsWith('.'))
    .map((s) =>
      s
        .split('/')
        .slice(0, s.startsWith('@') ? 2 : 1)
        .join('/'),
    )
    .filter((name) => name !== 'tsubo')
}

/** The lock entries of what some contracts declare. */
function entriesOf({ files, lock }: Project, contracts: ReadonlySet<string>): Lock {
  const names = files
    .filter(({ path }) => contracts.has(`${path}.d.ts`))
    .flatMap((file) => file.declarations.map((d) => d.fullName))
  return new Map([...lock].filter(([name]) => names.includes(name)))
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
