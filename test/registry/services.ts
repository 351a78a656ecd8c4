import { randomUUID } from 'node:crypto'
import { createClient } from 'node-zookeeper-client'
import { decodeNodeName } from '../../runtime/address.js'
import type { Discovery, Instance, InstanceService, Registry } from '../../runtime/registry/registry.js'
import { type ZooKeeperOptions, type ZooKeeperRegistry, zookeeper } from '../../runtime/registry/zookeeper.js'
import type { MethodSchema, ServiceSchema } from '../../runtime/schema/schema.js'
import { serviceKey } from '../../runtime/service-key.js'

/** A chroot that no other test uses. */
export function ownChroot(): string {
  return `/test-${randomUUID()}`
}

/** A registry with short times, and what it has warned of. */
export function openTestRegistry(
  address: string,
  options: ZooKeeperOptions = {},
): { readonly registry: ZooKeeperRegistry; readonly warnings: string[] } {
  const warnings: string[] = []
  const registry = zookeeper(`zookeeper://${address}`, {
    sessionTimeoutMs: 1_000,
    connectTimeoutMs: 1_000,
    onWarning: (message) => warnings.push(message),
    ...options,
  })
  return { registry, warnings }
}

export function serviceSchema(name: string, methods: readonly string[]): ServiceSchema {
  const method = (method: string): MethodSchema => ({
    name: method,
    kind: 'unary',
    params: [],
    body: 'args',
    errors: [],
    idempotent: false,
    oneway: false,
    tags: {},
  })
  return { schemaVersion: 1, name, methods: methods.map(method), types: {}, hash: '', tags: {} }
}

export const ticketService = 'com.miao.server.TicketService'

export interface Offer extends Partial<Omit<InstanceService, 'key' | 'schema'>> {
  readonly name?: string
  readonly group?: string
  readonly version?: string
}

/** A process that offers one service (by default TicketService) on each of the ports. */
export function instanceOn(ports: number | readonly number[], offer: Offer = {}): Instance {
  const { name = ticketService, group, version, weight = 100, enabled = true, params = new Map() } = offer
  const key = serviceKey(name, group, version)
  return {
    application: 'provider-server',
    addresses: [ports].flat().map((port) => ({ protocol: 'tsubo', host: '127.0.0.1', port })),
    services: [{ key, schema: serviceSchema(name, ['getTicket', 'book']), weight, enabled, params }],
  }
}

/** Collects what a watch tells. */
export interface Watching {
  readonly all: readonly Discovery[]
  readonly last: Discovery
  /** Ports of the providers found last, sorted. */
  readonly ports: readonly number[]
  stop(): void
}

export function watching(registry: Registry, key = serviceKey(ticketService)): Watching {
  const all: Discovery[] = []
  const stop = registry.watch(key, { application: 'consumer-server' }, (discovery) => all.push(discovery))
  return {
    all,
    get last() {
      return all.at(-1) ?? { state: 'pending' }
    },
    get ports() {
      const last = all.at(-1)
      if (last?.state !== 'found') return []
      return last.providers.flatMap(({ addresses }) => addresses.map(({ port }) => port)).sort((a, b) => a - b)
    },
    stop,
  }
}

/** A look at the server from outside, by a session of its own. */
export interface Inspector {
  /** Decoded children of a node; none where there is no node. */
  children(path: string): Promise<string[]>
  create(path: string, options?: { readonly ephemeral?: boolean }): Promise<void>
  remove(path: string): Promise<void>
  /** Makes a node its own, ephemeral, in one transaction. */
  takeOver(path: string): Promise<void>
  /** Owner's session id, hex. */
  owner(path: string): Promise<string | undefined>
  close(): void
}

export async function inspect(address: string): Promise<Inspector> {
  const client = createClient(address, { sessionTimeout: 30_000 })
  await new Promise<void>((done) => {
    client.once('connected', done)
    client.connect()
  })
  return {
    children: (path) =>
      new Promise((done, fail) => {
        client.getChildren(path, (error, children) => {
          if (error && !('code' in error && error.code === -101)) fail(error)
          else done(error ? [] : children.map((child) => decodeNodeName(child) ?? child))
        })
      }),
    create: (path, { ephemeral = false } = {}) =>
      new Promise((done, fail) => {
        const parent = path.slice(0, path.lastIndexOf('/')) || '/'
        client.mkdirp(parent, (missing) => {
          if (missing) return fail(missing)
          client.create(path, ephemeral ? 1 : 0, (error) => (error ? fail(error) : done()))
        })
      }),
    remove: (path) => new Promise((done, fail) => client.remove(path, (error) => (error ? fail(error) : done()))),
    takeOver: (path) =>
      new Promise((done, fail) =>
        client
          .transaction()
          .remove(path)
          .create(path, 1)
          .commit((error) => (error ? fail(error) : done())),
      ),
    owner: (path) =>
      new Promise((done, fail) => {
        client.exists(path, (error, stat) => {
          if (error) fail(error)
          else done(stat ? stat.ephemeralOwner.toString('hex') : undefined)
        })
      }),
    close: () => client.close(),
  }
}
