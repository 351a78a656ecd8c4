import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { compile } from './compile.js'
import { textHash } from './contract-folder.js'
import { compare } from './diagnostics.js'
import { generateFrom } from './generate.js'
import { lockFile } from './lock-text.js'
import { type Manifest, manifestFile } from './manifest.js'
import { nearestPackage } from './owner.js'
import { isOwn, type Project, readProject } from './project.js'

export interface PackOptions {
  /** Default: the name of the package the contracts lie in, and `-contract`. */
  readonly name?: string | undefined
  /** Default: the version of that package, else 0.1.0. */
  readonly version?: string | undefined
  /** The release of tsubo that generates, for the peer dependency. */
  readonly tsubo: string
}

export interface Packed {
  readonly name: string
  readonly version: string
  /** By path relative to the package, with `/`. */
  readonly files: ReadonlyMap<string, string>
  /** Full names. */
  readonly services: readonly string[]
}

/**
 * The npm package of a folder of contracts: `idl/` with the contracts and their numbers, and the generated code beside it
 * as JavaScript with declarations. `npm pack` and `npm publish` take it as it is.
 *
 * Throws ContractError where a contract is wrong, Error where codegen would change something first.
 */
export function pack(idl: string, options: PackOptions): Packed {
  const project = readProject(idl)
  const { files: generated, contracts } = generateFrom(project)
  const lockPath = join(idl, lockFile)
  if (!existsSync(lockPath) || readFileSync(lockPath, 'utf8') !== project.lockText || contracts.size > 0) {
    throw new Error(`${lockFile} is not up to date: run npx tsubo codegen and commit what it writes, then pack`)
  }
  const about = packageAround(idl)
  const name = options.name ?? (about.name && `${about.name}-contract`)
  if (name === undefined || !namePattern.test(name)) {
    throw new Error(`pass --name with the name of the package: ${JSON.stringify(name ?? '')} is none that npm takes`)
  }
  const version = options.version ?? about.version ?? '0.1.0'
  if (!versionPattern.test(version)) throw new Error(`pass --version like 1.2.3: ${JSON.stringify(version)} is none`)
  const own = ownFiles(project, generated)
  const texts = new Map(own.contracts)
  texts.set(lockFile, project.lockText)
  const services = project.files
    .filter(({ path }) => own.modules.includes(path))
    .flatMap((file) => file.declarations)
    .filter((d) => d.kind === 'service')
    .map((d) => d.fullName)
    .sort(compare)
  const files = new Map([...texts].map(([file, text]) => [`idl/${file}`, text]))
  const functions = specialFunctions(project, own.modules)
  const manifest: Manifest = {
    contractVersion: 1,
    owner: project.owner,
    from: name,
    services: [],
    package: name,
    ...(Object.keys(functions).length > 0 && { functions }),
    files: Object.fromEntries(
      [...texts].sort(([a], [b]) => compare(a, b)).map(([file, text]) => [file, textHash(text)]),
    ),
  }
  files.set(`idl/${manifestFile}`, jsonText(manifest))
  for (const [file, text] of compile(own.generated, idl)) files.set(file, text)
  const single = own.modules.length === 1 ? own.modules[0] : undefined
  const index = single === undefined && !own.modules.includes('index') ? indexText(project, own.modules) : undefined
  if (index !== undefined) for (const file of ['index.js', 'index.d.ts']) files.set(file, index)
  const main = single ?? (index === undefined ? undefined : 'index')
  const dependencies = packagesUsed(project, own.generated)
  files.set(
    'package.json',
    jsonText({
      name,
      version,
      description: `The contract of ${services.join(', ')}: types, clients, skeletons and field numbers.`,
      type: 'module',
      exports: {
        ...(main !== undefined && { '.': entry(main, single !== undefined) }),
        ...Object.fromEntries(own.modules.flatMap((path) => exportsOf(path, own.generated))),
        './idl/*': './idl/*',
        './package.json': './package.json',
      },
      files: ['idl', '**/*.js', '**/*.d.ts'],
      sideEffects: false,
      peerDependencies: { tsubo: `^${options.tsubo}` },
      ...(Object.keys(dependencies).length > 0 && { dependencies }),
    }),
  )
  files.set('README.md', readme(name, project, own.modules, main))
  return { name, version, files, services }
}

/** What is generated beside `x.ts`. */
const parts = ['codec', 'schema', 'check', 'contract']

