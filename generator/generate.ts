import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { codecHelpers, codecView } from './codec-view.js'
import { type ContractFolder, contractFolderOf } from './contract-folder.js'
import { ContractError, compare, type Diagnostic } from './diagnostics.js'
import type { Lock } from './lock.js'
import { formatLock, lockFile, lockOwner, parseLock } from './lock-text.js'
import { type Model, model as modelSchema } from './model.js'
import { declarationNames, nameProblems } from './names.js'
import { foreignNames, Origins } from './origins.js'
import { headerOwner, newOwner, strangers, withHeader } from './owner.js'
import { parse, type Source } from './parse.js'
import { render } from './render.js'
import { serviceSchema } from './schema.js'
import { schemaView } from './schema-view.js'
import { typesView } from './types-view.js'

/** What a run of codegen should leave behind: the text of every file, nothing written yet. */
export interface Generated {
  /** By path relative to the output folder, with `/`. */
  readonly files: ReadonlyMap<string, string>
  /** The text of `tsubo.lock.json`. */
  readonly lock: string
  /** Contracts that should name their owner in the first line and don't yet, by absolute path. */
  readonly contracts: ReadonlyMap<string, string>
}

/**
 * Contracts in, TypeScript out: parse, number, name, lay out. Reads the folder, writes nothing.
 * Throws ContractError with everything that is wrong in the contracts or the lock.
 */
export function generate(folder: string): Generated {
  const sources = readSources(folder)
  const { model, lock, owner, ownLock, foreign } = numbered(folder, sources)
  const names = foreignNames(declarationNames(model, codecHelpers), foreign)
  const ours = model.files.filter((file) => !file.path.startsWith('npm:'))
  const declarations = ours.flatMap((file) => file.declarations)
  const services = declarations.filter((d) => d.kind === 'service')
  const schemas = new Map(services.map((service) => [service.fullName, serviceSchema(model, lock, service)]))
  const files = new Map<string, string>()
  for (const file of ours) {
    if (file.declarations.length === 0) continue
    const source = `${basename(resolve(folder))}/${file.path}.d.ts`
    files.set(`${file.path}.ts`, render('types', typesView(source, file, names)))
    files.set(`${file.path}.codec.ts`, render('codec', codecView(source, file, model, lock, names, schemas)))
    if (!file.declarations.some((d) => d.kind === 'service')) continue
    files.set(`${file.path}.schema.ts`, render('schema', schemaView(source, file, names, schemas)))
  }
  const numberedHere = new Set(ours.filter((f) => f.declarations.length > 0).map((f) => `${f.path}.d.ts`))
  const contracts = sources
    .filter(({ file, path }) => numberedHere.has(file) && contractFolderOf(path, resolve(folder)) === undefined)
    .map(({ path }) => [path, readFileSync(path, 'utf8')] as const)
    .filter(([, text]) => headerOwner(text) !== owner)
    .map(([path, text]) => [path, withHeader(text, owner)] as const)
  return { files, lock: formatLock(ownLock, owner), contracts: new Map(contracts) }
}

interface Numbered {
  readonly model: Model
  /** Every number there is, those of other owners too. */
  readonly lock: Lock
  /** The numbers that are given out here. */
  readonly ownLock: Lock
  readonly owner: string
  readonly foreign: readonly ContractFolder[]
}

function numbered(folder: string, sources: readonly Source[]): Numbered {
  const old = readLock(folder)
  const here = sources.filter(({ path }) => contractFolderOf(path, resolve(folder)) === undefined)
  const copies = strangers(here, old?.owner ?? (old && newOwner(folder, { files: [] })))
  if (copies.length > 0) throw new ContractError(copies)
  const origins = new Origins(folder)
  for (const { path } of sources) origins.folderOf(path)
  const model = modelSchema.parse(parse(sources, (path) => origins.packaged(path)))
  const { lock, problems } = origins.number(model, old?.lock ?? new Map())
  const all = [...nameProblems(model), ...problems]
  if (all.length > 0) throw new ContractError(all)
  const owner = old?.owner ?? newOwner(folder, model)
  return { model, lock, ownLock: origins.without(lock), owner, foreign: origins.folders }
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
  return readdirSync(join(folder, under)).flatMap((name) => {
    if (name.startsWith('.') || name === 'node_modules') return []
    const file = under === '' ? name : `${under}/${name}`
    const found = statSync(join(folder, file), { throwIfNoEntry: false })
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
    for (const output of [path, `${path}.codec`, `${path}.schema`].map((o) => o.toLowerCase())) {
      const other = outputs.get(output)
      if (other !== undefined) {
        const fix = 'rename one of the two'
        yield { code: 'file-clash', message: `${file} and ${other} lead to the same generated file`, fix, at }
      }
      outputs.set(output, file)
    }
  }
}

function readLock(folder: string): { readonly lock: Lock; readonly owner: string | undefined } | undefined {
  const path = join(folder, lockFile)
  if (!existsSync(path)) return undefined
  const text = readFileSync(path, 'utf8')
  return { lock: parseLock(text), owner: lockOwner(text) }
}
