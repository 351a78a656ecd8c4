import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import type { Diagnostic } from './diagnostics.js'
import { lockFile, ownerPattern } from './lock-text.js'
import type { Model } from './model.js'
import type { Source } from './parse.js'

/*
 * One project gives out the numbers of a contract, all others read them. Its lock names it (`"owner"`), and codegen
 * writes a line that says so at the head of every contract it numbered:
 *
 *   // tsubo: the numbers of this file are in tsubo.lock.json (owner @acme/tickets)
 *
 * A copy of such a file somewhere else, without the lock, would be given numbers of its own, and two peers would read
 * each other's bytes wrongly. So it is refused.
 */

const header = /^(\uFEFF?)\/\/ tsubo: the numbers of this file are in tsubo\.lock\.json \(owner ([^\s()]*)\)(\r?\n|$)/

/** The owner that a contract's first line names. */
export function headerOwner(text: string): string | undefined {
  return header.exec(text)?.[2]
}

/** The contract's text with the line that names its owner. Twice is once; nothing else in the text changes. */
export function withHeader(text: string, owner: string): string {
  const [, bom = '', , end] = header.exec(text) ?? []
  const rest = text.slice((header.exec(text)?.[0] ?? '').length).replace(/^\uFEFF/, '')
  const mark = text.startsWith('\uFEFF') ? '\uFEFF' : bom
  const newline = end || (/^[^\n]*\r\n/.test(rest) ? '\r\n' : '\n')
  return `${mark}// tsubo: the numbers of this file are in ${lockFile} (owner ${owner})${newline}${rest}`
}

/** The text without the line that names its owner. */
export function withoutHeader(text: string): string {
  return text.replace(header, '$1')
}

/**
 * Who owns the contracts of a folder that has no owner yet: the name of the package it lies in, with the folder's path
 * where it isn't `idl`. Without a named package, a hash of what is declared.
 */
export function newOwner(folder: string, model: Model): string {
  const found = nearestPackage(resolve(folder))
  if (found) {
    const path = relative(found.folder, resolve(folder)).replaceAll('\\', '/')
    const owner = path === 'idl' ? found.name : `${found.name}#${path}`
    if (ownerPattern.test(owner)) return owner
  }
  const names = model.files.flatMap((file) => file.declarations.map((d) => d.fullName)).sort()
  return `contract-${createHash('sha256').update(names.join('\n')).digest('hex').slice(0, 8)}`
}

/** The package that a folder belongs to: the nearest package.json that has a name. */
export function nearestPackage(folder: string): { readonly name: string; readonly folder: string } | undefined {
  for (let at = folder, above = dirname(at); ; at = above, above = dirname(at)) {
    const path = join(at, 'package.json')
    const name = existsSync(path) ? nameIn(readFileSync(path, 'utf8')) : undefined
    if (name !== undefined) return { name, folder: at }
    if (above === at) return undefined
  }
}

function nameIn(text: string): string | undefined {
  try {
    const found: unknown = JSON.parse(text)
    const name =
      typeof found === 'object' && found !== null && Object.hasOwn(found, 'name') && (found as { name: unknown }).name
    return typeof name === 'string' && name !== '' ? name : undefined
  } catch {
    return undefined
  }
}

/** Contracts that another project numbered, lying here without their numbers. `owner` is this folder's. */
export function strangers(sources: readonly Source[], owner: string | undefined): Diagnostic[] {
  return sources.flatMap(({ file, text }): Diagnostic[] => {
    const other = headerOwner(text)
    if (other === undefined || other === owner) return []
    const from = other.includes('#') ? 'the folder it was copied from' : other
    const at = { file, line: 1, column: 1, length: text.split(/\r?\n/, 1)[0]?.length ?? 0 }
    const message =
      owner === undefined
        ? `the numbers of this file belong to ${other}, and there is no ${lockFile} here that has them`
        : `the numbers of this file belong to ${other}, but ${lockFile} here is of ${owner}`
    const service = /export\s+interface\s+([A-Za-z_]\w*)\s*\{[^{}]*?\w\s*\(/.exec(text)?.[1]
    const what = other.includes('#') ? '<its folder>' : from
    const fix = `if this is your own contract, take ${lockFile} from version control; else delete this copy and run: npx tsubo contract add ${what} ${service ?? '<service>'}`
    return [{ code: 'foreign-contract', message, fix, at }]
  })
}
