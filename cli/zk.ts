import type { NodeStat, ZooKeeperConnection } from '../runtime/registry/zookeeper-client.js'
import type { ZooKeeperSession } from '../runtime/registry/zookeeper-session.js'
import { defaultRegistry } from './default-registry.js'
import { parseArgs } from './parse-args.js'
import { printable } from './table.js'

export const summary = 'look at the nodes of a ZooKeeper, and create, delete and watch them'

const help = `Usage: tsubo zk ls <path>                       its children
       tsubo zk get <path>                      what it holds
       tsubo zk create [-e] [-s] [-p] <path> [data]
       tsubo zk delete [-r] <path>
       tsubo zk watch <path>                    its children and its data, and every change to them

  -e                    create: an ephemeral node; it is there for as long as the command runs
  -s                    create: a sequential one, with a number behind its name
  -p                    create: what is missing above it, too
  -r                    delete: with everything below it
  --registry <address>  zookeeper://[user:password@]host:port[,host:port][/chroot]
                        (default: DUBBO_REGISTRY_ADDRESS, else zookeeper://127.0.0.1:2181)
  --json                data in place of text; with watch one line for every change
  --help                this text

Data that begins with a dash goes behind --: tsubo zk create /a -- -1
Exit codes: 0 done, 1 failed, 2 wrong usage.
`

const actions = ['ls', 'get', 'create', 'delete', 'watch'] as const
type Action = (typeof actions)[number]

interface Flags {
  readonly ephemeral: boolean
  readonly sequential: boolean
  readonly parents: boolean
  readonly recursive: boolean
  readonly json: boolean
}

/** What a command works with. Paths are as the user wrote them; `at` puts the address's chroot before them. */
interface Work {
  readonly session: ZooKeeperSession
  readonly connection: ZooKeeperConnection
  readonly acl: 'open' | 'creator' | 'readable'
  readonly flags: Flags
  at(path: string): string
  readonly chroot: string
  print(text: string): void
}

/** ZooKeeper refuses more, by closing the connection. */
const maxDataBytes = 1_000_000
const sessionTimeoutMs = 10_000

export async function run(args: string[]): Promise<number> {
  const glued = args.find((arg) => /^-[esp]+\//.test(arg))
  if (glued !== undefined) {
    const apart = glued.replace('/', ' /')
    const meant = ['tsubo zk', ...args.map((arg) => (arg === glued ? apart : arg))].join(' ')
    return usage(`there is no option ${glued}; a space is missing: ${meant}`)
  }
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ephemeral: { type: 'boolean', short: 'e', default: false },
      sequential: { type: 'boolean', short: 's', default: false },
      parents: { type: 'boolean', short: 'p', default: false },
      recursive: { type: 'boolean', short: 'r', default: false },
      registry: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const [name, path, data, ...more] = positionals
  const action = actions.find((each) => each === name)
  if (!action) return usage(await notAnAction(name))
  const wrong = wrongArguments(action, path, data, more, values) ?? (path && wrongPath(path))
  if (wrong || path === undefined) return usage(wrong || `${action} needs a path: tsubo zk ${action} /dubbo`)

  const [{ parseZooKeeperAddress }, { openSession }, { nodeZooKeeperClient }, { ZooKeeperError }] = await Promise.all([
    import('../runtime/registry/zookeeper-address.js'),
    import('../runtime/registry/zookeeper-session.js'),
    import('../runtime/registry/zookeeper-node-client.js'),
    import('../runtime/registry/zookeeper-client.js'),
  ])
  const address = values.registry ?? defaultRegistry()
  let parsed: ReturnType<typeof parseZooKeeperAddress>
  try {
    parsed = parseZooKeeperAddress(address)
  } catch (error) {
    const scheme = /^(memory|static):\/\//.exec(address)?.[1]
    return usage(scheme ? `a ${scheme}:// registry has no nodes; give a zookeeper:// one` : (error as Error).message)
  }
  let there = false
  const session = openSession({
    address: parsed,
    connect: nodeZooKeeperClient(),
    sessionTimeoutMs: parsed.sessionTimeoutMs ?? sessionTimeoutMs,
    connectTimeoutMs: parsed.connectTimeoutMs ?? 3_000,
    retryMaxMs: 1_000,
    // Before there is a connection, the reason that there is none is told once, below.
    onWarning: (message) => there && process.stderr.write(`${message}\n`),
  })
  const print = (text: string): void => void process.stdout.write(`${text}\n`)
  const at = (below: string): string => parsed.chroot + (below === '/' && parsed.chroot !== '' ? '' : below)
  try {
    const connection = await connected(session)
    there = true
    const work: Work = { session, connection, acl: parsed.acl, flags: values, chroot: parsed.chroot, at, print }
    return await commands[action](work, path, data)
  } catch (error) {
    if (there && !(error instanceof ZooKeeperError)) throw error
    const { message, code } = error as InstanceType<typeof ZooKeeperError>
    const told = there ? (explain(action, code, path) ?? message) : `${message}; is it running? tsubo registry runs one`
    process.stderr.write(`tsubo zk: ${told}\n`)
    return 1
  } finally {
    await session.close(1_000)
  }
}

const commands: Readonly<Record<Action, (work: Work, path: string, data?: string) => Promise<number>>> = {
  async ls({ connection, at, flags, print }, path) {
    const names = [...(await connection.children(at(path)))].sort()
    if (flags.json) print(JSON.stringify(names))
    else for (const name of names) print(printable(name))
    return 0
  },

  async get({ connection, at, flags, print }, path) {
    const { data, stat } = await connection.data(at(path))
    if (flags.json) print(JSON.stringify({ path, ...asJson(data), ...statJson(stat) }, undefined, 2))
    else print(data === undefined ? '' : asText(data))
    return 0
  },

  async create(work, path, data) {
    const { connection, acl, chroot, at, flags, print } = work
    const { ephemeral, sequential, json } = flags
    const node = { ephemeral, sequential, acl, ...(data !== undefined && { data: Buffer.from(data) }) }
    if (flags.parents) await createParents(work, path)
    const created = (await connection.create(at(path), node)).slice(chroot.length)
    print(json ? JSON.stringify({ path: created, ...(ephemeral && { session: connection.sessionId }) }) : created)
    if (!ephemeral) return 0
    process.stderr.write('it is there for as long as this command runs; Ctrl-C ends both\n')
    const lost = await Promise.race([toldToEnd(), connection.lost.then((reason) => reason.message)])
    if (lost === undefined) return 0
    process.stderr.write(
      `tsubo zk create: ${lost}; ${created} is gone within ${connection.sessionTimeoutMs / 1000} s\n`,
    )
    return 1
  },

  async delete(work, path) {
    const { connection, at, flags, print } = work
    const count = flags.recursive ? await deleteAll(connection, at(path)) : 1
    if (!flags.recursive) {
      try {
        await connection.delete(at(path))
      } catch (error) {
        if ((error as { code?: unknown }).code !== 'not_empty') throw error
        const { length } = await connection.children(at(path))
        const them = length === 1 ? 'a child' : `${length} children`
        process.stderr.write(`tsubo zk: ${path} has ${them}; -r deletes everything below it, too\n`)
        return 1
      }
    }
    print(flags.json ? JSON.stringify({ path, deleted: count }) : `deleted ${count === 1 ? path : `${count} nodes`}`)
    return 0
  },

  watch: watchNode,
}

async function createParents({ connection, acl, at }: Work, path: string): Promise<void> {
  const names = path.split('/').slice(1, -1)
  for (const [i] of names.entries()) {
    const above = `/${names.slice(0, i + 1).join('/')}`
    await connection.create(at(above), { ephemeral: false, acl }).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'node_exists') throw error
    })
  }
}

