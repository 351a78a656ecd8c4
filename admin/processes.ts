import type { ListedConsumer, ListedProvider } from '../runtime/registry/catalog.js'
import { addressOf, type Inventory, type KnownService, kindOf } from './inventory.js'

/** A process as the registry shows it: by host and port, or where it only consumes by application and host. */
export interface Process {
  /** `host:port`, or `application@host` */
  readonly address: string
  readonly host: string
  readonly port: number | undefined
  readonly application: string
  readonly role: 'provider' | 'consumer'
  readonly kind: 'tsubo' | 'java'
  readonly provides: ListedProvider[]
  readonly consumes: ListedConsumer[]
}

export interface Application {
  readonly name: string
  readonly processes: Process[]
  readonly provides: Set<KnownService>
  readonly consumes: Set<KnownService>
}

export interface Processes {
  /** By address. */
  readonly processes: ReadonlyMap<string, Process>
  /** By name. */
  readonly applications: ReadonlyMap<string, Application>
}

/** Who takes part in it all; made anew when it is asked for after a change. */
export function createProcesses(inventory: Inventory): () => Processes {
  let made: { readonly revision: number; readonly processes: Processes } | undefined
  return () => {
    const { revision, services } = inventory
    if (made?.revision !== revision) made = { revision, processes: gather(services) }
    return made.processes
  }
}

function gather(services: readonly KnownService[]): Processes {
  const processes = new Map<string, Process>()
  const applications = new Map<string, Application>()
  const application = (name: string): Application => {
    const known = applications.get(name)
    if (known) return known
    const fresh = { name, processes: [], provides: new Set<KnownService>(), consumes: new Set<KnownService>() }
    applications.set(name, fresh)
    return fresh
  }
  const add = (process: Process): Process => {
    processes.set(process.address, process)
    application(process.application).processes.push(process)
    return process
  }
  /** Those that provide, by application and host: what consumes there is taken for the same. */
  const providing = new Map<string, Process>()
  const own = { role: 'provider', provides: [], consumes: [] } as const

  for (const service of services) {
    for (const provider of service.providers) {
      const address = addressOf(provider)
      const [{ host, port }] = provider.addresses as [ListedProvider['addresses'][number]]
      const { application: name } = provider
      let process = processes.get(address)
      if (process) process.provides.push(provider)
      else {
        const kind = kindOf(provider)
        // Most have one service at a time here: an array of one is as long as it needs to be.
        process = add({ ...own, address, host, port, application: name, kind, provides: [provider], consumes: [] })
      }
      const place = `${name}@${host}`
      if (!providing.has(place)) providing.set(place, process)
      application(name).provides.add(service)
    }
  }
  for (const service of services) {
    for (const consumer of service.consumers) {
      const { application: name, host } = consumer
      const address = `${name}@${host}`
      const kind = kindOf(consumer)
      const process =
        providing.get(address) ??
        processes.get(address) ??
        add({ address, host, port: undefined, application: name, role: 'consumer', kind, provides: [], consumes: [] })
      process.consumes.push(consumer)
      application(name).consumes.add(service)
    }
  }
  return { processes: sorted(processes), applications: sorted(applications) }
}

function sorted<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  const names = [...map.keys()].sort()
  return new Map(names.map((name) => [name, map.get(name) as T]))
}
