import { type Acl, digestId, type Id, permits } from './acl.js'
import { JuteReader, JuteWriter } from './jute.js'
import type { Keeper } from './keeper.js'
import { type Answer, type Caller, reads, writes } from './operations.js'
import { code, type EventType, KeeperError, op, permission } from './protocol.js'
import type { Script } from './script.js'
import { formatSession, type Session } from './sessions.js'
import type { Statistics } from './statistics.js'

/** What a connection needs of a socket. */
export interface Transport {
  /** The other end. */
  readonly host: string
  readonly port: number
  /** False when it has more to send than it should: `Connection.drained` is called when there is room again. */
  send(bytes: Buffer): boolean
  /** Ends it once everything sent has left. */
  end(): void
  /** Ends it at once. */
  destroy(): void
  /** Reads no more, and goes on reading. */
  pause(): void
  resume(): void
}

/** What connections share. */
export interface Surroundings {
  readonly keeper: Keeper
  readonly statistics: Statistics
  /** How to misbehave, while a test says so. */
  readonly script: Script | undefined
  /** The answer to a four-letter word; undefined for what is none. */
  say(word: string): string | undefined
}

/** Longer frames end their connection, as with ZooKeeper's `jute.maxbuffer`. */
const maxFrameBytes = 0xfffff
const syncConnected = 3
const pingXid = -2
const eventXid = -1
const noPassword = Buffer.alloc(16)
const opNames = new Map<number, string>(Object.entries(op).map(([name, number]) => [number, name]))
/** Their record begins with something else than a path. */
const withoutPath = new Set<number>([op.ping, op.auth, op.setWatches, op.setWatches2, op.multi, op.multiRead])

/**
 * One socket's worth of the protocol: cuts bytes into frames, greets, and answers each request before it looks at the
 * next, so that replies leave in the order of the requests. What can't be a request ends this connection and no other.
 *
 *     int length | ConnectRequest                    the first frame, or a four-letter word in the length's place
 *     int length | int xid | int type | record       a request
 *     int length | int xid | long zxid | int code | record     a reply; an event has xid -1
 */
export class Connection {
  readonly transport: Transport
  received = 0
  sent = 0
  readonly #around: Surroundings
  readonly #ids: Id[]
  #caller: Caller | undefined
  #chunks: Buffer[] = []
  #size = 0
  #needed = 4
  /** `deaf`: open, but nothing is answered any more. `lost`: what it does is done, but nothing is sent. */
  #state: 'open' | 'deaf' | 'lost' | 'ended' = 'open'
  /** The socket has more to send than it should. */
  #full = false
  /** A scripted delay: this request waits, and what follows it. */
  #delayed = false

  constructor(transport: Transport, around: Surroundings) {
    this.transport = transport
    this.#around = around
    this.#ids = [{ scheme: 'ip', id: transport.host }]
  }

  /** Undefined until it is greeted. */
  get caller(): Caller | undefined {
    return this.#caller
  }

  get session(): Session | undefined {
    return this.#caller?.session
  }

