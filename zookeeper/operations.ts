import { type Acl, type Id, masked, permits } from './acl.js'
import type { JuteReader, JuteWriter } from './jute.js'
import type { Keeper, Link } from './keeper.js'
import { code, createMode, eventType, KeeperError, op, permission } from './protocol.js'
import type { Act, NewNode, Node, Tree } from './tree.js'

/** Who asks. */
export interface Caller extends Link {
  /** Who it has shown to be. */
  readonly ids: readonly Id[]
}

/** Writes the body of a reply; absent where there is none. */
export type Answer = ((out: JuteWriter) => void) | undefined

/** Each reads its record from the body, does it, and says how it is answered. */
type Read = (body: JuteReader, by: Caller, keeper: Keeper) => Answer
/** Read apart from being done, so that a multi can read all of its parts first. */
type Write = (body: JuteReader) => (act: Act, tree: Tree) => Answer

/** What changes nothing but, perhaps, the caller's watches. */
export const reads: Readonly<Record<number, Read>> = {
  [op.exists]: (body, by, keeper) => {
    const { path, watch } = watched(body)
    if (path.includes('\0')) throw new KeeperError(code.badArguments, 'a path with a NUL')
    const node = keeper.tree.find(path)
    // A node that isn't there is watched as well: that is how one learns of its creation.
    if (watch) keeper.watch('data', path, by)
    if (!node) throw new KeeperError(code.noNode, `there is no ${path}`)
    return stat(node)
  },

  [op.getData]: (body, by, keeper) => getData(watched(body), by, keeper),

  [op.getChildren]: (body, by, keeper) => getChildren(watched(body), by, keeper),

  [op.getChildren2]: (body, by, keeper) => {
    const node = listed(watched(body), by, keeper)
    return (out) => {
      out.vector(node.children, (name) => out.string(name))
      writeStat(out, node)
    }
  },

  [op.getAcl]: (body, by, keeper) => {
    const node = keeper.tree.readable(body.text(), by.ids, permission.read | permission.admin)
    const acl = permits(node.acl, permission.admin, by.ids) ? node.acl : masked(node.acl)
    return (out) => {
      out.vector(acl, ({ permissions, id }) => out.int(permissions).string(id.scheme).string(id.id))
      writeStat(out, node)
    }
  },

  // One server is always in step with itself.
  [op.sync]: (body) => {
    const path = body.string()
    return (out) => void (path === undefined ? out.int(-1) : out.string(path))
  },

  [op.getAllChildrenNumber]: (body, by, keeper) => {
    const { path } = keeper.tree.readable(body.text(), by.ids)
    const count = keeper.tree.descendants(path)
    return (out) => void out.int(count)
  },

  [op.getEphemerals]: (body, by, keeper) => {
    const prefix = body.string()?.trim() ?? ''
    const own = [...(keeper.tree.owned.get(by.session.id) ?? [])]
    const found = prefix === '' || prefix === '/' ? own : own.filter((path) => path.startsWith(prefix))
    return (out) => void out.vector(found, (path) => out.string(path))
  },

  [op.whoAmI]: (_body, by) => {
    const shown = by.ids.map(({ scheme, id }) => ({ scheme, user: scheme === 'digest' ? id.split(':', 1)[0]! : id }))
    return (out) => void out.vector(shown, ({ scheme, user }) => out.string(scheme).string(user))
  },

  [op.setWatches]: (body, by, keeper) => {
    restoreWatches(lostWatches(body), by, keeper)
    return undefined
  },

  [op.setWatches2]: (body, by, keeper) => {
    const lost = lostWatches(body)
    const [persistent, recursive] = [paths(body), paths(body)]
    restoreWatches(lost, by, keeper)
    for (const path of persistent) lasting(path, 'persistent', by, keeper)
    for (const path of recursive) lasting(path, 'recursive', by, keeper)
    return undefined
  },

  [op.addWatch]: (body, by, keeper) => {
    const path = body.text()
    const mode = body.int()
    if (mode !== 0 && mode !== 1) throw new KeeperError(code.marshallingError, `there is no watch mode ${mode}`)
    lasting(path, mode === 0 ? 'persistent' : 'recursive', by, keeper)
    // An error code of its own, always 0; without it clients lose step.
    return (out) => void out.int(code.ok)
  },

  [op.checkWatches]: (body, by, keeper) => {
    const { path, kinds } = selected(body)
    if (!kinds.some((kind) => keeper.watches.has(kind, path, by))) throw noWatcher(path)
    return undefined
  },

  [op.removeWatches]: (body, by, keeper) => {
    const { path, kinds } = selected(body)
    if (kinds.filter((kind) => keeper.watches.remove(kind, path, by)).length === 0) throw noWatcher(path)
    return undefined
  },

  [op.multiRead]: (body, by, keeper) => {
    const parts = multiParts(body, (type) => {
      const get = type === op.getData ? getData : type === op.getChildren ? getChildren : undefined
      return get && { type, get, of: watched(body) }
    })
    // Each for itself: what can't be read says so, the others are answered.
    const results = parts.map(({ type, get, of }): MultiResult => {
      try {
        return { type, answer: get({ path: of.path, watch: false }, by, keeper) }
      } catch (error) {
        if (!(error instanceof KeeperError)) throw error
        return failure(error.code)
      }
    })
    return multiAnswer(results)
  },
}

