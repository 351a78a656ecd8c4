import { readdirSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { ConfigError } from './config.js'

/** What can be loaded; declarations and tests can't be meant. */
const loadable = /(?<!\.d)\.[mc]?[jt]s$/
const tests = /\.(?:test|spec)\.[mc]?[jt]s$/

/**
 * The files of `scan`, as paths: each entry is a file, a folder with all that is below it, or a pattern with `*`, `**`, `?`
 * and `{a,b}`. Dubbo's packages are folders: `com.miao.service` is `com/miao/service` where there is no such name.
 * `node_modules` and names that begin with a dot are passed over, and so is `a.js` beside an `a.ts`. Throws ConfigError for
 * an entry that holds no module.
 */
export function scannedFiles(folder: string, scan: readonly string[]): string[] {
  const files = new Set<string>()
  for (const entry of scan) {
    const found = filesOf(folder, entry)
    if (found.length === 0) {
      throw new ConfigError(
        `scan: ${entry} ${exists(resolve(folder, entry)) ? 'holds no module' : 'is not there'} (looked in ${folder})`,
      )
    }
    for (const file of found) files.add(file)
  }
  return [...files].sort()
}

function filesOf(folder: string, entry: string): string[] {
  const path = resolve(folder, entry)
  if (/[*?{]/.test(entry)) return matching(folder, entry)
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat?.isFile()) return [path]
  if (stat?.isDirectory()) return below(path)
  const asPackage = resolve(folder, entry.replaceAll('.', '/'))
  return !entry.includes('/') && asPackage !== path && exists(asPackage) ? below(asPackage) : []
}

function matching(folder: string, pattern: string): string[] {
  // Only what lies below the part without a wildcard can match.
  const fixed = pattern.split('/').slice(
    0,
    pattern.split('/').findIndex((part) => /[*?{]/.test(part)),
  )
  const start = resolve(folder, ...fixed)
  const matches = patternOf(pattern)
  if (!exists(start)) return []
  return below(start).filter((file) => matches.test(relative(folder, file).replaceAll('\\', '/')))
}

/** `**` is any number of folders, `*` and `?` stay within one name, `{a,b}` is either. */
function patternOf(pattern: string): RegExp {
  let depth = 0
  const source = pattern.replace(/^\.\//, '').replace(/\*\*\/|\*\*|[*?{},]|[.+^$()|[\]\\]/g, (token) => {
    if (token === '**/') return '(?:[^/]+/)*'
    if (token === '**') return '.*'
    if (token === '*') return '[^/]*'
    if (token === '?') return '[^/]'
    if (token === '{') depth++
    if (token === '{') return '(?:'
    if (token === '}' && depth > 0) return --depth >= 0 ? ')' : ''
    if (token === ',' && depth > 0) return '|'
    return token === ',' ? ',' : `\\${token}`
  })
  if (depth > 0) throw new ConfigError(`scan: ${pattern} has a "{" without its "}"`)
  return new RegExp(`^${source}$`)
}

function below(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(
    ({ name }) => !name.startsWith('.') && name !== 'node_modules',
  )
  const names = new Set(entries.map(({ name }) => name))
  return entries.flatMap((entry) => {
    const { name } = entry
    const path = join(folder, name)
    // Linked files and folders count as what they lead to.
    const stat = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry
    if (stat?.isDirectory()) return below(path)
    if (!stat?.isFile() || !loadable.test(name) || tests.test(name)) return []
    return names.has(name.replace(/js$/, 'ts')) && name.endsWith('js') ? [] : [path]
  })
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
