import { serves } from './four-letter.js'
import { findInstallation, type Installation } from './installation.js'
import { startZooKeeper } from './server.js'

/** A ZooKeeper to use. */
export interface Provision {
  /** `host:port` of one that runs; absent where none can be had. */
  readonly address?: string
  /** What can start private ones; absent where nothing can. */
  readonly installation?: Installation
  /** Ends what was started here. */
  close(): Promise<void>
}

/**
 * Gets a ZooKeeper for tests, demos and benchmarks; first that works: `TSUBO_ZOOKEEPER=<host:port>`;
 * `ZOOKEEPER_HOME`, the PATH or Debian's jar with a `java`; Docker; as root on Debian an installation, announced by
 * one line and forbidden by `TSUBO_NO_INSTALL=1`. Throws where `TSUBO_ZOOKEEPER` is set and doesn't answer: running
 * on without it would hide a typing error.
 */
export async function provideZooKeeper(say: (line: string) => void = console.error): Promise<Provision> {
  const given = process.env.TSUBO_ZOOKEEPER
  if (given) {
    const separator = given.lastIndexOf(':')
    const [host, port] = [given.slice(0, separator), Number(given.slice(separator + 1))]
    if (separator < 1 || !Number.isInteger(port) || !(await serves(host, port, 5_000))) {
      throw new Error(`TSUBO_ZOOKEEPER=${given} does not answer; give host:port of a running ZooKeeper, or unset it`)
    }
    const installation = await findInstallation(false, say)
    return { address: given, ...(installation && { installation }), close: async () => {} }
  }
  const installation = await findInstallation(true, say)
  if (!installation) return { close: async () => {} }
  try {
    const server = await startZooKeeper(installation)
    return { address: server.address, installation, close: () => server.close() }
  } catch (error) {
    say(`real ZooKeeper: ${error instanceof Error ? error.message : error}`)
    return { close: async () => {} }
  }
}
