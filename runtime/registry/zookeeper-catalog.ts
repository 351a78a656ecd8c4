import { decodeNodeName, parseServiceUrl } from '../address.js'
import { serviceKey } from '../service-key.js'
import type { Catalog, ListedConsumer, ListedProvider, ListedService, Listing } from './catalog.js'
import { readProviderUrl } from './provider-url.js'
import type { Directories, DirectoryView } from './zookeeper-directories.js'

interface Service {
  readonly name: string
  readonly stop: () => void
  providers: DirectoryView
  consumers: DirectoryView
}

/** Everything below Dubbo's root node: each service's `providers` and `consumers`, watched. */
export function zooKeeperCatalog(directories: Directories, root: string): Catalog {
  return {
    watch(found) {
      const services = new Map<string, Service>()
      let top: DirectoryView = { state: 'pending' }
      let stopped = false
      let due = false

      // What comes in one go, as after a connect, is told in one go.
      const changed = (): void => {
        if (due) return
        due = true
        setImmediate(() => {
          due = false
          if (!stopped) found(listing(top, services.values()))
        })
      }
      const open = (node: string, name: string): Service => {
        const service: Service = {
          name,
          providers: { state: 'pending' },
          consumers: { state: 'pending' },
          stop() {
            for (const stop of stops) stop()
          },
        }
        const stops = (['providers', 'consumers'] as const).map((category) =>
          directories.watch(`${root}/${node}/${category}`, (view) => {
            service[category] = view
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

function listing(top: DirectoryView, services: Iterable<Service>): Listing {
  if (top.state !== 'found') return top
  let stale = top.stale
  const listed: ListedService[] = []
  for (const { name, providers, consumers } of services) {
    for (const view of [providers, consumers]) {
      if (view.state !== 'found') return view
      stale ||= view.stale
    }
    const [provided, consumed] = [namesIn(providers), namesIn(consumers)]
    // Dubbo keeps other things there as well: `config`, `metadata`, `mapping`.
    if (provided || consumed) listed.push(read(name, provided ?? [], consumed ?? []))
  }
  listed.sort((a, b) => (a.name < b.name ? -1 : 1))
  return { state: 'found', services: listed, stale }
}

function namesIn(view: DirectoryView): readonly string[] | undefined {
  return view.state === 'found' ? view.names : undefined
}

/** Foreign input: whatever can't be read is listed with the reason. */
function read(name: string, providerNodes: readonly string[], consumerNodes: readonly string[]): ListedService {
  const skipped: { entry: string; reason: string }[] = []
  const providers: ListedProvider[] = []
  const consumers: ListedConsumer[] = []
  for (const node of [...providerNodes].sort()) {
    const url = decodeNodeName(node)
    const entry = url === undefined ? { skipped: 'is not URL-encoded' } : readProviderUrl(url, name)
    if ('skipped' in entry) skipped.push({ entry: (url ?? node).slice(0, 1000), reason: entry.skipped })
    else providers.push({ ...entry.provider, enabled: entry.enabled, since: dateOf(entry.timestamp) })
  }
  for (const node of [...consumerNodes].sort()) {
    const text = decodeNodeName(node)
    const url = text === undefined ? undefined : parseServiceUrl(text)
    if (url?.protocol !== 'consumer') {
      skipped.push({ entry: (text ?? node).slice(0, 1000), reason: 'is not a consumer URL' })
      continue
    }
    const { host, params } = url
    consumers.push({
      service: serviceKey(name, params.get('group'), params.get('version')),
      application: params.get('application') ?? '',
      host,
      since: dateOf(Number(params.get('timestamp'))),
      params,
    })
  }
  return { name, providers, consumers, skipped }
}

function dateOf(timestamp: number): Date | undefined {
  return timestamp > 0 && timestamp <= 8.64e15 ? new Date(timestamp) : undefined
}
