import { Hono } from 'hono'
import { z } from 'zod'
import type {
  ApplicationDetail,
  Figures,
  InstanceDetail,
  Overview,
  SearchResult,
  ServiceDetail,
  ServiceStatus,
  Status,
} from '../api.js'
import { capacityOf } from '../capacity.js'
import type { FigureSource } from '../figures.js'
import type { AskHealth } from '../health.js'
import { type Inventory, type KnownService, keyText } from '../inventory.js'
import { pageForm, pageOfEach } from '../page.js'
import { Problem } from '../problem.js'
import type { Processes } from '../processes.js'
import { queryOf } from '../request-body.js'
import type { Rows } from '../rows.js'
import type { RuleBook } from '../rule-book.js'
import { topologyOf } from '../topology.js'
import type { Env } from '../who.js'

interface Parts {
  readonly inventory: Inventory
  readonly processes: () => Processes
  readonly rules: RuleBook
  readonly figures: FigureSource
  readonly rows: Rows
  readonly status: () => Status
  readonly health: AskHealth
}

const statuses = ['in_use', 'no_consumer', 'no_provider', 'all_offline', 'nobody'] as const
const sorts = ['name', 'providers', 'consumers', 'rate', 'errors', 'p99'] as const
const text = z.string().max(200).default('')
const servicesQuery = pageForm.extend({
  q: text,
  in: z.enum(['service', 'application', 'address']).optional(),
  status: z.enum(statuses).optional(),
  trouble: z.literal('true').optional(),
  sort: z
    .string()
    .regex(new RegExp(`^-?(${sorts.join('|')})$`), { error: `is one of ${sorts.join(', ')}, turned round by a "-"` })
    .default('name'),
})
const listQuery = pageForm.extend({ q: text })
const searchQuery = z.object({ q: text })
const topologyQuery = z.object({
  application: z.string().max(1000).optional(),
  service: z.string().max(1000).optional(),
})
const maxRows = 1000
const maxFound = 8

