import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { z } from 'zod'
import { nearest } from '../runtime/schema/nearest.js'
import { ConfigError, type Settings, schema } from './config.js'
import { meaningOf, variables } from './dubbo-keys.js'
import { parseProperties } from './properties.js'
import { isTypeScript, readTypeScript } from './typescript.js'

/** What a container runs by, and where every value of it comes from. */
export interface LoadedConfig {
  readonly settings: Settings
  /** The folder that `scan` and relative paths start from. */
  readonly folder: string
  /** The files that were read. */
  readonly files: readonly string[]
  /** By path, `registry.address`: `--registry`, `DUBBO_REGISTRY_ADDRESS`, `tsubo.config.ts`, `dubbo.properties:3`. */
  readonly origins: ReadonlyMap<string, string>
  /** What was passed over, in sentences. */
  readonly notes: readonly string[]
}

export interface ConfigSources {
  /** Looked for here, and only here. Default: the working directory. */
  readonly folder?: string
  /** A file in place of those that are looked for. */
  readonly file?: string | undefined
  /** What the command line says, by path: `{ 'registry.address': ['zookeeper://...'] }`, with the option's name. */
  readonly options?: ReadonlyMap<string, { readonly value: unknown; readonly option: string }>
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The names that are looked for, in this order. */
export const configNames = ['ts', 'mts', 'js', 'mjs', 'json'].map((ending) => `tsubo.config.${ending}`)
const propertiesName = 'dubbo.properties'

type Values = { [key: string]: unknown }

/**
 * Reads a configuration. Later ones win: `dubbo.properties`, the config file, `DUBBO_...` variables, options of the
 * command. Throws ConfigError that names every mistake with its place.
 */
export async function loadConfig(sources: ConfigSources = {}): Promise<LoadedConfig> {
  const { env = process.env, options = new Map() } = sources
  const here = resolve(sources.folder ?? '.')
  const merged = new Merged()
  const files = filesOf(here, sources.file)
  const notes: string[] = []
  for (const file of files) {
    if (file.endsWith('.properties')) notes.push(...addProperties(merged, file, env))
    else merged.add(await readConfig(file), { file: shownName(here, file), text: readFileSync(file, 'utf8') })
  }
  for (const [name, path] of Object.entries(variables)) {
    const value = env[name]
    if (value !== undefined && value !== '') merged.set(path, value, name)
  }
  for (const [path, { value, option }] of options) merged.set(path.split('.'), value, option)

  const parsed = schema.safeParse(merged.values)
  if (!parsed.success) {
    const where =
      files.length === 0 ? `there is no ${configNames[0]} (.mts, .js, .mjs, .json) or ${propertiesName} in ${here}` : ''
    const lines = parsed.error.issues.flatMap((issue) => explain(issue, merged))
    throw new ConfigError([...(where ? [where] : []), ...lines].join('\n'))
  }
  const folder = files[0] ? dirname(files[0]) : here
  return { settings: parsed.data, folder, files, origins: merged.origins, notes }
}

function shownName(here: string, file: string): string {
  return dirname(file) === here ? basename(file) : file
}

/** The weakest first. Never one of a folder above: a configuration is code that is run. */
function filesOf(here: string, told: string | undefined): string[] {
  if (told !== undefined) {
    const file = resolve(here, told)
    if (!existsSync(file)) throw new ConfigError(`there is no ${told}`)
    if (file.endsWith('.properties') || /^\.([mc]?[jt]s|json)$/.test(extname(file))) return [file]
    throw new ConfigError(`${told}: a configuration is a .ts, .mts, .js, .mjs, .json or .properties file`)
  }
  const found = [propertiesName, ...configNames].map((name) => resolve(here, name)).filter((path) => existsSync(path))
  return found.slice(0, found[0]?.endsWith('.properties') ? 2 : 1)
}

async function readConfig(file: string): Promise<Values> {
  const name = basename(file)
  if (file.endsWith('.json')) {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as Values
    } catch (error) {
      throw new ConfigError(`${name} is no JSON: ${(error as Error).message}`)
    }
  }
  if (isTypeScript(file)) await readTypeScript(dirname(file), name)
  let module: { default?: unknown }
  try {
    module = (await import(pathToFileURL(file).href)) as { default?: unknown }
  } catch (error) {
    throw new ConfigError(`${name} can't be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
  // Compiled as CommonJS, the default export comes wrapped.
  const config = (module.default as { default?: unknown } | undefined)?.default ?? module.default
  if (typeof config !== 'object' || config === null) {
    throw new ConfigError(`${name} must say: export default defineConfig({ ... })`)
  }
  return config as Values
}

/** Keys that don't begin with `dubbo.` are other programs'. */
function addProperties(merged: Merged, file: string, env: NonNullable<ConfigSources['env']>): string[] {
  const name = basename(file)
  const wrong: string[] = []
  const unused: string[] = []
  const registries: string[] = []
  for (const { key, value, line } of parseProperties(readFileSync(file, 'utf8'))) {
    if (!key.startsWith('dubbo.') || value === '') continue
    const meaning = meaningOf(key)
    if ('wrong' in meaning) wrong.push(`${name}:${line}: ${meaning.wrong}`)
    else if ('unused' in meaning) unused.push(`${key} (line ${line})`)
    else {
      const filled = fill(value, env)
      if (filled === undefined) wrong.push(`${name}:${line}: ${key}=${value}: that variable isn't set`)
      else if (meaning.path[0] !== 'registries') merged.set(meaning.path, filled, `${name}:${line}`)
      else {
        registries.push(filled)
        merged.set(['registry', 'address'], registries, `${name}:${line}`)
      }
    }
  }
  if (wrong.length > 0) throw new ConfigError(wrong.join('\n'))
  return unused.length === 0 ? [] : [`${name}: not used here: ${unused.join(', ')}`]
}

