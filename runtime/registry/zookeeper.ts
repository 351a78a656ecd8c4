import { encodeNodeName, isLoopbackHost } from '../address.js'
import { formatServiceKey, type ServiceKey } from '../service-key.js'
import { ConsumerReport } from './consumer-report.js'
import { consumerUrl, newOrigin, type Origin, providerUrls } from './provider-url.js'
import type { Instance, Registry } from './registry.js'
import { parseZooKeeperAddress } from './zookeeper-address.js'
import { zooKeeperCatalog } from './zookeeper-catalog.js'
import type { ConnectZooKeeper, ZooKeeperConnection } from './zookeeper-client.js'
import { watchDirectories } from './zookeeper-directories.js'
import { keepOwnNodes, type OwnNode } from './zookeeper-own-nodes.js'
import { ProviderReader } from './zookeeper-providers.js'
import { NodePublication } from './zookeeper-publication.js'
import { zooKeeperRuleStore } from './zookeeper-rule-store.js'
import { watchRules } from './zookeeper-rules.js'
import { openSession } from './zookeeper-session.js'
import { ProviderWatch } from './zookeeper-watch.js'

export interface ZooKeeperOptions {
  /**
   * Asked of the server, which bounds it (2 to 20 ticks: 4 to 40 s by default). Default 30,000 ms, or the address's
   * `?session=`. It is how long the node of a process that crashed stays.
   */
  readonly sessionTimeoutMs?: number
  /**
   * Without a connection for this long, watches that know nothing report `failed`; the registry goes on trying.
   * Default 3,000 ms, or the address's `?timeout=`.
   */
  readonly connectTimeoutMs?: number
  /** Longest pause between two tries to connect; default 5,000 ms, at most a third of the session timeout. */
  readonly retryMaxMs?: number
  /** Period of the check that the own nodes are still there; default 15,000 ms. */
  readonly selfCheckMs?: number
  /**
   * How long a consumer keeps providers that vanished without an explanation, while their connections answer: all that
   * are missing after its own session was lost, and more than half of a list at once. Default: the session timeout, at
   * most 90,000 ms; 0: not at all.
   */
  readonly keepVanishedMs?: number
  /** Consumers show themselves under `consumers` while they watch; default true. */
  readonly registerConsumers?: boolean
  /** Gets one line per outage and recovery, and per kind of refusal; default `console.warn`. */
  readonly onWarning?: (message: string) => void
  /** Another ZooKeeper client in place of node-zookeeper-client. */
  readonly client?: ConnectZooKeeper
}

export interface ZooKeeperRegistry extends Registry {
  /** As it was negotiated; undefined while there is no connection. */
  readonly session: { readonly id: string; readonly timeoutMs: number } | undefined
}

/** A consumer's node, and what it says there. */
interface ShownConsumer {
  readonly node: OwnNode
  readonly report: ConsumerReport
  users: number
}

function consumerId(service: ServiceKey, application: string): string {
  return `${application} ${formatServiceKey(service)}`
}

/** The library is loaded with the first connection: nobody pays for it who has providers from elsewhere. */
const connectByLibrary: ConnectZooKeeper = async (options) => {
  const { nodeZooKeeperClient } = await import('./zookeeper-node-client.js')
  return nodeZooKeeperClient()(options)
}

/** What a session's end may take at most; then it ends by its timeout. */
const closeTimeoutMs = 2_000
const keepVanishedMaxMs = 90_000

/**
 * Providers in ZooKeeper, in Dubbo's layout: `/dubbo/<service>/{providers,consumers}/<encoded URL>`, ephemeral nodes.
 * Connects at once and for good: it survives outages, expired sessions and deleted nodes, and keeps the last list of
 * providers meanwhile.
 *
 * `address`: `zookeeper://[user:pass@]host:port[,host:port][/chroot][?backup=host:port&group=dubbo]`. With a user, nodes
 * are created for that user alone; `acl=readable` lets everybody read them, `acl=open` do anything. Throws RangeError for
 * anything else.
 */
