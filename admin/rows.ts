import type { ListedConsumer, ListedProvider } from '../runtime/registry/catalog.js'
import type { ApplicationRow, ConsumerRow, Figures, InstanceRow, ProviderRow, ServiceRow } from './api.js'
import type { FigureSource } from './figures.js'
import { addressOf, type KnownService, keyText, kindOf } from './inventory.js'
import type { Application, Process } from './processes.js'

/** What rules make of a provider. */
export interface Effect {
  readonly weight: number
  readonly disabled: boolean
  /** So many calls it takes at once: by a rule, else as it is registered (Dubbo's `executes`); undefined: nobody knows. */
  readonly limit: number | undefined
}

const maxListed = 20
const maxParam = 2000

/** How what is known is shown, with the figures of the last minute. */
export function createRows(figures: FigureSource, effectOf: (provider: ListedProvider) => Effect) {
  return {
    service(service: KnownService): ServiceRow {
      const { name, status, providers, online, consumers, versions, groups, applications, protocols } = service
      return {
        name,
        status,
        providers: providers.length,
        online,
        consumers: consumers.length,
        versions: versions.slice(0, maxListed),
        groups: groups.slice(0, maxListed),
        applications: applications.slice(0, maxListed),
        protocols: protocols.slice(0, maxListed),
        incompatible: service.incompatible.length,
        garbage: service.skipped.length,
        ...having(figures.service(name)),
      }
    },

    provider(provider: ListedProvider): ProviderRow {
      const [{ host, port }] = provider.addresses as [ListedProvider['addresses'][number]]
      const { weight, disabled } = effectOf(provider)
      const contract = provider.params.get('contract')
      return {
        key: keyText(provider.service),
        address: addressOf(provider),
        host,
        port,
        protocols: provider.addresses.map(({ protocol }) => protocol),
        kind: kindOf(provider),
        application: provider.application,
        weight: provider.weight,
        effectiveWeight: weight,
        online: provider.enabled && !disabled,
        disabledByRule: disabled,
        ...(provider.since && { since: provider.since.toISOString() }),
        ...(contract !== undefined && { contract }),
        params: shown(provider.params),
        ...having(figures.provider(provider.service.name, addressOf(provider))),
      }
    },

    consumer(consumer: ListedConsumer): ConsumerRow {
      const { service, application, host, since, params } = consumer
      const contract = params.get('contract')
      return {
        key: keyText(service),
        application,
        host,
        kind: kindOf(consumer),
        ...(since && { since: since.toISOString() }),
        ...(contract !== undefined && { contract }),
        ...having(figures.consumer(service.name, application)),
      }
    },

    application({ name, processes, provides, consumes }: Application): ApplicationRow {
      return {
        name,
        instances: processes.length,
        provides: provides.size,
        consumes: consumes.size,
        kinds: kindsOf(processes),
        ...having(figures.application(name)),
      }
    },

    instance(process: Process): InstanceRow {
      const { address, host, port, application, role, kind, provides, consumes } = process
      const since = Math.min(...[...provides, ...consumes].flatMap((each) => each.since?.getTime() ?? []))
      const services = role === 'provider' ? provides : consumes
      return {
        address,
        host,
        ...(port !== undefined && { port }),
        application,
        role,
        kind,
        protocols: [...new Set(provides.flatMap((each) => each.addresses.map(({ protocol }) => protocol)))],
        services: new Set(services.map((each) => each.service.name)).size,
        online: provides.filter((each) => each.enabled && !effectOf(each).disabled).length,
        ...(Number.isFinite(since) && { since: new Date(since).toISOString() }),
        ...having(figures.instance(address)),
      }
    },
  }
}

export type Rows = ReturnType<typeof createRows>

export function kindsOf(processes: readonly Process[]): ('tsubo' | 'java')[] {
  return [...new Set(processes.map(({ kind }) => kind))].sort()
}

function having(figures: Figures | undefined): { readonly figures?: Figures } {
  return figures ? { figures } : {}
}

/** A token opens the provider to whoever has it. */
function shown(params: ReadonlyMap<string, string>): Record<string, string> {
  const secret = new Set(['token', 'password', 'username'])
  const entries = [...params].slice(0, 100)
  return Object.fromEntries(entries.map(([name, value]) => [name, secret.has(name) ? '***' : value.slice(0, maxParam)]))
}
