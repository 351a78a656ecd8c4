import { atLevel, type Calls, type Change, type ChangeKind, compare, type Level } from '../runtime/schema/compare.js'
import { compare as byText } from './diagnostics.js'
import type { Declaration, Place } from './model.js'
import type { Project } from './project.js'
import { serviceSchema } from './schema.js'

/** What compare() finds between two services, and what only whole folders show. */
export type BreakingKind = ChangeKind | 'service-removed' | 'declaration-removed' | 'declaration-moved'

/** A breaking change with the place it stands at. */
export interface Breaking extends Omit<Change, 'kind'> {
  readonly kind: BreakingKind
  /** In the newer contracts, or where `of` says so in the older ones. */
  readonly at: Place
}

/**
 * Everything in which the contracts of `newer` break those of `older`, at `level` or a graver one, by place. Types that no
 * service reaches never travel: of them only source can break.
 */
export function breaking(older: Project, newer: Project, level: Level = 'source'): readonly Breaking[] {
  const places = { older: placesByPath(older), newer: placesByPath(newer) }
  const found = new Map<string, Breaking>()
  const add = (change: Omit<Change, 'kind'> & { readonly kind: BreakingKind }) => {
    const at = places[change.of].get(change.path) ?? places[change.of].get(ownerOf(change.path))
    if (!at) throw new Error(`${change.path} is in neither contract`)
    const key = `${change.kind} ${change.path} ${change.message}`
    // A type that several services use is told once.
    const calls = new Set([...(found.get(key)?.calls ?? []), ...change.calls])
    found.set(key, { ...change, calls: allCalls.filter((c) => calls.has(c)), at })
  }
  const heirs = heirsOf(older, newer)
  for (const declaration of declarationsOf(older)) {
    const heir = heirs.get(declaration.fullName)
    if (!heir) add(removed(declaration))
    else if (heir.kind === 'service' && declaration.kind === 'service') {
      const before = serviceSchema(older.model, older.lock, declaration)
      for (const change of compare(before, serviceSchema(newer.model, newer.lock, heir))) add(change)
    } else if (heir.kind === 'service' || declaration.kind === 'service') add(removed(declaration))
    if (!heir) continue
    const [from, to] = [declaration.at.file, heir.at.file].map(moduleOf)
    if (from !== to) {
      add(sourceOnly('declaration-moved', heir, 'newer', `${heir.name} was in ${from} and is in ${to}`))
    }
  }
  const changes = atLevel([...found.values()] as readonly (Breaking & Change)[], level) as readonly Breaking[]
  return [...changes].sort(
    (a, b) =>
      byText(a.at.file, b.at.file) ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column ||
      byText(a.message, b.message),
  )
}

const allCalls: readonly Calls[] = ['old-calls-new', 'new-calls-old']

/** What each declaration of the older contracts is now: the same full name, an `@was`, or the same name in another package. */
function heirsOf(older: Project, newer: Project): ReadonlyMap<string, Declaration> {
  const now = declarationsOf(newer)
  const byName = new Map(now.map((declaration) => [declaration.fullName, declaration]))
  const before = new Set(declarationsOf(older).map((declaration) => declaration.fullName))
  const free = now.filter((declaration) => !before.has(declaration.fullName))
  const gone = declarationsOf(older).filter((declaration) => !byName.has(declaration.fullName))
  const heirs = new Map<string, Declaration>()
  for (const { fullName, name } of declarationsOf(older)) {
    const alike = free.filter((declaration) => declaration.name === name)
    const heir =
      byName.get(fullName) ??
      free.find((declaration) => declaration.was?.includes(fullName)) ??
      (alike.length === 1 && gone.filter((d) => d.name === name).length === 1 ? alike[0] : undefined)
    if (heir) heirs.set(fullName, heir)
  }
  return heirs
}

function removed(declaration: Declaration): Omit<Breaking, 'at'> {
  const { name, fullName } = declaration
  if (declaration.kind !== 'service') {
    return sourceOnly('declaration-removed', declaration, 'older', `${name} is gone`)
  }
  return {
    kind: 'service-removed',
    level: 'wire',
    path: fullName,
    of: 'older',
    message: `${name} is gone: nobody provides it any more`,
    wire: ['new-reads-old'],
    json: ['new-reads-old'],
    source: true,
    calls: ['old-calls-new'],
  }
}

function sourceOnly(
  kind: BreakingKind,
  { fullName }: Declaration,
  of: 'older' | 'newer',
  message: string,
): Omit<Breaking, 'at'> {
  return { kind, level: 'source', path: fullName, of, message, wire: [], json: [], source: true, calls: [] }
}

function declarationsOf({ files }: Project): readonly Declaration[] {
  return files.flatMap((file) => file.declarations)
}

function moduleOf(file: string): string {
  return file.replace(/\.d\.ts$/, '')
}

/** Places by the paths that changes have. Contracts of packages are in it, too: their types travel as well. */
function placesByPath({ model }: Project): ReadonlyMap<string, Place> {
  const places = new Map<string, Place>()
  for (const declaration of model.files.flatMap((file) => file.declarations)) {
    const { fullName } = declaration
    places.set(fullName, declaration.at)
    if (declaration.kind === 'service') {
      for (const method of declaration.methods) {
        places.set(`${fullName}/${method.name}`, method.at)
        places.set(`${fullName}/${method.name}()`, method.at)
        for (const param of method.params) places.set(`${fullName}/${method.name}(${param.name})`, param.at)
      }
    } else {
      const members = 'fields' in declaration ? declaration.fields : declaration.members
      for (const member of members) places.set(`${fullName}.${member.name}`, member.at)
    }
  }
  return places
}

/** The declaration or method around a path's last part. */
function ownerOf(path: string): string {
  return path.replace(/(\([^)]*\)|\.[^./]*)$/, '')
}
