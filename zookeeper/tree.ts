import { type Acl, type Id, openAcl, permits, readOnlyAcl, storedAcl } from './acl.js'
import { checkPath, parentPath } from './path.js'
import { code, createMode, type EventType, eventType, KeeperError, permission } from './protocol.js'

/** A node. Outside of the tree it is read only. */
export interface Node {
  readonly path: string
  readonly children: Set<string>
  data: Buffer | undefined
  acl: Acl
  /** The session it lives and dies with; 0 for all others. */
  readonly owner: bigint
  /** Removed by `sweep` once it has had children and has none. */
  readonly container: boolean
  readonly czxid: number
  mzxid: number
  pzxid: number
  readonly ctime: number
  mtime: number
  version: number
  aclVersion: number
  /** Children ever created: the number of the next sequential one. */
  creates: number
}

/** One step of a transaction, and how to take it back. */
export interface Change {
  readonly type: EventType
  readonly path: string
  /** Who may read the node, and who its parent, may hear of it. */
  readonly acl: Acl
  readonly parentAcl: Acl
  readonly undo: () => void
}

/** When something happens, and in whose name. */
export interface Act {
  readonly zxid: number
  /** Milliseconds since 1970. */
  readonly time: number
  readonly session: bigint
  readonly ids: readonly Id[]
}

export interface TreeLimits {
  readonly maxNodes: number
  /** Of paths and data, all nodes together. */
  readonly maxBytes: number
}

/** A create as it was asked for. */
export interface NewNode {
  readonly path: string
  readonly data: Buffer | undefined
  readonly acl: Acl
  readonly flags: number
}

const system = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'])

/**
 * The nodes and what may be done to them, each check in the order in which ZooKeeper makes it. Every write either
 * throws a KeeperError and has changed nothing, or is a step of the transaction that `commit` or `rollback` ends.
 */
export class Tree {
  readonly #limits: TreeLimits
  /** Every node by its path; a name is found without walking down to it. */
  readonly #nodes = new Map<string, Node>()
  readonly #owned = new Map<bigint, Set<string>>()
  readonly #containers = new Set<Node>()
  #ephemerals = 0
  #bytes = 0
  #steps: Change[] = []

