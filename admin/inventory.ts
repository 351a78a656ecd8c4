import { formatHostPort } from '../runtime/address.js'
import type { ListedConsumer, ListedProvider, ListedService, Listing } from '../runtime/registry/catalog.js'
import { foldProviders, matches } from '../runtime/registry/provider-url.js'
import { contractParam, type Registry } from '../runtime/registry/registry.js'
import { formatServiceKey, type ServiceKey } from '../runtime/service-key.js'
import type { IncompatiblePair, RegistryChange, RegistryStatus, ServiceChange, ServiceStatus } from './api.js'
import { type ConsumerReports, followReports } from './consumer-reports.js'

/** A service as it is shown: made once, and again only when something about it has changed. */
export interface KnownService {
  readonly name: string
  /** Registered under several protocols, or twice, it is one. */
  readonly providers: readonly ListedProvider[]
  readonly consumers: readonly ListedConsumer[]
  readonly skipped: ListedService['skipped']
  readonly status: ServiceStatus
  readonly online: number
  readonly versions: readonly string[]
  readonly groups: readonly string[]
  /** Those that provide it. */
  readonly applications: readonly string[]
  readonly protocols: readonly string[]
  readonly incompatible: readonly IncompatiblePair[]
  /** In lower case, a line each: its name, its applications, its addresses. */
  readonly text: { readonly service: string; readonly application: string; readonly address: string }
  readonly listed: ListedService
}

export interface InventoryListener {
  /** The registry's state has changed. */
  status?(): void
  /** What is registered has changed: told at once, then at most five times a second. */
  changed?(change: RegistryChange): void
}

/** All that a registry knows, kept as it was last known to be. */
export interface Inventory {
  readonly status: RegistryStatus
  /** Goes up with every change. */
  readonly revision: number
  /** By name. */
  readonly services: readonly KnownService[]
  get(name: string): KnownService | undefined
  listen(listener: InventoryListener): () => void
  close(): void
}

const gatherMs = 200
const maxNamed = 100
const maxAddresses = 50
const maxPairs = 100
const maxPaired = 20
const maxReasons = 8

