import type { Stop } from './registry.js'
import { ZooKeeperError } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import { readConcurrency, ZooKeeperReader } from './zookeeper-reader.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

/**
 * Follows what nodes hold that are known to be there: tells it when it is known and after every change, until stopped. A node that has
 * gone, or may not be read, says nothing.
 */
export function dataWatcher(session: ZooKeeperSession) {
  const readers = new Set<ZooKeeperReader>()
  session.listen({
    connected: () => void eachLimited([...readers], readConcurrency, (reader) => reader.read()),
    away() {},
    unreachable() {},
  })
  return (path: string, found: (data: Uint8Array | undefined) => void): Stop => {
    const reader = new ZooKeeperReader(
      session,
      async (connection) => {
        try {
          const { data } = await connection.data(path, reader.changed)
          if (reader.isLatest(connection)) found(data)
        } catch (error) {
          if (!(error instanceof ZooKeeperError) || !['no_node', 'no_auth'].includes(error.code)) throw error
        }
      },
      () => {},
    )
    readers.add(reader)
    void reader.read()
    return () => {
      reader.stop()
      readers.delete(reader)
    }
  }
}
