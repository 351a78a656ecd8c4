import { type NodeAcl, type ZooKeeperConnection, ZooKeeperError, type ZooKeeperErrorCode } from './zookeeper-client.js'
import { eachLimited } from './zookeeper-concurrency.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

/** A node that is kept in existence until it is removed. */
export interface OwnNode {
  /** `live`: the server has it. `failed`: the last try failed; there will be another. */
  readonly state: 'pending' | 'live' | 'failed'
  /** Moves it, in one transaction where the server is there: a reader sees the one or the other, never none and never both. */
  rename(path: string): void
  /** What it holds from now on; nothing before the first time. */
  write(data: Uint8Array): void
  /** Takes it back; resolves when the server has confirmed it, or when there is no server to tell. */
  remove(): Promise<void>
}

export interface OwnNodes {
  /** Keeps an ephemeral node. `path` is asked once, when the address of this machine towards the server is known. */
  keep(path: (localAddress: string) => string, changed: () => void): OwnNode
  /** Nothing is re-created from now on. */
  stop(): void
}

export interface OwnNodesOptions {
  readonly session: ZooKeeperSession
  readonly name: string
  readonly acl: NodeAcl
  /** Period of the check that they are still there and ours. */
  readonly checkMs: number
  readonly onWarning: (message: string) => void
}

interface Kept {
  readonly pathOf: (localAddress: string) => string
  readonly changed: () => void
  path: string | undefined
  data: Uint8Array | undefined
  /** What it is known to hold. */
  written: Uint8Array | undefined
  /** Where it has been and may still be. */
  readonly former: Set<string>
  /** The session in which it was last seen to be ours. */
  session: string | undefined
  state: OwnNode['state']
  wanted: boolean
  /** A pass is on its way; `again` asks for one more after it. */
  busy: boolean
  again: boolean
  failures: number
  retry: NodeJS.Timeout | undefined
  removed: (() => void) | undefined
}

const concurrency = 16
/** Nobody waits for a check, and a thousand nodes make a thousand of them. */
const checkConcurrency = 2
const retryMaxMs = 10_000

/**
 * The ephemeral nodes of this process. Creating one is idempotent, because an answer may get lost; on a new session
 * all are created again. A node that is there already may be the leftover of a session that is about to end, so it is
 * ours only if its owner is our session: otherwise it is replaced, or it would vanish with the other.
 */
