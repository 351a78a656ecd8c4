import { chmodSync, lstatSync, unlinkSync } from 'node:fs'
import net from 'node:net'
import { isMainThread } from 'node:worker_threads'
import { formatHostPort, type Peer, socketPath } from '../address.js'
import { now } from '../clock.js'
import type { Dispatcher } from '../dispatcher.js'
import { RpcError } from '../error.js'
import { Deadline, hang, unhang } from './deadline.js'
import type { Protocol, Session } from './protocol.js'
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

/** What goes for a protocol that is no protocol: a TLS record, which is opened and looked into. */
const wrapped = 'tls'

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
  /** All that are open; those that have shown what they speak have a session. */
  const sockets = new Map<net.Socket, Session | undefined>()
  const sessions = () => [...sockets.values()].filter((session) => session !== undefined)
  let closing: number | undefined
  const take = (socket: net.Socket, protocol: Protocol, head: Buffer, identity: Identity | undefined) => {
    const peer: Peer = {
      protocol: protocol.name,
      host: socket.remoteAddress ?? at.host,
      port: socket.remotePort ?? 0,
      secure: identity !== undefined,
      principal: identity?.principal,
    }
    const session = protocol.accept(socket, head, to, peer)
    sockets.set(socket, session)
    if (closing !== undefined) void session.close(closing)
  }
  // One function for all of them: an idle connection holds no more than it needs.
  const forget = function (this: net.Socket): void {
    sockets.delete(this)
  }
  const track = (socket: net.Socket) => {
    sockets.set(socket, undefined)
    socket.on('close', forget)
  }
  const secure =
    tls &&
    secureServer(tls, (socket, identity) => {
      track(socket)
      sniff(socket, protocols, false, (found, head) => {
        if (found === wrapped) socket.destroy()
        else if (identity.refusal) refuse(socket, found, head, new RpcError('unauthenticated', identity.refusal))
        else take(socket, found, head, identity)
      })
    })
  const server = net.createServer({ noDelay: true }, (socket) => {
    track(socket)
    sniff(socket, protocols, secure !== undefined, (found, head) => {
      if (found === wrapped) {
        // Paused, or the bytes put back would be read before anybody listens for them.
        socket.pause()
        socket.unshift(head)
        socket.on('error', ignore)
        secure?.(socket)
      } else if (secure && !tls?.plain) {
        refuse(
          socket,
          found,
          head,
          new RpcError('failed_precondition', 'this port takes TLS only (option `tls` of the client)'),
        )
      } else take(socket, found, head, undefined)
    })
  })
  await bind(server, at, options.mode ?? 0o600)
  const where = formatHostPort(at.host, at.port)
  // A listening socket that fails later (out of file descriptors) goes on listening.
  server.on('error', (error) => console.warn(`tsubo: accepting on ${where}: ${error.message}`))
  const bound = server.address() as net.AddressInfo | string
  return {
    host: at.host,
    port: typeof bound === 'string' ? 0 : bound.port,
    get connections() {
      return sessions().length
    },
    async close(graceMs) {
      closing = graceMs
      const ending = sessions().map((session) => session.close(graceMs))
      if (graceMs > 0) await acceptLatecomers(server)
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all(ending)
      // Those that haven't said what they want, and so have no session.
      const timer = setTimeout(
        () => {
          for (const socket of sockets.keys()) socket.destroy()
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

// A peer that resets before it said anything is no event worth a word.
const ignore = () => {}

/** Says no in the protocol that the other side began with, where it has words for it. */
function refuse(socket: net.Socket, protocol: Protocol, head: Buffer, reason: RpcError): void {
  socket.on('error', ignore)
  socket.setTimeout(sniffTimeoutMs, () => socket.destroy())
  if (!protocol.refuse) {
    socket.destroy()
    return
  }
  protocol.refuse(socket, head, reason)
  // What it still sends is read and dropped: an unread rest would turn the goodbye into a reset.
  socket.resume()
}

function sniff(
  socket: net.Socket,
  protocols: readonly Protocol[],
  tls: boolean,
  found: (protocol: Protocol | typeof wrapped, head: Buffer) => void,
): void {
  let head: Buffer = Buffer.alloc(0)
  const patience = new Patience(socket)
  const stop = () => {
    socket.off('data', onData)
    socket.off('error', ignore)
    socket.off('close', stop)
    unhang(patience)
  }
  const onData = (chunk: Buffer) => {
    const first = head.length === 0
    head = first ? chunk : Buffer.concat([head, chunk])
    const answers = protocols.map((protocol) => protocol.matches?.(head))
    const secured = tls ? beginsTls(head) : false
    const match = secured ? wrapped : protocols[answers.indexOf(true)]
    if (match) {
      stop()
      found(match, head)
    } else if (!answers.includes(undefined) && secured === false) {
      stop()
      socket.on('error', ignore)
      socket.destroy()
    } else if (first) {
      // Whoever has begun to speak says the rest soon.
      unhang(patience)
      hang(patience, now() + sniffTimeoutMs)
    }
  }
  socket.on('data', onData)
  socket.on('error', ignore)
  socket.on('close', stop)
  hang(patience, now() + Math.max(sniffTimeoutMs, ...protocols.map(({ silentMs = 0 }) => silentMs)))
}

/** Ends a connection that doesn't show what it speaks. A socket's own timeout would leave it a timer for life. */
class Patience extends Deadline {
  readonly #socket: net.Socket

  constructor(socket: net.Socket) {
    super()
    this.#socket = socket
  }

  override expire(): void {
    this.#socket.destroy()
  }
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
