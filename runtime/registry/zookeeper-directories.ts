import { ZooKeeperError } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

/** What is known of a node's children: always the whole state. */
export type DirectoryView =
  | { readonly state: 'pending' }
  /**
   * `names` is undefined where there is no such node. `stale`: the last word of a server that is away. `session`: in which
   * it was read.
   */
  | {
      readonly state: 'found'
      readonly names: readonly string[] | undefined
      readonly stale: boolean
      readonly session: string
    }
  | { readonly state: 'failed'; readonly cause: Error }

export interface Directories {
  /** Tells what `path` holds now and after every change; never inside `watch` itself. Returns the end of the watch. */
  watch(path: string, listener: (view: DirectoryView) => void): () => void
  stop(): void
}

interface Directory {
  readonly path: string
  readonly listeners: Set<(view: DirectoryView) => void>
  /** Stable, so that the client library keeps one watcher however often the node is read. */
  readonly changed: () => void
  view: DirectoryView
  busy: boolean
  again: boolean
  readAt: number
  timer: NodeJS.Timeout | undefined
  failures: number
}

const concurrency = 16
/** A first change is read at once, those that follow it are read together: at most five reads a second and directory. */
const gatherMs = 200
/** Longest that a later read is put off beyond that: every consumer has been notified in the same moment. */
const spreadMs = 100
const retryMaxMs = 10_000

/**
 * Watches directories over a session. ZooKeeper's watches fire once, say nothing of what changed and die with the
 * connection; so a directory is always read again as a whole, with a new watch, and all of them after each connect.
 */
export function watchDirectories(session: ZooKeeperSession, name: string): Directories {
  const directories = new Map<string, Directory>()
  let stopped = false

  const show = (directory: Directory, view: DirectoryView): void => {
    directory.view = view
    for (const listener of directory.listeners) {
      try {
        listener(view)
      } catch (error) {
        // A fault of the listener's, to be seen as such: not a failure to read, and nothing that the others pay for.
        queueMicrotask(() => {
          throw error
        })
      }
    }
  }

  const read = async (directory: Directory): Promise<void> => {
    directory.again = true
    if (directory.busy) return
    directory.busy = true
    clearTimeout(directory.timer)
    directory.timer = undefined
    while (directory.again && !stopped) {
      directory.again = false
      const connection = session.connection
      if (!connection) break
      directory.readAt = performance.now()
      try {
        const names = await connection.children(directory.path, directory.changed).catch(async (error: unknown) => {
          if (!(error instanceof ZooKeeperError) || error.code !== 'no_node') throw error
          // It may have come into being just now.
          if (await connection.exists(directory.path, directory.changed)) directory.again = true
          return undefined
        })
        directory.failures = 0
        if (!directory.again && session.connection === connection)
          show(directory, { state: 'found', names, stale: false, session: connection.sessionId })
      } catch (error) {
        // A loss brings everybody back through `connected`.
        if (session.connection === connection) failed(directory, error)
      }
    }
    directory.busy = false
  }

  const failed = (directory: Directory, error: unknown): void => {
    const { view } = directory
    const cause = new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error })
    const wait = Math.random() * Math.min(retryMaxMs, 500 * 2 ** directory.failures++)
    directory.timer = setTimeout(() => read(directory), wait)
    directory.timer.unref()
    show(directory, view.state === 'found' ? { ...view, stale: true } : { state: 'failed', cause })
  }

  session.listen({
    connected: () => void eachLimited([...directories.values()], concurrency, read),
    away() {
      for (const directory of directories.values()) {
        if (directory.view.state === 'found') show(directory, { ...directory.view, stale: true })
      }
    },
    unreachable(cause) {
      for (const directory of directories.values()) {
        if (directory.view.state !== 'found') show(directory, { state: 'failed', cause })
      }
    },
  })

  const open = (path: string): Directory => {
    const directory: Directory = {
      path,
      listeners: new Set(),
      changed() {
        if (stopped || directories.get(path) !== directory || directory.timer) return
        const wait = directory.readAt + gatherMs - performance.now()
        if (wait <= 0) void read(directory)
        else directory.timer = setTimeout(() => read(directory), wait + Math.random() * spreadMs)
      },
      view: session.unreachable ? { state: 'failed', cause: session.unreachable } : { state: 'pending' },
      busy: false,
      again: false,
      readAt: Number.NEGATIVE_INFINITY,
      timer: undefined,
      failures: 0,
    }
    directories.set(path, directory)
    void read(directory)
    return directory
  }

  return {
    watch(path, listener) {
      const directory = directories.get(path) ?? open(path)
      directory.listeners.add(listener)
      queueMicrotask(() => {
        if (directory.listeners.has(listener)) listener(directory.view)
      })
      return () => {
        directory.listeners.delete(listener)
        if (directory.listeners.size > 0 || directories.get(path) !== directory) return
        clearTimeout(directory.timer)
        directories.delete(path)
      }
    },
    stop() {
      stopped = true
      for (const directory of directories.values()) clearTimeout(directory.timer)
      directories.clear()
    },
  }
}
