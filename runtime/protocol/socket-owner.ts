import type { Socket } from 'node:net'

/**
 * Whoever a socket belongs to, and who hears what happens to it: first the listener's newcomer, then the link of the protocol
 * that it turned out to speak.
 */
export interface SocketOwner {
  data(chunk: Buffer): void
  /** It closes then. */
  failed(error: Error): void
  /** It is gone; comes exactly once. */
  close(): void
}

const owner = Symbol('owner')
type Owned = Socket & { [owner]?: SocketOwner | undefined }

/**
 * Gives a socket to its (next) owner. The same three functions listen to all sockets, for as long as these live: of ten thousand idle
 * ones each would hold its own.
 */
export function own(socket: Socket, by: SocketOwner): void {
  const owned: Owned = socket
  const listens = owned[owner] !== undefined
  owned[owner] = by
  if (listens) return
  owned.on('data', onData)
  owned.on('error', onError)
  owned.on('close', onClose)
}

/** Whose it is now; undefined before it is anybody's. */
export function ownerOf(socket: Socket): SocketOwner | undefined {
  return (socket as Owned)[owner]
}

/** Nobody hears any more what comes over it; how it ends its owner still does. */
export function stopReading(socket: Socket): void {
  socket.off('data', onData)
}

function onData(this: Owned, chunk: Buffer): void {
  this[owner]?.data(chunk)
}

function onError(this: Owned, error: Error): void {
  this[owner]?.failed(error)
}

function onClose(this: Owned): void {
  this[owner]?.close()
}
