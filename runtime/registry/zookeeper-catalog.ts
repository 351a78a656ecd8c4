import { decodeNodeName, parseServiceUrl } from '../address.js'
import { serviceKey } from '../service-key.js'
import type { Catalog, ListedConsumer, ListedProvider, ListedService, Listing } from './catalog.js'
import { readProviderUrl } from './provider-url.js'
import { reportReader } from './read-consumer-report.js'
import { dataWatcher } from './zookeeper-data.js'
import type { Directories, DirectoryView } from './zookeeper-directories.js'
import type { ZooKeeperSession } from './zookeeper-session.js'

interface Service {
  readonly name: string
  readonly stop: () => void
  readonly providers: Category<ListedProvider>
  readonly consumers: Category<ListedConsumer>
  /** What was made of the views that there are; undefined: something has changed since. */
  listed: ListedService | undefined
}

/** One of a service's two directories, and what its nodes were read as. */
interface Category<T> {
  view: DirectoryView
  readonly read: (node: string, name: string) => Read<T>
  nodes: readonly string[]
  entries: readonly Read<T>[]
}

/** A listing costs a look at every service: so long after one there is no other. */
const gatherMs = 25

type Read<T> = { readonly item: T } | { readonly entry: string; readonly reason: string }

/**
 * Everything below Dubbo's root node: each service's `providers` and `consumers`, watched. A change costs what it changes: services,
 * providers and consumers that are as they were are the same objects.
 */
export function zooKeeperCatalog(session: ZooKeeperSession, directories: Directories, root: string): Catalog {
  const watchData = dataWatcher(session)
  let reading: ReturnType<typeof reportReader> | undefined
  /** Of consumers, while they are known. */
  const paths = new WeakMap<ListedConsumer, string>()
  const readerOf =
    (folder: string): Category<ListedConsumer>['read'] =>
    (node, name) => {
      const read = readConsumer(node, name)
      if ('item' in read) paths.set(read.item, `${folder}/${node}`)
      return read
    }
  return {
    watchIncompatible(consumer, found) {
      const path = paths.get(consumer)
      if (path === undefined) return () => {}
      reading ??= reportReader()
      const read = reading
      return watchData(path, async (data) => found((await read)(data).incompatible))
    },
    watch(found) {
      const services = new Map<string, Service>()
      let byName: readonly Service[] = []
      let top: DirectoryView = { state: 'pending' }
      let stopped = false
      let due = false

      let toldAt = Number.NEGATIVE_INFINITY
      const tell = (): void => {
        due = false
        if (stopped) return
        found(listing(top, byName))
        toldAt = performance.now()
      }
      // What comes in one go, as after a connect, is told in one go; what goes on coming, now and then.
      const changed = (): void => {
        if (due) return
        due = true
        const wait = toldAt + gatherMs - performance.now()
        if (wait <= 0) setImmediate(tell)
        else setTimeout(tell, wait)
      }
      const open = (node: string, name: string): Service => {
        const category = <T>(read: Category<T>['read']): Category<T> => ({
          view: { state: 'pending' },
          read,
          nodes: [],
          entries: [],
        })
        const service: Service = {
          name,
          providers: category(readProvider),
          consumers: category(readerOf(`${root}/${node}/consumers`)),
          listed: undefined,
          stop() {
            for (const stop of stops) stop()
          },
        }
        const stops = (['providers', 'consumers'] as const).map((which) =>
          directories.watch(`${root}/${node}/${which}`, (view) => {
            service[which].view = view
            service.listed = undefined
            changed()
          }),
        )
        return service
      }
      const stop = directories.watch(root, (view) => {
        top = view
        if (view.state === 'found') {
          const nodes = new Set(view.names)
          for (const [node, service] of services) {
            if (nodes.delete(node)) continue
            service.stop()
            services.delete(node)
          }
          for (const node of nodes) {
            const name = decodeNodeName(node)
            if (name !== undefined) services.set(node, open(node, name))
          }
          byName = [...services.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
        }
        changed()
      })
      return () => {
        stopped = true
        stop()
        for (const service of services.values()) service.stop()
      }
    },
  }
}

function listing(top: DirectoryView, byName: readonly Service[]): Listing {
  if (top.state !== 'found') return top
  let stale = top.stale
  let pending = 0
  let failed: Error | undefined
  const services: ListedService[] = []
  for (const service of byName) {
    const provided = service.providers.view
    const consumed = service.consumers.view
    if (provided.state === 'pending' || consumed.state === 'pending') {
      pending++
      continue
    }
    if (provided.state === 'found') stale ||= provided.stale
    else failed = provided.cause
    if (consumed.state === 'found') stale ||= consumed.stale
    else failed = consumed.cause
    service.listed ??= list(service)
    // Dubbo keeps other things there as well: `config`, `metadata`, `mapping`.
    const unreadable = provided.state === 'failed' || consumed.state === 'failed'
    if (unreadable || namesIn(provided) || namesIn(consumed)) services.push(service.listed)
  }
  // A place that may not be read is one thing, a registry that went away before it was read another.
  if (failed && stale) return { state: 'failed', cause: failed }
  if (pending > 0) return { state: 'pending', services, of: byName.length }
  return { state: 'found', services, stale }
}

function namesIn(view: DirectoryView): readonly string[] | undefined {
  return view.state === 'found' ? view.names : undefined
}

/** Foreign input: whatever can't be read is listed with the reason. */
function list({ name, providers, consumers }: Service): ListedService {
  const skipped: { entry: string; reason: string }[] = []
  const itemsOf = <T>(category: Category<T>): T[] => {
    const { view } = category
    if (view.state === 'failed') skipped.push({ entry: name, reason: `can't be read: ${view.cause.message}` })
    reread(category, name)
    return category.entries.flatMap((each) => {
      if ('item' in each) return [each.item]
      skipped.push(each)
      return []
    })
  }
  return { name, providers: itemsOf(providers), consumers: itemsOf(consumers), skipped }
}

/** Reads the nodes that weren't there before. */
function reread<T>(category: Category<T>, name: string): void {
  const { view, read } = category
  const nodes = view.state === 'found' ? [...(view.names ?? [])].sort() : []
  const before = new Map(category.nodes.map((node, i) => [node, category.entries[i]]))
  category.entries = nodes.map((node) => before.get(node) ?? read(node, name))
  category.nodes = nodes
}

function readProvider(node: string, name: string): Read<ListedProvider> {
  const url = decodeNodeName(node)
  const entry = url === undefined ? { skipped: 'is not URL-encoded' } : readProviderUrl(url, name)
  if ('skipped' in entry) return { entry: (url ?? node).slice(0, 1000), reason: entry.skipped }
  return { item: { ...entry.provider, enabled: entry.enabled, since: dateOf(entry.timestamp) } }
}

function readConsumer(node: string, name: string): Read<ListedConsumer> {
  const text = decodeNodeName(node)
  const url = text === undefined ? undefined : parseServiceUrl(text)
  if (url?.protocol !== 'consumer') return { entry: (text ?? node).slice(0, 1000), reason: 'is not a consumer URL' }
  const { host, params } = url
  return {
    item: {
      service: serviceKey(name, params.get('group'), params.get('version')),
      application: params.get('application') ?? '',
      host,
      since: dateOf(Number(params.get('timestamp'))),
      params,
    },
  }
}

function dateOf(timestamp: number): Date | undefined {
  return timestamp > 0 && timestamp <= 8.64e15 ? new Date(timestamp) : undefined
}
