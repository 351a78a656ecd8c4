import { relative, resolve } from 'node:path'
import { type ContractFolder, contractFolderOf, packageModule, readContractFolder } from './contract-folder.js'
import { ContractError, type Diagnostic } from './diagnostics.js'
import { type Lock, numberModel } from './lock.js'
import { lockFile } from './lock-text.js'
import type { Declaration, Model } from './model.js'
import type { DeclarationNames } from './names.js'

/** What `parse` is told about a file outside of the folder that a contract imports. */
export interface Packaged {
  /** As diagnostics name it: relative to the folder of contracts. */
  readonly file: string
  /** `npm:@acme/tickets/ticket`. */
  readonly module: string
}

/** Where the contracts of one run come from: this project, folders that `contract add` made, installed packages. */
export class Origins {
  readonly #root: string
  readonly #folders = new Map<string, ContractFolder>()
  /** By file, as declarations name it. */
  readonly #origins = new Map<string, ContractFolder | undefined>()

  constructor(root: string) {
    this.#root = resolve(root)
  }

  /** The contract folders met so far, each read and proven. */
  get folders(): readonly ContractFolder[] {
    return [...this.#folders.values()]
  }

  /** The contract folder within the root that a file lies in. */
  folderOf(path: string): ContractFolder | undefined {
    const folder = contractFolderOf(path, this.#root)
    return folder === undefined ? undefined : this.#read(folder)
  }

  /** For a file outside of the root: what it is called, if a package brings it together with its code. */
  packaged(path: string): Packaged | undefined {
    const folder = contractFolderOf(resolve(path))
    const found = folder === undefined ? undefined : this.#read(folder)
    const name = found && Object.hasOwn(found.manifest, 'package') ? found.manifest.package : undefined
    if (!found || name === undefined) return undefined
    return { file: this.#shown(path), module: packageModule(name, found.folder, resolve(path)) }
  }

  /** Numbers a model: what is of this project by `own`, everything else exactly as its owner's lock says. */
  number(model: Model, own: Lock): { readonly lock: Lock; readonly problems: readonly Diagnostic[] } {
    const problems: Diagnostic[] = []
    const all = new Map(own)
    for (const { lock } of this.folders) for (const [name, entry] of lock) all.set(name, entry)
    const { lock, diagnostics } = numberModel(model, all)
    for (const declaration of model.files.flatMap((file) => file.declarations)) {
      const from = this.#originOf(declaration)
      const here = own.get(declaration.fullName)
      if (!from) {
        const other = this.folders.find((folder) => folder.lock.has(declaration.fullName))
        if (other) problems.push(ownedElsewhere(declaration, other))
        continue
      }
      const { owner } = from.manifest
      const theirs = from.lock.get(declaration.fullName)
      if (!theirs || text(theirs) !== text(lock.get(declaration.fullName))) {
        problems.push({
          code: 'read-only',
          message: `${declaration.fullName} is not what the lock of its owner ${owner} has numbers for`,
          fix: `the contract and its lock are of different days: bring both in again from ${owner}`,
          at: declaration.at,
        })
      } else if (here && text(here) !== text(theirs)) {
        problems.push({
          code: 'read-only',
          message: `${declaration.fullName} has other numbers in ${lockFile} here than ${owner} gave it`,
          fix: `remove its entry from ${lockFile} if nothing of this project uses those numbers any more`,
          at: declaration.at,
        })
      }
    }
    return { lock, problems: [...problems, ...diagnostics] }
  }

  /** A lock without what others own. */
  without(lock: Lock): Lock {
    const { folders } = this
    return folders.length === 0 ? lock : new Map([...lock].filter(([name]) => !folders.some((f) => f.lock.has(name))))
  }

  #originOf({ at }: Declaration): ContractFolder | undefined {
    const known = this.#origins.get(at.file)
    if (known || this.#origins.has(at.file)) return known
    const path = resolve(this.#root, at.file)
    const folder = path.startsWith(this.#root) ? contractFolderOf(path, this.#root) : contractFolderOf(path)
    const found = folder === undefined ? undefined : this.#folders.get(folder)
    this.#origins.set(at.file, found)
    return found
  }

  #read(folder: string): ContractFolder {
    const known = this.#folders.get(folder) ?? readContractFolder(folder, (path) => this.#shown(path))
    for (const other of this.#folders.values()) {
      if (other.folder === folder) continue
      const twice = [...known.lock.keys()].find(
        (name) => other.lock.has(name) && text(other.lock.get(name)) !== text(known.lock.get(name)),
      )
      if (twice === undefined) continue
      const message = `${twice} has other numbers here than in ${this.#shown(other.folder)}`
      const fix = `both are of ${known.manifest.owner}, of different days: bring both in again`
      throw new ContractError([{ code: 'read-only', message, fix, at: this.#head(folder) }])
    }
    this.#folders.set(folder, known)
    return known
  }

  #head(folder: string) {
    return { file: this.#shown(resolve(folder, lockFile)), line: 1, column: 1, length: 1 }
  }

  #shown(path: string): string {
    return relative(this.#root, path).replaceAll('\\', '/')
  }
}

function ownedElsewhere({ fullName, at }: Declaration, { manifest }: ContractFolder): Diagnostic {
  const message = `${fullName} is declared here, but its numbers are given out by ${manifest.owner}`
  return { code: 'read-only', message, fix: `import it instead, or give it another name`, at }
}

/** What codec functions of packages are called there; another release of tsubo may have chosen for itself. */
export function foreignNames(
  names: ReadonlyMap<string, DeclarationNames>,
  folders: readonly ContractFolder[],
): ReadonlyMap<string, DeclarationNames> {
  const packaged = folders.filter((folder) => Object.hasOwn(folder.manifest, 'package'))
  if (packaged.length === 0) return names
  return new Map(
    [...names].map(([fullName, own]) => {
      const origin = own.path.startsWith('npm:') ? packaged.find((folder) => folder.lock.has(fullName)) : undefined
      if (!origin) return [fullName, own]
      const functions = Object.hasOwn(origin.manifest, 'functions') ? origin.manifest.functions : undefined
      const special = functions && Object.hasOwn(functions, fullName) ? functions[fullName] : undefined
      const [write, read] = special ?? [`write${own.name}`, `read${own.name}`]
      return [fullName, { ...own, write, read }]
    }),
  )
}

/** Entries of locks hold Maps, in the order they were read or made. */
function text(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof Map ? [...inner].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)) : inner,
  )
}