  constructor(limits: TreeLimits) {
    this.#limits = limits
    const empty = { data: Buffer.alloc(0) }
    this.#put({ ...blank('/', openAcl), ...empty })
    this.#put({ ...blank('/zookeeper', openAcl), ...empty })
    this.#put({ ...blank('/zookeeper/quota', openAcl), ...empty })
    // Empty, not null: Curator's ensemble tracker takes the first for "as you were" and trips over the second.
    this.#put({ ...blank('/zookeeper/config', readOnlyAcl), ...empty, aclVersion: -1 })
    // As in the real one: what the server itself put there counts for no sequence.
    for (const node of this.#nodes.values()) node.creates = 0
  }

  get size(): number {
    return this.#nodes.size
  }

  /** Bytes of all paths and data. */
  get bytes(): number {
    return this.#bytes
  }

  get ephemerals(): number {
    return this.#ephemerals
  }

  /** Sessions that own nodes, and the nodes. */
  get owned(): ReadonlyMap<bigint, ReadonlySet<string>> {
    return this.#owned
  }

  find(path: string): Node | undefined {
    return this.#nodes.get(path === '' ? '/' : path)
  }

  get(path: string): Node {
    const node = this.find(path)
    if (!node) throw new KeeperError(code.noNode, `there is no ${path}`)
    return node
  }

  /** The node if its content may be read. */
  readable(path: string, ids: readonly Id[], permissions: number = permission.read): Node {
    const node = this.get(path)
    permit(node, permissions, ids)
    return node
  }

  /** All nodes below one, itself excluded. */
  descendants(path: string): number {
    let count = 0
    const rest = [this.get(path)]
    for (let node = rest.pop(); node; node = rest.pop()) {
      count += node.children.size
      for (const name of node.children) rest.push(this.get(node.path === '/' ? `/${name}` : `${node.path}/${name}`))
    }
    return count
  }

  create({ path, data, acl, flags }: NewNode, act: Act): Node {
    if (flags === createMode.ttl || flags === createMode.ttlSequential) {
      // Refused as by a server without `extendedTypesEnabled`, which is the default.
      throw new KeeperError(code.unimplemented, 'nodes with a time to live are not enabled')
    }
    if (flags < createMode.persistent || flags > createMode.ttlSequential) {
      throw new KeeperError(code.badArguments, `there is no create mode ${flags}`)
    }
    const sequential = flags === createMode.persistentSequential || flags === createMode.ephemeralSequential
    const ephemeral = flags === createMode.ephemeral || flags === createMode.ephemeralSequential
    const above = parentPath(path)
    const stored = storedAcl(acl, act.ids)
    const parent = this.get(above)
    permit(parent, permission.create, act.ids)
    const full = sequential ? path + String(parent.creates).padStart(10, '0') : path
    checkPath(full)
    if (this.#nodes.has(full)) throw new KeeperError(code.nodeExists, `${full} exists`)
    if (parent.owner !== 0n) throw new KeeperError(code.noChildrenForEphemerals, `${above} is ephemeral`)
    const { maxNodes, maxBytes } = this.#limits
    if (this.#nodes.size >= maxNodes) throw new KeeperError(code.systemError, `there are ${maxNodes} nodes already`)
    if (this.#bytes + full.length + (data?.length ?? 0) > maxBytes) {
      throw new KeeperError(code.systemError, `the nodes hold ${maxBytes} bytes already`)
    }
    const node: Node = {
      ...blank(full, stored),
      data,
      owner: ephemeral ? act.session : 0n,
      container: flags === createMode.container,
      czxid: act.zxid,
      mzxid: act.zxid,
      pzxid: act.zxid,
      ctime: act.time,
      mtime: act.time,
    }
    const { pzxid } = parent
    this.#put(node)
    parent.pzxid = act.zxid
    this.#steps.push({
      type: eventType.created,
      path: full,
      acl: stored,
      parentAcl: parent.acl,
      undo: () => {
        this.#remove(node)
        parent.creates--
        parent.pzxid = pzxid
      },
    })
    return node
  }

  delete(path: string, version: number, act: Act): void {
    const above = parentPath(path)
    if (system.has(path)) throw new KeeperError(code.badArguments, `${path} is the server's own`)
    permit(this.get(above), permission.delete, act.ids)
    const node = this.get(path)
    checkVersion(node.version, version)
    if (node.children.size > 0) throw new KeeperError(code.notEmpty, `${path} has children`)
    this.#delete(node, act)
  }

  setData(path: string, data: Buffer | undefined, version: number, act: Act): Node {
    checkPath(path)
    const node = this.readable(path, act.ids, permission.write)
    checkVersion(node.version, version)
    const { data: before, version: versionBefore, mzxid, mtime } = node
    const growth = (data?.length ?? 0) - (before?.length ?? 0)
    if (growth > 0 && this.#bytes + growth > this.#limits.maxBytes) {
      throw new KeeperError(code.systemError, `the nodes hold ${this.#limits.maxBytes} bytes already`)
    }
    this.#bytes += growth
    Object.assign(node, { data, version: (versionBefore + 1) | 0, mzxid: act.zxid, mtime: act.time })
    this.#steps.push({
      type: eventType.changed,
      path: node.path,
      acl: node.acl,
      parentAcl: openAcl,
      undo: () => {
        this.#bytes -= growth
        Object.assign(node, { data: before, version: versionBefore, mzxid, mtime })
      },
    })
    return node
  }

  /** Never a step of a larger transaction, and nothing that watches tell of. */
  setAcl(path: string, acl: Acl, version: number, act: Act): Node {
    checkPath(path)
    const stored = storedAcl(acl, act.ids)
    const node = this.readable(path, act.ids, permission.admin)
    checkVersion(node.aclVersion, version)
    node.acl = stored
    node.aclVersion = (node.aclVersion + 1) | 0
    return node
  }

  check(path: string, version: number, act: Act): Node {
    checkPath(path)
    const node = this.readable(path, act.ids)
    checkVersion(node.version, version)
    return node
  }

  /** Deletes what a session owns. */
  disown(act: Act): void {
    for (const path of this.#owned.get(act.session) ?? []) this.#delete(this.get(path), act)
  }

  /** Containers that have had children and have none. */
  idleContainers(): Node[] {
    return [...this.#containers].filter(({ creates, children }) => creates > 0 && children.size === 0)
  }

  /** Deletes a container that is still idle. */
  deleteContainer(node: Node, act: Act): void {
    if (this.#nodes.get(node.path) === node && node.children.size === 0) this.#delete(node, act)
  }

  /** Ends the transaction: what has been done stays, and is what watches tell of. */
  commit(): readonly Change[] {
    return this.#steps.splice(0)
  }

  /** Ends the transaction: everything is as it was before. */
  rollback(): void {
    for (const { undo } of this.#steps.splice(0).reverse()) undo()
  }

  #delete(node: Node, { zxid }: Act): void {
    const parent = this.get(parentPath(node.path))
    const { pzxid } = parent
    this.#remove(node)
    parent.pzxid = zxid
    this.#steps.push({
      type: eventType.deleted,
      path: node.path,
      acl: node.acl,
      parentAcl: parent.acl,
      undo: () => {
        this.#put(node)
        parent.creates--
        parent.pzxid = pzxid
      },
    })
  }

  #put(node: Node): void {
    const { path, owner } = node
    this.#nodes.set(path, node)
    this.#bytes += path.length + (node.data?.length ?? 0)
    if (path !== '/') {
      const parent = this.get(parentPath(path))
      parent.children.add(nameOf(path))
      parent.creates++
    }
    if (node.container) this.#containers.add(node)
    if (owner === 0n) return
    this.#ephemerals++
    const owned = this.#owned.get(owner)
    if (owned) owned.add(path)
    else this.#owned.set(owner, new Set([path]))
  }

  #remove(node: Node): void {
    const { path, owner } = node
    this.#nodes.delete(path)
    this.#bytes -= path.length + (node.data?.length ?? 0)
    this.get(parentPath(path)).children.delete(nameOf(path))
    this.#containers.delete(node)
    if (owner === 0n) return
    this.#ephemerals--
    const owned = this.#owned.get(owner)
    owned?.delete(path)
    if (owned?.size === 0) this.#owned.delete(owner)
  }
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function blank(path: string, acl: Acl): Node {
  return {
    path,
    children: new Set(),
    data: undefined,
    acl,
    owner: 0n,
    container: false,
    czxid: 0,
    mzxid: 0,
    pzxid: 0,
    ctime: 0,
    mtime: 0,
    version: 0,
    aclVersion: 0,
    creates: 0,
  }
}

function permit(node: Node, permissions: number, ids: readonly Id[]): void {
  if (!permits(node.acl, permissions, ids)) throw new KeeperError(code.noAuth, `no permission at ${node.path}`)
}

/** -1 fits every version. */
function checkVersion(actual: number, wanted: number): void {
  if (wanted !== -1 && wanted !== actual) {
    throw new KeeperError(code.badVersion, `it has version ${actual}, not ${wanted}`)
  }
}