/** What is a transaction. */
export const writes: Readonly<Record<number, Write>> = {
  [op.create]: (body) => {
    const wanted = newNode(body)
    return (act, tree) => pathOnly(tree.create(wanted, act))
  },
  [op.create2]: createWithStat,
  [op.createContainer]: createWithStat,

  [op.createTtl]: (body) => {
    const create = createWithStat(body)
    body.long()
    return create
  },

  [op.delete]: (body) => {
    const [path, version] = [body.text(), body.int()]
    return (act, tree) => {
      tree.delete(path, version, act)
      return undefined
    }
  },

  [op.setData]: (body) => {
    const [path, data, version] = [body.text(), body.buffer(), body.int()]
    return (act, tree) => stat(tree.setData(path, data, version, act))
  },

  [op.setAcl]: (body) => {
    const [path, acl, version] = [body.text(), readAcl(body), body.int()]
    return (act, tree) => stat(tree.setAcl(path, acl, version, act))
  },

  [op.check]: (body) => {
    const [path, version] = [body.text(), body.int()]
    return (act, tree) => stat(tree.check(path, version, act))
  },

  [op.reconfig]: () => () => {
    throw new KeeperError(code.reconfigDisabled, 'one server is all there is')
  },

  [op.deleteContainer]: () => () => {
    throw new KeeperError(code.badArguments, 'containers are removed by the server alone')
  },

  [op.multi]: (body) => {
    const parts = multiParts(body, (type) => partsOfMulti[type]?.(body))
    return (act, tree) => {
      const done: { type: number; answer: Answer }[] = []
      for (const { type, run } of parts) {
        try {
          done.push({ type, answer: run(act, tree) })
        } catch (error) {
          if (!(error instanceof KeeperError)) throw error
          tree.rollback()
          const failed = done.length
          return multiAnswer(
            parts.map((_, i) => failure(i < failed ? code.ok : i > failed ? code.runtimeInconsistency : error.code)),
          )
        }
      }
      return multiAnswer(done)
    }
  },
}

interface Part {
  /** Of its result. */
  readonly type: number
  readonly run: (act: Act, tree: Tree) => Answer
}

/** What may be part of a multi. */
const partsOfMulti: Readonly<Record<number, (body: JuteReader) => Part>> = {
  [op.create]: createPart,
  [op.create2]: createPart,
  [op.createContainer]: createPart,
  [op.createTtl]: (body) => ({ type: op.create2, run: writes[op.createTtl]!(body) }),
  [op.delete]: (body) => ({ type: op.delete, run: writes[op.delete]!(body) }),
  [op.setData]: (body) => ({ type: op.setData, run: writes[op.setData]!(body) }),
  [op.check]: (body) => {
    const check = writes[op.check]!(body)
    return {
      type: op.check,
      run: (act, tree) => {
        check(act, tree)
        return undefined
      },
    }
  },
}

/** Here it is the mode and not the operation that decides: the Stat of containers is told, that of others isn't. */
function createPart(body: JuteReader): Part {
  const wanted = newNode(body)
  return wanted.flags === createMode.container
    ? { type: op.create2, run: (act, tree) => pathAndStat(tree.create(wanted, act)) }
    : { type: op.create, run: (act, tree) => pathOnly(tree.create(wanted, act)) }
}

function createWithStat(body: JuteReader): (act: Act, tree: Tree) => Answer {
  const wanted = newNode(body)
  return (act, tree) => pathAndStat(tree.create(wanted, act))
}

function pathOnly({ path }: Node): Answer {
  return (out) => void out.string(path)
}

function pathAndStat(node: Node): Answer {
  return (out) => writeStat(out.string(node.path), node)
}

function newNode(body: JuteReader): NewNode {
  return { path: body.text(), data: body.buffer(), acl: readAcl(body), flags: body.int() }
}

