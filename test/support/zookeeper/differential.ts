import type { JuteReader, JuteWriter } from '../../../zookeeper/jute.js'
import { op } from '../../../zookeeper/protocol.js'
import { connectRaw, type RawClient, type RawReply } from './raw-client.js'

/*
 * Random operations, the same for several servers, and what each of them answers in a form that can be compared:
 * transactions counted from the first one, sessions named in the order of their beginning, times left out, sets sorted.
 */

/** Numbers from 0 to below a bound, the same ones for the same seed (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

interface AclEntry {
  readonly permissions: number
  readonly scheme: string
  readonly id: string
}

interface Part {
  readonly type: number
  readonly path: string
  readonly data?: Buffer | undefined
  readonly acl?: readonly AclEntry[]
  readonly flags?: number
  readonly version?: number
}

/** One step, of one of the clients. `request` is an operation, the others happen to connections and sessions. */
export type Step = { readonly client: number } & (
  | { readonly kind: 'request'; readonly type: number; readonly write: (out: JuteWriter, zxid: bigint) => void }
  /** The record cut off at a share of its length. */
  | { readonly kind: 'cut'; readonly type: number; readonly path: string }
  | { readonly kind: 'reconnect'; readonly timeoutMs: number; readonly kick: boolean }
  | { readonly kind: 'wrongPassword' }
  | { readonly kind: 'close' }
  | { readonly kind: 'expire'; readonly nodes: number }
) & { readonly text: string }

const clients = 5
const unknownOp = 77
const names = ['a', 'b', 'c', 'd']
const oddPaths = ['/', '', 'a', '/a/', '/b//c', '/b/../c', '/b/.', '/é', '/b b', '/b\u0001', '/b\u0000', '//']
const systemPaths = ['/zookeeper', '/zookeeper/config', '/zookeeper/quota', '/zookeeper/quota/x']
/** Watched for good, so never for once: the real server mixes the two up (reference: ZooKeeper 3.8's WatchManager). */
const lasting: Readonly<Record<string, number>> = { '/a': 0, '/d': 1 }
const open: readonly AclEntry[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }]
const users = ['u1:p1', 'u2:p2']

