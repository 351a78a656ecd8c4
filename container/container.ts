import {
  type Client,
  createClient,
  createServer,
  failover,
  formatServiceKey,
  openRegistry,
  type Registry,
  type RunningServer,
  roundRobin,
  type Server,
  type ServiceKey,
  weightedRandom,
} from 'tsubo'
import { createOps, type RunningOps } from 'tsubo/ops'
import { nearest } from '../runtime/schema/nearest.js'
import { contractKey } from '../runtime/service-key.js'
import { serviceOf } from '../runtime/stub.js'
import { ConfigError, type Context, type Settings } from './config.js'
import type { LoadedConfig } from './load-config.js'
import { type Failure, type Found, loadModules, type Module, startedOffers } from './modules.js'
import { scannedFiles } from './scan.js'

/** A container whose modules are loaded and started, and that nobody can reach yet. */
export interface Container {
  /** What it will offer. */
  readonly services: readonly { readonly key: ServiceKey; readonly from: string }[]
  /** Modules that were left out (`onFailure: 'skip'`). */
  readonly failures: readonly Failure[]
  /** Listens and registers. Resolves once every registry has all services. */
  open(): Promise<OpenContainer>
  /** Unregisters, ends what is running within `application.shutwait`, stops the modules, closes client and registry. */
  close(): Promise<void>
}

export interface OpenContainer {
  readonly running: RunningServer
  /** The registry's name; undefined: registered nowhere. */
  readonly registry: string | undefined
  /** Where the ops endpoint is; undefined: there is none. */
  readonly ops: string | undefined
}

/** Why a container can't start: modules that failed, each with its error. */
export class StartError extends Error {
  override readonly name = 'StartError'
  readonly failures: readonly Failure[]

  constructor(failures: readonly Failure[]) {
    super(failures.map(({ name, error }) => `${name}: ${messageOf(error)}`).join('\n'))
    this.failures = failures
  }
}

/**
 * Loads the modules under `scan` and starts them. Rejects with StartError where one fails, unless `onFailure` is `skip`.
 * `opened`: the registry's session comes up while the modules load.
 */
export async function createContainer(config: LoadedConfig): Promise<Container> {
  const { settings, folder } = config
  const { application, protocol, consumer } = settings
  const monitor = settings.monitor && { monitor: { intervalMs: settings.monitor.interval } }
  const files = scannedFiles(folder, settings.scan)
  const registry = registryOf(settings)
  const stops: { readonly name: string; readonly stop: () => unknown }[] = []
  let client: Client | undefined
  let running: RunningServer | undefined
  let ops: RunningOps | undefined
  let closing: Promise<void> | undefined

  const close = async (): Promise<void> => {
    await running?.close(application.shutwait)
    for (const { name, stop } of stops.reverse()) {
      try {
        await stop()
      } catch (error) {
        console.error(`${name}: stop() failed: ${messageOf(error)}`)
      }
    }
    await client?.close(application.shutwait)
    await registry.close()
    // The last to go: until then it tells how things stand.
    await ops?.close()
  }
  const closed = () => {
    closing ??= close()
    return closing
  }

  try {
    const loaded = await loadModules(folder, files)
    const failures = [...loaded.failures]
    const stopOrSkip = () => {
      if (failures.length > 0 && settings.onFailure === 'stop') throw new StartError(failures)
    }
    stopOrSkip()
    client = createClient({
      ...monitor,
      ...settings.client,
      registry,
      application: application.name,
      timeoutMs: settings.client.timeoutMs ?? consumer.timeout,
      policy: settings.client.policy ?? failover({ retries: consumer.retries }),
      balancer: settings.client.balancer ?? (consumer.loadbalance === 'roundrobin' ? roundRobin() : weightedRandom()),
    })
    const registered = deferred<RunningServer>()
    const context: Context = { client, application: application.name, registered: registered.promise }
    const found: Found[] = []
    for (const module of loaded.modules) {
      try {
        found.push(...module.implementations, ...(await started(module, context)))
        if (module.stop) stops.push({ name: module.name, stop: module.stop })
      } catch (error) {
        failures.push({ name: module.name, error })
      }
    }
    stopOrSkip()
    const services = found.map(({ offer, from }) => {
      const { schema } = offer.service[serviceOf]
      const settled = withSettings(offer, settings)
      return { offer: settled, from, key: contractKey(schema, settled) }
    })
    checkServices(services, settings, failures)
    const server = createServer({
      ...monitor,
      ...settings.server,
      application: application.name,
      services: services.map(({ offer }) => offer),
    })

    return {
      services: services.map(({ key, from }) => ({ key, from })),
      failures,
      async open() {
        if (closing) throw new Error('it was closed before it was opened')
        ops = await openOps(config, server, client as Client)
        running = await server.listen({
          registry,
          ...(protocol.port !== undefined && { port: Math.max(0, protocol.port) }),
          ...(protocol.host !== undefined && { host: protocol.host }),
          ...(protocol.advertise !== undefined && { advertise: protocol.advertise }),
        })
        await running.registered
        registered.resolve(running)
        return { running, registry: isNowhere(settings) ? undefined : registry.name, ops: ops?.url }
      },
      close: closed,
    }
  } catch (error) {
    await closed()
    throw error
  }
}

