import type { Socket } from 'node:net'
import {
  ACL,
  type Client,
  CreateMode,
  createClient,
  Exception,
  Id,
  Permission,
  type Stat,
  State,
} from 'node-zookeeper-client'
import {
  type ConnectZooKeeper,
  type NewNode,
  type NodeAcl,
  type NodeData,
  type NodeStat,
  type SessionTicket,
  type ZooKeeperConnection,
  ZooKeeperError,
  type ZooKeeperErrorCode,
} from './zookeeper-client.js'

/**
 * What is used of node-zookeeper-client 1.1.3 beyond its documentation; hence the exact version in package.json.
 *
 * The library has its own idea of reconnecting, and most of its defects live there: half a frame kept for the next
 * socket, watch tables sent in one oversized packet, operations queued for a session that is gone, states that hide
 * expiry. So each of its clients is used for one socket only and learns nothing of the next: `connect` is switched off
 * after the first call. What is left to guard, each at its place below: replies that make it throw, a server that
 * accepts but doesn't answer, a connection that is up but dead, and the first transaction number 0.
 */
interface ConnectionManager {
  servers: readonly { host: string; port: number }[]
  xid: number
  zxid: Buffer
  connectTimeoutHandler: NodeJS.Timeout | null
  socket?: Socket
  connect(): void
  onSocketError(error: Error): void
  onSocketConnected(): void
  onSocketClosed(hadError: boolean): void
  onSocketData(chunk: Buffer): void
}

interface Library extends Client {
  readonly connectionManager: ConnectionManager
}

/** Options that the library reads and its types don't name. */
interface LibraryOptions {
  readonly sessionTimeout: number
  readonly spinDelay: number
  readonly retries: number
  readonly sessionId?: Buffer
  readonly sessionPassword?: Buffer
}

interface ExceptionFactory {
  create: ((code: number, path?: string) => Exception) & { readonly [patched]?: true }
}

const patched = Symbol.for('tsubo.zookeeper.exception')
/** Bounds what a server can make us hold; a directory of 100,000 providers is about half of it. */
const maxFrameBytes = 64 << 20

const codeNames = new Map<number, ZooKeeperErrorCode>([
  [-4, 'connection_loss'],
  [-101, 'no_node'],
  [-102, 'no_auth'],
  [-103, 'bad_version'],
  [-110, 'node_exists'],
  [-111, 'not_empty'],
  [-112, 'session_expired'],
  [-115, 'auth_failed'],
  [-124, 'auth_failed'],
])

/** Codes of servers younger than the library. */
const unnamed = new Map([
  [-118, 'SESSION_MOVED'],
  [-119, 'NOT_READ_ONLY'],
  [-122, 'REQUEST_TIMEOUT'],
  [-124, 'SESSION_CLOSED_REQUIRE_SASL_AUTH'],
  [-125, 'QUOTA_EXCEEDED'],
  [-127, 'THROTTLED_OP'],
])

/**
 * Connections over node-zookeeper-client. Throws when the library installed isn't the one whose insides are known;
 * patches its `Exception.create`, once per process, so that error codes it doesn't know make an error and not a crash.
 */
export function nodeZooKeeperClient(): ConnectZooKeeper {
  openLibrary({ sessionTimeout: 30_000, spinDelay: 0, retries: 0 })
  const factory = Exception as unknown as ExceptionFactory
  const original = factory.create
  if (!original[patched]) {
    const create = (code: number, path?: string): Exception => {
      try {
        return original(code, path)
      } catch {
        const error = original(Exception.SYSTEM_ERROR, path)
        return Object.assign(error, { code, name: unnamed.get(code) ?? 'UNKNOWN' })
      }
    }
    factory.create = Object.assign(create, { [patched]: true as const })
  }
  return connect
}

function openLibrary(options: LibraryOptions): Library {
  // The real server is set below: in the text form an IPv6 address is misread.
  const client = createClient('127.0.0.1:2181', options) as Library
  const manager = client.connectionManager as Partial<Record<keyof ConnectionManager, unknown>> | undefined
  const known =
    Array.isArray(manager?.servers) &&
    typeof manager.xid === 'number' &&
    Buffer.isBuffer(manager.zxid) &&
    'connectTimeoutHandler' in manager &&
    (['connect', 'onSocketError', 'onSocketConnected', 'onSocketClosed', 'onSocketData'] as const).every(
      (name) => typeof manager[name] === 'function',
    )
  if (!known)
    throw new Error('this node-zookeeper-client is not the one that is known here; install version 1.1.3 exactly')
  return client
}

