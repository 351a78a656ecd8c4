import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { BroughtIn } from '../generator/bring-in.js'
import { nearest } from '../runtime/schema/nearest.js'
import { parseArgs } from './parse-args.js'
import { reported } from './report.js'

export const summary = 'pack contracts for others, or bring in those of others'

const help = `Usage: tsubo contract pack [--idl <folder>] [--out <folder>] [--name <name>] [--version <version>]
       tsubo contract add <package | folder | registry address> <service> [--idl <folder>] [--as <name>]

A contract travels with its field numbers: one project gives them out, all others read them.

pack   makes an npm package of the contracts, their numbers and the generated code: npm publish takes it as it is.
       Contracts of other projects may import its types, and code its clients and skeletons.
add    brings the contract of one service, and what it needs, into a folder below the contracts. Codegen reads it and
       never numbers it; it is not meant to be edited. Run it again to get the owner's newest state.

  --idl <folder>         the contracts (default: idl)
  --out <folder>         pack: where the package goes (default: contract)
  --name <name>          pack: its name (default: the name in package.json, and -contract)
  --version <version>    pack: its version (default: the one in package.json)
  --as <name>            add: the folder's name (default: the owner's name)
  --help                 this text
`

/** Runs `contract pack` or `contract add`. Exit codes: 0 done, 1 it can't be, 2 wrong usage. */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      idl: { type: 'string', default: 'idl' },
      out: { type: 'string' },
      name: { type: 'string' },
      version: { type: 'string' },
      as: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [what, ...rest] = positionals
  const { idl, as } = values
  if (what === 'pack' && rest.length === 0 && as === undefined) {
    return reported('contract pack', idl, () => pack({ ...values, idl, out: values.out ?? 'contract' }))
  }
  const packs = values.out ?? values.name ?? values.version
  if (what === 'add' && rest.length === 2 && packs === undefined) {
    const [from, service] = rest as [string, string]
    return reported('contract add', idl, () => add({ from, service, idl, as }))
  }
  process.stderr.write(`tsubo contract: ${wrongUsage(what)}; tsubo contract --help shows what it takes\n`)
  return 2
}

function wrongUsage(what: string | undefined): string {
  if (what === undefined) return 'say what to do: pack or add'
  if (what === 'pack') return 'pack takes --idl, --out, --name and --version'
  if (what === 'add') return 'add takes a package or folder, the name of a service, --idl and --as'
  const meant = nearest(what, ['pack', 'add'])
  return `there is no ${JSON.stringify(what)}${meant ? `, did you mean "${meant}"?` : ': pack or add'}`
}

interface PackArguments {
  readonly idl: string
  readonly out: string
  readonly name?: string | undefined
  readonly version?: string | undefined
}

async function pack({ idl, out, name, version }: PackArguments): Promise<number> {
  const { pack: make } = await import('../generator/pack.js')
  const folder = resolve(out)
  if (folder === resolve(idl) || resolve(idl).startsWith(folder + sep)) {
    throw new Error('the package needs a folder of its own: pass another --out')
  }
  const tsubo = createRequire(import.meta.url)('tsubo/package.json') as { version: string }
  const packed = make(idl, { name, version, tsubo: tsubo.version })
  replace(folder, packed.files, 'idl/tsubo.contract.json')
  process.stdout.write(`${shown(idl)} -> ${shown(out)}: ${packed.name} ${packed.version}, ${packed.files.size} files\n`)
  process.stdout.write(`next: npm publish ./${shown(out)}\n`)
  return 0
}

interface AddArguments {
  readonly from: string
  readonly service: string
  readonly idl: string
  readonly as?: string | undefined
}

async function add(options: AddArguments): Promise<number> {
  const { folder, owner, services, files, packages } = await broughtIn(options)
  replace(folder, files, 'tsubo.contract.json')
  process.stdout.write(`${shown(folder)}: ${services.join(', ')} of ${owner}, ${files.size} files\n`)
  if (packages.length > 0)
    process.stdout.write(`it imports from ${packages.join(', ')}: npm install ${packages.join(' ')}\n`)
  process.stdout.write('next: npx tsubo codegen\n')
  return 0
}

/** From a folder or package, or from whoever provides the service. */
async function broughtIn({ from, ...rest }: AddArguments): Promise<BroughtIn> {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(from)) {
    const { bringIn } = await import('../generator/bring-in.js')
    return bringIn({ from, ...rest })
  }
  const { fetchContract } = await import('./contract-fetch.js')
  return fetchContract({ address: from, ...rest })
}

/** Puts a folder in place of what an earlier run wrote there: all of it or nothing. `mark` is a file that proves it. */
function replace(folder: string, files: ReadonlyMap<string, string>, mark: string): void {
  const there = existsSync(folder) ? readdirSync(folder) : []
  if (there.length > 0 && !existsSync(join(folder, mark))) {
    throw new Error(`${shown(folder)} is in the way: tsubo did not write it and won't overwrite it`)
  }
  const fresh = `${folder}.${process.pid}.new`
  const old = `${folder}.${process.pid}.old`
  try {
    for (const [file, text] of files) {
      const path = resolve(fresh, file)
      if (!path.startsWith(fresh + sep)) throw new Error(`${file} would be written outside of ${shown(folder)}`)
      mkdirSync(dirname(path), { recursive: true })
      writeFileSync(path, text)
    }
    if (existsSync(folder)) renameSync(folder, old)
    renameSync(fresh, folder)
  } catch (error) {
    if (existsSync(old) && !existsSync(folder)) renameSync(old, folder)
    throw error
  } finally {
    rmSync(fresh, { recursive: true, force: true })
    rmSync(old, { recursive: true, force: true })
  }
}

function shown(path: string): string {
  return relative(process.cwd(), resolve(path)).replaceAll('\\', '/') || '.'
}