export function zookeeper(address: string, options: ZooKeeperOptions = {}): ZooKeeperRegistry {
  const parsed = parseZooKeeperAddress(address)
  const { name, servers } = parsed
  const onWarning = options.onWarning ?? ((message: string) => console.warn(message))
  const sessionTimeoutMs = options.sessionTimeoutMs ?? parsed.sessionTimeoutMs ?? 30_000
  const session = openSession({
    address: parsed,
    connect: options.client ?? connectByLibrary,
    sessionTimeoutMs,
    connectTimeoutMs: options.connectTimeoutMs ?? parsed.connectTimeoutMs ?? 3_000,
    retryMaxMs: options.retryMaxMs ?? 5_000,
    onWarning,
  })
  // First what others need of us, then what we need of them.
  const own = keepOwnNodes({
    session,
    name,
    acl: parsed.acl,
    checkMs: options.selfCheckMs ?? 15_000,
    onWarning,
  })
  const directories = watchDirectories(session, name)
  const waiting = new Set<() => void>()
  const news = (): void => {
    for (const told of [...waiting]) told()
  }
  session.listen({ connected: news, away() {}, unreachable: news })
  /** The connection, once there is one; rejects when the session is unreachable, or the registry closed. */
  const connected = async (): Promise<ZooKeeperConnection> => {
    while (!session.connection) {
      if (closed) throw new Error(`${name} is closed`)
      if (session.unreachable) throw session.unreachable
      await new Promise<void>((done) => {
        const told = (): void => {
          waiting.delete(told)
          done()
        }
        waiting.add(told)
      })
    }
    return session.connection
  }
  const root = `${parsed.chroot}/${parsed.group}`
  const placeOf = (service: string, category: 'providers' | 'consumers') =>
    `${root}/${encodeNodeName(service)}/${category}`
  const origin = newOrigin()
  const holdMs = () =>
    options.keepVanishedMs ?? Math.min(keepVanishedMaxMs, session.connection?.sessionTimeoutMs ?? sessionTimeoutMs)
  const readers = new Map<string, ProviderReader>()
  const consumers = new Map<string, ShownConsumer>()
  const publications = new Set<NodePublication>()
  let closed: Promise<void> | undefined

  const showConsumer = (service: ServiceKey, application: string): (() => void) => {
    const id = consumerId(service, application)
    const urlAt = (host: string) => consumerUrl(service, application, host, origin)
    let consumer = consumers.get(id)
    if (!consumer) {
      urlAt('127.0.0.1') // Throws here what would otherwise fail in the background.
      const pathAt = (host: string) => `${placeOf(service.name, 'consumers')}/${encodeNodeName(urlAt(host))}`
      const node = own.keep(pathAt, () => {})
      consumer = { node, report: new ConsumerReport((data) => node.write(data)), users: 0 }
      consumers.set(id, consumer)
    }
    const shared = consumer
    shared.users++
    return () => {
      if (--shared.users > 0) return
      consumers.delete(id)
      shared.report.stop()
      void shared.node.remove()
    }
  }

  /** By service, place and protocol; what follows them in a URL may change. */
  const nodesOf = (instance: Instance, since: Origin): ReadonlyMap<string, string> =>
    new Map(
      instance.services.flatMap((service) =>
        providerUrls(instance, service, since).map((url): [string, string] => [
          `${formatServiceKey(service.key)} ${url.slice(0, url.indexOf('?'))}`,
          `${placeOf(service.key.name, 'providers')}/${encodeNodeName(url)}`,
        ]),
      ),
    )

  return {
    name,
    get session() {
      const { connection } = session
      return connection && { id: connection.sessionId, timeoutMs: connection.sessionTimeoutMs }
    },
    loopback: servers.every(({ host }) => isLoopbackHost(host)),
    ...(servers[0] && { routeTo: servers[0] }),
    catalog: zooKeeperCatalog(session, directories, root),
    rules: {
      watch: watchRules(session, directories, `${root}/config/dubbo`),
      keys: (found) =>
        directories.watch(`${root}/config/dubbo`, (view) => {
          if (view.state === 'found' && !view.stale) found(view.names ?? [])
        }),
      report: (service, { application }, applied) =>
        consumers.get(consumerId(service, application))?.report.applied(applied),
    },
    reportIncompatible: (service, { application }, contract, reason) =>
      consumers.get(consumerId(service, application))?.report.incompatible(contract, reason),

    ruleStore: zooKeeperRuleStore(connected, root, parsed.acl),

    publish(instance) {
      if (closed) throw new Error(`${name} is closed`)
      const since = newOrigin()
      const publication = new NodePublication(instance, {
        own,
        name,
        nodesOf: (each) => nodesOf(each, since),
        onEnd: (ended) => publications.delete(ended),
      })
      publications.add(publication)
      return publication
    },

    watch(service, as, found) {
      if (closed) throw new Error(`${name} is closed`)
      const hide = options.registerConsumers === false ? () => {} : showConsumer(service, as.application)
      const path = placeOf(service.name, 'providers')
      const reader = readers.get(path) ?? new ProviderReader(service.name, path, name)
      readers.set(path, reader)
      reader.users++
      const watch = new ProviderWatch(reader, service, holdMs, found)
      const stop = directories.watch(path, (view) => watch.see(view))
      let stopped = false
      return () => {
        if (stopped) return
        stopped = true
        stop()
        watch.stop()
        hide()
        if (--reader.users === 0) readers.delete(path)
      }
    },

    close() {
      closed ??= (async () => {
        for (const publication of [...publications]) publication.end()
        news()
        directories.stop()
        for (const { report } of consumers.values()) report.stop()
        // Ephemeral nodes go with the session: one message for all of them.
        own.stop()
        await session.close(closeTimeoutMs)
      })()
      return closed
    },
  }
}