const connect: ConnectZooKeeper = (options) =>
  new Promise((done, fail) => {
    const { server, sessionTimeoutMs, handshakeTimeoutMs, digest, resume, signal } = options
    if (signal.aborted) return fail(new ZooKeeperError('connection_loss', 'was closed'))
    const session = resume && { sessionId: resume.id, sessionPassword: resume.password }
    const client = openLibrary({ sessionTimeout: sessionTimeoutMs, spinDelay: 0, retries: 0, ...session })
    const manager = client.connectionManager
    const library = {
      closed: manager.onSocketClosed,
      connected: manager.onSocketConnected,
      error: manager.onSocketError,
    }
    manager.servers = [server]
    // The server counts a request numbered 0 as outstanding for ever and throttles the session when there is load.
    manager.xid = 1
    if (resume) manager.zxid = resume.zxid
    if (digest !== undefined) client.addAuthInfo('digest', Buffer.from(digest))

    const watch = new Liveness(client)
    let phase: 'dialing' | 'greeting' | 'open' = 'dialing'
    let socketError: Error | undefined
    const drop = () => manager.socket?.destroy()
    const lose = (error: ZooKeeperError): void => {
      clearTimeout(handshake)
      signal.removeEventListener('abort', abort)
      drop()
      // The library dials a moment after it is told to: whoever gives up before has no socket yet.
      process.nextTick(drop)
      watch.lose(error)
      fail(error)
    }
    const abort = () => lose(new ZooKeeperError('connection_loss', 'was closed'))
    signal.addEventListener('abort', abort)
    // The library's own limit ends when TCP is up; a server that accepts and never greets would be waited for for ever.
    const handshake = setTimeout(() => {
      const what = phase === 'dialing' ? 'no connection' : 'connected, but no greeting'
      lose(
        new ZooKeeperError(
          phase === 'dialing' ? 'connection_loss' : 'not_greeted',
          `${what} within ${handshakeTimeoutMs} ms`,
        ),
      )
    }, handshakeTimeoutMs)
    watch.onDead = lose

    manager.onSocketError = (error) => {
      socketError = error
      library.error.call(manager, error)
    }
    manager.onSocketConnected = () => {
      phase = 'greeting'
      library.connected.call(manager)
    }
    manager.onSocketData = wholeFrames(manager, (error) => lose(new ZooKeeperError('connection_loss', error.message)))
    manager.onSocketClosed = (hadError) => {
      library.closed.call(manager, hadError)
      if (manager.connectTimeoutHandler) clearTimeout(manager.connectTimeoutHandler)
      const code = phase === 'greeting' ? 'not_greeted' : 'connection_loss'
      lose(
        new ZooKeeperError(
          code,
          describe(socketError) ?? (phase === 'greeting' ? 'closed without a greeting' : 'closed by the server'),
        ),
      )
    }
    client.on('state', (state: State) => {
      if (state === State.EXPIRED) lose(new ZooKeeperError('session_expired', 'the session has expired'))
      else if (state === State.AUTH_FAILED) lose(new ZooKeeperError('auth_failed', 'user and password are refused'))
      else if (state === State.SYNC_CONNECTED && phase !== 'open') {
        phase = 'open'
        clearTimeout(handshake)
        signal.removeEventListener('abort', abort)
        watch.start()
        done(connectionOver(client, watch))
      }
    })
    client.connect()
    manager.connect = () => {}
  })

/**
 * Hands the library one whole frame at a time. By itself it joins pieces at quadratic cost, takes any length for good,
 * recurses once per frame, and lets what it throws about a malformed reply escape into the event loop.
 */