const namePattern = /^(?=.{1,214}$)(?:@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/
const versionPattern = /^\d{1,9}\.\d{1,9}\.\d{1,9}(?:-[\w.-]{1,60})?$/

/** The contracts that are numbered here, what was generated from them, and their paths without ending. */
function ownFiles(project: Project, generated: ReadonlyMap<string, string>) {
  const own = project.sources.filter(({ path }) => isOwn(project.folder, path))
  const modules = own
    .map(({ file }) => file.replace(/\.d\.ts$/, ''))
    .filter((path) => generated.has(`${path}.ts`))
    .sort(compare)
  const names = modules.flatMap((path) => [`${path}.ts`, ...parts.map((part) => `${path}.${part}.ts`)])
  const code = new Map(names.flatMap((file) => (generated.has(file) ? [[file, generated.get(file) as string]] : [])))
  for (const [file, text] of code) {
    for (const [, path] of text.matchAll(/ from '(\.[^']+)\.js'$/gm)) {
      const target = `${posix.join(posix.dirname(file), path as string)}.ts`
      if (code.has(target)) continue
      const message = `${file.replace(/(\.codec|\.schema|\.check|\.contract)?\.ts$/, '.d.ts')} imports ${target.replace(/(\.codec|\.schema|\.check|\.contract)?\.ts$/, '.d.ts')}, which another project numbers: install its package and import it from there`
      throw new Error(message)
    }
  }
  return { contracts: new Map(own.map(({ file, text }) => [file, text])), generated: code, modules }
}

/** Codec functions that are not called as one would expect, since the runtime has one of that name. */
function specialFunctions({ files, names }: Project, modules: readonly string[]): Record<string, [string, string]> {
  const declared = files.filter(({ path }) => modules.includes(path)).flatMap((file) => file.declarations)
  return Object.fromEntries(
    declared.flatMap(({ kind, name, fullName }): [string, [string, string]][] => {
      const own = names.get(fullName)
      if (!own || kind === 'service' || (own.write === `write${name}` && own.read === `read${name}`)) return []
      return [[fullName, [own.write, own.read]]]
    }),
  )
}

function entry(path: string, contract: boolean) {
  return {
    // Codegen asks for this condition: contracts import contracts, by the path that code uses, too.
    ...(contract && { 'tsubo-contract': `./idl/${path}.d.ts` }),
    types: `./${path}.d.ts`,
    default: `./${path}.js`,
  }
}

function exportsOf(path: string, generated: ReadonlyMap<string, string>): [string, object][] {
  const others = parts.filter((part) => generated.has(`${path}.${part}.ts`))
  return [
    [`./${path}.js`, entry(path, true)],
    [`./${path}`, entry(path, true)],
    ...others.map((part): [string, object] => [`./${path}.${part}.js`, entry(`${path}.${part}`, false)]),
  ]
}

/** Everything under one name, where no two contracts declare the same one. */
function indexText(project: Project, modules: readonly string[]): string | undefined {
  const files = project.files.filter(({ path }) => modules.includes(path))
  const names = files.flatMap(({ declarations }) =>
    declarations.flatMap(({ kind, name }) => (kind === 'service' ? [`${name}Client`, `${name}Skeleton`] : [name])),
  )
  if (new Set(names).size < names.length) return undefined
  return modules.map((path) => `export * from './${path}.js'\n`).join('')
}

/** The packages that the code imports, each in the version that is installed here. */
function packagesUsed(project: Project, generated: ReadonlyMap<string, string>): Record<string, string> {
  const used = new Set<string>()
  for (const text of generated.values()) {
    for (const [, name] of text.matchAll(/ from '((?:@[^/']+\/)?[^./'][^/']*)/gm))
      if (name && name !== 'tsubo') used.add(name)
  }
  return Object.fromEntries(
    [...used].sort(compare).map((name) => {
      const found = installed(name, project.folder)
      if (!found) throw new Error(`${name} is not installed, but contracts import from it`)
      return [name, `^${packageAround(join(found, 'idl')).version ?? '0.1.0'}`]
    }),
  )
}

/** The folder of a package, as Node finds it from `from`. */
export function installed(name: string, from: string): string | undefined {
  for (let at = from; ; at = dirname(at)) {
    const folder = join(at, 'node_modules', ...name.split('/'))
    if (existsSync(join(folder, 'package.json'))) return folder
    if (dirname(at) === at) return undefined
  }
}

function packageAround(idl: string): { readonly name?: string; readonly version?: string } {
  const found = nearestPackage(idl)
  if (!found) return {}
  const { version } = JSON.parse(readFileSync(join(found.folder, 'package.json'), 'utf8')) as { version?: unknown }
  return { name: found.name, ...(typeof version === 'string' && { version }) }
}

function readme(name: string, project: Project, modules: readonly string[], main: string | undefined): string {
  const declared = project.files.filter(({ path }) => modules.includes(path))
  const service = declared
    .flatMap((file) => file.declarations.map((d) => ({ file, d })))
    .find(({ d }) => d.kind === 'service')
  const from = main === undefined ? `${name}/${service?.file.path}.js` : name
  const message = declared
    .flatMap((file) => file.declarations.map((d) => ({ file, d })))
    .find(({ d }) => d.kind === 'message')
  const lines = [
    `# ${name}`,
    '',
    'A contract of services, made by `npx tsubo contract pack`: types, clients, skeletons, and the field numbers they',
    `travel with. The numbers are given out by ${project.owner}, and by nobody else.`,
    '',
    ...(service ? ['```ts', `import { ${service.d.name}Client } from '${from}'`, '```', ''] : []),
    ...(message
      ? [
          'Contracts import its types:',
          '',
          '```ts',
          `import type { ${message.d.name} } from '${name}/${message.file.path}.js'`,
          '```',
          '',
        ]
      : []),
  ]
  return lines.join('\n')
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}
