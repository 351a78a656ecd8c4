import { connect, type Socket } from 'node:net'
import { JuteReader, JuteWriter } from '../../../zookeeper/jute.js'
import { op } from '../../../zookeeper/protocol.js'

/** A reply or an event, as it came. */
export interface RawReply {
  readonly xid: number
  readonly zxid: bigint
  readonly code: number
  readonly body: JuteReader
}

export interface RawSession {
  readonly id: bigint
  readonly password: Buffer
}

export interface RawConnectOptions {
  readonly timeoutMs: number
  /** Absent: a new session. */
  readonly resume?: RawSession
}

/** ZooKeeper's protocol by hand, with nothing between a test and the bytes. One request at a time. */
export interface RawClient {
  /** As the server granted it; id 0 where the session to resume is over. */
  readonly session: RawSession
  readonly timeoutMs: number
  /** Events that came since the last `takeEvents`, in order. */
  takeEvents(): { readonly type: number; readonly path: string }[]
  /** Resolves with the reply; undefined when the connection ends without one. */
  request(type: number, write?: (out: JuteWriter) => void, xid?: number): Promise<RawReply | undefined>
  /** Sends bytes behind their length, and waits for a frame that is no event. */
  send(frame: Buffer): Promise<RawReply | undefined>
  /** Sends a ping whose answer nobody waits for. */
  ping(): void
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>
  destroy(): void
}

export async function connectRaw(
  host: string,
  port: number,
  { timeoutMs, resume }: RawConnectOptions,
): Promise<RawClient> {
  const socket: Socket = connect({ host, port, noDelay: true })
  socket.on('error', () => {})
  const closed = new Promise<void>((done) => socket.once('close', () => done()))
  const waiting: ((frame: Buffer | undefined) => void)[] = []
  let events: { type: number; path: string }[] = []
  let rest: Buffer = Buffer.alloc(0)
  let greeted = false
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk])
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const frame = rest.subarray(4, 4 + rest.readInt32BE(0))
      rest = rest.subarray(4 + frame.length)
      const xid = greeted ? frame.readInt32BE(0) : 0
      if (greeted && xid === -1) {
        const body = new JuteReader(frame.subarray(16))
        const type = body.int()
        body.int()
        events.push({ type, path: body.text() })
      } else if (xid !== -2) {
        greeted = true
        waiting.shift()?.(frame)
      }
    }
  })
  socket.on('close', () => {
    for (const answer of waiting.splice(0)) answer(undefined)
  })
  const exchange = (frame: Buffer): Promise<Buffer | undefined> =>
    new Promise((done) => {
      if (socket.destroyed) return done(undefined)
      waiting.push(done)
      socket.write(frame)
    })

  const hello = new JuteWriter().int(0).long(0).int(timeoutMs)
  hello.long(resume?.id ?? 0n).buffer(resume?.password ?? Buffer.alloc(16))
  const answer = await exchange(hello.boolean(false).frame())
  if (!answer) throw new Error(`${host}:${port} ended the connection instead of greeting`)
  const greeting = new JuteReader(answer)
  greeting.int()
  const granted = greeting.int()
  const session = { id: greeting.long(), password: greeting.buffer() ?? Buffer.alloc(0) }

  let xid = 0
  const reply = (frame: Buffer | undefined): RawReply | undefined => {
    if (!frame) return undefined
    const body = new JuteReader(frame)
    return { xid: body.int(), zxid: body.long(), code: body.int(), body }
  }
  return {
    session,
    timeoutMs: granted,
    takeEvents() {
      const taken = events
      events = []
      return taken
    },
    async request(type, write, own = ++xid) {
      const out = new JuteWriter().int(own).int(type)
      write?.(out)
      return reply(await exchange(out.frame()))
    },
    async send(frame) {
      const length = Buffer.alloc(4)
      length.writeInt32BE(frame.length)
      return reply(await exchange(Buffer.concat([length, frame])))
    },
    ping() {
      socket.write(new JuteWriter().int(-2).int(op.ping).frame())
    },
    closed,
    destroy: () => void socket.destroy(),
  }
}
