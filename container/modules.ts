import { dirname, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Offer } from 'tsubo'
import { type Skeleton, serviceOf } from '../runtime/stub.js'
import type { Context } from './config.js'
import { isTypeScript, readTypeScript } from './typescript.js'

/** What a module may export, or its `start` return, to have it offered. */
export type Implementation = Skeleton | Offer

/**
 * A module's exported `start`: makes what needs a client, and returns what is to be offered, or nothing. It may be async; the
 * container registers nothing before it is done.
 */
export type Start = (context: Context) => unknown

/** A module's exported `stop`: the container calls it when no call is left. */
export type Stop = () => unknown

/** One module under `scan`, loaded. */
export interface Module {
  /** Its path from the config's folder: `service/ticket-service.ts`. */
  readonly name: string
  readonly implementations: readonly Found[]
  readonly start: Start | undefined
  readonly stop: Stop | undefined
}

/** A service to offer, and what makes it: `service/ticket-service.ts (TicketServiceImpl)`. */
export interface Found {
  readonly offer: Offer
  readonly from: string
}

/** Why a module was left out. */
export interface Failure {
  readonly name: string
  readonly error: unknown
}

/**
 * Loads modules, one after the other, and makes what they export: classes that extend generated skeletons are constructed
 * without arguments; instances, and `{ service, group, version ... }`, are taken as they are. A module that throws is
 * among the failures, and the others are loaded all the same.
 */
export async function loadModules(
  folder: string,
  files: readonly string[],
): Promise<{ readonly modules: readonly Module[]; readonly failures: readonly Failure[] }> {
  const modules: Module[] = []
  const failures: Failure[] = []
  const seen = new Set<unknown>()
  for (const file of files) {
    const name = relative(folder, file).replaceAll('\\', '/')
    try {
      if (isTypeScript(file)) await readTypeScript(dirname(file), name)
      const exported = (await import(pathToFileURL(file).href)) as Readonly<Record<string, unknown>>
      modules.push(moduleOf(name, exported, seen))
    } catch (error) {
      failures.push({ name, error })
    }
  }
  return { modules, failures }
}

function moduleOf(name: string, exported: Readonly<Record<string, unknown>>, seen: Set<unknown>): Module {
  const start = typeof exported.start === 'function' ? (exported.start as Start) : undefined
  const stop = typeof exported.stop === 'function' ? (exported.stop as Stop) : undefined
  const implementations: Found[] = []
  for (const [key, value] of Object.entries(exported)) {
    // What an index file exports once more is one service, not two.
    if (seen.has(value)) continue
    const offer = offerOf(key, value, start !== undefined)
    if (!offer) continue
    checkMethods(key, offer)
    seen.add(value)
    implementations.push({ offer, from: `${name} (${key})` })
  }
  return { name, implementations, start, stop }
}

/** What `start` has returned, as offers. Throws TypeError for what is none. */
export function startedOffers(name: string, returned: unknown): Found[] {
  if (returned === undefined || returned === null) return []
  return (Array.isArray(returned) ? returned : [returned]).map((value: unknown) => {
    const offer = typeof value === 'object' ? offerOf('start()', value, false) : undefined
    if (offer) {
      checkMethods('what start() returns', offer)
      return { offer, from: `${name} (start)` }
    }
    throw new TypeError('start() must return implementations of generated skeletons, or nothing')
  })
}

function offerOf(key: string, value: unknown, hasStart: boolean): Offer | undefined {
  if (typeof value === 'function') return constructed(key, value, hasStart)
  if (typeof value !== 'object' || value === null) return undefined
  if (serviceOf in value) return { service: value as Skeleton }
  const { service } = value as { service?: unknown }
  return typeof service === 'object' && service !== null && serviceOf in service ? (value as Offer) : undefined
}

function checkMethods(key: string, { service }: Offer): void {
  const { name, methods } = service[serviceOf].schema
  const lacks = methods.filter((method) => typeof Reflect.get(service, method.name) !== 'function')
  if (lacks.length === 0) return
  throw new TypeError(`${key} lacks ${lacks.map((method) => `${method.name}()`).join(', ')}, which ${name} declares`)
}

function constructed(key: string, value: object, hasStart: boolean): Offer | undefined {
  const { prototype } = value as { prototype?: unknown }
  if (typeof prototype !== 'object' || prototype === null || !(serviceOf in prototype)) return undefined
  // The generated skeleton itself, exported once more: its parent is where the contract hangs.
  const parent: unknown = Object.getPrototypeOf(prototype)
  if (Object.hasOwn(prototype, serviceOf) || (parent && Object.hasOwn(parent, serviceOf))) return undefined
  const Class = value as new () => Skeleton
  if (Class.length > 0) {
    // `start` makes it, with what it needs.
    if (hasStart) return undefined
    throw new TypeError(
      `class ${key} needs ${Class.length} argument${Class.length === 1 ? '' : 's'} to be made; export a function beside it: ` +
        `export const start: Start = ({ client }) => new ${key}(...)`,
    )
  }
  return { service: new Class() }
}
