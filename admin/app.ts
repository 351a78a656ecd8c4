import { Hono } from 'hono'
import type { Accounts } from './accounts.js'
import type { Status } from './api.js'
import { createAttemptLimit } from './attempt-limit.js'
import type { AuditLog } from './audit-log.js'
import { createContracts } from './contracts.js'
import { createEventFeed } from './event-stream.js'
import type { FigureSource } from './figures.js'
import { createHealth } from './health.js'
import type { Inventory } from './inventory.js'
import { Problem } from './problem.js'
import { createProcesses } from './processes.js'
import { bodyUpTo, ownNamesOnly, type Reach, safeHeaders, sameOriginOnly } from './request-guard.js'
import { accountRoutes, publicRoutes } from './route/account.js'
import { auditRoutes } from './route/audit.js'
import { callRoutes } from './route/call.js'
import { eventRoutes } from './route/events.js'
import { metricsRoutes } from './route/metrics.js'
import { registryRoutes } from './route/registry.js'
import { ruleRoutes } from './route/rules.js'
import { createRows } from './rows.js'
import type { RuleBook } from './rule-book.js'
import type { RuleDesk } from './rule-desk.js'
import type { Sessions } from './sessions.js'
import { staticFiles } from './static-files.js'
import { type Env, signedInOnly } from './who.js'

/** All that the console is made of. */
export interface AppParts {
  readonly version: string
  readonly reach: Reach
  /** Where the built pages are. */
  readonly pages: string
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly audit: AuditLog
  readonly inventory: Inventory
  readonly rules: RuleBook
  readonly desk: RuleDesk
  readonly figures: FigureSource
  readonly warn: (message: string) => void
}

const maxLoginBytes = 4_096
const maxBytes = 1 << 20

/**
 * The console as a handler of requests. In this order: headers for every answer, the names that it goes by, where a change may come from,
 * what is open to everybody, who is logged in, and how much a body may hold.
 */
export function createApp(parts: AppParts): Hono {
  const { version, reach, pages, accounts, sessions, inventory, rules, desk, figures, warn } = parts
  const feed = createEventFeed()
  const status = (): Status => ({
    version,
    registry: inventory.status,
    monitor: figures.status,
    defaultPassword: accounts.defaultPassword,
    now: new Date().toISOString(),
  })
  inventory.listen({ status: () => feed.tell('status', status()), changed: (change) => feed.tell('registry', change) })
  rules.listen((key, revision) => feed.tell('rule', { key, revision }))
  figures.listen(() => {
    feed.tell('status', status())
    const { until } = figures.status
    if (until !== undefined && figures.all) feed.tell('figures', { until, figures: figures.all })
  })
  const rows = createRows(figures, rules.effectOf)
  const processes = createProcesses(inventory)
  const account = { version, reach, accounts, sessions, attempts: createAttemptLimit(), audit: parts.audit }

  const app = new Hono()
  app.onError((error, c) => {
    if (error instanceof Problem) {
      const { retryAfterMs } = error.details
      if (retryAfterMs !== undefined) c.header('Retry-After', String(Math.ceil(retryAfterMs / 1000)))
      return c.json(error.toJSON(), error.status)
    }
    warn(`${c.req.method} ${JSON.stringify(c.req.path.slice(0, 200))} failed: ${error.stack ?? error.message}`)
    return c.json(new Problem('internal', 'something went wrong here; the log says what').toJSON(), 500)
  })
  app.use(safeHeaders)
  app.use(ownNamesOnly(reach))
  app.use('/api/*', sameOriginOnly(reach))

  app.use('/api/login', bodyUpTo(maxLoginBytes))
  app.route('/api', publicRoutes(account))

  const api = new Hono<Env>()
  api.use(signedInOnly(sessions, accounts))
  api.use(bodyUpTo(maxBytes))
  api.route('/', accountRoutes(account))
  api.route('/', auditRoutes(parts.audit))
  api.route('/', eventRoutes(feed, sessions, status))
  api.route('/', callRoutes({ inventory, contracts: createContracts(), audit: parts.audit }))
  api.route('/', ruleRoutes({ inventory, rules, desk, audit: parts.audit }))
  api.route('/', metricsRoutes(figures))
  api.route('/', registryRoutes({ inventory, processes, rules, figures, rows, status, health: createHealth() }))
  api.all('*', (c) => {
    throw new Problem(
      'not_found',
      `there is no ${c.req.method} ${c.req.path.slice(0, 200)}; docs/admin.md lists what there is`,
    )
  })
  app.route('/api', api)

  app.use(staticFiles(pages))
  return app
}
