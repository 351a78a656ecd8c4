import net from 'node:net'
import { formatHostPort } from '../address.js'
import type { Dispatcher } from '../dispatcher.js'
import type { Protocol, Session } from './protocol.js'

/** How long a connection may take to show which protocol it speaks. Milliseconds. */
const sniffTimeoutMs = 10_000

export interface Listener {
  readonly host: string
  /** The bound port, also when 0 was asked for. */
  readonly port: number
  /** Accepts no more; open sessions get `graceMs` to end what is running. Resolves when every socket is gone. */
  close(graceMs: number): Promise<void>
}

/**
 * Binds one port for all these protocols; each connection's first bytes decide which takes it. One that no protocol
 * knows is closed, and only that one. Rejects with the system's error, told in words, when the port can't be had.
 */
export async function listen(
  host: string,
  port: number,
  protocols: readonly Protocol[],
  to: Dispatcher,
): Promise<Listener> {
  const sessions = new Set<Session>()
  const sockets = new Set<net.Socket>()
  let closing: number | undefined
  const server = net.createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    sniff(socket, protocols, (protocol, head) => {
      const session = protocol.accept(socket, head, to)
      sessions.add(session)
      socket.once('close', () => sessions.delete(session))
      if (closing !== undefined) void session.close(closing)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(bindError(error, host, port)))
    server.listen({ host, port }, resolve)
  })
  // A listening socket that fails later (out of file descriptors) goes on listening.
  server.on('error', (error) => console.warn(`tsubo: accepting on ${formatHostPort(host, port)}: ${error.message}`))
  const bound = server.address() as net.AddressInfo
  return {
    host,
    port: bound.port,
    async close(graceMs) {
      closing = graceMs
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      await Promise.all([...sessions].map((session) => session.close(graceMs)))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

function sniff(
  socket: net.Socket,
  protocols: readonly Protocol[],
  found: (protocol: Protocol, head: Buffer) => void,
): void {
  let head: Buffer = Buffer.alloc(0)
  const stop = () => {
    socket.off('data', onData)
    socket.off('error', ignore)
    socket.setTimeout(0)
  }
  const onData = (chunk: Buffer) => {
    head = head.length === 0 ? chunk : Buffer.concat([head, chunk])
    const answers = protocols.map((protocol) => protocol.matches?.(head))
    const match = protocols[answers.indexOf(true)]
    if (match) {
      stop()
      found(match, head)
    } else if (!answers.includes(undefined)) {
      stop()
      socket.on('error', ignore)
      socket.destroy()
    }
  }
  // A peer that resets before it said anything is no event worth a word.
  const ignore = () => {}
  socket.on('data', onData)
  socket.on('error', ignore)
  socket.setTimeout(sniffTimeoutMs, () => socket.destroy())
}

function bindError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  const where = formatHostPort(host, port)
  const hint =
    error.code === 'EADDRINUSE'
      ? 'another process listens there; choose another --port, or 0 for a free one'
      : error.code === 'EADDRNOTAVAIL'
        ? 'this machine has no such address; check --host'
        : error.code === 'EACCES'
          ? 'ports below 1024 need privileges; choose a higher --port'
          : error.message
  return new Error(`can't listen on ${where}: ${hint}`, { cause: error })
}
