import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import { ContractError, type DiagnosticCode } from './diagnostics.js'
import type { Lock } from './lock.js'
import { lockFile, parseLock } from './lock-text.js'
import { type Manifest, manifestFile, parseManifest } from './manifest.js'

/*
 * A contract that came from elsewhere is a folder of three things:
 *
 *   tsubo.contract.json   whose it is, and the hash of every file: nobody edits them by hand
 *   tsubo.lock.json       the owner's numbers, never added to here
 *   *.d.ts                the contracts, as the owner wrote them
 *
 * It lies in a subfolder of the contracts (`contract add`; code is generated here), or in an npm package as `idl/`
 * (`contract pack`; the package brings its own code).
 */

export interface ContractFolder {
  /** Absolute. */
  readonly folder: string
  readonly manifest: Manifest
  readonly lock: Lock
}

/** SHA-256 of a text, whatever its line ends became on the way. */
export function textHash(text: string): string {
  return createHash('sha256')
    .update(text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n'))
    .digest('hex')
}

/** The contract folder that a file lies in, if any; looks no higher than `top` (default: the root). */
export function contractFolderOf(path: string, top?: string): string | undefined {
  for (let at = dirname(path); at !== top; at = dirname(at)) {
    if (existsSync(join(at, manifestFile))) return at
    if (basename(at) === 'node_modules' || dirname(at) === at) return undefined
  }
  return undefined
}

/**
 * Reads a contract folder and proves that nothing in it was changed since it was made. `shown` makes a path one that
 * diagnostics name. Throws ContractError.
 */
export function readContractFolder(folder: string, shown: (path: string) => string): ContractFolder {
  const path = join(folder, manifestFile)
  const refuse = (file: string, code: DiagnosticCode, message: string, again: string) =>
    new ContractError([
      { code, message, fix: again, at: { file: shown(join(folder, file)), line: 1, column: 1, length: 1 } },
    ])
  const manifest = parseManifest(readFileSync(path, 'utf8'))
  if (!manifest) {
    throw refuse(manifestFile, 'bad-manifest', 'this is not as tsubo wrote it', 'run "npx tsubo contract add" again')
  }
  const again = againText(manifest)
  for (const [file, hash] of Object.entries(manifest.files)) {
    const at = resolve(folder, file)
    if (!at.startsWith(folder + sep))
      throw refuse(manifestFile, 'bad-manifest', `it names ${JSON.stringify(file)}`, again)
    if (!existsSync(at))
      throw refuse(manifestFile, 'read-only', `${file} is gone: this contract is of ${manifest.owner}`, again)
    if (textHash(readFileSync(at, 'utf8')) !== hash) {
      const message = `this file was changed, but it is of ${manifest.owner} and read-only here`
      throw refuse(file, 'read-only', message, again)
    }
  }
  if (!Object.hasOwn(manifest.files, lockFile))
    throw refuse(manifestFile, 'bad-manifest', `it lacks ${lockFile}`, again)
  const lock = relocated(
    () => parseLock(readFileSync(join(folder, lockFile), 'utf8')),
    () => shown(join(folder, lockFile)),
  )
  return { folder, manifest, lock }
}

/** The command that brings a contract in again. */
export function againText({ from, services }: Pick<Manifest, 'from' | 'services'>): string {
  return services.length === 0
    ? `install ${from} again`
    : `bring it in again: npx tsubo contract add ${from} ${services.join(' ')}`
}

/** Runs `read`; in diagnostics, `place` makes a file's name one that is relative to the folder at hand. */
export function relocated<T>(read: () => T, place: (file: string) => string): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ContractError)) throw error
    throw new ContractError(
      error.diagnostics.map((d) => (d.at ? { ...d, at: { ...d.at, file: place(d.at.file) } } : d)),
    )
  }
}

/** How a contract of a package is named as a module: `npm:@acme/tickets/ticket`, without ending. */
export function packageModule(owner: string, folder: string, path: string): string {
  const file = relative(folder, path).replaceAll('\\', '/')
  return `npm:${owner}/${file.replace(/\.d\.ts$/, '')}`
}
