import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { formatHostPort, type Peer, socketPath } from '../address.js'
import { now } from '../clock.js'
import type { Dispatcher } from '../dispatcher.js'
import { RpcError } from '../error.js'
import { Deadline, hang, unhang } from './deadline.js'
import type { Protocol, Session, SessionHost } from './protocol.js'
import { own, type SocketOwner, stopReading } from './socket-owner.js'
import { beginsTls, type Identity, type ServerTls, secureServer } from './tls.js'

/** How long a connection may take to show which protocol it speaks. Milliseconds. */
const sniffTimeoutMs = 10_000

/** How long a connection that came while the listener closed may take to say what it wants. Milliseconds. */
const lastWordMs = 500
/** The listener closes once nobody has connected for so long: consumers have heard by then that it leaves. Milliseconds. */
const quietMs = 50

export interface Listener {
  /** `unix:/path` where a path was asked for. */
  readonly host: string
  /** The bound port, also when 0 was asked for. */
  readonly port: number
  /** Open ones that speak one of the protocols. */
  readonly connections: number
  /** Accepts no more; open sessions get `graceMs` to end what is running. Resolves when every socket is gone. */
  close(graceMs: number): Promise<void>
}

export interface ListenerOptions {
  readonly tls?: ServerTls | undefined
  /** Mode of a socket file. Default 0o600. */
  readonly mode?: number | undefined
}

/**
 * Binds one port, or path, for all these protocols; each connection's first bytes decide which takes it, in clear or
 * within TLS. One that no protocol knows is closed, and only that one. Rejects with the system's error, told in words,
 * when the port can't be had, and for TLS files that can't be used.
 */
export async function listen(
  at: { readonly host: string; readonly port: number },
  protocols: readonly Protocol[],
  to: Dispatcher,
  options: ListenerOptions = {},
): Promise<Listener> {
  const { tls } = options
  /** Those that have shown what they speak, and were not refused, are sessions. */
  const sessions = new Set<Session>()
  const newcomers = new Set<Newcomer>()
  const silentMs = Math.max(sniffTimeoutMs, ...protocols.map((protocol) => protocol.silentMs ?? 0))
  let closing: number | undefined

  const host: SessionHost = { dispatcher: to, forget: (session) => void sessions.delete(session) }
  const newcomerHost: NewcomerHost = { look, forget: (newcomer) => void newcomers.delete(newcomer) }
  // The same functions for all of them: many connections come at once, and idle ones hold no more than they need.
  function greet(socket: net.Socket, identity?: Identity): void {
    const newcomer = new Newcomer(socket, identity, newcomerHost)
    newcomers.add(newcomer)
    own(socket, newcomer)
    hang(newcomer, now() + silentMs)
  }
  function look(newcomer: Newcomer, head: Buffer, first: boolean): void {
    const encrypted = secure && !newcomer.identity ? beginsTls(head) : false
    let unclear = encrypted === undefined
    let found: Protocol | undefined
    for (let i = 0; i < protocols.length; i++) {
      const protocol = protocols[i] as Protocol
      const speaks = protocol.matches?.(head)
      if (speaks) found ??= protocol
      else if (speaks === undefined) unclear = true
    }
    if (encrypted || found || !unclear) {
      unhang(newcomer)
      if (encrypted) decrypt(newcomer.socket, head)
      else if (found) take(newcomer, found, head)
      else newcomer.socket.destroy()
    } else if (first) {
      // Whoever has begun to speak says the rest soon.
      unhang(newcomer)
      hang(newcomer, now() + sniffTimeoutMs)
    }
  }

  const secure = tls && secureServer(tls, greet)
  function decrypt(socket: net.Socket, head: Buffer): void {
    stopReading(socket)
    // Paused, or the bytes put back would be read before anybody listens for them.
    socket.pause()
    socket.unshift(head)
    secure?.(socket)
  }
  function take(newcomer: Newcomer, protocol: Protocol, head: Buffer): void {
    const { socket, identity } = newcomer
    if (identity?.refusal) {
      refuse(socket, protocol, head, new RpcError('unauthenticated', identity.refusal))
    } else if (secure && !identity && !tls?.plain) {
      const text = 'this port takes TLS only (option `tls` of the client)'
      refuse(socket, protocol, head, new RpcError('failed_precondition', text))
    } else {
      const peer: Peer = {
        protocol: protocol.name,
        host: socket.remoteAddress ?? at.host,
        port: socket.remotePort ?? 0,
        secure: identity !== undefined,
        principal: identity?.principal,
      }
      const session = protocol.accept(socket, head, host, peer)
      newcomers.delete(newcomer)
      sessions.add(session)
      if (closing !== undefined) void session.close(closing)
    }
  }
  const server = net.createServer({ noDelay: true }, (socket) => greet(socket))
  await bind(server, at, options.mode ?? 0o600)
  const where = formatHostPort(at.host, at.port)
  // A listening socket that fails later (out of file descriptors) goes on listening.
  server.on('error', (error) => console.warn(`tsubo: accepting on ${where}: ${error.message}`))
  const bound = server.address() as net.AddressInfo | string
  return {
    host: at.host,
    port: typeof bound === 'string' ? 0 : bound.port,
    get connections() {
      return sessions.size
    },
    async close(graceMs) {
      closing = graceMs
      const ending = [...sessions].map((session) => session.close(graceMs))
      if (graceMs > 0) await acceptLatecomers(server)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all(ending)
      // Those that haven't said what they want, and sessions that began meanwhile.
      const timer = setTimeout(
        () => {
          for (const { socket } of newcomers) socket.destroy()
          for (const session of sessions) void session.close(0)
        },
        Math.min(graceMs, lastWordMs),
      )
      await closed
      clearTimeout(timer)
    },
  }
}

