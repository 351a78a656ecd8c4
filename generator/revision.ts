import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve, sep } from 'node:path'

/** A folder of contracts as it was, with the name by which people know that state. */
export interface Revision {
  /** Absolute. */
  readonly folder: string
  /** `HEAD~1`, or the folder as it was given. */
  readonly name: string
  /** Takes away what was made to read it. */
  close(): void
}

/** Says why an earlier state can't be had; its text is for people. */
export class RevisionError extends Error {}

/**
 * The contracts of `idl` as they were: in a folder where `against` names one, else in the git commit it names. Of a commit
 * the contracts and locks are written to a temporary folder; the work tree and the index stay untouched.
 * Throws RevisionError where there is no such state.
 */
export function openRevision(against: string, idl: string): Revision {
  if (existsSync(against) && statSync(against).isDirectory()) {
    return { folder: resolve(against), name: against, close: () => {} }
  }
  const commit = commitOf(against, idl)
  const prefix = git(idl, ['rev-parse', '--show-prefix']).toString().trim()
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-revision-'))
  const close = () => rmSync(folder, { recursive: true, force: true })
  try {
    // The last part of the folder's name stays: what is derived from it is compared.
    const target = join(folder, resolve(idl).split(sep).at(-1) ?? 'idl')
    const files = blobs(idl, commit, prefix)
    if (![...files.keys()].some((path) => path.endsWith('.d.ts'))) {
      throw new RevisionError(`there are no contracts in ${idl} at ${against}`)
    }
    for (const [path, content] of files) {
      const to = resolve(target, path)
      if (!to.startsWith(target + sep)) continue
      mkdirSync(dirname(to), { recursive: true })
      writeFileSync(to, content)
    }
    // Contracts may come from packages; those are as they are installed now.
    const modules = nearestModules(resolve(idl))
    if (modules !== undefined) symlinkSync(modules, join(folder, 'node_modules'), 'junction')
    return { folder: target, name: against, close }
  } catch (error) {
    close()
    throw error
  }
}

function commitOf(ref: string, idl: string): string {
  const inside = run(idl, ['rev-parse', '--is-inside-work-tree'])
  if (inside.status !== 0) {
    throw new RevisionError(
      `${JSON.stringify(ref)} is no folder, and ${idl} is in no git repository to look for a commit`,
    )
  }
  const found = run(idl, ['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`])
  if (found.status === 0) return found.stdout.toString().trim()
  const shallow = run(idl, ['rev-parse', '--is-shallow-repository']).stdout?.toString().trim() === 'true'
  const hint = shallow ? '; this clone is shallow: fetch more of it (git fetch --unshallow)' : ''
  throw new RevisionError(`${JSON.stringify(ref)} is neither a folder nor a commit of this repository${hint}`)
}

/** Contracts, locks and manifests under `prefix`, by path relative to it. */
function blobs(idl: string, commit: string, prefix: string): ReadonlyMap<string, Buffer> {
  const listed = git(idl, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', ...(prefix === '' ? [] : [prefix])])
  const wanted = listed
    .toString()
    .split('\0')
    .flatMap((line) => {
      const [, hash, path] = /^100\d{3} blob ([0-9a-f]+)\t(.*)$/s.exec(line) ?? []
      if (hash === undefined || path === undefined || !path.startsWith(prefix)) return []
      return /(\.d\.ts|\.json)$/.test(path) ? [{ hash, path: path.slice(prefix.length) }] : []
    })
  const output = git(idl, ['cat-file', '--batch'], wanted.map(({ hash }) => `${hash}\n`).join(''))
  const contents = new Map<string, Buffer>()
  let at = 0
  // Each object: a line "<hash> blob <bytes>", the bytes, a line feed.
  for (const { path } of wanted) {
    const end = output.indexOf(10, at)
    const bytes = Number(output.toString('latin1', at, end).split(' ')[2])
    contents.set(path, output.subarray(end + 1, end + 1 + bytes))
    at = end + 1 + bytes + 1
  }
  return contents
}

function nearestModules(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const modules = join(folder, 'node_modules')
    if (existsSync(modules)) return modules
    if (folder === dirname(folder)) return undefined
  }
}

function git(folder: string, args: readonly string[], input?: string): Buffer {
  const { status, stdout, stderr } = run(folder, args, input)
  if (status !== 0) throw new RevisionError(`git ${args[0]} failed: ${stderr.toString().trim().split('\n')[0]}`)
  return stdout
}

function run(folder: string, args: readonly string[], input?: string) {
  const done = spawnSync('git', ['-C', folder, ...args], { input, maxBuffer: 512 * 1024 * 1024 })
  if (done.error && 'code' in done.error && done.error.code === 'ENOENT')
    throw new RevisionError('git is not installed')
  return done
}
