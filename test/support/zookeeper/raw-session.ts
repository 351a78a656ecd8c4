import { connect } from 'node:net'

/** A session's id (8 bytes) and password (16 bytes), as its client knows them. */
export interface SessionCredentials {
  readonly id: Buffer
  readonly password: Buffer
}

/**
 * Closes somebody else's session at the server, in its own name: ConnectRequest(id, password) and CloseSession in one
 * write. Its ephemeral nodes are gone when this resolves, and its client learns it only when it connects the next time.
 */
export function closeForeignSession(port: number, session: SessionCredentials): Promise<void> {
  const request = Buffer.alloc(4 + 44)
  request.writeInt32BE(44, 0)
  request.writeInt32BE(10_000, 16) // timeOut, behind protocolVersion and lastZxidSeen
  session.id.copy(request, 20)
  request.writeInt32BE(16, 28)
  session.password.copy(request, 32)
  const close = Buffer.alloc(4 + 8)
  close.writeInt32BE(8, 0)
  close.writeInt32BE(1, 4) // xid
  close.writeInt32BE(-11, 8) // closeSession
  return new Promise((done, fail) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([request, close])))
    socket.setTimeout(5_000, () => socket.destroy(new Error('closing a session: no answer')))
    socket.on('data', () => {})
    socket.on('error', fail)
    socket.on('close', () => done())
  })
}

/** Reads id and password out of a ConnectResponse frame (with its length prefix); `undefined` for anything else. */
export function readConnectResponse(frame: Buffer): SessionCredentials | undefined {
  if (frame.length < 40 || frame.readInt32BE(20) !== 16) return undefined
  const id = Buffer.from(frame.subarray(12, 20))
  return id.every((byte) => byte === 0) ? undefined : { id, password: Buffer.from(frame.subarray(24, 40)) }
}
