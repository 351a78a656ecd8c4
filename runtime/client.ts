import { hostname } from 'node:os'
import {
  type Call,
  compose,
  defaultTimeoutMs,
  type Interceptor,
  type Invocable,
  type Invoker,
  joinObservers,
  type Observer,
} from './call.js'
import { Cluster, type ClusterContext, type Policy } from './cluster/cluster.js'
import { Compatibility, type OnIncompatible } from './cluster/compatibility.js'
import { Connections } from './cluster/connections.js'
import { failfast, failover } from './cluster/failover.js'
import { firstAvailable } from './cluster/first-available.js'
import type { Balancer, Node } from './cluster/node.js'
import { OutlierEjection, type OutlierOptions } from './cluster/outlier-ejection.js'
import { PeerNames } from './cluster/peer-names.js'
import { joinRouters, type Router } from './cluster/router.js'
import { type MethodOptions, settle } from './cluster/settings.js'
import type { ServiceStatus } from './cluster/status.js'
import { tagRouter } from './cluster/tag-router.js'
import { weightedRandom } from './cluster/weighted-random.js'
import { currentCall, expectCalls } from './current-call.js'
import { RpcError } from './error.js'
import { type AccessLogOptions, accessLogOf } from './observers/access-log.js'
import { type Counts, counts } from './observers/counts.js'
import { diagnostics } from './observers/diagnostics.js'
import type { Protocol } from './protocol/protocol.js'
import { defaultProtocols } from './protocol/protocols.js'
import { type ClientTls, secureDial } from './protocol/tls.js'
import type { Registry } from './registry/registry.js'
import { several } from './registry/several.js'
import { Governance } from './rule/governance.js'
import type { ServiceSchema } from './schema/schema.js'
import { registeredKey, type ServiceKey } from './service-key.js'
import { askSchema } from './services/ask-contract.js'
import { CountReporter, type MonitorOptions, type Reporting } from './services/count-reporter.js'
import { alsoCarried } from './travelling.js'

export interface ClientOptions {
  /** Where providers are found; with several, the providers of all of them together. */
  readonly registry: Registry | readonly Registry[]
  /** The consumer's own name, shown in the registry. Default `consumer`. */
  readonly application?: string
  /** For the whole of a unary call, retries included, in milliseconds, where neither call, stub nor contract says. Default 1000. */
  readonly timeoutMs?: number
  /** Default `failover()`: two retries, only where that is safe. */
  readonly policy?: Policy
  /** Default `weightedRandom()`. */
  readonly balancer?: Balancer
  /**
   * What differs for a service or one of its methods, by `com.acme.TicketService` or `com.acme.TicketService/book`. It wins over
   * what the contract's tags say.
   */
  readonly methods?: Readonly<Record<string, MethodOptions>>
  /**
   * Metadata that a handler was called with and that its own calls through this client take along: `['tenant']`. Trace context
   * and Dubbo's tag go on anyway.
   */
  readonly passOn?: readonly string[]
  /**
   * Whether rules that the registry holds (docs/governance.md) are gone by. Default true. One that can't be taken is told by a
   * warning with the code TSUBO_RULE, and the last good one goes on holding.
   */
  readonly rules?: boolean
  /** Where calls may go, each within what the one before it has left. Default: anywhere. */
  readonly routers?: readonly Router[]
  /**
   * What to do about providers whose contract isn't compatible for the method that is called. Default `prefer`: call others
   * while there are any, say once which field differs (a warning with the code TSUBO_INCOMPATIBLE), and with none left call
   * all the same. `refuse`: never call them. `ignore`: don't compare.
   */
  readonly onIncompatible?: OnIncompatible
  /** Leaves out providers that fail more than their peers, for a while. Default: on; `false` switches it off. */
  readonly outlierEjection?: OutlierOptions | false
  /**
   * Sends what is counted to the monitor that is found in the registry, every minute (docs/monitor.md). Default: not.
   * `'registry'` is Dubbo's word for that; with options it may be another interval, or another way.
   */
  readonly monitor?: 'registry' | MonitorOptions
  /** The first is the outermost. */
  readonly interceptors?: readonly Interceptor[]
  readonly observers?: readonly Observer[]
  /** A line for each call that is over; `true`: as JSON on standard error, `{ logger }`: to pino or another one. Default: none. */
  readonly accessLog?: boolean | AccessLogOptions
  /** TLS on all its connections, also to sockets of this machine. Default: none. */
  readonly tls?: ClientTls
  /** Sockets per provider, between which calls take turns. Default 1, which is the fastest for most. */
  readonly connectionsPerAddress?: number
  /** A connection without calls for so many milliseconds is closed, and opened again by the next one. Default: never. */
  readonly idleLimitMs?: number
  /** What it can speak, best first; default the native protocol and Dubbo's own, with their default limits. */
  readonly protocols?: readonly Protocol[]
}

