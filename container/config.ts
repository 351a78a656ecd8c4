import type { Client, ClientOptions, RunningServer, ServerOptions } from 'tsubo'
import { z } from 'zod'

/** Milliseconds, or a text with a unit: `500`, `'2s'`, `'1m'`. */
export type Duration = number | string

/**
 * What `tsubo serve` is told: Dubbo's words, nested. The three that an application needs are `application.name`,
 * `registry.address` and `scan`.
 */
export interface ServeConfig {
  readonly application: {
    /** Shown in the registry. */
    readonly name: string
    /** How long running calls may take to end when the container is told to; default 10 s. */
    readonly shutwait?: Duration
  }
  readonly registry: {
    /** `zookeeper://127.0.0.1:2181`; several are one. `'N/A'`: registered nowhere. */
    readonly address: string | readonly string[]
    /** ZooKeeper's digest identity, where the address doesn't say it. */
    readonly username?: string
    readonly password?: string
    /** The first node of Dubbo's layout; default `dubbo`. */
    readonly group?: string
    /** How long to wait for a first connection before saying that there is none; default 3 s. */
    readonly timeout?: Duration
    /** The session timeout to ask for; default 30 s. */
    readonly session?: Duration
  }
  readonly protocol?: {
    /** Default: any free one, as are 0 and -1. */
    readonly port?: number
    /** What to bind; default as `listen` decides: loopback for a loopback registry, else everything. */
    readonly host?: string
    /** `host:port` as consumers reach it from outside. */
    readonly advertise?: string
  }
  /** For every service that says nothing else. */
  readonly provider?: ServiceConfig
  /** For single services, by their full names. */
  readonly services?: Readonly<Record<string, ServiceConfig>>
  /** How the client of this process calls others. */
  readonly consumer?: {
    /** For the whole of a call; default 1 s. */
    readonly timeout?: Duration
    /** Further attempts where that is safe; default 2. */
    readonly retries?: number
    /** Default `random`, by weight. */
    readonly loadbalance?: 'random' | 'roundrobin'
  }
  /** The ops endpoint (docs/operations.md): probes, metrics, a switch. Default: none. */
  readonly ops?: {
    /** 0: any free one. */
    readonly port: number
    /** What to bind; default 127.0.0.1. */
    readonly host?: string
    /** What `POST /online` and `/offline` have to show; without it nothing can be changed. At least 16 characters. */
    readonly token?: string
    /** Names under which it may be asked, beside addresses, `localhost` and this machine's name. */
    readonly hosts?: string | readonly string[]
    /** The names of its metrics; default `otel`. */
    readonly metrics?: 'otel' | 'dubbo' | 'both'
  }
  /** What is counted goes to the monitor that is found in the registry (docs/monitor.md). Default: not. */
  readonly monitor?: {
    /** Dubbo's word for that. */
    readonly protocol: 'registry'
    /** How often; default a minute. */
    readonly interval?: Duration
  }
  /** Modules to load: files, folders with all that is below them, patterns (`service/*.ts`); from the config's folder. */
  readonly scan: string | readonly string[]
  /** A module that can't be loaded ends the start (`stop`, the default), or is named and left out (`skip`). */
  readonly onFailure?: 'stop' | 'skip'
  /** What else `createServer` takes: TLS, interceptors, observers, who may call. */
  readonly server?: Omit<ServerOptions, 'services' | 'application'>
  /** What else `createClient` takes. */
  readonly client?: Omit<ClientOptions, 'registry' | 'application'>
}

/** How a service is offered. */
export interface ServiceConfig {
  readonly group?: string
  readonly version?: string
  /** Share of the traffic; default 100. */
  readonly weight?: number
  /** Calls need it; `true` makes a random one. */
  readonly token?: string | boolean
  /** Slow start: how long consumers take to give it its full weight. */
  readonly warmup?: Duration
  /** Published for consumers that have no timeout of their own. */
  readonly timeout?: Duration
}

/** What is wrong with a configuration: every mistake in a line of its own. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

/** Checks a configuration where it is written: `export default defineConfig({ ... })`. Returns it as it is. */
export function defineConfig(config: ServeConfig): ServeConfig {
  return config
}