  /** Bytes from the other end. */
  receive(chunk: Buffer): void {
    if (this.#state !== 'open') return
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#size >= this.#needed) this.#drain()
  }

  /** The socket has sent what it had. */
  drained(): void {
    this.#full = false
    this.#goOn()
  }

  /** The socket is gone; the session lives on. */
  closed(): void {
    this.#state = 'ended'
    this.#chunks = []
    if (this.#caller) this.#around.keeper.detach(this.#caller)
  }

  /** Ends it once everything sent has left. */
  end(): void {
    if (this.#state === 'ended') return
    this.closed()
    this.transport.end()
  }

  /** Ends it at once. */
  abort(): void {
    if (this.#state === 'ended') return
    this.closed()
    this.transport.destroy()
  }

  #drain(): void {
    const bytes = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#size)
    let at = 0
    this.#needed = 4
    while (this.#state === 'open' && !this.#full && !this.#delayed && bytes.length - at >= 4) {
      const length = bytes.readInt32BE(at)
      // Only as the very first bytes; as a length they are too long anyway.
      const words = this.#caller ? undefined : this.#around.say(bytes.toString('latin1', at, at + 4))
      if (words !== undefined) {
        this.transport.send(Buffer.from(words))
        this.end()
      } else if (length < 0 || length > maxFrameBytes) {
        this.end()
      } else if (bytes.length - at < 4 + length) {
        this.#needed = 4 + length
        break
      } else {
        at += 4 + length
        this.#frame(bytes.subarray(at - length, at))
      }
    }
    // What is left waits for more bytes, or for the end of what holds it up.
    this.#chunks = this.#state === 'open' && at < bytes.length ? [bytes.subarray(at)] : []
    this.#size = bytes.length - at
  }

  #goOn(): void {
    if (this.#state !== 'open' || this.#full || this.#delayed) return
    this.transport.resume()
    if (this.#size >= this.#needed) this.#drain()
  }

  #frame(frame: Buffer): void {
    const began = performance.now()
    this.received++
    this.#around.statistics.received++
    const caller = this.#caller
    if (!caller) {
      this.#scripted('connect', frame, undefined, () => this.#greet(frame))
      return
    }
    if (frame.length < 8) {
      this.end()
      return
    }
    const body = new JuteReader(frame)
    const [xid, type] = [body.int(), body.int()]
    this.#scripted(opNames.get(type) ?? `op ${type}`, frame, { xid, type }, () => {
      this.#around.keeper.touch(caller.session)
      this.#request(xid, type, body, caller)
      this.#around.statistics.took(performance.now() - began)
    })
  }

  /** Does it, unless the script of a test has other plans. */
  #scripted(op: string, frame: Buffer, head: { xid: number; type: number } | undefined, run: () => void): void {
    const { script, keeper } = this.#around
    const what = script?.({
      session: this.session && formatSession(this.session.id),
      op,
      path: head && !withoutPath.has(head.type) ? pathOf(frame) : undefined,
    })
    if (what === undefined) run()
    else if (what === 'hang') this.#state = 'deaf'
    else if (what === 'drop') this.abort()
    else if (what === 'lose') {
      this.#state = 'lost'
      run()
      this.abort()
    } else if ('answer' in what) {
      if (head) this.#reply(head.xid, keeper.zxid, what.answer)
      else this.abort()
    } else {
      this.#delayed = true
      this.transport.pause()
      setTimeout(() => {
        this.#delayed = false
        if (this.#state !== 'open') return
        run()
        this.#goOn()
      }, what.delayMs)
    }
  }

  #greet(frame: Buffer): void {
    const { keeper } = this.#around
    const request = readConnect(frame)
    if (!request) {
      this.end()
      return
    }
    const { timeoutMs, id, password, flag } = request
    const session = id === 0n ? keeper.open(timeoutMs) : keeper.resume(id, password, timeoutMs)
    // Too many sessions: it may come again.
    if (!session && id === 0n) {
      this.abort()
      return
    }
    if (session) {
      this.#caller = { session, ids: this.#ids, event: this.#event.bind(this), end: this.end.bind(this) }
      keeper.attach(this.#caller)
    }
    const out = new JuteWriter().int(0)
    if (session) out.int(session.timeoutMs).long(session.id).buffer(session.password)
    else out.int(0).long(0).buffer(noPassword)
    // Clients before 3.4 and node-zookeeper-client don't know the read-only flag and would trip over it.
    if (flag) out.boolean(false)
    this.#send(out)
    if (!session) this.end()
  }

  #request(xid: number, type: number, body: JuteReader, by: Caller): void {
    const { keeper } = this.#around
    const [read, write] = [reads[type], writes[type]]
    if (read || write) {
      try {
        const answer = write
          ? keeper.transact(by.session.id, by.ids, (act) => write(body)(act, keeper.tree))
          : read?.(body, by, keeper)
        this.#reply(xid, keeper.zxid, code.ok, answer)
      } catch (error) {
        if (!(error instanceof KeeperError)) throw error
        this.#reply(xid, keeper.zxid, error.code)
      }
    } else if (type === op.ping) {
      this.#reply(pingXid, keeper.zxid, code.ok)
    } else if (type === op.auth) {
      const proved = this.#authenticate(body)
      this.#reply(xid, 0, proved)
      if (proved === code.authFailed) this.end()
    } else if (type === op.closeSession) {
      keeper.close(by.session)
      this.#reply(xid, keeper.zxid, code.ok)
      this.end()
    } else {
      this.#reply(xid, keeper.zxid, type === op.sasl ? code.authFailed : code.unimplemented)
      this.end()
    }
  }

  /** Any digest is believed: it proves something only where a node's ACL names it. */
  #authenticate(body: JuteReader): number {
    try {
      body.int() // the type, always 0
      const [scheme, credentials] = [body.string(), body.buffer()]
      if (!credentials || (scheme !== 'digest' && scheme !== 'ip')) return code.authFailed
      if (scheme === 'digest') {
        const proved = digestId(credentials)
        if (!this.#ids.some(({ id }) => id === proved.id)) this.#ids.push(proved)
      }
      return code.ok
    } catch (error) {
      if (!(error instanceof KeeperError)) throw error
      return error.code
    }
  }

  #event(type: EventType, path: string, acl?: Acl): void {
    // A watch tells nobody what he may not read (CVE-2024-23944 was the lack of this).
    if (this.#state === 'deaf' || (acl && !permits(acl, permission.read, this.#ids))) return
    // -1 for the transaction, too: what ZooKeeper up to 3.8 sends.
    this.#send(new JuteWriter().int(eventXid).long(-1).int(code.ok).int(type).int(syncConnected).string(path))
  }

  #reply(xid: number, zxid: number, error: number, answer?: Answer): void {
    const out = new JuteWriter().int(xid).long(zxid).int(error)
    answer?.(out)
    this.#send(out)
  }

  #send(out: JuteWriter): void {
    if (this.#state === 'lost' || this.#state === 'ended') return
    this.sent++
    this.#around.statistics.sent++
    if (this.transport.send(out.frame()) || this.#full) return
    this.#full = true
    this.transport.pause()
  }
}

interface ConnectRequest {
  readonly timeoutMs: number
  /** 0 asks for a new session. */
  readonly id: bigint
  readonly password: Buffer
  /** There was a read-only flag, so the answer has one, too. */
  readonly flag: boolean
}

function readConnect(frame: Buffer): ConnectRequest | undefined {
  const body = new JuteReader(frame)
  try {
    body.int() // protocolVersion
    // The last transaction the client saw is not held against it: a server in memory starts from nothing, and if it
    // hung up without a word, as the real one does, clients would never learn that their sessions are over.
    body.long()
    const [timeoutMs, id, password] = [body.int(), body.long(), body.buffer() ?? noPassword]
    return { timeoutMs, id, password, flag: body.left > 0 }
  } catch {
    return undefined
  }
}

function pathOf(frame: Buffer): string | undefined {
  try {
    return new JuteReader(frame.subarray(8)).string()
  } catch {
    return undefined
  }
}