function wholeFrames(manager: ConnectionManager, failed: (error: Error) => void): (chunk: Buffer) => void {
  const take = manager.onSocketData
  let chunks: Buffer[] = []
  let size = 0
  let needed = 4
  return (chunk) => {
    chunks.push(chunk)
    size += chunk.length
    if (size < needed) return
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, size)
    let offset = 0
    needed = 4
    try {
      while (bytes.length - offset >= 4 && !manager.socket?.destroyed) {
        const length = bytes.readInt32BE(offset)
        if (length < 0 || length > maxFrameBytes) throw new Error(`the server sent a frame of ${length} bytes`)
        if (bytes.length - offset < 4 + length) {
          needed = 4 + length
          break
        }
        take.call(manager, bytes.subarray(offset, offset + 4 + length))
        offset += 4 + length
      }
    } catch (error) {
      failed(new Error(`the server sent what can't be read: ${error instanceof Error ? error.message : error}`))
      return
    }
    chunks = offset < bytes.length ? [bytes.subarray(offset)] : []
    size = bytes.length - offset
  }
}

/**
 * Outstanding operations and the proof that the server still answers them. The library sends pings but doesn't miss
 * their replies: behind a black hole, or for a session closed elsewhere, it says "connected" for ever. Here an
 * operation unanswered for a third of the session timeout ends the connection, and after a silent third one is sent to
 * see. Replies come in order, so as long as they come each operation gets its turn.
 */
class Liveness {
  onDead: (error: ZooKeeperError) => void = () => {}
  readonly lost: Promise<ZooKeeperError>
  readonly #client: Library
  readonly #outstanding = new Set<(error: ZooKeeperError) => void>()
  readonly #resolveLost: (error: ZooKeeperError) => void
  #over: ZooKeeperError | undefined
  #progressAt = 0
  #timer: NodeJS.Timeout | undefined

  constructor(client: Library) {
    this.#client = client
    const { promise, resolve } = withResolvers<ZooKeeperError>()
    this.lost = promise
    this.#resolveLost = resolve
  }

