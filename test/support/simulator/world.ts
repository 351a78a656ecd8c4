import { Call } from '../../../runtime/call.js'
import { type Client, type ClientOptions, createClient } from '../../../runtime/client.js'
import { RpcError } from '../../../runtime/error.js'
import type { Method } from '../../../runtime/method.js'
import type { Protocol } from '../../../runtime/protocol/protocol.js'
import type { Discovery, Provider, Registry } from '../../../runtime/registry/registry.js'
import type { MethodSchema } from '../../../runtime/schema/schema.js'
import { serviceKey } from '../../../runtime/service-key.js'
import type { VirtualClock } from './clock.js'
import { Endpoint, type Script } from './endpoint.js'

const service = serviceKey('sim.Service')

/** The methods of `sim.Service`: `read` is idempotent, `write` isn't. */
const methods = Object.fromEntries(
  [
    { name: 'read', idempotent: true },
    { name: 'write', idempotent: false },
  ].map(({ name, idempotent }, index): [string, Method] => {
    const schema = { name, kind: 'unary', params: [], errors: [], body: 'args', oneway: false, tags: {}, idempotent }
    return [
      name,
      {
        schema: schema as MethodSchema,
        service: { name: 'sim.Service', tags: {} },
        index,
        path: `sim.Service/${name}`,
      } as unknown as Method,
    ]
  }),
)

export interface Outcome {
  readonly error: RpcError | undefined
  readonly value: unknown
  readonly elapsedMs: number
  readonly attempts: number
  readonly beganAt: number
}

/** Providers that are scripted, and clients that are real from the interceptors down to the connection. */
export class World {
  readonly endpoints: Endpoint[]
  readonly clock: VirtualClock
  readonly #watchers = new Set<(discovery: Discovery) => void>()
  readonly #byHost: ReadonlyMap<string, Endpoint>
  #calls = 0
  #listed: readonly Endpoint[]
  /** What all consumers of a registry are told, as long as it is true. */
  #told: Discovery | undefined

  constructor(clock: VirtualClock, scripts: readonly Script[]) {
    this.clock = clock
    this.endpoints = scripts.map(
      (script, i) => new Endpoint({ protocol: 'sim', host: `10.0.${i >> 8}.${i & 255}`, port: 1 }, script),
    )
    this.#byHost = new Map(this.endpoints.map((endpoint) => [endpoint.address.host, endpoint]))
    this.#listed = this.endpoints
  }

  client(options: Partial<ClientOptions> = {}): Client {
    return createClient({ registry: this.#registry, protocols: [this.#protocol], ...options })
  }

  /** What the registry says from now on. */
  list(endpoints: readonly Endpoint[]): void {
    this.#listed = endpoints
    this.#told = undefined
    for (const found of this.#watchers) found(this.#discovery())
  }

  /** One call, whose outcome is had once the clock has run far enough. */
  async call(client: Client, name = 'read', options: CallSetup = {}): Promise<Outcome> {
    const method = methods[name] as Method
    const { args = [] } = options
    const call = new Call(
      method,
      service,
      typeof args === 'function' ? args(this.#calls++) : args,
      options.timeoutMs,
      options.metadata,
    )
    const beganAt = performance.now()
    const outcome = (value: unknown, error: RpcError | undefined): Outcome => ({
      value,
      error,
      elapsedMs: performance.now() - beganAt,
      attempts: call.attempts,
      beganAt,
    })
    return client.invoke(call).then(
      (value) => outcome(value, undefined),
      (error: unknown) => outcome(undefined, RpcError.from(error)),
    )
  }

  /** So many calls a second, evenly spaced, for so long; whatever else is to happen meanwhile is set by timers. */
  async load(client: Client | readonly Client[], { perSecond, seconds, name, ...options }: Load): Promise<Outcome[]> {
    const clients = Array.isArray(client) ? (client as readonly Client[]) : [client as Client]
    const outcomes: Promise<Outcome>[] = []
    const count = Math.round(perSecond * seconds)
    for (let i = 0; i < count; i++) {
      setTimeout(
        () => outcomes.push(this.call(clients[i % clients.length] as Client, name, options)),
        (i * 1000) / perSecond,
      )
    }
    await this.clock.run(seconds * 1000 + 3000)
    return Promise.all(outcomes)
  }

  get arrived(): number {
    return this.endpoints.reduce((sum, endpoint) => sum + endpoint.arrived, 0)
  }

  readonly #protocol: Protocol = {
    name: 'sim',
    accept: () => {
      throw new Error('nothing listens here')
    },
    connect: (address) => {
      const endpoint = this.#byHost.get(address.host)
      if (!endpoint) throw new Error(`there is no ${address.host}`)
      return endpoint.connect()
    },
  }

  readonly #registry: Registry = {
    name: 'sim://world',
    loopback: true,
    publish: () => {
      throw new Error('nothing is published here')
    },
    watch: (_service, _as, found) => {
      this.#watchers.add(found)
      queueMicrotask(() => this.#watchers.has(found) && found(this.#discovery()))
      return () => this.#watchers.delete(found)
    },
    close: () => Promise.resolve(),
  }

  #discovery(): Discovery {
    this.#told ??= this.#list()
    return this.#told
  }

  #list(): Discovery {
    const providers = this.#listed.map(({ address, script: { weight = 100, params = {}, application = 'sim' } }) => {
      const provider: Provider = {
        service,
        addresses: [address],
        weight,
        application,
        params: new Map(Object.entries(params)),
      }
      return provider
    })
    return { state: 'found', providers, stale: false }
  }
}

export interface CallSetup {
  readonly timeoutMs?: number
  /** A function is given the number of the call. */
  readonly args?: readonly unknown[] | ((nth: number) => readonly unknown[])
  readonly metadata?: Readonly<Record<string, string>>
}

export interface Load extends CallSetup {
  readonly perSecond: number
  readonly seconds: number
  /** `read` (idempotent, the default) or `write`. */
  readonly name?: string
}

/** The share of calls that succeeded. */
export function successShare(outcomes: readonly Outcome[]): number {
  return outcomes.filter(({ error }) => !error).length / outcomes.length
}

/** How long calls took of which so large a share took no longer, in milliseconds. */
export function percentile(outcomes: readonly Outcome[], share: number): number {
  const sorted = outcomes.map(({ elapsedMs }) => elapsedMs).sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

/** Attempts beyond the first, per call. */
export function extraShare(outcomes: readonly Outcome[]): number {
  return outcomes.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0) / outcomes.length
}

/** From an exponential distribution: most are short, some long. */
export function exponential(meanMs: number): () => number {
  return () => -Math.log(1 - Math.random()) * meanMs
}