/** Deletes from the leaves up; how many nodes. What somebody else deletes meanwhile is gone as well. */
async function deleteAll(connection: ZooKeeperConnection, path: string): Promise<number> {
  const found = [path]
  for (const parent of found) {
    for (const name of await connection.children(parent)) found.push(`${parent}/${name}`)
  }
  for (const each of found.reverse()) {
    await connection.delete(each).catch((error: unknown) => {
      if ((error as { code?: unknown }).code !== 'no_node') throw error
    })
  }
  return found.length
}

interface Seen {
  readonly names: ReadonlySet<string> | undefined
  readonly version: number | undefined
  readonly data: Uint8Array | undefined
}

/** Tells what there is, and then what changes, over any number of connections, until it is told to end. */
async function watchNode({ session, at, flags, print }: Work, path: string): Promise<number> {
  let seen: Seen | undefined
  const tell = (change: Readonly<Record<string, unknown>>, text: string): void =>
    print(flags.json ? JSON.stringify({ at: new Date().toISOString(), path, ...change }) : text)

  const compare = (next: Seen): void => {
    const first = seen === undefined
    const [before, after] = [seen?.names, next.names]
    if (!after) {
      if (first || before) tell({ change: 'missing' }, first ? `there is no ${path} yet` : `${path} is gone`)
    } else {
      if (!before && !first) tell({ change: 'created' }, `${path} is there`)
      if (first || seen?.version !== next.version || !before) {
        const text = next.data === undefined || next.data.length === 0 ? 'no data' : asText(next.data)
        tell({ change: 'data', ...asJson(next.data), version: next.version }, `= ${text}`)
      }
      for (const name of [...after].sort()) {
        if (!before?.has(name)) tell({ change: 'added', name }, `+ ${printable(name)}`)
      }
      for (const name of [...(before ?? [])].sort()) {
        if (!after.has(name)) tell({ change: 'removed', name }, `- ${printable(name)}`)
      }
    }
    seen = next
  }

  let reading = false
  let again = false
  const read = async (): Promise<void> => {
    again = true
    if (reading) return
    reading = true
    while (again && session.connection) {
      again = false
      const { connection } = session
      try {
        const { data, stat } = await connection.data(at(path), changed)
        const names = new Set(await connection.children(at(path), changed))
        compare({ names, version: stat.version, data })
      } catch (error) {
        const { code } = error as { code?: unknown }
        if (code === 'no_node') {
          // It may have come into being just now.
          if (await connection.exists(at(path), changed).catch(() => undefined)) again = true
          else compare({ names: undefined, version: undefined, data: undefined })
        } else if (session.connection === connection) {
          failed(error as Error)
        }
      }
    }
    reading = false
  }
  const changed = (): void => void read()
  let failed: (error: Error) => void = () => {}
  const refused = new Promise<never>((_done, fail) => {
    failed = fail
  })
  // Each new connection begins with nothing watched.
  session.listen({ connected: changed, away() {}, unreachable() {} })
  await Promise.race([toldToEnd(), refused])
  return 0
}