  start(): void {
    const limit = Math.max(100, this.#client.getSessionTimeout() / 3)
    const interval = limit / 4
    let lastTick = performance.now()
    this.#progressAt = lastTick
    this.#timer = setInterval(() => {
      const now = performance.now()
      const slept = now - lastTick > 2 * interval
      lastTick = now
      // This process was held up: answers may lie unread. They are read before the next turn of this timer.
      if (slept || now - this.#progressAt <= limit) return
      if (this.#outstanding.size > 0) {
        this.onDead(new ZooKeeperError('connection_loss', `no answer within ${Math.round(now - this.#progressAt)} ms`))
      } else {
        this.run<unknown>('exists', '/', (answer) => this.#client.exists('/', answer)).catch(() => {})
      }
    }, interval)
    this.#timer.unref()
  }

  lose(error: ZooKeeperError): void {
    if (this.#over) return
    this.#over = error
    clearInterval(this.#timer)
    this.#resolveLost(error)
    for (const reject of this.#outstanding) reject(error)
    this.#outstanding.clear()
  }

  /** Runs one operation; it settles with its answer or with the loss of the connection. */
  run<T>(
    operation: string,
    path: string,
    send: (answer: (error: Error | Exception | null, value: T) => void) => void,
  ): Promise<T> {
    return new Promise((done, fail) => {
      if (this.#over) return fail(this.#over)
      if (this.#outstanding.size === 0) this.#progressAt = performance.now()
      this.#outstanding.add(fail)
      try {
        send((error, value) => {
          if (!this.#outstanding.delete(fail)) return
          this.#progressAt = performance.now()
          if (error) fail(this.#translate(error, operation, path))
          else done(value)
        })
      } catch (error) {
        // The library checks paths and sizes by throwing.
        this.#outstanding.delete(fail)
        fail(
          new ZooKeeperError(
            'other',
            `${operation} ${path.slice(0, 200)}: ${error instanceof Error ? error.message : error}`,
          ),
        )
      }
    })
  }

  #translate(error: Error | Exception, operation: string, path: string): ZooKeeperError {
    if (!('code' in error)) return new ZooKeeperError('other', `${operation} ${path}: ${(error as Error).message}`)
    const { code, name } = error
    const translated = new ZooKeeperError(codeNames.get(code) ?? 'other', `${operation} ${path}: ${name} (${code})`)
    // These speak of the session, not of the operation.
    if (translated.code === 'session_expired' || translated.code === 'auth_failed') this.onDead(translated)
    else if (code === -118) this.onDead(new ZooKeeperError('connection_loss', translated.message))
    return translated
  }
}

function connectionOver(client: Library, watch: Liveness): ZooKeeperConnection {
  const manager = client.connectionManager
  const everybody = new Id('world', 'anyone')
  const creator = new ACL(Permission.ALL, new Id('auth', ''))
  const acls: Readonly<Record<NodeAcl, ACL[]>> = {
    open: [new ACL(Permission.ALL, everybody)],
    creator: [creator],
    readable: [creator, new ACL(Permission.READ, everybody)],
  }
  const modeOf = ({ ephemeral, sequential }: NewNode) =>
    sequential
      ? ephemeral
        ? CreateMode.EPHEMERAL_SEQUENTIAL
        : CreateMode.PERSISTENT_SEQUENTIAL
      : ephemeral
        ? CreateMode.EPHEMERAL
        : CreateMode.PERSISTENT
  return {
    sessionId: client.getSessionId().toString('hex'),
    sessionTimeoutMs: client.getSessionTimeout(),
    localAddress: manager.socket?.localAddress ?? '127.0.0.1',
    get ticket(): SessionTicket {
      return { id: client.getSessionId(), password: client.getSessionPassword(), zxid: manager.zxid }
    },
    lost: watch.lost,
    create(path, node) {
      const data = node.data && Buffer.from(node.data)
      return watch.run<string>('create', path, (answer) =>
        data
          ? client.create(path, data, acls[node.acl], modeOf(node), answer)
          : client.create(path, acls[node.acl], modeOf(node), answer),
      )
    },
    async delete(path) {
      await watch.run<void>('delete', path, (answer) => client.remove(path, (error) => answer(error)))
    },
    async replace(from, to, node) {
      await watch.run<unknown>('replace', to, (answer) =>
        client.transaction().remove(from).create(to, acls[node.acl], modeOf(node)).commit(answer),
      )
    },
    async write(path, data, version = -1) {
      await watch.run<unknown>('setData', path, (answer) => client.setData(path, Buffer.from(data), version, answer))
    },
    async exists(path, changed) {
      const stat = await watch.run<Stat | null>('exists', path, (answer) =>
        changed ? client.exists(path, changed, answer) : client.exists(path, answer),
      )
      return stat ? readStat(stat) : undefined
    },
    data(path, changed) {
      return watch.run<NodeData>('getData', path, (answer) => {
        const read = (error: Error | Exception | null, data: Buffer | undefined, stat: Stat): void =>
          answer(error, error ? (undefined as never) : { data: data ?? undefined, stat: readStat(stat) })
        changed ? client.getData(path, changed, read) : client.getData(path, read)
      })
    },
    children(path, changed) {
      return watch.run<string[]>('getChildren', path, (answer) =>
        changed ? client.getChildren(path, changed, answer) : client.getChildren(path, answer),
      )
    },
    async close(timeoutMs) {
      client.close()
      const { promise: late, resolve } = withResolvers<void>()
      const timer = setTimeout(resolve, timeoutMs)
      await Promise.race([watch.lost, late])
      clearTimeout(timer)
      watch.onDead(new ZooKeeperError('connection_loss', 'was closed'))
    },
    destroy() {
      watch.onDead(new ZooKeeperError('connection_loss', 'was closed'))
    },
  }
}

function readStat(stat: Stat): NodeStat {
  const { ephemeralOwner: owner, version, dataLength, numChildren, ctime, mtime } = stat
  return {
    owner: owner.every((byte) => byte === 0) ? undefined : owner.toString('hex'),
    version,
    size: dataLength,
    children: numChildren,
    createdAt: new Date(Number(ctime.readBigInt64BE())),
    changedAt: new Date(Number(mtime.readBigInt64BE())),
  }
}

/** What a socket error says; attempts at several addresses of one name make an error without a message. */
function describe(error: Error | undefined): string | undefined {
  if (error instanceof AggregateError) return describe(error.errors[0])
  return error?.message || undefined
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve }
}