function readAcl(body: JuteReader): Acl {
  return body.vector(() => ({
    permissions: body.int(),
    id: { scheme: body.string() ?? '', id: body.string() ?? '' },
  }))
}

interface Watched {
  readonly path: string
  readonly watch: boolean
}

function watched(body: JuteReader): Watched {
  return { path: body.text(), watch: body.boolean() }
}

function getData({ path, watch }: Watched, by: Caller, keeper: Keeper): Answer {
  const node = keeper.tree.readable(path, by.ids)
  if (watch) keeper.watch('data', path, by)
  return (out) => writeStat(out.buffer(node.data), node)
}

function getChildren(of: Watched, by: Caller, keeper: Keeper): Answer {
  const { children } = listed(of, by, keeper)
  return (out) => void out.vector(children, (name) => out.string(name))
}

function listed({ path, watch }: Watched, by: Caller, keeper: Keeper): Node {
  const node = keeper.tree.readable(path, by.ids)
  if (watch) keeper.watch('children', path, by)
  return node
}

/** `addWatch`: a watch that lasts hears of the node and of its children. */
function lasting(path: string, mode: 'persistent' | 'recursive', by: Caller, keeper: Keeper): void {
  keeper.watch('data', path, by, mode)
  keeper.watch('children', path, by, mode)
}

/** The watches of a connection that was lost. */
interface LostWatches {
  /** The last transaction that it saw. */
  readonly seen: bigint
  readonly data: readonly string[]
  readonly exist: readonly string[]
  readonly children: readonly string[]
}

function lostWatches(body: JuteReader): LostWatches {
  return { seen: body.long(), data: paths(body), exist: paths(body), children: paths(body) }
}

function paths(body: JuteReader): string[] {
  return body.vector(() => body.text())
}

/** Sets watches again where nothing has happened in between, and tells of what has. */
function restoreWatches({ seen, data, exist, children }: LostWatches, by: Caller, keeper: Keeper): void {
  for (const path of data) {
    const node = keeper.tree.find(path)
    if (!node) by.event(eventType.deleted, path)
    else if (node.mzxid > seen) by.event(eventType.changed, path)
    else keeper.watch('data', path, by)
  }
  for (const path of exist) {
    if (keeper.tree.find(path)) by.event(eventType.created, path)
    else keeper.watch('data', path, by)
  }
  for (const path of children) {
    const node = keeper.tree.find(path)
    if (!node) by.event(eventType.deleted, path)
    else if (node.pzxid > seen) by.event(eventType.children, path)
    else keeper.watch('children', path, by)
  }
}

const kindsOfWatch = { 1: ['children'], 2: ['data'], 3: ['children', 'data'] } as const

function selected(body: JuteReader): { readonly path: string; readonly kinds: readonly ('data' | 'children')[] } {
  const path = body.text()
  const type = body.int()
  const kinds = kindsOfWatch[type as keyof typeof kindsOfWatch]
  if (!kinds) throw new KeeperError(code.marshallingError, `there is no type of watch ${type}`)
  return { path, kinds }
}

function noWatcher(path: string): KeeperError {
  return new KeeperError(code.noWatcher, `nothing is watched at ${path}`)
}

/** The parts of a multi, up to the header that ends it. */
function multiParts<T>(body: JuteReader, part: (type: number) => T | undefined): T[] {
  const parts: T[] = []
  for (;;) {
    const type = body.int()
    const done = body.boolean()
    body.int()
    if (done) return parts
    const next = part(type)
    if (!next) throw new KeeperError(code.marshallingError, `${type} can't be part of a multi`)
    parts.push(next)
  }
}

interface MultiResult {
  readonly type: number
  readonly code?: number
  readonly answer: Answer
}

const multiError = -1

function multiAnswer(results: readonly MultiResult[]): Answer {
  return (out) => {
    for (const { type, code: error = code.ok, answer } of results) {
      out.int(type).boolean(false).int(error)
      answer?.(out)
    }
    out.int(-1).boolean(true).int(-1)
  }
}

function failure(error: number): MultiResult {
  return { type: multiError, code: error, answer: (out) => void out.int(error) }
}

function stat(node: Node): Answer {
  return (out) => writeStat(out, node)
}

function writeStat(out: JuteWriter, node: Node): void {
  const { size } = node.children
  out.long(node.czxid).long(node.mzxid).long(node.ctime).long(node.mtime)
  // Children that came and children that went.
  out
    .int(node.version)
    .int(2 * node.creates - size)
    .int(node.aclVersion)
  out
    .long(node.owner)
    .int(node.data?.length ?? 0)
    .int(size)
    .long(node.pzxid)
}