function connected(session: ZooKeeperSession): Promise<ZooKeeperConnection> {
  return new Promise((done, fail) => {
    session.listen({ connected: done, away() {}, unreachable: fail })
  })
}

function toldToEnd(): Promise<undefined> {
  return new Promise((done) => {
    process.once('SIGINT', () => done(undefined))
    process.once('SIGTERM', () => done(undefined))
  })
}

async function notAnAction(name: string | undefined): Promise<string> {
  if (name === undefined) return `say what to do: ${actions.join(', ')}`
  const { nearest } = await import('../runtime/schema/nearest.js')
  const meant = nearest(name, [...actions])
  return `there is no "tsubo zk ${name}"; ${meant ? `did you mean "${meant}"?` : `there are ${actions.join(', ')}`}`
}

function wrongArguments(
  action: Action,
  path: string | undefined,
  data: string | undefined,
  more: readonly string[],
  flags: Flags,
): string | undefined {
  const only = (flag: string, of: Action): string => `-${flag} belongs to ${of}, not to ${action}`
  if (action !== 'create') {
    if (flags.ephemeral) return only('e', 'create')
    if (flags.sequential) return only('s', 'create')
    if (flags.parents) return only('p', 'create')
  }
  if (action !== 'delete' && flags.recursive) return only('r', 'delete')
  if (action === 'delete' && path === '/') return "the root can't be deleted; name what is below it"
  const extra = action === 'create' ? more : [data, ...more].filter((each) => each !== undefined)
  if (extra.length > 0) {
    const hint = action === 'create' ? '; data with spaces goes into quotes' : ''
    return `${action} ${path} is all it takes, not ${JSON.stringify(extra.join(' '))}${hint}`
  }
  if (data !== undefined && Buffer.byteLength(data) > maxDataBytes) {
    return `${Buffer.byteLength(data)} bytes of data: a node holds at most about 1 MB`
  }
  return undefined
}

function wrongPath(path: string): string | undefined {
  if (!path.startsWith('/')) return `${printable(path)} is no path; paths begin with a slash: /${printable(path)}`
  if (path !== '/' && path.endsWith('/')) {
    return `${printable(path)} ends with a slash; write ${printable(path.replace(/\/+$/, '') || '/')}`
  }
  const names = path.slice(1).split('/')
  if (path !== '/' && names.some((name) => name === '' || name === '.' || name === '..')) {
    return `${printable(path)} is no path: between slashes there is a name, other than . and ..`
  }
  return printable(path) === path ? undefined : `${printable(path)} has characters that ZooKeeper doesn't take`
}

function explain(action: Action, code: string, path: string): string | undefined {
  switch (code) {
    case 'no_node': {
      const parent = path.slice(0, path.lastIndexOf('/'))
      return action === 'create'
        ? `there is no ${parent} to create it in; -p creates what is missing`
        : `there is no ${path}`
    }
    case 'node_exists':
      return `${path} exists already`
    case 'no_auth':
      return `${path} is not yours: give the user in the address, zookeeper://user:password@...`
    case 'auth_failed':
      return 'the server refuses this user and password'
    default:
      return undefined
  }
}

function asJson(data: Uint8Array | undefined): { readonly data: string | null } | { readonly base64: string } {
  if (data === undefined) return { data: null }
  const text = utf8(data)
  return text === undefined ? { base64: Buffer.from(data).toString('base64') } : { data: text }
}

function statJson({ owner, version, size, children, createdAt, changedAt }: NodeStat): object {
  return { owner: owner ?? null, version, size, children, createdAt, changedAt }
}

/** Foreign bytes for a terminal. */
function asText(data: Uint8Array): string {
  const text = utf8(data)
  return text === undefined
    ? `${data.length} bytes that are no text; --json shows them`
    : text.replace(/[^\n\t]+/g, (line) => printable(line))
}

function utf8(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data)
  } catch {
    return undefined
  }
}

function usage(problem: string): number {
  process.stderr.write(`tsubo zk: ${problem}\ntsubo zk --help shows what it takes\n`)
  return 2
}
