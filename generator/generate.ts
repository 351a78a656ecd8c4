import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { checkPlan, checkView } from './check-view.js'
import { type CodecPrinting, codecView } from './codec-view.js'
import { contractTexts } from './contract-view.js'
import { headerOwner, withHeader } from './owner.js'
import { createReader } from './parse.js'
import { isOwn, Locks, type Project, readProject } from './project.js'
import { protoTexts } from './proto.js'
import { render } from './render.js'
import { declaredTypes, serviceSchema } from './schema.js'
import { schemaView } from './schema-view.js'
import { Texts } from './texts.js'
import { typesView } from './types-view.js'
import { zodView } from './zod-view.js'

/** What a run of codegen should leave behind: the text of every file, nothing written yet. */
export interface Generated {
  /** By path relative to the output folder, with `/`. */
  readonly files: ReadonlyMap<string, string>
  /** The text of `tsubo.lock.json`. */
  readonly lock: string
  /** `.proto` texts by path relative to their folder; undefined where none are asked for. */
  readonly protos?: ReadonlyMap<string, string>
  /** Contracts that should name their owner in the first line and don't yet, by absolute path. */
  readonly contracts: ReadonlyMap<string, string>
}

/** What to make besides TypeScript. */
export interface OutputOptions {
  /** `x.proto` for each contract. Default: false. */
  readonly proto?: boolean
  /** `x.zod.ts` beside the rest: schemas for untrusted JSON. Default: false. */
  readonly zod?: boolean
  /**
   * Messages keep the fields that their contract doesn't know, and pass them on (`runtime/codec/unknown.ts`). Default:
   * false, they are passed over.
   */
  readonly keepUnknown?: boolean
  /** How codecs are printed. Default: `slab`. The bytes are the same. */
  readonly codec?: CodecPrinting
}

/**
 * Contracts in, TypeScript out: parse, number, name, lay out. Reads the folder, writes nothing.
 * Throws ContractError with everything that is wrong in the contracts or the lock.
 */
export function generate(folder: string, options: OutputOptions = {}): Generated {
  return generateFrom(readProject(folder), options)
}

/** A `generate` for many rounds of one folder: each does again only what a change since the last one asks for. */
export function createGenerator(folder: string, options: OutputOptions = {}): () => Generated {
  const read = createReader()
  const texts = new Texts()
  const locks = new Locks()
  return () => generateFrom(readProject(folder, read, locks), options, texts)
}

/** The same for a project that was read before. */
export function generateFrom(project: Project, options: OutputOptions = {}, before?: Texts): Generated {
  const protos = options.proto ? protoTexts(project) : undefined
  return {
    files: layOut(project, options, before),
    lock: project.lockText,
    contracts: unmarked(project),
    ...(protos && { protos }),
  }
}

function layOut(project: Project, options: OutputOptions, before: Texts | undefined): Map<string, string> {
  const stale = before && new Set(before.stale(project))
  const fresh = stale?.size === 0 ? new Map<string, ReadonlyMap<string, string>>() : textsOf(project, stale, options)
  const files = before ? before.merge(project, fresh) : new Map([...fresh.values()].flatMap((made) => [...made]))
  for (const [path, { key, view }] of contractTexts(project, basename(project.folder))) {
    const make = () => render('contract', view())
    files.set(`${path}.contract.ts`, before ? before.once(path, key, make) : make())
  }
  return files
}

/** The output of the files in `wanted` (default: all), by the file's path. */
function textsOf(
  { folder, model, files: all, lock, names }: Project,
  wanted: ReadonlySet<string> | undefined,
  options: OutputOptions,
): Map<string, ReadonlyMap<string, string>> {
  const ours = wanted ? all.filter((file) => wanted.has(file.path)) : all
  const declarations = ours.flatMap((file) => file.declarations)
  const services = declarations.filter((d) => d.kind === 'service')
  const schemas = new Map(services.map((service) => [service.fullName, serviceSchema(model, lock, service)]))
  const types = declaredTypes(model, lock)
  const checks = checkPlan(model, types, names)
  const texts = new Map<string, ReadonlyMap<string, string>>()
  for (const file of ours) {
    const files = new Map<string, string>()
    texts.set(file.path, files)
    if (file.declarations.length === 0) continue
    const source = `${basename(folder)}/${file.path}.d.ts`
    files.set(`${file.path}.ts`, render('types', typesView(source, file, names)))
    files.set(
      `${file.path}.codec.ts`,
      render('codec', codecView(source, file, model, lock, names, schemas, checks, options)),
    )
    const check = checkView(source, file, checks)
    if (check) files.set(`${file.path}.check.ts`, render('check', check))
    if (options.zod) files.set(`${file.path}.zod.ts`, render('zod', zodView(source, file, model, types, names)))
    if (!file.declarations.some((d) => d.kind === 'service')) continue
    files.set(`${file.path}.schema.ts`, render('schema', schemaView(source, file, names, schemas)))
  }
  return texts
}

/** Contracts of this project whose first line doesn't name it, with that line. */
export function unmarked({ folder, files, sources, owner }: Project): Map<string, string> {
  const numbered = new Set(files.filter((f) => f.declarations.length > 0).map((f) => `${f.path}.d.ts`))
  const texts = sources
    .filter(({ file, path, text }) => numbered.has(file) && headerOwner(text) !== owner && isOwn(folder, path))
    .map(({ path }) => [path, withHeader(readFileSync(path, 'utf8'), owner)] as const)
  return new Map(texts)
}
