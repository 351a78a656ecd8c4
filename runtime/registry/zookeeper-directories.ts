import { ZooKeeperError } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import { readConcurrency, ZooKeeperReader } from './zookeeper-reader.js'
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
  readonly listeners: Set<(view: DirectoryView) => void>
  readonly reader: ZooKeeperReader
  view: DirectoryView
}

/** Watches directories over a session: all of them are read again after each connect. */
export function watchDirectories(session: ZooKeeperSession, name: string): Directories {
  const directories = new Map<string, Directory>()

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

  session.listen({
    connected: () => void eachLimited([...directories.values()], readConcurrency, ({ reader }) => reader.read()),
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
    const reader = new ZooKeeperReader(
      session,
      async (connection) => {
        let names: readonly string[] | undefined
        try {
          names = await connection.children(path, reader.changed)
        } catch (error) {
          if (!(error instanceof ZooKeeperError) || error.code !== 'no_node') throw error
          // It may have come into being just now.
          if (await connection.exists(path, reader.changed)) void reader.read()
        }
        if (!reader.isLatest(connection)) return
        show(directory, { state: 'found', names, stale: false, session: connection.sessionId })
      },
      (error) => {
        const { view } = directory
        const cause = new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error })
        show(directory, view.state === 'found' ? { ...view, stale: true } : { state: 'failed', cause })
      },
    )
    const directory: Directory = {
      listeners: new Set(),
      reader,
      view: session.unreachable ? { state: 'failed', cause: session.unreachable } : { state: 'pending' },
    }
    directories.set(path, directory)
    void reader.read()
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
        directory.reader.stop()
        directories.delete(path)
      }
    },
    stop() {
      for (const { reader } of directories.values()) reader.stop()
      directories.clear()
    },
  }
}
