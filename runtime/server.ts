import { randomUUID } from 'node:crypto'
import { type Address, formatAddress, formatHostPort } from './address.js'
import type { Invocable } from './call.js'
import { joined } from './client.js'
import { createDispatcher, type DispatchOptions, type Offer, offerKey } from './dispatch.js'
import { inProcess } from './in-process.js'
import { type Counts, counts } from './observers/counts.js'
import { diagnostics } from './observers/diagnostics.js'
import { framed } from './protocol/framed.js'
import { listen as listenOn } from './protocol/listener.js'
import type { Protocol } from './protocol/protocol.js'
import type { ServerTls } from './protocol/tls.js'
import { bindAddress, type ListenOptions, publishedAddress } from './publish-address.js'
import type { Instance, Registry } from './registry/registry.js'
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
  /** What it can speak on its port; default the native protocol with its default limits. */
  readonly protocols?: readonly Protocol[]
}

export interface ServeOptions extends ListenOptions {
  /** Where the services are published; absent: nowhere. */
  readonly registry?: Registry | readonly Registry[]
}

/** A server that listens. */
export interface RunningServer {
  readonly bound: { readonly host: string; readonly port: number }
  /** The address consumers are told. */
  readonly published: Address
  /** Resolves once every registry has all services; a registry that is away delays it. */
  readonly registered: Promise<void>
  /**
   * Ends in good order: unregisters, tells its connections to go elsewhere, lets running calls end within `graceMs`
   * (default 10,000), closes. The registry stays open: it belongs to whoever opened it.
   */
  close(graceMs?: number): Promise<void>
}

/** The provider's side. As `{ invoke }` it serves generated clients of this process without a socket. */
export interface Server extends Invocable {
  /** What it has counted since it was made, in-process calls included; read it when you like. */
  readonly counts: Counts
  /** Binds, then publishes. Rejects when the port can't be had or the address to publish makes no sense. */
  listen(options?: ServeOptions): Promise<RunningServer>
}

/** Makes a server. Throws TypeError for services that can't be served. Nothing listens before `listen`. */
export function createServer(options: ServerOptions): Server {
  const offers = options.services.map((entry): Offer => (serviceOf in entry ? { service: entry } : withToken(entry)))
  const counted = counts()
  const observers = [counted, diagnostics('server'), ...(options.observers ?? [])]
  const dispatcher = createDispatcher(offers, { ...options, observers })
  const protocols = options.protocols ?? [framed()]

  return {
    counts: counted,
    invoke: inProcess(dispatcher),
    async listen(serve = {}) {
      const registry = serve.registry && joined(serve.registry)
      const registries =
        serve.registry === undefined ? [] : 'watch' in serve.registry ? [serve.registry] : serve.registry
      const wanted = bindAddress(serve, registries)
      const listener = await listenOn(wanted, protocols, dispatcher, { tls: options.tls, mode: serve.pathMode })
      const bound = { host: listener.host, port: listener.port }
      try {
        const place = await publishedAddress(serve, bound, registries)
        const addresses = protocols.map(({ name }): Address => ({ protocol: name, ...place }))
        const publication = registry?.publish(instance(options.application ?? 'provider', addresses, offers))
        return {
          bound,
          published: addresses[0] as Address,
          registered: publication?.ready ?? Promise.resolve(),
          async close(graceMs = 10_000) {
            await publication?.close()
            await listener.close(graceMs)
          },
        }
      } catch (error) {
        await listener.close(0)
        throw error
      }
    },
  }
}

/** `token: true` is one for this start of the process, as in Dubbo. */
function withToken(offer: Offer): Offer {
  return offer.token === true ? { ...offer, token: randomUUID() } : offer
}

function instance(application: string, addresses: readonly Address[], offers: readonly Offer[]): Instance {
  const services = offers.map((offer) => ({
    key: offerKey(offer),
    schema: offer.service[serviceOf].schema,
    weight: offer.weight ?? 100,
    enabled: true,
    params: new Map(Object.entries({ ...offer.params, ...(offer.token && { token: String(offer.token) }) })),
  }))
  return { application, addresses, services }
}

/** For ready lines and logs: `tsubo://192.168.1.4:20880 (bound to 0.0.0.0:20880)`. */
export function describeServer({ published, bound }: RunningServer): string {
  return `${formatAddress(published)} (bound to ${formatHostPort(bound.host, bound.port)})`
}
