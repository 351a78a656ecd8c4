import type { Address } from './address.js'
import { within } from './clock.js'
import { type DispatchOptions, type Offer, offerKey } from './dispatch.js'
import { executesParams } from './guards/executes.js'
import type { Listener } from './protocol/listener.js'
import {
  contractParam,
  type Instance,
  type InstanceService,
  type Publication,
  type Registry,
} from './registry/registry.js'
import { Governance, type ServedRules } from './rule/governance.js'
import { formatServiceKey, registeredKey, type ServiceKey } from './service-key.js'
import { ServingStatus } from './services/health.js'
import { serviceOf } from './stub.js'

/**
 * Where a server stands.
 *
 *   starting -> serving -> draining -> closed
 *
 * - `starting`: it listens, but what it was told to wait for (`ready`) isn't there yet. It answers only health checks.
 * - `serving`: it takes calls, and its services are published or on their way there.
 * - `draining`: it has unregistered, sends its consumers elsewhere and ends what is running.
 */
export type ServerState = 'starting' | 'serving' | 'draining' | 'closed'

/** A service as it is offered now. */
export interface OfferedService {
  readonly key: ServiceKey
  /** False: registered as disabled, so that consumers choose others. Calls that come all the same are served. */
  readonly online: boolean
  /** Share of the traffic against other providers of it. */
  readonly weight: number
}

/** A server that listens. */
export interface RunningServer {
  readonly bound: { readonly host: string; readonly port: number }
  /** The address consumers are told. */
  readonly published: Address
  readonly state: ServerState
  /** Serving: what a readiness probe wants to know. A registry that is away changes nothing of it. */
  readonly ready: boolean
  /**
   * Resolves once every registry has all services; a registry that is away delays it. Rejects with what `ready` was
   * rejected with, and the server is closed then; rejects, too, when the server is closed before.
   */
  readonly registered: Promise<void>
  readonly services: readonly OfferedService[]
  /** How its services are registered: `none` without a registry, `failed` while the last try failed; it goes on trying. */
  readonly registration: 'none' | Publication['state']
  /** Open ones, from consumers. */
  readonly connections: number
  /**
   * Takes a service out of the traffic, or all of them: consumers choose other providers from their next call on. Named
   * by its full name, or with group and version as `group/name:version`. Throws RangeError for one that isn't offered.
   */
  offline(service?: string): void
  /** Takes it back in. */
  online(service?: string): void
  /**
   * Changes its share of the traffic: 100 is the default, 0 leaves it to others. Throws RangeError for what is no whole
   * number from 0 to 2,147,483,647.
   */
  weight(service: string, weight: number): void
  /**
   * Ends in good order: unregisters, tells its connections to go elsewhere, lets running calls end within `graceMs`
   * (default 10,000), closes. The registry stays open: it belongs to whoever opened it. Further calls wait for the first.
   */
  close(graceMs?: number): Promise<void>
}

/** A registry that doesn't answer holds up the end no longer; its session will tell it. Milliseconds. */
const unregisterMs = 3_000

/** What a server comes to life from. */
interface Birth extends Pick<DispatchOptions, 'limits' | 'methods'> {
  readonly application: string
  readonly bound: RunningServer['bound']
  readonly addresses: readonly Address[]
  readonly offers: readonly Offer[]
  readonly registry: Registry | undefined
  readonly listener: Listener
  /** To wait for before anything is published. */
  readonly ready: Promise<unknown> | undefined
  /** Lets calls through. */
  readonly open: () => void
  /** Whether rules are gone by. */
  readonly ruled: boolean
  /** Is told how rules limit the methods of a service. */
  readonly govern: (service: ServiceKey, limits: ServedRules['limits']) => void
  /** Hears of every change of state. */
  readonly changed: () => void
  /** To do once its calls are over, before it is closed. */
  readonly drained: () => Promise<void>
}

