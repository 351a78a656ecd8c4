import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { codecHelpers } from './codec-view.js'
import { contractFolderOf } from './contract-folder.js'
import { ContractError, compare, type Diagnostic } from './diagnostics.js'
import type { Lock } from './lock.js'
import { type Clash, clashProblems, formatLock, lockFile, lockOwner, parseLock } from './lock-text.js'
import type { Model, ModelFile, Place } from './model.js'
import { type DeclarationNames, declarationNames, nameProblems } from './names.js'
import { foreignNames, Origins } from './origins.js'
import { newOwner, strangers } from './owner.js'
import { parse, type Source } from './parse.js'

/** A folder of contracts, read, checked and numbered: all that outputs are made from. */
export interface Project {
  /** Absolute. */
  readonly folder: string
  readonly sources: readonly Source[]
  /** Every contract, those of packages too. */
  readonly model: Model
  /** The contracts that code is generated from here: all but those of packages. */
  readonly files: readonly ModelFile[]
  /** Every number there is, those of other owners too. */
  readonly lock: Lock
  /** The text of `tsubo.lock.json` as it should be: the numbers that are given out here. */
  readonly lockText: string
  /** Who gives them out. */
  readonly owner: string
  readonly names: ReadonlyMap<string, DeclarationNames>
}

/** Reads a folder of contracts. Throws ContractError with everything that is wrong in the contracts or the lock. */
export function readProject(folder: string, read: typeof parse = parse, locks = new Locks()): Project {
  const root = resolve(folder)
  const sources = readSources(folder)
  const clashes: Clash[] = []
  const old = locks.read(folder, clashes)
  const here = sources.filter(({ path }) => isOwn(root, path))
  const copies = strangers(here, old?.owner ?? (old && newOwner(folder, { files: [] })))
  if (copies.length > 0) throw new ContractError(copies)
  const origins = new Origins(folder)
  for (const { path } of sources) origins.folderOf(path)
  const model = read(sources, (path) => origins.packaged(path))
  if (clashes.length > 0) throw new ContractError(clashProblems(clashes, placesOf(model)))
  const { lock, problems } = origins.number(model, old?.lock ?? new Map())
  const all = [...nameProblems(model), ...problems]
  if (all.length > 0) throw new ContractError(all)
  const owner = old?.owner ?? newOwner(folder, model)
  const own = origins.without(lock)
  const lockText = formatLock(own, owner)
  locks.remember(lockText, own, owner)
  return {
    folder: root,
    sources,
    model,
    files: model.files.filter((file) => !file.path.startsWith('npm:')),
    lock,
    lockText,
    owner,
    names: foreignNames(declarationNames(model, codecHelpers), origins.folders),
  }
}

/** Whether a contract of the folder `root` is numbered there, and not brought in by `contract add`. */
export function isOwn(root: string, path: string): boolean {
  return contractFolderOf(path, root) === undefined
}

/** Every `.d.ts` of a folder and its subfolders, in an order that no file system decides. */
export function readSources(folder: string): Source[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    const fix = 'name the folder of your contracts: codegen --idl <folder>'
    throw new ContractError([{ code: 'no-contract', message: `there is no folder ${JSON.stringify(folder)}`, fix }])
  }
  const files = list(folder, '').sort(compare)
  if (files.length === 0) {
    const message = `the folder ${JSON.stringify(folder)} holds no .d.ts file`
    throw new ContractError([{ code: 'no-contract', message, fix: serviceExample }])
  }
  const problems = [...badFileNames(files)]
  if (problems.length > 0) throw new ContractError(problems)
  return files.map((file) => {
    const path = join(resolve(folder), file)
    return { file, path, text: readFileSync(path, 'utf8').replace(/^\uFEFF/, '') }
  })
}

const serviceExample = 'write one: export interface TicketService { getTicket(): Promise<string> }'

function list(folder: string, under: string): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const { name } = entry
    if (name.startsWith('.') || name === 'node_modules') return []
    const file = under === '' ? name : `${under}/${name}`
    const found = entry.isSymbolicLink() ? statSync(join(folder, file), { throwIfNoEntry: false }) : entry
    if (found?.isDirectory()) return list(folder, file)
    return found?.isFile() && name.endsWith('.d.ts') ? [file] : []
  })
}

function* badFileNames(files: readonly string[]): Generator<Diagnostic> {
  const outputs = new Map<string, string>()
  for (const file of files) {
    const at = { file, line: 1, column: 1, length: 1 }
    const path = file.replace(/\.d\.ts$/, '')
    if (!path.split('/').every((part) => /^[\w-][\w.-]*$/.test(part))) {
      const fix = 'rename it, like ticket.d.ts'
      yield {
        code: 'file-name',
        message: 'a file or folder name has letters that a module name should not have',
        fix,
        at,
      }
    }
    for (const output of [
      path,
      ...['codec', 'schema', 'check', 'contract', 'zod'].map((part) => `${path}.${part}`),
    ].map((o) => o.toLowerCase())) {
      const other = outputs.get(output)
      if (other !== undefined) {
        const fix = 'rename one of the two'
        yield { code: 'file-clash', message: `${file} and ${other} lead to the same generated file`, fix, at }
      }
      outputs.set(output, file)
    }
  }
}

/** Where the members of a contract are declared, for people. */
function placesOf(model: Model): (owner: string, name: string) => string | undefined {
  const owners = new Map<string, readonly { readonly name: string; readonly at: Place }[]>()
  for (const declaration of model.files.flatMap((file) => file.declarations)) {
    if (declaration.kind === 'service') {
      for (const { name, params } of declaration.methods) owners.set(`${declaration.fullName}/${name}`, params)
    } else owners.set(declaration.fullName, 'fields' in declaration ? declaration.fields : declaration.members)
  }
  return (owner, name) => {
    const at = owners.get(owner)?.find((member) => member.name === name)?.at
    return at && `${at.file}:${at.line}:${at.column}`
  }
}

interface ReadLock {
  readonly lock: Lock
  readonly owner: string | undefined
}

/** The lock as it was read or made last: between two rounds it is seldom another one. */
export class Locks {
  #text: string | undefined
  #lock: ReadLock = { lock: new Map(), owner: undefined }

  /** The lock of a folder, if it has one. Numbers that were taken twice are added to `clashes`. */
  read(folder: string, clashes: Clash[]): ReadLock | undefined {
    const path = join(folder, lockFile)
    if (!existsSync(path)) return undefined
    const text = readFileSync(path, 'utf8')
    if (text === this.#text) return this.#lock
    const found = { lock: parseLock(text, clashes), owner: lockOwner(text) }
    if (clashes.length === 0) this.remember(text, found.lock, found.owner)
    return found
  }

  remember(text: string, lock: Lock, owner: string | undefined): void {
    this.#text = text
    this.#lock = { lock, owner }
  }
}
