import type { Acl } from './acl.js'
import { parentPath } from './path.js'
import { type EventType, eventType } from './protocol.js'
import type { Change } from './tree.js'

/** Who is told: a connection. */
export interface Watcher {
  /** `acl` says who may hear of it; absent: this watcher may. */
  event(type: EventType, path: string, acl?: Acl): void
}

/** `persistent` ones last; `recursive` ones last, too, and see everything below their path. */
export type WatchMode = 'once' | 'persistent' | 'recursive'

/** Which of the two tables a watch is in: that of a node itself or that of its children. */
export type WatchKind = 'data' | 'children'

/**
 * Who wants to hear of what. A connection has any watch at most once, is told of any change at most once, and takes all
 * its watches along when it goes.
 */
export class Watches {
  readonly #tables = { data: new WatchTable(), children: new WatchTable() }

  /** Watches set, a path and connection counted once for each table. */
  get size(): number {
    return this.#tables.data.size + this.#tables.children.size
  }

  add(kind: WatchKind, path: string, watcher: Watcher, mode: WatchMode = 'once'): void {
    this.#tables[kind].add(path, watcher, mode)
  }

  has(kind: WatchKind, path: string, watcher: Watcher): boolean {
    return this.#tables[kind].has(path, watcher)
  }

  /** Takes all of a connection's watches at one path out of a table; false where there are none. */
  remove(kind: WatchKind, path: string, watcher: Watcher): boolean {
    return this.#tables[kind].remove(path, watcher)
  }

  /** Takes the watches of everybody at one path out of both tables and tells nobody; how many there were. */
  drop(path: string): number {
    return this.#tables.data.drop(path) + this.#tables.children.drop(path)
  }

  forget(watcher: Watcher): void {
    this.#tables.data.forget(watcher)
    this.#tables.children.forget(watcher)
  }

  /** Paths that a connection watches. */
  pathsOf(watcher: Watcher): ReadonlySet<string> {
    return new Set([...this.#tables.data.pathsOf(watcher), ...this.#tables.children.pathsOf(watcher)])
  }

  /** Tells of a change: first of the node itself, then of its parent's children. */
  tell({ type, path, acl, parentAcl }: Change): void {
    const told = this.#tables.data.take(path, type)
    for (const watcher of told) watcher.event(type, path, acl)
    if (type === eventType.changed) return
    if (type === eventType.deleted) {
      for (const watcher of this.#tables.children.take(path, type))
        if (!told.has(watcher)) watcher.event(type, path, acl)
    }
    const parent = parentPath(path) || '/'
    for (const watcher of this.#tables.children.take(parent, eventType.children)) {
      watcher.event(eventType.children, parent, parentAcl)
    }
  }
}

class WatchTable {
  size = 0
  readonly #byPath = new Map<string, Map<Watcher, Set<WatchMode>>>()
  readonly #byWatcher = new Map<Watcher, Set<string>>()
  /** While there are none, nobody looks at what lies above a path. */
  #recursive = 0

  add(path: string, watcher: Watcher, mode: WatchMode): void {
    const here = entry(this.#byPath, path, () => new Map<Watcher, Set<WatchMode>>())
    if (!here.has(watcher)) this.size++
    const modes = entry(here, watcher, () => new Set<WatchMode>())
    if (mode === 'recursive' && !modes.has(mode)) this.#recursive++
    modes.add(mode)
    entry(this.#byWatcher, watcher, () => new Set<string>()).add(path)
  }

  has(path: string, watcher: Watcher): boolean {
    return this.#byPath.get(path)?.has(watcher) ?? false
  }

  pathsOf(watcher: Watcher): Iterable<string> {
    return this.#byWatcher.get(watcher) ?? []
  }

  /** Whom a change concerns; what was meant for once is gone then. */
  take(path: string, type: EventType): ReadonlySet<Watcher> {
    const concerned = new Set<Watcher>()
    for (const [watcher, modes] of this.#byPath.get(path) ?? []) {
      // Who sees everything below learns of children by themselves.
      const sees = type !== eventType.children || modes.has('once') || modes.has('persistent')
      if (!sees) continue
      concerned.add(watcher)
      modes.delete('once')
      if (modes.size === 0) this.remove(path, watcher)
    }
    if (this.#recursive === 0 || type === eventType.children) return concerned
    for (let above = path; above !== '/'; ) {
      above = parentPath(above) || '/'
      for (const [watcher, modes] of this.#byPath.get(above) ?? []) if (modes.has('recursive')) concerned.add(watcher)
    }
    return concerned
  }

  remove(path: string, watcher: Watcher): boolean {
    const here = this.#byPath.get(path)
    const modes = here?.get(watcher)
    if (!here || !modes) return false
    here.delete(watcher)
    if (here.size === 0) this.#byPath.delete(path)
    const paths = this.#byWatcher.get(watcher)
    paths?.delete(path)
    if (paths?.size === 0) this.#byWatcher.delete(watcher)
    this.size--
    if (modes.has('recursive')) this.#recursive--
    return true
  }

  drop(path: string): number {
    const watchers = [...(this.#byPath.get(path)?.keys() ?? [])]
    for (const watcher of watchers) this.remove(path, watcher)
    return watchers.length
  }

  forget(watcher: Watcher): void {
    for (const path of this.#byWatcher.get(watcher) ?? []) this.remove(path, watcher)
  }
}

/** What is there under a key, made where nothing is. */
function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  let value = map.get(key)
  if (value === undefined) {
    value = make()
    map.set(key, value)
  }
  return value
}