/** Begins to follow a registry. Throws Error for one that can't list what it knows. */
export function followRegistry({ name, catalog }: Pick<Registry, 'name' | 'catalog'>): Inventory {
  if (!catalog) throw new Error(`${name} can't list what is registered; give a zookeeper:// registry`)
  const listeners = new Set<InventoryListener>()
  const byName = new Map<string, KnownService>()
  let services: readonly KnownService[] | undefined
  let revision = 0
  let status: Omit<RegistryStatus, 'name' | 'revision'> = { state: 'syncing', since: new Date().toISOString() }
  /** Services that have changed and weren't told of, as they were before. */
  let untold = new Map<string, KnownService | undefined>()
  let timer: NodeJS.Timeout | undefined
  let toldAt = Number.NEGATIVE_INFINITY

  const tell = (): void => {
    timer = undefined
    toldAt = performance.now()
    const changes = [...untold].map(([service, before]) => changeOf(service, before, byName.get(service)))
    untold = new Map()
    const change = { revision, services: changes.slice(0, maxNamed), more: changes.length > maxNamed }
    for (const each of [...listeners]) each.changed?.(change)
  }
  const setStatus = (next: Omit<typeof status, 'since'>): void => {
    const same = status.state === next.state && status.reason === next.reason
    const progressed = status.progress?.read !== next.progress?.read
    const since = status.state === next.state ? status.since : new Date().toISOString()
    status = { ...next, since }
    if (!same || progressed) for (const each of [...listeners]) each.status?.()
  }
  let changed = false
  const note = (service: string): void => {
    if (!untold.has(service)) untold.set(service, byName.get(service))
    changed = true
  }
  const settle = (): void => {
    if (!changed) return
    changed = false
    services = undefined
    revision++
    timer ??= setTimeout(tell, Math.max(0, toldAt + gatherMs - performance.now()))
  }
  const reports = followReports(catalog, (service) => {
    const known = byName.get(service)
    if (!known) return
    note(service)
    byName.set(service, know(known.listed, reports))
    settle()
  })
  const take = (list: readonly ListedService[], whole: boolean): void => {
    for (const listed of list) {
      const known = byName.get(listed.name)
      if (known?.listed === listed) continue
      note(listed.name)
      reports.follow(listed.name, listed)
      byName.set(listed.name, know(listed, reports))
    }
    if (whole && byName.size > list.length) {
      const left = new Set(list.map((listed) => listed.name))
      for (const service of [...byName.keys()]) {
        if (left.has(service)) continue
        note(service)
        reports.follow(service, undefined)
        byName.delete(service)
      }
    }
    settle()
  }
  const see = (listing: Listing): void => {
    switch (listing.state) {
      case 'pending': {
        const { services: known = [], of } = listing
        take(known, false)
        // Places that came while it is connected are read in no time.
        if (status.state === 'connected') return
        setStatus({ state: 'syncing', ...(of !== undefined && { progress: { read: known.length, of } }) })
        return
      }
      case 'found':
        take(listing.services, true)
        setStatus(
          listing.stale
            ? { state: 'away', reason: `${name} is away: what is shown is its last word` }
            : { state: 'connected' },
        )
        return
      case 'failed':
        setStatus({ state: 'away', reason: listing.cause.message.slice(0, 500) })
    }
  }
  const stop = catalog.watch(see)

  return {
    get status() {
      return { name, ...status, revision }
    },
    get revision() {
      return revision
    },
    get services() {
      services ??= [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
      return services
    },
    get: (service) => byName.get(service),
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close() {
      clearTimeout(timer)
      stop()
      reports.close()
    },
  }
}

function know(listed: ListedService, reports: Pick<ConsumerReports, 'of'>): KnownService {
  const { name, consumers, skipped } = listed
  const providers = folded(listed.providers)
  const online = providers.filter(({ enabled }) => enabled).length
  const applications = distinct(providers.map(({ application }) => application))
  const addresses = distinct([...providers.map(addressOf), ...consumers.map(({ host }) => host)])
  const theirs = distinct(consumers.map(({ application }) => application))
  return {
    name,
    providers,
    consumers,
    skipped,
    status: statusOf(online, providers.length, consumers.length),
    online,
    versions: distinct(providers.map(({ service }) => service.version)),
    groups: distinct(providers.map(({ service }) => service.group)),
    applications,
    protocols: distinct(providers.flatMap((provider) => provider.addresses.map(({ protocol }) => protocol))),
    incompatible: [...strayed(providers, consumers), ...misread(providers, consumers, reports)].slice(0, maxPairs),
    text: {
      service: name.toLowerCase(),
      application: [...applications, ...theirs].join('\n').toLowerCase(),
      address: addresses.join('\n').toLowerCase(),
    },
    listed,
  }
}

/** One for each place and key. Nearly always they are that already. */
function folded(providers: readonly ListedProvider[]): readonly ListedProvider[] {
  const places = new Set(providers.map((provider) => `${formatServiceKey(provider.service)} ${addressOf(provider)}`))
  if (places.size === providers.length) return providers
  return foldProviders(providers.map((provider) => ({ provider, timestamp: provider.since?.getTime() ?? 0 })))
}

/** `host:port` of a provider. */
export function addressOf({ addresses: [first] }: ListedProvider): string {
  return first ? formatHostPort(first.host, first.port) : ''
}

/** Ours say so, or speak tsubo's own protocol; Java's say which release of Dubbo they are. */
export function kindOf(each: ListedProvider | ListedConsumer): 'tsubo' | 'java' {
  if (each.params.has('tsubo')) return 'tsubo'
  if ('addresses' in each) return each.addresses.some(({ protocol }) => protocol === 'tsubo') ? 'tsubo' : 'java'
  return each.params.has('dubbo') || each.params.has('release') ? 'java' : 'tsubo'
}

function statusOf(online: number, providers: number, consumers: number): ServiceStatus {
  if (online === 0) return providers > 0 ? 'all_offline' : consumers > 0 ? 'no_provider' : 'nobody'
  return consumers > 0 ? 'in_use' : 'no_consumer'
}

/** Consumers that ask for a group or version that nobody provides, while others are provided. */
function strayed(providers: readonly ListedProvider[], consumers: readonly ListedConsumer[]): IncompatiblePair[] {
  if (providers.length === 0) return []
  const keys = new Set(providers.map(({ service }) => service))
  const fits = new Map<ServiceKey, boolean>()
  const found: IncompatiblePair[] = []
  for (const { service, application, host } of consumers) {
    const fit = fits.get(service) ?? [...keys].some((key) => matches(service, key))
    fits.set(service, fit)
    if (fit || found.length >= maxPairs) continue
    const there = [...keys].map((key) => formatServiceKey(key)).slice(0, 5)
    found.push({
      consumer: { application, host, key: keyText(service) },
      kind: 'version',
      providers: providers.map(addressOf).slice(0, maxPaired),
      reasons: [`asks for ${formatServiceKey(service)}; there is ${there.join(', ')}`],
    })
  }
  return found
}

/** Consumers that say that contracts of some of the providers are of no use to them. */
function misread(
  providers: readonly ListedProvider[],
  consumers: readonly ListedConsumer[],
  reports: Pick<ConsumerReports, 'of'>,
): IncompatiblePair[] {
  return consumers.flatMap((consumer): IncompatiblePair[] => {
    const said = reports.of(consumer)
    if (!said) return []
    const { service, application, host } = consumer
    const reasonOf = ({ params }: ListedProvider): string | undefined => {
      const contract = params.get(contractParam)
      return contract !== undefined && Object.hasOwn(said, contract) ? said[contract] : undefined
    }
    const met = providers.filter((each) => reasonOf(each) !== undefined && matches(service, each.service))
    if (met.length === 0) return []
    return [
      {
        consumer: { application, host, key: keyText(service) },
        kind: 'contract',
        providers: met.map(addressOf).slice(0, maxPaired),
        reasons: distinct(met.map(reasonOf)).slice(0, maxReasons),
      },
    ]
  })
}

export function keyText({ name, group, version }: ServiceKey) {
  return { name, ...(group !== undefined && { group }), ...(version !== undefined && { version }) }
}

function changeOf(name: string, before: KnownService | undefined, after: KnownService | undefined): ServiceChange {
  const place = (provider: ListedProvider) => `${formatServiceKey(provider.service)} ${addressOf(provider)}`
  const was = new Map(before?.providers.map((provider) => [place(provider), provider]))
  const came: string[] = []
  const changed: string[] = []
  for (const provider of after?.providers ?? []) {
    const known = was.get(place(provider))
    was.delete(place(provider))
    if (!known) came.push(addressOf(provider))
    else if (known.weight !== provider.weight || known.enabled !== provider.enabled) changed.push(addressOf(provider))
  }
  const went = [...was.values()].map(addressOf)
  return {
    name,
    came: distinct(came).slice(0, maxAddresses),
    went: distinct(went).slice(0, maxAddresses),
    changed: distinct(changed).slice(0, maxAddresses),
    consumers: (after?.consumers.length ?? 0) - (before?.consumers.length ?? 0),
  }
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values)].filter((value) => value !== undefined && value !== '').sort() as string[]
}