/**
 * Goes on accepting until nobody has come for a while. A connection that the kernel has taken may carry a first call: it is
 * sent elsewhere, whereas a listener that closes resets it, and leaves its caller not knowing whether the call ran.
 */
async function acceptLatecomers(server: net.Server): Promise<void> {
  const end = performance.now() + lastWordMs
  let accepted = true
  const onConnection = () => {
    accepted = true
  }
  server.on('connection', onConnection)
  while (accepted && performance.now() < end) {
    accepted = false
    await pause(quietMs)
  }
  server.off('connection', onConnection)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Says no in the protocol that the other side began with, where it has words for it. */
function refuse(socket: net.Socket, protocol: Protocol, head: Buffer, reason: RpcError): void {
  socket.setTimeout(sniffTimeoutMs, () => socket.destroy())
  if (!protocol.refuse) {
    socket.destroy()
    return
  }
  protocol.refuse(socket, head, reason)
  stopReading(socket)
  // What it still sends is read and dropped: an unread rest would turn the goodbye into a reset.
  socket.resume()
}

/**
 * A connection of which it isn't known yet what it speaks. One that doesn't show it is ended: a socket's own timeout would leave
 * it a timer for life.
 */
class Newcomer extends Deadline implements SocketOwner {
  readonly socket: net.Socket
  /** Of one that came through TLS. */
  readonly identity: Identity | undefined
  readonly #host: NewcomerHost
  /** What it has said so far. */
  #head: Buffer | undefined = undefined

  constructor(socket: net.Socket, identity: Identity | undefined, host: NewcomerHost) {
    super()
    this.socket = socket
    this.identity = identity
    this.#host = host
  }

  data(chunk: Buffer): void {
    const before = this.#head
    this.#head = before ? Buffer.concat([before, chunk]) : chunk
    this.#host.look(this, this.#head, before === undefined)
  }

  /** A peer that resets before it said anything is no event worth a word. */
  failed(): void {}

  close(): void {
    unhang(this)
    this.#host.forget(this)
  }

  override expire(): void {
    this.socket.destroy()
  }
}

/** The listener as its newcomers see it. */
interface NewcomerHost {
  /** It has said something: `head` is all of it, `first` says whether there was nothing before. */
  look(newcomer: Newcomer, head: Buffer, first: boolean): void
  /** Its socket is gone. */
  forget(newcomer: Newcomer): void
}

async function bind(server: net.Server, at: { host: string; port: number }, mode: number): Promise<void> {
  const path = socketPath(at.host)
  if (path !== undefined) await removeStale(path)
  await new Promise<void>((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) => reject(bindError(error, at.host, at.port))
    server.once('error', failed)
    const done = () => {
      server.off('error', failed)
      resolve()
    }
    if (path === undefined) {
      server.listen(at, done)
      return
    }
    // The file is made within this turn: with the mask nobody else can connect before its mode is set.
    const mask = isMainThread ? process.umask(0o177) : undefined
    try {
      server.listen({ path }, done)
    } finally {
      if (mask !== undefined) process.umask(mask)
    }
  })
  if (path !== undefined) chmodSync(path, mode)
}

/** Removes a socket file that nobody listens on. Anything else that is in the way stays, and is an error. */
async function removeStale(path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false })
  if (!stat) return
  if (!stat.isSocket()) throw new Error(`can't listen on unix:${path}: there is a file that is no socket`)
  const listens = await new Promise<boolean>((resolve) => {
    const probe = net.connect({ path })
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
  if (listens) throw new Error(`can't listen on unix:${path}: another process listens there; choose another path`)
  unlinkSync(path)
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = formatHostPort(host, port)
  const hint =
    error.code === 'EADDRINUSE'
      ? 'another process listens there; choose another --port, or 0 for a free one'
      : error.code === 'EADDRNOTAVAIL'
        ? 'this machine has no such address; check --host'
        : error.code === 'EACCES'
          ? socketPath(host) === undefined
            ? 'ports below 1024 need privileges; choose a higher --port'
            : 'this user may not write to that folder'
          : error.message
  return new Error(`can't listen on ${where}: ${hint}`, { cause: error })
}