/** Throws what the registry throws for services that it can't hold. */
export function runningServer(birth: Birth): RunningServer & { status(service: string): ServingStatus } {
  const { application, bound, addresses, registry, listener, ready, changed } = birth
  const services = birth.offers.map((offer) => ({
    offer,
    executes: executesParams(offer.service[serviceOf].schema, birth.limits, birth.methods),
    key: offerKey(offer),
    online: true,
    weight: checkedWeight(offer.weight ?? 100),
    rules: undefined as ServedRules | undefined,
  }))
  let state: ServerState = 'starting'
  let since = 0
  let publication: Publication | undefined
  let closing: Promise<void> | undefined

  const enter = (next: ServerState): void => {
    state = next
    changed()
  }
  const instance = (): Instance => ({
    application,
    addresses,
    services: services.map(({ offer, executes, key, online, weight, rules }): InstanceService => {
      const { schema } = offer.service[serviceOf]
      return {
        key: registeredKey(key, schema),
        schema,
        weight: rules?.weight ?? weight,
        enabled: online && rules?.disabled !== true,
        params: paramsOf(offer, executes, since, rules?.warmupMs ?? offer.warmupMs),
      }
    }),
  })
  /** What rules say is published like what code says, so that Java's consumers go by it, too. */
  const follow = (): void => {
    if (!registry?.rules || !birth.ruled) return
    const governance = new Governance(registry.rules, application)
    const { services: published } = instance()
    services.forEach((each, i) => {
      const { key: service, params, weight } = published[i] as InstanceService
      const provider = { service, addresses, weight, application, params }
      const rules = governance.serve(service, { address: addresses[0] as Address, provider }, () => {
        birth.govern(each.key, rules.limits)
        update()
      })
      each.rules = rules
    })
  }
  const publish = (): Promise<void> => {
    if (closing) throw new Error(`${application} was closed before it was ready`)
    since = Date.now()
    publication = registry?.publish(instance())
    follow()
    birth.open()
    enter('serving')
    return publication?.ready ?? Promise.resolve()
  }
  const update = (): void => {
    if (!closing) publication?.update(instance())
    changed()
  }
  const end = async (graceMs: number): Promise<void> => {
    enter('draining')
    for (const { rules } of services) rules?.close()
    await within(unregisterMs, publication?.close())
    await listener.close(graceMs)
    await birth.drained()
    enter('closed')
  }
  const named = (service: string | undefined): typeof services => {
    const found = services.filter(({ key }) => service === undefined || isNamed(key, service))
    if (found.length > 0 || service === undefined) return found
    const offered = services.map(({ key }) => formatServiceKey(key)).join(', ')
    throw new RangeError(`${service} is not offered here; ${application} offers ${offered || 'nothing'}`)
  }
  const turn = (service: string | undefined, online: boolean): void => {
    for (const each of named(service)) each.online = online
    update()
  }

  const registered = ready
    ? ready.then(publish).catch(async (cause) => {
        closing ??= end(0)
        await closing
        throw cause
      })
    : publish()

  return {
    bound,
    published: addresses[0] as Address,
    registered,
    get state() {
      return state
    },
    get ready() {
      return state === 'serving'
    },
    get services() {
      return services.map(({ key, online, weight }) => ({ key, online, weight }))
    },
    get registration() {
      return registry ? (publication?.state ?? 'pending') : 'none'
    },
    get connections() {
      return listener.connections
    },
    online: (service) => turn(service, true),
    offline: (service) => turn(service, false),
    weight(service, weight) {
      checkedWeight(weight)
      for (const each of named(service)) each.weight = weight
      update()
    },
    close(graceMs = 10_000) {
      // Whoever closes it doesn't want to hear that it was never registered.
      registered.catch(() => {})
      closing ??= end(graceMs)
      return closing
    },
    status(service) {
      const meant = services.filter(({ key }) => service === '' || isNamed(key, service))
      if (meant.length === 0 && service !== '') return ServingStatus.ServiceUnknown
      const serves = state === 'serving' && (meant.length === 0 || meant.some(({ online }) => online))
      return serves ? ServingStatus.Serving : ServingStatus.NotServing
    },
  }
}

/** By its full name alone, or with group and version as `formatServiceKey` writes them. */
export function isNamed(key: ServiceKey, service: string): boolean {
  return key.name === service || formatServiceKey(key) === service
}

/** Dubbo's words: `warmup` and `timestamp` let consumers give a fresh provider its traffic step by step. */
function paramsOf(
  offer: Offer,
  executes: Readonly<Record<string, string>>,
  since: number,
  warmupMs: number | undefined,
): ReadonlyMap<string, string> {
  const { params, token } = offer
  return new Map(
    Object.entries({
      timestamp: String(since),
      ...(warmupMs !== undefined && { warmup: String(warmupMs) }),
      ...executes,
      ...params,
      ...(token && { token: String(token) }),
      [contractParam]: offer.service[serviceOf].schema.hash,
    }),
  )
}

function checkedWeight(weight: number): number {
  if (Number.isInteger(weight) && weight >= 0 && weight <= 0x7fffffff) return weight
  throw new RangeError(`a weight is a whole number from 0 to 2147483647, not ${weight}`)
}
