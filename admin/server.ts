import type { Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { formatHostPort, isLoopbackHost } from '../runtime/address.js'
import type { Registry } from '../runtime/registry/registry.js'
import { type FirstAccount, openAccounts, wellKnown } from './accounts.js'
import { createApp } from './app.js'
import { openAuditLog } from './audit-log.js'
import { defaultDataFolder, openDataFolder } from './data-folder.js'
import { followRegistry } from './inventory.js'
import { followMonitor } from './monitor-figures.js'
import { followRules } from './rule-book.js'
import { openRuleDesk } from './rule-desk.js'
import { trafficUnder } from './rule-traffic.js'
import { createSessions, type SessionOptions } from './sessions.js'
import { pagesFolder } from './static-files.js'

export interface AdminOptions {
  /** What is shown and steered. Stays its opener's to close. */
  readonly registry: Registry
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Default 7001, as dubbo-admin's; 0: any free one. */
  readonly port?: number
  /** `https://console.example.com`: how else browsers reach it, through a proxy. */
  readonly origins?: readonly string[]
  /** Where users and the audit log are kept; default `~/.local/state/tsubo/admin`. */
  readonly data?: string
  /** Who may log in at first; default root/root, which only 127.0.0.1 will do for. */
  readonly first?: FirstAccount
  readonly session?: SessionOptions
  /** Folder of the built pages; default the package's. */
  readonly pages?: string
  /** Gets one line per fault; default `console.warn`. */
  readonly onWarning?: (message: string) => void
}

export interface RunningAdmin {
  /** `http://127.0.0.1:7001` */
  readonly url: string
  /** Somebody may log in with root's well-known password. */
  readonly defaultPassword: boolean
  close(): Promise<void>
}

const maxConnections = 512

/**
 * Starts the console. It answers at once, whether the registry does or not. Throws Error where it must not be reached by others
 * because of its well-known password, or can't listen.
 */
export async function startAdmin(options: AdminOptions): Promise<RunningAdmin> {
  const { registry, host = '127.0.0.1', port = 7001, origins = [], data = defaultDataFolder() } = options
  const warn = options.onWarning ?? ((message: string) => console.warn(message))
  const loopback = isLoopbackHost(host)
  openDataFolder(data)
  const accounts = await openAccounts(data, options.first ?? wellKnown)
  if (accounts.defaultPassword && !loopback) {
    throw new Error(
      `${host} can be reached from other machines, and everybody knows the password; set another by ADMIN_ROOT_USER_PASSWORD or in the --config file, or start it on 127.0.0.1 and change it there`,
    )
  }
  const audit = await openAuditLog(data)
  const sessions = createSessions(options.session)
  const inventory = followRegistry(registry)
  const rules = followRules(registry)
  const figures = followMonitor(inventory)
  const desk = openRuleDesk(registry, inventory, rules, trafficUnder(inventory, rules, figures))
  const { version } = createRequire(import.meta.url)('tsubo/package.json') as { version: string }
  const app = createApp({
    version,
    reach: { loopback, origins },
    pages: options.pages ?? pagesFolder(),
    accounts,
    sessions,
    audit,
    inventory,
    rules,
    desk,
    figures,
    warn,
  })
  const server = createAdaptorServer({
    fetch: app.fetch,
    hostname: host,
    overrideGlobalObjects: false,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, maxHeaderSize: 16_384 },
  }) as Server
  server.maxConnections = maxConnections
  const stop = async (): Promise<void> => {
    sessions.close()
    inventory.close()
    rules.close()
    await figures.close()
    await audit.close()
  }
  try {
    await new Promise<void>((done, fail) => {
      server.once('error', fail)
      server.listen(port, host, () => {
        server.off('error', fail)
        done()
      })
    })
  } catch (error) {
    await stop()
    throw error
  }
  const bound = server.address() as AddressInfo
  return {
    url: `http://${formatHostPort(host, bound.port)}`,
    get defaultPassword() {
      return accounts.defaultPassword
    },
    async close() {
      const closed = new Promise<void>((done) => server.close(() => done()))
      sessions.close()
      setTimeout(() => server.closeAllConnections(), 500).unref()
      server.closeIdleConnections()
      await closed
      await stop()
    },
  }
}