/** The consumer's side: hand it to any number of generated clients. Finds, balances, fails over; shares its sockets. */
export interface Client extends Invocable {
  /** What it has counted since it was made; read it when you like. */
  readonly counts: Counts
  /** Where it finds providers: the registry's name, without secrets. */
  readonly registry: string
  /** The services that it has called, and how it stands with their providers now. */
  readonly status: readonly ServiceStatus[]
  /**
   * Takes no new calls, gives those under way `graceMs` (default 10,000) to end, then lets go of sockets and watches.
   * The registry stays open: it belongs to whoever opened it.
   */
  close(graceMs?: number): Promise<void>
}

/** Makes a client. Nothing is connected before the first call. */
export function createClient(options: ClientOptions): Client {
  expectCalls()
  const registry = joined(options.registry)
  const {
    application = 'consumer',
    timeoutMs = defaultTimeoutMs,
    policy = failover(),
    balancer = weightedRandom(),
  } = options
  const counted = counts()
  const observer = joinObservers([
    counted,
    diagnostics('client'),
    ...accessLogOf('client', options.accessLog),
    ...(options.observers ?? []).map((each) => each.forClient?.(registry.name) ?? each),
  ])
  const connections = new Connections(
    options.protocols ?? defaultProtocols(),
    {
      ...(options.tls && { secure: secureDial(options.tls) }),
      ...(options.idleLimitMs !== undefined && { idleLimitMs: positive('idleLimitMs', options.idleLimitMs) }),
    },
    positive('connectionsPerAddress', options.connectionsPerAddress ?? 1),
  )
  const clusters = new Map<ServiceKey, Cluster>()
  const compatibility =
    options.onIncompatible === 'ignore' ? undefined : new Compatibility(options.onIncompatible ?? 'prefer', askNode)
  if (compatibility) {
    compatibility.onNews = () => {
      for (const cluster of clusters.values()) cluster.news()
    }
    compatibility.onMisfit = ({ service, method }, contract, reason) =>
      registry.reportIncompatible?.(registeredKey(service, method.service), { application }, contract, reason)
  }
  const governance = registry.rules && options.rules !== false ? new Governance(registry.rules, application) : undefined
  const context: ClusterContext = {
    application,
    registry,
    connections,
    observer,
    router: (byRules = [tagRouter()]) =>
      joinRouters([...byRules, ...(options.routers ?? []), ...(compatibility ? [compatibility.router] : [])]),
    rules: governance && ((service) => (changed) => governance.follow(service, changed)),
    compatibility,
    ejection:
      options.outlierEjection === false
        ? undefined
        : (nodes) => new OutlierEjection(nodes, options.outlierEjection || undefined),
    settings: (method, rules) => settle(method, { timeoutMs, policy, balancer }, options.methods ?? {}, rules),
  }
  let closed = false
  const peers = new PeerNames(() => clusters.values())
  const reporter =
    options.monitor &&
    createReporter(options.monitor, options, {
      counts: counted,
      side: 'consumer',
      application,
      instance: `${hostname()}:${process.pid}`,
      peerOf: (place) => peers.of(place),
    })
  // Calls of one service mostly come one after the other.
  let lastKey: ServiceKey | undefined
  let last: Cluster | undefined

  function open(service: ServiceKey, schema: ServiceSchema): Cluster {
    const cluster = new Cluster(service, registeredKey(service, schema), context)
    clusters.set(service, cluster)
    return cluster
  }

  const choose: Invoker = (call: Call) => {
    if (closed) return tooLate(call)
    if (last === undefined || call.service !== lastKey) {
      lastKey = call.service
      last = clusters.get(call.service) ?? open(call.service, call.method.service)
    }
    return last.invoke(call)
  }

  // The order of one call, from outside in, is fixed here:
  return {
    counts: counted,
    registry: registry.name,
    get status() {
      return [...clusters.values()].map(({ status }) => status)
    },
    //  1. interceptors: see the logical call, so what they add or refuse holds for every attempt;
    invoke: compose(
      [...(options.passOn?.length ? [passingOn(options.passOn)] : []), ...(options.interceptors ?? [])],
      //  2. the policy: makes the promise, tells the observers, asks router and balancer, and sends.
      choose,
    ),
    async close(graceMs = 10_000) {
      closed = true
      compatibility?.close()
      const closing = connections.close(graceMs)
      peers.learn()
      for (const cluster of clusters.values()) cluster.close()
      clusters.clear()
      await closing
      await reporter?.close()
    },
  }
}

