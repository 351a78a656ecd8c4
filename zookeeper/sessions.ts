import { randomBytes } from 'node:crypto'

/** A client, over all its connections. */
export interface Session {
  readonly id: bigint
  /** What it shows to go on over another connection. */
  readonly password: Buffer
  timeoutMs: number
}

/** Session ids in hex, as ZooKeeper's own tools print them. */
export function formatSession(id: bigint): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`
}

/**
 * Who lives, and until when. Time goes by in ticks: a session that isn't heard of ends at the first tick after its
 * timeout, so that a heartbeat moves it at most from one tick's set to another's.
 */
export class Sessions {
  readonly #tickMs: number
  readonly #byId = new Map<bigint, Session>()
  readonly #endOf = new Map<Session, number>()
  readonly #endingAt = new Map<number, Set<Session>>()
  #nextId: bigint

  /** `now`, milliseconds since 1970, makes ids that no earlier server gave out: its clients must not meet strangers. */
  constructor(tickMs: number, now: number) {
    this.#tickMs = tickMs
    // As the real one: 40 bits of the time above 16 bits to count in; the top byte is the server's number.
    this.#nextId = (1n << 56n) | ((BigInt(now) & 0xff_ffff_ffffn) << 16n)
  }

  get size(): number {
    return this.#byId.size
  }

  [Symbol.iterator](): IterableIterator<Session> {
    return this.#byId.values()
  }

  find(id: bigint): Session | undefined {
    return this.#byId.get(id)
  }

  create(timeoutMs: number, now: number): Session {
    const session: Session = { id: this.#nextId++, password: randomBytes(16), timeoutMs }
    this.#byId.set(session.id, session)
    this.touch(session, now)
    return session
  }

  /** It was heard of. */
  touch(session: Session, now: number): void {
    if (!this.#byId.has(session.id)) return
    const end = (Math.floor((now + session.timeoutMs) / this.#tickMs) + 1) * this.#tickMs
    const before = this.#endOf.get(session)
    if (before === end) return
    this.#unlist(session)
    this.#endOf.set(session, end)
    const others = this.#endingAt.get(end)
    if (others) others.add(session)
    else this.#endingAt.set(end, new Set([session]))
  }

  remove(session: Session): void {
    this.#unlist(session)
    this.#endOf.delete(session)
    this.#byId.delete(session.id)
  }

  /** Those whose time is over by now; they stay until they are removed. */
  overdue(now: number): Session[] {
    const over: Session[] = []
    for (const [end, sessions] of this.#endingAt) if (end <= now) over.push(...sessions)
    return over
  }

  #unlist(session: Session): void {
    const end = this.#endOf.get(session)
    if (end === undefined) return
    const others = this.#endingAt.get(end)
    others?.delete(session)
    if (others?.size === 0) this.#endingAt.delete(end)
  }
}