/** What is registered, and what the monitor says of it. */
export function registryRoutes({
  inventory,
  processes,
  rules,
  figures,
  rows,
  status,
  health: healthOf,
}: Parts): Hono<Env> {
  const app = new Hono<Env>()

  app.get('/status', (c) => c.json(status()))

  app.get('/overview', (c) => {
    const { services } = inventory
    const { applications, processes: all } = processes()
    const byStatus = Object.fromEntries(statuses.map((each) => [each, 0])) as Record<ServiceStatus, number>
    for (const service of services) byStatus[service.status]++
    const failing = services
      .filter(({ name }) => (figures.service(name)?.errorRate ?? 0) > 0)
      .sort(by((name) => -(figures.service(name)?.errorRate ?? 0)))
      .slice(0, 10)
    const overview: Overview = {
      status: status(),
      counts: {
        services: services.length,
        applications: applications.size,
        instances: [...all.values()].filter(({ role }) => role === 'provider').length,
        consumers: services.reduce((sum, { consumers }) => sum + consumers.length, 0),
        rules: rules.rules.length,
        byStatus,
        incompatible: services.filter(({ incompatible }) => incompatible.length > 0).length,
        garbage: services.reduce((sum, { skipped }) => sum + skipped.length, 0),
      },
      ...(figures.all && { figures: figures.all }),
      capacity: capacityOf(services, figures, rules).slice(0, 50),
      failing: failing.map(rows.service),
    }
    return c.json(overview)
  })

  app.get('/services', (c) => {
    const { q, in: where, status: wanted, trouble, sort, ...part } = queryOf(c, servicesQuery)
    const words = q.toLowerCase().split(/\s+/).filter(Boolean)
    const found = inventory.services.filter(
      (service) =>
        (wanted === undefined || service.status === wanted) &&
        (!trouble || service.incompatible.length > 0 || service.skipped.length > 0) &&
        words.every((word) => holds(service, word, where)),
    )
    return c.json(pageOfEach(sorted(found, sort, figures), part, inventory.revision, rows.service))
  })

  app.get('/services/:name', (c) => {
    const service = inventory.get(c.req.param('name'))
    if (!service) throw new Problem('not_found', 'the registry has no place for such a service')
    const { providers, consumers } = service
    const keys = new Set([...providers, ...consumers].map((each) => each.service))
    const detail: ServiceDetail = {
      service: rows.service(service),
      keys: [...keys].slice(0, 100).map(keyText),
      providers: providers.slice(0, maxRows).map(rows.provider),
      consumers: consumers.slice(0, maxRows).map(rows.consumer),
      incompatible: service.incompatible,
      garbage: service.skipped.slice(0, maxRows),
      rules: rules.about(service).map(({ key }) => key),
      revision: inventory.revision,
    }
    return c.json(detail)
  })

  app.get('/applications', (c) => {
    const { q, ...part } = queryOf(c, listQuery)
    const found = [...processes().applications.values()].filter(({ name }) => includes(name, q))
    return c.json(pageOfEach(found, part, inventory.revision, rows.application))
  })

  app.get('/applications/:name', (c) => {
    const asked = c.req.param('name')
    const name = asked === '-' ? '' : asked
    const found = processes().applications.get(name)
    if (!found) throw new Problem('not_found', 'nobody of that name is registered')
    const detail: ApplicationDetail = {
      application: rows.application(found),
      instances: found.processes.slice(0, maxRows).map(rows.instance),
      provides: [...found.provides].slice(0, maxRows).map(rows.service),
      consumes: [...found.consumes].slice(0, maxRows).map(rows.service),
      rules: rules.of(name).map(({ key }) => key),
    }
    return c.json(detail)
  })

  app.get('/instances', (c) => {
    const { q, ...part } = queryOf(c, listQuery)
    const all = [...processes().processes.values()]
    const found = all.filter(({ address, application }) => includes(address, q) || includes(application, q))
    return c.json(pageOfEach(found, part, inventory.revision, rows.instance))
  })

  app.get('/instances/:address', async (c) => {
    const found = processes().processes.get(c.req.param('address'))
    if (!found) throw new Problem('not_found', 'nobody is registered at that address')
    const health = await healthOf(found)
    const detail: InstanceDetail = {
      instance: rows.instance(found),
      provides: found.provides.slice(0, maxRows).map(rows.provider),
      consumes: found.consumes.slice(0, maxRows).map(rows.consumer),
      ...(health && { health }),
    }
    return c.json(detail)
  })

  app.get('/search', (c) => {
    const { q } = queryOf(c, searchQuery)
    const { applications, processes: all } = processes()
    const first = (names: Iterable<string>): string[] => {
      const found: string[] = []
      for (const name of names) {
        if (found.length >= maxFound) break
        if (includes(name, q)) found.push(name)
      }
      return found
    }
    const result: SearchResult = {
      services: first(inventory.services.map(({ name }) => name)),
      applications: first(applications.keys()),
      instances: first(all.keys()),
      rules: first(rules.rules.map(({ key }) => key)),
    }
    return c.json(result)
  })

  app.get('/topology', (c) => {
    return c.json(topologyOf(inventory.services, processes(), figures, queryOf(c, topologyQuery)))
  })
  return app
}

function includes(name: string, q: string): boolean {
  return q === '' || name.toLowerCase().includes(q.toLowerCase())
}

function holds({ text: { service, application, address } }: KnownService, word: string, where?: string): boolean {
  switch (where) {
    case 'service':
      return service.includes(word)
    case 'application':
      return application.includes(word)
    case 'address':
      return address.includes(word)
    default:
      return service.includes(word) || application.includes(word) || address.includes(word)
  }
}

function by(figureOf: (name: string) => number) {
  return (a: KnownService, b: KnownService) => figureOf(a.name) - figureOf(b.name)
}

/** They come by name; what is equal stays so. */
function sorted(services: readonly KnownService[], sort: string, figures: FigureSource): readonly KnownService[] {
  const down = sort.startsWith('-')
  const figure = (of: (figures: Figures) => number | undefined) => (name: string) => {
    const told = figures.service(name)
    return (told && of(told)) ?? 0
  }
  const comparison = (): ((a: KnownService, b: KnownService) => number) => {
    switch (sort.replace('-', '')) {
      case 'providers':
        return (a, b) => a.providers.length - b.providers.length
      case 'consumers':
        return (a, b) => a.consumers.length - b.consumers.length
      case 'rate':
        return by(figure(({ rate }) => rate))
      case 'errors':
        return by(figure(({ errorRate }) => errorRate))
      case 'p99':
        return by(figure(({ p99Ms }) => p99Ms))
      default:
        return () => 0
    }
  }
  if (sort === 'name') return services
  if (sort === '-name') return services.toReversed()
  const compare = comparison()
  return services.toSorted((a, b) => (down ? compare(b, a) : compare(a, b)))
}
