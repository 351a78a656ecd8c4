import { createServer, type Socket } from 'node:net'

/** What a scripted server does with one request; nothing is sent unless `reply` or `write` is called. */
export interface FakeRequest {
  readonly xid: number
  readonly type: number
  /** Sends a reply header with this error code, and a body where the code is 0. */
  reply(code: number, body?: Buffer): void
  /** Sends bytes as they are. */
  write(bytes: Buffer): void
  readonly socket: Socket
}

/** A server that greets every client and then does with each request what the test says. */
export interface FakeServer {
  readonly address: string
  readonly connections: number
  /** Resets every open connection. */
  drop(): void
  close(): Promise<void>
}

export interface FakeServerOptions {
  /** False: accepts connections and never answers. Default true. */
  readonly greets?: boolean
  readonly sessionTimeoutMs?: number
}

const closeSession = -11

function frame(body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeInt32BE(body.length, 0)
  return Buffer.concat([length, body])
}

export async function startFakeServer(
  on: (request: FakeRequest) => void,
  { greets = true, sessionTimeoutMs = 1_000 }: FakeServerOptions = {},
): Promise<FakeServer> {
  const open = new Set<Socket>()
  let connections = 0
  const server = createServer((socket) => {
    connections++
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    let rest: Buffer = Buffer.alloc(0)
    let greeted = false
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.concat([rest, chunk])
      while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
        const body = rest.subarray(4, 4 + rest.readInt32BE(0))
        rest = rest.subarray(4 + body.length)
        if (!greeted) {
          greeted = true
          const response = Buffer.alloc(36)
          response.writeInt32BE(sessionTimeoutMs, 4)
          response.writeInt32BE(connections, 12)
          response.writeInt32BE(16, 16)
          if (greets) socket.write(frame(response))
          continue
        }
        const xid = body.readInt32BE(0)
        if (body.readInt32BE(4) === closeSession) {
          socket.end()
          return
        }
        const reply = (code: number, payload: Buffer = Buffer.alloc(0)): void => {
          const header = Buffer.alloc(16)
          header.writeInt32BE(xid, 0)
          header.writeInt32BE(code, 12)
          socket.write(frame(Buffer.concat([header, payload])))
        }
        on({ xid, type: body.readInt32BE(4), reply, write: (bytes) => socket.write(bytes), socket })
      }
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return {
    address: `127.0.0.1:${port}`,
    get connections() {
      return connections
    },
    drop() {
      for (const socket of open) socket.resetAndDestroy()
    },
    close() {
      for (const socket of open) socket.destroy()
      return new Promise((done) => server.close(() => done()))
    },
  }
}