async function openOps(
  { settings, origins }: LoadedConfig,
  server: Server,
  client: Client,
): Promise<RunningOps | undefined> {
  if (!settings.ops) return undefined
  const { port, host, token, hosts, metrics } = settings.ops
  return createOps({
    servers: [server],
    clients: [client],
    names: metrics,
    config: { settings, origins: Object.fromEntries(origins) },
    ...(token !== undefined && { token }),
    ...(hosts && { hosts }),
  }).listen({ port, host })
}

async function started(module: Module, context: Context): Promise<Found[]> {
  return module.start ? startedOffers(module.name, await module.start(context)) : []
}

/** `services.<name>` wins over what a module says of itself, and that over `provider`. */
function withSettings(offer: Found['offer'], { provider, services }: Settings): Found['offer'] {
  const { name } = offer.service[serviceOf].schema
  const own = services[name] ?? {}
  const pick = (key: 'group' | 'version' | 'weight' | 'token') => own[key] ?? offer[key] ?? provider[key]
  const warmupMs = own.warmup ?? offer.warmupMs ?? provider.warmup
  const timeout = own.timeout ?? provider.timeout
  const told = {
    group: pick('group'),
    version: pick('version'),
    weight: pick('weight'),
    token: pick('token') || undefined,
    warmupMs,
  }
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined))
  const params = { ...(timeout !== undefined && { timeout: String(timeout) }), ...offer.params }
  return { service: offer.service, ...given, params }
}

function checkServices(
  services: readonly { readonly key: ServiceKey; readonly from: string }[],
  settings: Settings,
  failures: readonly Failure[],
): void {
  const by = new Map<ServiceKey, string>()
  for (const { key, from } of services) {
    const other = by.get(key)
    if (other !== undefined) {
      throw new ConfigError(
        `${formatServiceKey(key)} is offered twice, by ${other} and ${from}; give one of them a group or version`,
      )
    }
    by.set(key, from)
  }
  if (services.length === 0 && failures.length > 0) throw new StartError(failures)
  const names = [...new Set(services.map(({ key }) => key.name))]
  for (const name of Object.keys(settings.services)) {
    // One that was left out with its module may still have its settings.
    if (names.includes(name) || failures.length > 0) continue
    const meant = nearest(name, names)
    throw new ConfigError(
      `services: no module offers ${name}${meant ? `; did you mean ${meant}?` : `; there are ${names.join(', ') || 'none'}`}`,
    )
  }
}

function isNowhere({ registry }: Settings): boolean {
  return registry.address.every((address) => address.toUpperCase() === 'N/A')
}

/** Registered nowhere, the services of this process still find one another. */
function registryOf(settings: Settings): Registry {
  const { address, ...rest } = settings.registry
  if (isNowhere(settings))
    return openRegistry(`memory://${settings.application.name.replace(/[^\w.-]/g, '-')}-${process.pid}`)
  try {
    return openRegistry(address.map((each) => (each.startsWith('zookeeper://') ? completed(each, rest) : each)))
  } catch (error) {
    throw new ConfigError(`registry.address: ${(error as Error).message}`)
  }
}

/** Dubbo's single settings of a registry, put where its address may say them; what the address says wins. */
function completed(address: string, settings: Omit<Settings['registry'], 'address'>): string {
  const { username, password, ...params } = settings
  const [place = '', query = ''] = address.slice('zookeeper://'.length).split('?')
  const asked = new URLSearchParams(query)
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && !asked.has(name)) asked.set(name, String(value))
  }
  const identity =
    username !== undefined && !place.includes('@')
      ? `${encodeURIComponent(username)}:${encodeURIComponent(password ?? '')}@`
      : ''
  // Readable as it was written: commas and colons of `backup` need no escapes.
  const text = [...asked].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&')
  return `zookeeper://${identity}${place}${text && `?${text}`}`
}

function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {}
  const promise = new Promise<T>((done) => {
    resolve = done
  })
  return { promise, resolve: (value) => resolve(value) }
}

/** An error in one line; thrown by one of the files of `folder`, with the place. */
export function messageOf(error: unknown, folder?: string): string {
  if (!(error instanceof Error)) return String(error)
  const [first = '', second = ''] = error.message.split('\n')
  // `Transform failed with 1 error:` says nothing yet.
  const text = (first.endsWith(':') ? `${first} ${second.trim()}` : first) || error.name
  const places = error.stack?.matchAll(/(?:file:\/\/)?(\/[^\s()]+:\d+(?::\d+)?)\)?$/gm) ?? []
  for (const [, place = ''] of places) {
    if (folder !== undefined && place.startsWith(`${folder}/`) && !place.includes('/node_modules/'))
      return `${text} (${place.slice(folder.length + 1)})`
  }
  return text
}