/** `${NAME}`, `${NAME:otherwise}`, `${env:NAME}`: from the environment. undefined where one isn't set. */
function fill(value: string, env: NonNullable<ConfigSources['env']>): string | undefined {
  let missing = false
  const filled = value.replace(/\$\{(?:env[:.])?(\w+)(?::([^}]*))?\}/g, (_all, name: string, otherwise?: string) => {
    const found = env[name] || otherwise
    if (found === undefined) missing = true
    return found ?? ''
  })
  return missing ? undefined : filled
}

/** Values of several sources in one, the last one wins; and where each of them comes from. */
class Merged {
  readonly values: Values = {}
  readonly origins = new Map<string, string>()

  /** All of a file. Line numbers are looked for in its text, where the keys are written. */
  add(values: Values, from: { readonly file: string; readonly text: string }, path: readonly string[] = []): void {
    for (const [key, value] of Object.entries(values)) {
      const at = [...path, key]
      const plain = value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
      if (plain && at[0] !== 'server' && at[0] !== 'client') {
        this.origins.set(at.join('.'), placeOf(from, at))
        this.#reach(at)
        this.add(value as Values, from, at)
      } else this.set(at, value, placeOf(from, at))
    }
  }

  set(path: readonly string[], value: unknown, origin: string): void {
    const last = path.at(-1) as string
    Object.defineProperty(this.#reach(path.slice(0, -1)), last, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    })
    this.origins.set(path.join('.'), origin)
  }

  #reach(path: readonly string[]): Values {
    let at = this.values
    for (const key of path) {
      const next = Object.hasOwn(at, key) ? at[key] : undefined
      if (typeof next === 'object' && next !== null) at = next as Values
      else {
        const made: Values = {}
        Object.defineProperty(at, key, { value: made, enumerable: true, configurable: true, writable: true })
        at = made
      }
    }
    return at
  }
}

/** `tsubo.config.ts:4`, where the keys of a path follow one another in its text; else the file's name alone. */
function placeOf({ file, text }: { readonly file: string; readonly text: string }, path: readonly string[]): string {
  let at = 0
  for (const key of path) {
    const quoted = key.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
    const found = new RegExp(`(?<![\\w$.-])["']?${quoted}["']?\\s*[:,}]`).exec(text.slice(at))
    if (!found) return file
    at += found.index + 1
  }
  return `${file}:${text.slice(0, at).split('\n').length}`
}

/** A mistake that zod has found, in words: place, path, what it is. */
function explain(issue: z.core.$ZodIssue, { origins }: Merged): string[] {
  const at = (path: string) => {
    const origin = origins.get(path)
    return origin ? `${origin}: ` : ''
  }
  const path = issue.path.map(String)
  const shown = path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const own = [...path, key].join('.')
      const known = Object.keys(shapeAt(path) ?? {})
      const meant = nearest(key, known)
      return `${at(own)}${own} is no setting; ${meant ? `did you mean "${meant}"?` : `there are ${known.join(', ')}`}`
    })
  }
  const [first] = path
  if (issue.code === 'invalid_type' && !origins.has(shown)) {
    const how = missing[shown] ?? (first === undefined ? undefined : missing[first])
    return [`${shown} is missing${how ? `; ${how}` : ''}`]
  }
  if (issue.code === 'invalid_union') {
    const absent = !origins.has(shown)
    const how = missing[shown]
    return [absent ? `${shown} is missing${how ? `; ${how}` : ''}` : `${at(shown)}${shown}: ${issue.message}`]
  }
  if (issue.code === 'invalid_value') {
    return [`${at(shown)}${shown}: write ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`]
  }
  return [`${at(shown)}${shown}: ${issue.message}`]
}

/** How to say what is missing. */
const missing: Readonly<Record<string, string>> = {
  application: 'give application.name, or --application <name>',
  'application.name': 'or pass --application <name>',
  registry: "give registry.address, or --registry <address>; 'N/A' registers nowhere",
  'registry.address': "or pass --registry <address>; 'N/A' registers nowhere",
  scan: 'name the modules that hold the services, or pass --scan <file or folder>',
}

/** The keys that are allowed at a place of the schema. */
function shapeAt(path: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  let at: unknown = schema
  for (const key of path) {
    const inner = unwrap(at) as { shape?: Record<string, unknown>; valueType?: unknown }
    at = inner.shape?.[key] ?? inner.valueType
  }
  return (unwrap(at) as { shape?: Record<string, unknown> } | undefined)?.shape
}

/** What a default or an optional is made of. */
function unwrap(type: unknown): unknown {
  const { def } = type as { def?: { innerType?: unknown } }
  return def?.innerType ? unwrap(def.innerType) : type
}
