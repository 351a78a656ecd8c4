import { randomUUID } from 'node:crypto'
import { type Address, formatAddress, formatHostPort } from './address.js'
import type { Invocable } from './call.js'
import { createReporter, joined } from './client.js'
import { createDispatcher, type DispatchOptions, type Offer, offerKey } from './dispatch.js'
import { gate } from './gate.js'
import { inProcess } from './in-process.js'
import { type AccessLogOptions, accessLogOf } from './observers/access-log.js'
import { type Counts, counts } from './observers/counts.js'
import { diagnostics } from './observers/diagnostics.js'
import { listen as listenOn } from './protocol/listener.js'
import type { Protocol } from './protocol/protocol.js'
import { defaultProtocols } from './protocol/protocols.js'
import type { ServerTls } from './protocol/tls.js'
import { bindAddress, type ListenOptions, publishedAddress } from './publish-address.js'
import type { Registry } from './registry/registry.js'
import { isNamed, type RunningServer, runningServer } from './running-server.js'
import type { CountReporter, MonitorOptions } from './services/count-reporter.js'
import { HealthService, healthServiceName, ServingStatus } from './services/health.js'
import { MetadataService, metadataServiceName } from './services/metadata.js'
import { type Skeleton, serviceOf } from './stub.js'

export interface ServerOptions extends DispatchOptions {
  /** What it offers: instances of classes that extend generated skeletons, with group and version where wanted. */
  readonly services: readonly (Skeleton | Offer)[]
  /** The provider's own name, shown in the registry. Default `provider`. */
  readonly application?: string
  /**
   * TLS on its port, and client certificates where wanted. Files are looked at again at every handshake. Connections
   * without TLS are then refused, unless `plain: true`.
   */
  readonly tls?: ServerTls
  /** A line for each call that is over; `true`: as JSON on standard error, `{ logger }`: to pino or another one. Default: none. */
  readonly accessLog?: boolean | AccessLogOptions
  /** What it can speak on its port; default the native protocol and Dubbo's own, with their default limits. */
  readonly protocols?: readonly Protocol[]
  /**
   * Tell the contracts of its services to whoever may call it (`tsubo.MetadataService`): for `tsubo invoke`, `tsubo contract
   * add`, and consumers that compare. Default true.
   */
  readonly metadata?: boolean
  /**
   * Whether rules that the registry holds about providers (docs/governance.md) are gone by: limits, weight, disabled. Default
   * true. One that can't be taken is told by a warning with the code TSUBO_RULE, and the last good one goes on holding.
   */
  readonly rules?: boolean
  /**
   * Sends what is counted to the monitor that is found in the registry, every minute (docs/monitor.md), while it listens.
   * Default: not. `'registry'` is Dubbo's word for that; with options it may be another interval, or another way.
   */
  readonly monitor?: 'registry' | MonitorOptions
}

export interface ServeOptions extends ListenOptions {
  /** Where the services are published; absent: nowhere. */
  readonly registry?: Registry | readonly Registry[]
  /**
   * To wait for before anything is published: caches that fill, a database that answers. Meanwhile the server listens,
   * answers health checks, and sends other calls elsewhere. Default: nothing.
   */
  readonly ready?: Promise<unknown> | (() => unknown)
}

/** The provider's side. As `{ invoke }` it serves generated clients of this process without a socket. */
export interface Server extends Invocable {
  /** What it has counted since it was made, in-process calls included; read it when you like. */
  readonly counts: Counts
  /** It listens somewhere and takes calls there: what a readiness probe wants to know. */
  readonly ready: boolean
  /** What `listen` has made and isn't closed. */
  readonly running: readonly RunningServer[]
  /** The provider's own name. */
  readonly application: string
  /** Binds, then publishes. Rejects when the port can't be had or the address to publish makes no sense. */
  listen(options?: ServeOptions): Promise<RunningServer>
}

/**
 * Makes a server. Throws TypeError for services that can't be served. Nothing listens before `listen`. Beside its services
 * it answers `tsubo.HealthService` and `tsubo.MetadataService`, unless they are among them.
 */