/** Makes steps, one after the other. `expiries`: one in so many ends a session by its timeout, which takes a second. */
export function makeSteps(seed: number, expiries: number): () => Step {
  const below = randomFrom(seed)
  const pick = <T>(items: readonly T[]): T => items[below(items.length)] as T
  const chance = (percent: number): boolean => below(100) < percent
  const path = (): string => {
    if (chance(4)) return pick(oddPaths)
    if (chance(3)) return pick(systemPaths)
    return Array.from({ length: 1 + below(3) }, () => `/${pick(names)}`).join('')
  }
  const data = (): Buffer | undefined =>
    chance(10) ? undefined : chance(15) ? Buffer.alloc(0) : Buffer.from('x'.repeat(1 + below(chance(2) ? 5_000 : 20)))
  const version = (): number => pick([-1, -1, -1, 0, 0, 1, 2, -2])
  const acl = (): readonly AclEntry[] => {
    if (chance(80)) return open
    const entry = (): AclEntry => ({
      permissions: pick([31, 31, 31, 1, 3, 15, 16, 30]),
      ...pick([
        { scheme: 'world', id: 'anyone' },
        { scheme: 'auth', id: '' },
        { scheme: 'auth', id: '' },
        { scheme: 'digest', id: 'u1:fpT/y03U+EjItKZOSLGvjnJlyng=' },
        { scheme: 'digest', id: 'nobody:x' },
        { scheme: 'ip', id: '127.0.0.1' },
        { scheme: 'ip', id: '127.0.0.0/8' },
        { scheme: 'ip', id: '10.0.0.0/8' },
        { scheme: 'ip', id: 'localhost' },
        { scheme: 'digest', id: 'a:b:c' },
        { scheme: 'digest', id: 'a:b:' },
        { scheme: 'digest', id: 'a' },
        { scheme: 'world', id: 'x' },
        { scheme: 'bogus', id: 'x' },
      ]),
    })
    return Array.from({ length: chance(5) ? 0 : 1 + below(3) }, entry)
  }
  /** Within a multi the real one takes a mode that isn't enabled for a frame that can't be read; ours for that part's fault. */
  const part = (alone: boolean): Part => {
    const type = pick([op.create, op.create, op.create2, op.delete, op.setData, op.check, op.createContainer])
    const flags = type === op.createContainer ? 4 : pick([0, 0, 0, 1, 1, 2, 3, 0, 0, 1, 4, 9, ...(alone ? [5] : [])])
    return { type, path: path(), data: data(), acl: acl(), flags, version: version() }
  }
  const write = (out: JuteWriter, { type, path, data, acl = [], flags = 0, version = -1 }: Part): void => {
    out.string(path)
    if (type === op.delete || type === op.check) out.int(version)
    else if (type === op.setData) out.buffer(data).int(version)
    else {
      out.buffer(data)
      writeAcl(out, acl)
      out.int(flags)
    }
  }
  const once = (path: string): boolean => chance(50) && !(path in lasting)

  const request = (): Pick<Step & { kind: 'request' }, 'type' | 'write' | 'text'> => {
    const kind = below(100)
    if (kind < 42) {
      const p = part(true)
      if (p.type === op.check) return { type: op.sync, text: `sync ${p.path}`, write: (out) => out.string(p.path) }
      return { type: p.type, text: textOf(p), write: (out) => write(out, p) }
    }
    if (kind < 66) {
      const type = pick([op.exists, op.getData, op.getChildren, op.getChildren2])
      const at = path()
      const watch = once(at)
      return {
        type,
        text: `${nameOf(type)} ${JSON.stringify(at)}${watch ? ' watch' : ''}`,
        write: (out) => out.string(at).boolean(watch),
      }
    }
    if (kind < 78) {
      const parts = Array.from({ length: below(5) }, () => part(false))
      const wrong = chance(3)
      return {
        type: op.multi,
        text: `multi [${parts.map(textOf).join(', ')}]${wrong ? ' and what is no part' : ''}`,
        write: (out) => {
          for (const p of parts) {
            out.int(p.type).boolean(false).int(-1)
            write(out, p)
          }
          if (wrong) out.int(op.setAcl).boolean(false).int(-1).string('/a')
          out.int(-1).boolean(true).int(-1)
        },
      }
    }
    if (kind < 82) {
      const [at, wanted, v] = [path(), acl(), version()]
      return {
        type: op.setAcl,
        text: `setAcl ${JSON.stringify(at)} ${JSON.stringify(wanted)} ${v}`,
        write: (out) => {
          out.string(at)
          writeAcl(out, wanted)
          out.int(v)
        },
      }
    }
    if (kind < 88) {
      const type = pick([op.getAcl, op.getAllChildrenNumber, op.getEphemerals])
      // Of '' the real one counts one more than of '/'.
      const at = path() || '/'
      return { type, text: `${nameOf(type)} ${JSON.stringify(at)}`, write: (out) => out.string(at) }
    }
    if (kind < 90) {
      const user = pick(users)
      return {
        type: op.auth,
        text: `auth ${user}`,
        write: (out) => out.int(0).string('digest').buffer(Buffer.from(user)),
      }
    }
    if (kind < 93) {
      const at = pick(Object.keys(lasting))
      const mode = chance(2) ? 7 : (lasting[at] as number)
      return { type: op.addWatch, text: `addWatch ${at} ${mode}`, write: (out) => out.string(at).int(mode) }
    }
    if (kind < 95) {
      // Not checkWatches: the real one says yes where anybody watches (WatchManager.containsWatcher of 3.8).
      const [at, of] = [path(), pick([1, 2, 3, 3, 9])]
      return {
        type: op.removeWatches,
        text: `removeWatches ${JSON.stringify(at)} ${of}`,
        write: (out) => out.string(at).int(of),
      }
    }
    if (kind < 97) {
      const lists = [0, 1, 2].map(() => Array.from({ length: below(4) }, path).filter((each) => !(each in lasting)))
      const ago = BigInt(below(30))
      return {
        type: op.setWatches,
        text: `setWatches ${ago} ago ${JSON.stringify(lists)}`,
        write: (out, zxid) => {
          out.long(zxid - ago)
          for (const list of lists) out.vector(list, (each) => out.string(each))
        },
      }
    }
    if (kind < 98) {
      const parts = Array.from({ length: below(4) }, () => ({ type: pick([op.getData, op.getChildren]), path: path() }))
      return {
        type: op.multiRead,
        text: `multiRead ${JSON.stringify(parts)}`,
        write: (out) => {
          for (const { type, path } of parts) out.int(type).boolean(false).int(-1).string(path).boolean(false)
          out.int(-1).boolean(true).int(-1)
        },
      }
    }
    if (kind < 99) return { type: op.whoAmI, text: 'whoAmI', write: () => {} }
    return pick([
      {
        type: op.reconfig,
        text: 'reconfig',
        write: (out: JuteWriter) => out.string('').string('').string('').long(-1),
      },
      { type: unknownOp, text: 'an operation that there is none of', write: () => {} },
      {
        type: op.auth,
        text: 'auth of a scheme that there is none of',
        write: (out: JuteWriter) => out.int(0).string('bogus').buffer(Buffer.from('x')),
      },
      {
        type: op.createTtl,
        text: 'createTtl',
        write: (out: JuteWriter) => {
          write(out, { type: op.create, path: '/t', data: undefined, acl: open, flags: 5 })
          out.long(1_000)
        },
      },
    ])
  }

  return () => {
    const client = below(clients)
    if (below(expiries) === 0) {
      return { client, kind: 'expire', nodes: 1 + below(3), text: 'a session of its own ends by its timeout' }
    }
    const kind = below(1_000)
    if (kind < 8) return { client, kind: 'close', text: 'closes its session, begins another' }
    if (kind < 18) {
      const [kick, timeoutMs] = [chance(50), pick([1, 5_000, 60_000, 1_000_000])]
      return { client, kind: 'reconnect', kick, timeoutMs: Math.max(20_000, timeoutMs), text: 'reconnects' }
    }
    if (kind < 20) return { client, kind: 'wrongPassword', text: 'somebody guesses its password; it reconnects' }
    if (kind < 25) {
      const [type, at] = [pick([op.create, op.delete, op.setData, op.getData, op.exists, op.multi]), path()]
      return { client, kind: 'cut', type, path: at, text: `${nameOf(type)} cut off` }
    }
    return { client, kind: 'request', ...request() }
  }
}