export function keepOwnNodes({ session, name, acl, checkMs, onWarning }: OwnNodesOptions): OwnNodes {
  const nodes = new Set<Kept>()
  const warned = new Set<ZooKeeperErrorCode>()
  let stopped = false

  const settle = async (node: Kept): Promise<void> => {
    node.again = true
    if (node.busy) return
    node.busy = true
    clearTimeout(node.retry)
    while (node.again && !stopped) {
      node.again = false
      const connection = session.connection
      if (!connection) break
      try {
        await reach(node, connection)
        node.failures = 0
      } catch (error) {
        // A loss brings everybody back through `connected`.
        if (session.connection === connection) failed(node, error)
      }
    }
    node.busy = false
  }

  const reach = async (node: Kept, connection: ZooKeeperConnection): Promise<void> => {
    node.path ??= node.pathOf(connection.localAddress)
    const { path, former } = node
    if (node.wanted) {
      await write(node, path, connection)
      node.session = connection.sessionId
      if (node.wanted && node.path === path) tell(node, 'live')
      warned.clear()
    } else {
      for (const each of [path, ...former]) await ignoring('no_node', connection.delete(each))
      if (!node.wanted) forget(node)
    }
  }

  const write = async (node: Kept, path: string, connection: ZooKeeperConnection): Promise<void> => {
    const { former } = node
    const sameSession = node.session === connection.sessionId
    // Those of now: while this waits, `path` itself may become one.
    const earlier = [...former]
    const [last] = earlier
    if (sameSession && last !== undefined) {
      try {
        await connection.replace(last, path, { ephemeral: true, acl })
        former.delete(last)
        node.written = undefined
      } catch (error) {
        // Somebody has deleted the one, or a lost answer has told of the other. What stands there is seen to below.
        if (!isCode(error, 'no_node') && !isCode(error, 'node_exists')) throw error
      }
    }
    // Still the same session: most likely it is still there, and a refused create is a write of the whole ensemble.
    const kept = sameSession && (await connection.exists(path))
    if (!kept || kept.owner !== connection.sessionId) {
      node.written = undefined
      await createOwned(connection, path, acl)
    }
    const { data } = node
    if (data && data !== node.written) {
      await connection.write(path, data)
      node.written = data
    }
    for (const each of earlier) {
      if (former.has(each)) await ignoring('no_node', connection.delete(each))
      former.delete(each)
    }
  }

  const failed = (node: Kept, error: unknown): void => {
    const { code, message } = error instanceof ZooKeeperError ? error : new ZooKeeperError('other', String(error))
    if (node.wanted && !warned.has(code)) {
      warned.add(code)
      onWarning(`${name}: can't register: ${message}; trying again`)
    }
    node.retry = setTimeout(() => settle(node), Math.random() * Math.min(retryMaxMs, 500 * 2 ** node.failures++))
    node.retry.unref()
    tell(node, 'failed')
    // Nobody waits for what the server refuses to delete: it goes with the session.
    node.removed?.()
  }

  const tell = (node: Kept, state: OwnNode['state']): void => {
    if (node.state === state) return
    node.state = state
    node.changed()
  }

  const forget = (node: Kept): void => {
    clearTimeout(node.retry)
    nodes.delete(node)
    node.removed?.()
  }

  const check = async (node: Kept): Promise<void> => {
    const connection = session.connection
    if (!connection || node.state !== 'live' || !node.path) return
    try {
      const stat = await connection.exists(node.path)
      if (stat?.owner === connection.sessionId || !node.wanted || session.connection !== connection) return
      onWarning(`${name}: ${node.path} was ${stat ? 'taken over' : 'deleted'} by somebody else; registering it again`)
      await settle(node)
    } catch {
      // The next check comes.
    }
  }

  session.listen({
    connected: () => void eachLimited([...nodes], concurrency, settle),
    away() {
      for (const node of nodes) {
        tell(node, 'pending')
        node.removed?.()
      }
    },
    unreachable() {
      for (const node of nodes) tell(node, 'failed')
    },
  })
  const timer = setInterval(() => void eachLimited([...nodes], checkConcurrency, check), checkMs)
  timer.unref()

  return {
    keep(pathOf, changed) {
      const node: Kept = {
        pathOf,
        changed,
        path: undefined,
        data: undefined,
        written: undefined,
        former: new Set(),
        session: undefined,
        state: session.unreachable ? 'failed' : 'pending',
        wanted: true,
        busy: false,
        again: false,
        failures: 0,
        retry: undefined,
        removed: undefined,
      }
      nodes.add(node)
      void settle(node)
      return {
        get state() {
          return node.state
        },
        rename(path) {
          if (!node.wanted || path === node.path) return
          if (node.path) node.former.add(node.path)
          node.former.delete(path)
          node.path = path
          if (node.state === 'live') tell(node, 'pending')
          void settle(node)
        },
        write(data) {
          node.data = data
          void settle(node)
        },
        remove() {
          node.wanted = false
          // Never written: nothing to take back.
          if (!node.path && !node.busy) forget(node)
          if (!nodes.has(node) || !session.connection) return Promise.resolve()
          return new Promise((done) => {
            node.removed = done
            void settle(node)
          })
        },
      }
    },
    stop() {
      stopped = true
      clearInterval(timer)
      for (const node of nodes) forget(node)
    },
  }
}

/** Makes sure that an ephemeral node exists and is this session's. */
async function createOwned(connection: ZooKeeperConnection, path: string, acl: NodeAcl): Promise<void> {
  const node = { ephemeral: true, acl }
  let last: unknown
  for (let tries = 0; tries < 5; tries++) {
    try {
      await connection.create(path, node)
      return
    } catch (error) {
      last = error
      if (isCode(error, 'no_node')) await createParents(connection, path, acl)
      else if (!isCode(error, 'node_exists')) throw error
    }
    const stat = await connection.exists(path)
    if (stat?.owner === connection.sessionId) return
    // In one transaction, so that no reader sees it missing; if it has just gone by itself, the next turn creates it.
    if (stat) {
      try {
        return await connection.replace(path, path, node)
      } catch (error) {
        if (!isCode(error, 'no_node')) throw error
      }
    }
  }
  throw last
}

/** Creates what is missing above a path: persistent nodes without data. */
export async function createParents(connection: ZooKeeperConnection, path: string, acl: NodeAcl): Promise<void> {
  const parent = path.slice(0, path.lastIndexOf('/'))
  if (parent === '') return
  try {
    await ignoring('node_exists', connection.create(parent, { ephemeral: false, acl }))
  } catch (error) {
    if (!(error instanceof ZooKeeperError) || error.code !== 'no_node') throw error
    await createParents(connection, parent, acl)
    await ignoring('node_exists', connection.create(parent, { ephemeral: false, acl }))
  }
}

async function ignoring(code: ZooKeeperErrorCode, operation: Promise<unknown>): Promise<void> {
  try {
    await operation
  } catch (error) {
    if (!isCode(error, code)) throw error
  }
}

function isCode(error: unknown, code: ZooKeeperErrorCode): error is ZooKeeperError {
  return error instanceof ZooKeeperError && error.code === code
}