export function createServer(options: ServerOptions): Server {
  const offers = options.services.map((entry): Offer => (serviceOf in entry ? { service: entry } : withToken(entry)))
  const { application = 'provider' } = options
  const counted = counts()
  const observers = [
    counted,
    diagnostics('server'),
    ...accessLogOf('server', options.accessLog),
    ...(options.observers ?? []),
  ]
  const runs = new Set<ReturnType<typeof runningServer>>()
  const listeners = new Set<() => void>()
  const changed = () => {
    for (const listener of listeners) listener()
  }
  const health = new HealthService({
    status(service) {
      const [first, ...others] = [...runs].map((run) => run.status(service))
      if (first !== undefined) return others.includes(ServingStatus.Serving) ? ServingStatus.Serving : first
      // It listens nowhere: whoever asks is within the process, where calls need no more.
      const offered = service === '' || offers.some((offer) => isNamed(offerKey(offer), service))
      return offered ? ServingStatus.Serving : ServingStatus.ServiceUnknown
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    get ended() {
      return runs.size > 0 && [...runs].every(({ state }) => state === 'draining' || state === 'closed')
    },
  })
  const names = new Set(offers.map((offer) => offerKey(offer).name))
  const metadata = new MetadataService(
    offers.map((offer) => ({ key: offerKey(offer), service: offer.service })),
    [health],
  )
  const own = [
    ...(names.has(healthServiceName) ? [] : [{ service: health }]),
    ...(options.metadata === false || names.has(metadataServiceName) ? [] : [{ service: metadata }]),
  ]
  const dispatcher = createDispatcher([...offers, ...own], { ...options, observers })
  const protocols = options.protocols ?? defaultProtocols()
  const living = () => [...runs].filter(({ state }) => state !== 'closed')
  let reporter: CountReporter | undefined
  const report = (registry: Registry | undefined, { host, port }: { host: string; port: number }): void => {
    const { monitor, application = 'provider' } = options
    if (!monitor || reporter) return
    if (!registry && !(monitor !== 'registry' && monitor.through)) {
      throw new TypeError('monitor: there is no registry to find it in; give listen({ registry }), or monitor.through')
    }
    const about = { counts: counted, side: 'provider', application, instance: formatHostPort(host, port) } as const
    reporter = createReporter(monitor, { registry: registry ?? [] }, about)
  }
  /** One of its addresses is closed: with the last one, the last word goes to the monitor. */
  const drained = async (): Promise<void> => {
    if (living().length > 1) return
    const last = reporter
    reporter = undefined
    await last?.close()
  }

  return {
    counts: counted,
    invoke: inProcess(dispatcher),
    application,
    get running() {
      return [...runs].filter(({ state }) => state !== 'closed')
    },
    get ready() {
      return [...runs].some((run) => run.ready)
    },
    async listen(serve = {}) {
      const registry = serve.registry && joined(serve.registry)
      const registries =
        serve.registry === undefined ? [] : 'watch' in serve.registry ? [serve.registry] : serve.registry
      const wanted = bindAddress(serve, registries)
      const gated =
        serve.ready === undefined ? undefined : gate(dispatcher, ({ service }) => service.name === healthServiceName)
      const listener = await listenOn(wanted, protocols, gated ?? dispatcher, {
        tls: options.tls,
        mode: serve.pathMode,
      })
      const bound = { host: listener.host, port: listener.port }
      try {
        const place = await publishedAddress(serve, bound, registries)
        report(registry, place)
        const run = runningServer({
          application,
          bound,
          addresses: protocols.map(({ name }): Address => ({ protocol: name, ...place })),
          offers,
          registry,
          listener,
          ready: serve.ready === undefined ? undefined : settled(serve.ready),
          open: () => gated?.open(),
          ruled: options.rules !== false,
          ...(options.limits && { limits: options.limits }),
          ...(options.methods && { methods: options.methods }),
          govern: dispatcher.govern,
          changed,
          drained,
        })
        for (const past of runs) if (past.state === 'closed') runs.delete(past)
        runs.add(run)
        changed()
        return run
      } catch (error) {
        await listener.close(0)
        if (living().length === 0) await drained()
        throw error
      }
    },
  }
}

/** What a function throws is a rejection, too. */
async function settled(ready: Promise<unknown> | (() => unknown)): Promise<unknown> {
  return typeof ready === 'function' ? ready() : ready
}

/** `token: true` is one for this start of the process, as in Dubbo. */
function withToken(offer: Offer): Offer {
  return offer.token === true ? { ...offer, token: randomUUID() } : offer
}

/** For ready lines and logs: `tsubo://192.168.1.4:20880 (bound to 0.0.0.0:20880)`. */
export function describeServer({ published, bound }: RunningServer): string {
  return `${formatAddress(published)} (bound to ${formatHostPort(bound.host, bound.port)})`
}
