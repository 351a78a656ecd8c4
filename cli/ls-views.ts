import type { ListedConsumer, ListedProvider, ListedService } from 'tsubo'
import { formatAddress, formatHostPort } from '../runtime/address.js'

/** A listing as a table. */
export interface View {
  readonly heads: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

export type ViewName = 'services' | 'providers' | 'consumers' | 'applications'

export function viewsOf(name: ViewName, services: readonly ListedService[]): View {
  switch (name) {
    case 'services':
      return {
        heads: ['SERVICE', 'PROVIDERS', 'CONSUMERS', 'VERSIONS', 'GROUPS', 'STATUS'],
        rows: serviceData(services).map((service) => [
          service.name,
          service.providers === service.online ? `${service.online}` : `${service.online} of ${service.providers}`,
          String(service.consumers),
          service.versions.join(', '),
          service.groups.join(', '),
          service.status,
        ]),
      }
    case 'providers':
      return {
        heads: ['SERVICE', 'ADDRESS', 'APPLICATION', 'GROUP', 'VERSION', 'WEIGHT', 'STATE', 'SINCE'],
        rows: providerData(services).map((provider) => [
          provider.service,
          provider.addresses.join(', '),
          provider.application,
          provider.group ?? '',
          provider.version ?? '',
          String(provider.weight),
          provider.online ? 'online' : 'offline',
          time(provider.since),
        ]),
      }
    case 'consumers':
      return {
        heads: ['SERVICE', 'APPLICATION', 'HOST', 'GROUP', 'VERSION', 'SINCE'],
        rows: consumerData(services).map((consumer) => [
          consumer.service,
          consumer.application,
          consumer.host,
          consumer.group ?? '',
          consumer.version ?? '',
          time(consumer.since),
        ]),
      }
    case 'applications':
      return {
        heads: ['APPLICATION', 'INSTANCES', 'PROVIDES', 'CONSUMES'],
        rows: applicationData(services).map((application) => [
          application.name,
          application.instances.join(', '),
          String(application.provides.length),
          String(application.consumes.length),
        ]),
      }
  }
}

/** The same as plain data. */
export function jsonOf(name: ViewName, services: readonly ListedService[]): unknown {
  switch (name) {
    case 'services':
      return serviceData(services)
    case 'providers':
      return providerData(services)
    case 'consumers':
      return consumerData(services)
    case 'applications':
      return applicationData(services)
  }
}

function serviceData(services: readonly ListedService[]) {
  return services.map(({ name, providers, consumers }) => {
    const online = providers.filter(({ enabled }) => enabled).length
    const keys = providers.map(({ service }) => service)
    return {
      name,
      providers: providers.length,
      online,
      consumers: consumers.length,
      versions: distinct(keys.map(({ version }) => version)),
      groups: distinct(keys.map(({ group }) => group)),
      status: statusOf(online, providers, consumers),
    }
  })
}

/** What somebody who looks after it wants to see first. */
function statusOf(online: number, providers: readonly ListedProvider[], consumers: readonly ListedConsumer[]): string {
  if (online === 0) return providers.length > 0 ? 'all offline' : consumers.length > 0 ? 'no provider' : 'nobody'
  return consumers.length > 0 ? 'in use' : 'no consumer'
}

function providerData(services: readonly ListedService[]) {
  return services
    .flatMap(({ providers }) => providers)
    .map(({ service, addresses, application, weight, enabled, since, params }) => ({
      service: service.name,
      group: service.group,
      version: service.version,
      addresses: addresses.map(formatAddress),
      application,
      weight,
      online: enabled,
      since: since?.toISOString(),
      // Whoever reads the registry sees it anyway; lists are copied to where the registry isn't.
      params: Object.fromEntries([...params].filter(([key]) => key !== 'token')),
    }))
}

function consumerData(services: readonly ListedService[]) {
  return services
    .flatMap(({ consumers }) => consumers)
    .map(({ service, application, host, since }) => ({
      service: service.name,
      group: service.group,
      version: service.version,
      application,
      host,
      since: since?.toISOString(),
    }))
}

function applicationData(services: readonly ListedService[]) {
  const applications = new Map<string, { instances: Set<string>; provides: Set<string>; consumes: Set<string> }>()
  const of = (name: string) => {
    const known = applications.get(name) ?? { instances: new Set(), provides: new Set(), consumes: new Set() }
    applications.set(name, known)
    return known
  }
  for (const { name, providers, consumers } of services) {
    for (const { application, addresses } of providers) {
      const { instances, provides } = of(application)
      provides.add(name)
      for (const { host, port } of addresses) instances.add(formatHostPort(host, port))
    }
    for (const { application, host } of consumers) {
      const { instances, consumes } = of(application)
      consumes.add(name)
      instances.add(host)
    }
  }
  return [...applications]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { instances, provides, consumes }]) => ({
      name,
      // A consumer has no port; where it provides as well, its address says more.
      instances: [...instances].filter((one) => ![...instances].some((other) => other.startsWith(`${one}:`))).sort(),
      provides: [...provides].sort(),
      consumes: [...consumes].sort(),
    }))
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values)].filter((value) => value !== undefined).sort()
}

/** In the reader's own time zone: `2026-11-28 10:15:00`. */
function time(iso: string | undefined): string {
  if (iso === undefined) return ''
  const date = new Date(iso)
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 19).replace('T', ' ')
}
