import { type FSWatcher, readdirSync, statSync, watch as watchFolder } from 'node:fs'
import { join } from 'node:path'

/**
 * A watcher for each folder below a root, but for `node_modules` and names that begin with a dot: recursive ones leave out
 * what appears in new folders on some systems.
 */
export class Folders {
  readonly #root: string
  readonly #changed: () => void
  readonly #watchers = new Map<string, FSWatcher>()

  /** `changed` hears of every event, several for one save. */
  constructor(root: string, changed: () => void) {
    this.#root = root
    this.#changed = changed
    this.follow()
  }

  /** Watches folders that are new, lets go of those that are gone. */
  follow(): void {
    const there = new Set(foldersIn(this.#root))
    for (const [folder, watcher] of this.#watchers) {
      if (there.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of there) {
      if (this.#watchers.has(folder)) continue
      try {
        const watcher = watchFolder(folder, (_event, name) => {
          if (name !== null && isFolder(join(folder, name))) this.follow()
          this.#changed()
        })
        // A watcher that breaks is made again by the next look, if the folder is still there.
        watcher.on('error', () => this.#drop(folder))
        this.#watchers.set(folder, watcher)
      } catch {
        // No watcher to be had: the regular look finds the change.
      }
    }
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close()
    this.#watchers.delete(folder)
    this.#changed()
  }
}

/** Tells one state of a folder's files from another: paths, sizes and times of those whose names are `wanted`. */
export function fingerprint(root: string, wanted: (name: string) => boolean): string {
  try {
    return foldersIn(root)
      .flatMap((folder) =>
        readdirSync(folder)
          .filter(wanted)
          .map((name) => {
            const path = join(folder, name)
            const found = statSync(path, { throwIfNoEntry: false })
            return `${path} ${found?.size} ${found?.mtimeMs} ${found?.ino}`
          }),
      )
      .join('\n')
  } catch {
    // Something went away while we looked; the next look sees what is left.
    return `${Math.random()}`
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}

function foldersIn(folder: string): string[] {
  if (!isFolder(folder)) return []
  const below = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isDirectory() && entry.name !== 'node_modules' && !entry.name.startsWith('.'),
  )
  return [folder, ...below.flatMap((entry) => foldersIn(join(folder, entry.name)))]
}