function writeAcl(out: JuteWriter, acl: readonly AclEntry[]): void {
  out.vector(acl, ({ permissions, scheme, id }) => out.int(permissions).string(scheme).string(id))
}

function textOf({ type, path, data, acl = [], flags, version }: Part): string {
  const of = type === op.delete || type === op.check ? `${version}` : `${data?.length} bytes`
  const more = type === op.setData ? ` ${version}` : type === op.delete || type === op.check ? '' : ` mode ${flags}`
  return `${nameOf(type)} ${JSON.stringify(path)} ${of}${more}${acl === open ? '' : ` ${JSON.stringify(acl)}`}`
}

function nameOf(type: number): string {
  return Object.entries(op).find(([, number]) => number === type)?.[0] ?? `op ${type}`
}

/** One server, with clients that take steps. */
export interface Subject {
  /** Takes a step and tells what came of it, in comparable form. */
  take(step: Step): Promise<unknown>
  /** Keeps all sessions alive. */
  ping(): void
  close(): void
}

export async function openSubject(host: string, port: number): Promise<Subject> {
  const longMs = 60_000
  const labels = new Map<bigint, string>()
  const dial = async (timeoutMs: number): Promise<RawClient> => {
    const client = await connectRaw(host, port, { timeoutMs })
    labels.set(client.session.id, `session ${labels.size}`)
    return client
  }
  const connected = [await dial(longMs)]
  const first = await connected[0]?.request(op.exists, (out) => out.string('/').boolean(false))
  const base = first?.zxid ?? 0n
  let zxid = base
  while (connected.length < clients) connected.push(await dial(longMs))
  /** An end of sessions deletes their nodes in any order: until their events have been read, order means nothing. */
  const unordered = connected.map(() => false)

  const seen = (value: bigint): number => (value <= 0n ? Number(value) : Number(value - base))
  const stat = (body: JuteReader): unknown => {
    const [czxid, mzxid] = [seen(body.long()), seen(body.long())]
    const [ctime, mtime] = [body.long(), body.long()]
    const versions = [body.int(), body.int(), body.int()]
    const owner = body.long()
    const [dataLength, numChildren, pzxid] = [body.int(), body.int(), seen(body.long())]
    return {
      czxid,
      mzxid,
      pzxid,
      times: ctime === 0n ? 'none' : mtime >= ctime ? 'some' : 'wrong',
      versions,
      owner: owner === 0n ? 'nobody' : (labels.get(owner) ?? 'a stranger'),
      dataLength,
      numChildren,
    }
  }
  const list = (body: JuteReader): unknown => body.vector(() => body.text()).sort()
  const results = (body: JuteReader): unknown[] => {
    const all: unknown[] = []
    for (;;) {
      const [type, done, error] = [body.int(), body.boolean(), body.int()]
      if (done) return [...all, [type, error]]
      all.push([type, error, bodies[type === -1 ? -1 : type]?.(body)])
    }
  }
  const bodies: Readonly<Record<number, (body: JuteReader) => unknown>> = {
    // Within a multi only.
    [-1]: (body) => body.int(),
    [op.create]: (body) => body.text(),
    [op.create2]: (body) => [body.text(), stat(body)],
    [op.createContainer]: (body) => [body.text(), stat(body)],
    [op.exists]: stat,
    [op.getData]: (body) => [body.buffer()?.toString() ?? 'null', stat(body)],
    [op.setData]: stat,
    [op.setAcl]: stat,
    // In the order of a set where the ids of the caller were filled in.
    [op.getAcl]: (body) => [body.vector(() => [body.int(), body.text(), body.text()].join()).sort(), stat(body)],
    [op.getChildren]: list,
    [op.getChildren2]: (body) => [list(body), stat(body)],
    [op.sync]: (body) => body.text(),
    [op.getAllChildrenNumber]: (body) => body.int(),
    [op.getEphemerals]: list,
    [op.addWatch]: (body) => body.int(),
    [op.whoAmI]: (body) => body.vector(() => [body.text(), body.text()].join()).sort(),
    [op.multi]: results,
    [op.multiRead]: results,
  }
  const told = (reply: RawReply | undefined, type: number): unknown => {
    if (!reply) return 'the connection ended'
    if (reply.zxid > zxid) zxid = reply.zxid
    const body = reply.code === 0 ? bodies[type]?.(reply.body) : undefined
    // The real one says -1 in reply to what it doesn't know, which clients then take for the last transaction.
    const at = type === unknownOp ? 'any' : seen(reply.zxid)
    return { zxid: at, code: reply.code, body, left: reply.body.left }
  }
  const eventsOf = (client: number): unknown => {
    const events = connected[client]?.takeEvents().map(({ type, path }) => `${type} ${path}`) ?? []
    if (unordered[client]) events.sort()
    unordered[client] = false
    return events
  }
  const replace = async (client: number, timeoutMs: number): Promise<RawClient> => {
    const { session } = connected[client] as RawClient
    const next = await connectRaw(host, port, { timeoutMs, resume: session })
    connected[client] = next
    return next
  }

  return {
    async take(step) {
      const { client } = step
      const raw = connected[client] as RawClient
      switch (step.kind) {
        case 'request': {
          const reply = await raw.request(step.type, (out) => step.write(out, zxid))
          const answer = { reply: told(reply, step.type), events: eventsOf(client) }
          // What it doesn't know and whom it doesn't believe costs the connection.
          if (step.type !== unknownOp && !(step.type === op.auth && reply?.code === -115)) return answer
          await raw.closed
          await replace(client, longMs)
          return answer
        }
        case 'cut': {
          const whole = Buffer.from(step.path)
          const frame = Buffer.alloc(12 + Math.max(0, whole.length - 1))
          frame.writeInt32BE(1_000_000, 0)
          frame.writeInt32BE(step.type, 4)
          frame.writeInt32BE(whole.length + 1, 8)
          return { reply: told(await raw.send(frame), step.type), events: eventsOf(client) }
        }
        case 'reconnect': {
          if (!step.kick) raw.destroy()
          const next = await replace(client, step.timeoutMs)
          if (step.kick) await raw.closed
          return { same: next.session.id === raw.session.id, timeoutMs: next.timeoutMs }
        }
        case 'wrongPassword': {
          const resume = { id: raw.session.id, password: Buffer.alloc(16, 1) }
          const guess = await connectRaw(host, port, { timeoutMs: longMs, resume })
          await Promise.all([guess.closed, raw.closed])
          const next = await replace(client, longMs)
          return { granted: [guess.session.id, guess.timeoutMs].join(), same: next.session.id === raw.session.id }
        }
        case 'close': {
          unordered.fill(true)
          const reply = told(await raw.request(op.closeSession), op.closeSession)
          const events = eventsOf(client)
          await raw.closed
          connected[client] = await dial(longMs)
          return { reply, events }
        }
        case 'expire': {
          unordered.fill(true)
          const short = await dial(1)
          const made: unknown[] = []
          for (let n = 0; n < step.nodes; n++) {
            const reply = await short.request(op.create, (out) => {
              out.string(`/${names[n]}/short-`).buffer(undefined)
              writeAcl(out, open)
              out.int(3)
            })
            made.push(told(reply, op.create))
          }
          await short.closed
          return { timeoutMs: short.timeoutMs, made }
        }
      }
    },
    ping() {
      for (const client of connected) client.ping()
    },
    close() {
      for (const client of connected) client.destroy()
    },
  }
}