/** What a module under `scan` may use: its exported `start` is called with it. */
export interface Context {
  /** Calls other services: `new TicketServiceClient(client)`. The container closes it. */
  readonly client: Client
  /** `application.name` */
  readonly application: string
  /** Resolves once everything is registered: for what is to happen after that. */
  readonly registered: Promise<RunningServer>
}

const units: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

const duration = z.union([z.number(), z.string()]).transform((value, context) => {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h)?$/.exec(String(value).trim()) ?? []
  const ms = Math.round(Number(number) * (units[unit] as number))
  if (number !== undefined && ms <= 2 ** 31 - 1) return ms
  context.addIssue({ code: 'custom', message: `${shown(value)} is no duration; write 500, "2s" or "1m"` })
  return z.NEVER
})

/** Files of properties, variables and options of the command have texts only. */
function whole(least: number, most: number, what: string) {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const number = typeof value === 'string' && !/^-?\d+$/.test(value.trim()) ? Number.NaN : Number(value)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    context.addIssue({
      code: 'custom',
      message: `${shown(value)} is no ${what}; write a number from ${least} to ${most}`,
    })
    return z.NEVER
  })
}

const text = z.string('write a text').min(1, 'is empty')

const list = z
  .union(
    [text.transform((value) => value.split(',').map((part) => part.trim())), z.array(text)],
    'write a text or a list of texts',
  )
  .transform((values) => values.filter((value) => value !== ''))
  .refine((values) => values.length > 0, 'names nothing')

/** A `zookeeper://` address may hold commas itself. */
const addresses = z
  .union(
    [text.transform((value) => value.split(/,(?=\s*[a-z]+:\/\/)/)), z.array(text)],
    'write a text or a list of texts',
  )
  .transform((values) => values.map((value) => value.trim()).filter((value) => value !== ''))

const service = z.strictObject({
  group: z.string().optional(),
  version: z.string().optional(),
  weight: whole(0, 0x7fffffff, 'weight').optional(),
  token: z
    .union([z.boolean(), text])
    .transform((value) => value === true || value === 'true' || (value === 'false' ? false : value))
    .optional(),
  warmup: duration.optional(),
  timeout: duration.optional(),
})

/** Strict: a key that is none is a mistake, and the nearest one is named. */
export const schema = z.strictObject({
  application: z.strictObject({ name: text, shutwait: duration.default(10_000) }, 'is missing'),
  registry: z.strictObject(
    {
      address: addresses,
      username: text.optional(),
      password: text.optional(),
      group: text.optional(),
      timeout: duration.optional(),
      session: duration.optional(),
    },
    'is missing',
  ),
  protocol: z
    .strictObject({ port: whole(-1, 65_535, 'port').optional(), host: text.optional(), advertise: text.optional() })
    .default({}),
  provider: service.default({}),
  services: z.record(z.string(), service).default({}),
  consumer: z
    .strictObject({
      timeout: duration.default(1000),
      retries: whole(0, 100, 'number of retries').default(2),
      loadbalance: z.enum(['random', 'roundrobin']).default('random'),
    })
    .prefault({}),
  ops: z
    .strictObject({
      port: whole(0, 65_535, 'port'),
      host: text.default('127.0.0.1'),
      token: text.min(16, 'is too short: at least 16 characters').optional(),
      hosts: list.optional(),
      metrics: z.enum(['otel', 'dubbo', 'both']).default('otel'),
    })
    .optional(),
  monitor: z
    .strictObject({
      protocol: z.literal('registry', 'is "registry": monitors are found there'),
      interval: duration.default(60_000),
    })
    .optional(),
  scan: list,
  onFailure: z.enum(['stop', 'skip']).default('stop'),
  server: z.custom<NonNullable<ServeConfig['server']>>(isOptions, 'write an object').default({}),
  client: z.custom<NonNullable<ServeConfig['client']>>(isOptions, 'write an object').default({}),
})

/** A configuration that was read, checked and completed. */
export type Settings = z.output<typeof schema>

function isOptions(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function shown(value: unknown): string {
  return JSON.stringify(value)?.slice(0, 100) ?? String(value)
}
