import { connect, createServer, type Socket } from 'node:net'
import { closeForeignSession, readConnectResponse, type SessionCredentials } from './raw-session.js'

/**
 * - `ok`: passes everything on.
 * - `refuse`: new connections are closed at once.
 * - `blackhole`: connections stay open, nothing passes in either direction.
 */
export type FaultMode = 'ok' | 'refuse' | 'blackhole'

/** A TCP proxy in front of a ZooKeeper that misbehaves on command. */
export interface FaultProxy {
  readonly port: number
  /** `127.0.0.1:<port>` */
  readonly address: string
  /** Connections accepted so far. */
  readonly accepted: number
  /** Requests passed on so far, greetings and pings included. */
  readonly requests: number
  /** The most requests that waited for an answer at once on one connection; may be set back. */
  mostOutstanding: number
  mode: FaultMode
  /** Passed on later by this many milliseconds, in each direction. */
  delayMs: number
  /** Ends every open connection: `reset` with RST, `cut` with FIN. */
  drop(how: 'reset' | 'cut'): void
  /** Half of the next frame from the server passes, then the connection is reset. */
  truncateNextFrame(): void
  /** Replaces the error code of the next reply that has this request type, or of any next reply, and drops its body. */
  answerNext(code: number, type?: number): void
  /** Where new connections go: `host:port`. */
  target: string
  /** Ends the session of the last client that connected, behind its back and for certain: refuse, cut, close it, open. */
  expireSession(): Promise<void>
  /** Closes that session while its client goes on as it likes: it may lose it, win it back or be left deaf. */
  closeSession(): Promise<void>
  close(): Promise<void>
}

/** Calls `each` with every complete frame, length prefix included. */
function splitFrames(each: (frame: Buffer) => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0)
  return (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      each(rest.subarray(0, end))
      rest = rest.subarray(end)
    }
  }
}

/** Starts one in front of `target`, a `host:port`, on a free port or on the given one. */
export async function startFaultProxy(target: string, port = 0): Promise<FaultProxy> {
  const place = (): { host: string; port: number } => {
    const separator = target.lastIndexOf(':')
    return { host: target.slice(0, separator), port: Number(target.slice(separator + 1)) }
  }
  const open = new Set<Socket>()
  let accepted = 0
  let requests = 0
  let mostOutstanding = 0
  let mode: FaultMode = 'ok'
  let delayMs = 0
  let truncate = false
  let answer: { code: number; type: number | undefined } | undefined
  let session: SessionCredentials | undefined

  const drop = (how: 'reset' | 'cut'): void => {
    for (const socket of open) how === 'reset' ? socket.resetAndDestroy() : socket.destroy()
  }
  const pass = (to: Socket, bytes: Buffer): void => {
    if (mode === 'blackhole') return
    if (delayMs === 0) to.write(bytes)
    else setTimeout(() => to.writable && to.write(bytes), delayMs)
  }

  const server = createServer((client) => {
    accepted++
    client.on('error', () => {})
    if (mode === 'refuse') {
      client.resetAndDestroy()
      return
    }
    const upstream = connect(place())
    upstream.on('error', () => {})
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      open.add(socket)
      socket.on('close', () => {
        open.delete(socket)
        other.destroy()
      })
    }
    const types = new Map<number, number>()
    let first = true
    client.on(
      'data',
      splitFrames((frame) => {
        requests++
        if (!first) types.set(frame.readInt32BE(4), frame.readInt32BE(8))
        mostOutstanding = Math.max(mostOutstanding, types.size)
        first = false
        pass(upstream, frame)
      }),
    )
    let greeted = false
    upstream.on(
      'data',
      splitFrames((frame) => {
        if (!greeted) {
          greeted = true
          session = readConnectResponse(frame) ?? session
        } else {
          const type = types.get(frame.readInt32BE(4))
          types.delete(frame.readInt32BE(4))
          if (answer && type !== undefined && type === (answer.type ?? type)) {
            const header = Buffer.from(frame.subarray(0, 20))
            header.writeInt32BE(16, 0)
            header.writeInt32BE(answer.code, 16)
            answer = undefined
            pass(client, header)
            return
          }
        }
        if (truncate) {
          truncate = false
          client.write(frame.subarray(0, Math.max(5, frame.length >> 1)), () => client.resetAndDestroy())
          return
        }
        pass(client, frame)
      }),
    )
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', done)
  })
  const address = server.address()
  const listening = typeof address === 'object' && address ? address.port : 0

  return {
    port: listening,
    address: `127.0.0.1:${listening}`,
    get accepted() {
      return accepted
    },
    get requests() {
      return requests
    },
    get mostOutstanding() {
      return mostOutstanding
    },
    set mostOutstanding(next) {
      mostOutstanding = next
    },
    get mode() {
      return mode
    },
    set mode(next) {
      mode = next
    },
    get delayMs() {
      return delayMs
    },
    set delayMs(next) {
      delayMs = next
    },
    get target() {
      return target
    },
    set target(next) {
      target = next
    },
    drop,
    truncateNextFrame() {
      truncate = true
    },
    answerNext(code, type) {
      answer = { code, type }
    },
    async expireSession() {
      if (!session) throw new Error('no client has connected yet')
      const before = mode
      mode = 'refuse'
      drop('reset')
      await closeForeignSession(place().port, session)
      mode = before
    },
    async closeSession() {
      if (!session) throw new Error('no client has connected yet')
      await closeForeignSession(place().port, session)
    },
    close() {
      drop('cut')
      return new Promise((done) => server.close(() => done()))
    },
  }
}