/** What a comparison has seen, to know that it has seen enough. */
export interface Seen {
  /** Times each code was answered. */
  readonly codes: ReadonlyMap<number, number>
  readonly events: number
}

/**
 * Lets several servers take the same steps and hands what each of them told to `compare`, with the last steps as text.
 * `expiries`: one step in so many waits for a session's timeout.
 */
export async function compareSubjects(
  places: readonly { readonly host: string; readonly port: number }[],
  options: { readonly seed: number; readonly steps: number; readonly expiries: number },
  compare: (told: readonly unknown[], history: () => string) => void,
): Promise<Seen> {
  const subjects = await Promise.all(places.map(({ host, port }) => openSubject(host, port)))
  const codes = new Map<number, number>()
  let events = 0
  try {
    const next = makeSteps(options.seed, options.expiries)
    const last: string[] = []
    for (let n = 0; n < options.steps; n++) {
      const step = next()
      last.push(`${n}: client ${step.client} ${step.text}`)
      if (last.length > 15) last.shift()
      const told = await Promise.all(subjects.map((subject) => subject.take(step)))
      compare(told, () => last.join('\n'))
      const { reply, events: heard } = told[0] as { reply?: { code: number }; events?: unknown[] }
      if (reply) codes.set(reply.code, (codes.get(reply.code) ?? 0) + 1)
      events += heard?.length ?? 0
      if (n % 1_000 === 0) for (const subject of subjects) subject.ping()
    }
  } finally {
    for (const subject of subjects) subject.close()
  }
  return { codes, events }
}