function tooLate({ method }: Call): Promise<never> {
  return Promise.reject(new RpcError('cancelled', `${method.path}: the client is closed`))
}

/** How reports get to the monitor: the client's own ways, or nothing but the registry. */
type Way = Pick<ClientOptions, 'registry' | 'tls' | 'protocols' | 'interceptors'>

/** Begins to report; what is made for that has nothing in common with the client or server whose calls are counted. */
export function createReporter(
  monitor: 'registry' | MonitorOptions,
  { registry, tls, protocols, interceptors }: Way,
  about: Omit<Reporting, 'to' | 'intervalMs' | 'ended'>,
): CountReporter {
  const { intervalMs, through } = monitor === 'registry' ? ({} as MonitorOptions) : monitor
  if (through) return new CountReporter({ ...about, intervalMs, to: through })
  const client = createClient({
    registry,
    application: about.application,
    ...(tls && { tls }),
    ...(protocols && { protocols }),
    ...(interceptors && { interceptors }),
    // The reporter itself tries again, at the monitor that everybody takes.
    policy: failfast(),
    balancer: firstAvailable(),
    rules: false,
    outlierEjection: false,
    onIncompatible: 'ignore',
  })
  try {
    return new CountReporter({ ...about, intervalMs, to: client, ended: () => client.close(0) })
  } catch (error) {
    void client.close(0)
    throw error
  }
}

/** Asks one provider for the contract of its service, past routers and balancers. */
function askNode({ connection, provider }: Node, name: string): Promise<ServiceSchema> {
  const { group = '', version = '' } = provider.service
  // What a fixed list provides is what was asked for, and that may be a pattern.
  const exact = (part: string) => (/[*,]/.test(part) ? undefined : part)
  const to: Invocable = {
    invoke: (call) =>
      new Promise((resolve, reject) => {
        connection.send(call, {
          call,
          reply(value) {
            resolve(value)
            return undefined
          },
          fail: reject,
        })
      }),
  }
  return askSchema(to, { name, group: exact(group), version: exact(version) })
}

/** Takes metadata along from the call whose handler makes another one. */
function passingOn(keys: readonly string[]): Interceptor {
  return (next) => (call) => {
    call.metadata = alsoCarried(call.metadata, currentCall()?.metadata, keys)
    return next(call)
  }
}

function positive(option: string, value: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= 2 ** 31 - 1) return value
  throw new RangeError(`${option}: ${value} is not a whole number from 1`)
}

/** One registry out of those that were given. */
export function joined(registry: Registry | readonly Registry[]): Registry {
  const all = 'watch' in registry ? [registry] : registry
  const [first] = all
  if (!first) throw new TypeError('registry: give at least one, e.g. openRegistry("zookeeper://127.0.0.1:2181")')
  return all.length === 1 ? first : several(all)
}
