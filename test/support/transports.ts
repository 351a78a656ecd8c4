import { join } from 'node:path'
import type { Invocable } from '../../runtime/call.js'
import { createClient } from '../../runtime/client.js'
import { dynamicMethod } from '../../runtime/codec/dynamic.js'
import type { Offer } from '../../runtime/dispatch.js'
import { staticRegistry } from '../../runtime/registry/static.js'
import { createServer, type ServerOptions } from '../../runtime/server.js'
import { defineService, serviceOf } from '../../runtime/stub.js'
import { type Authority, newAuthority } from './certificates.js'
import { closeLater, connectTo, provide } from './network.js'

/** What is carried is the matter, not how fast: on a busy machine a first call may take longer than the default second. */
const patient = { timeoutMs: 10_000 }

/** Every way a call can take from a client to a server: what the conformance suites loop over. */
export const transports: Readonly<Record<string, Open>> = {
  'in-process': async (services, options) => createServer({ services, ...options }),
  native: async (services, options) => connectTo([(await provide(services, options)).bound.port], patient),
  'native over TLS': async (services, options) => {
    const { authority, tls } = certificates()
    const { bound } = await provide(services, { ...options, tls })
    return connectTo([bound.port], { ...patient, tls: { caFile: authority.caFile } })
  },
  'native to a server without generated code': async (services, options) => {
    const { bound } = await provide(services.map(withoutGeneratedCode), options)
    return connectTo([bound.port], patient)
  },
  'native over a unix socket': async (services, options) => {
    const path = join(certificates().authority.folder, `${sockets++}.sock`)
    const running = await createServer({ services, ...options }).listen({ path })
    closeLater(() => running.close(0))
    const client = createClient({ ...patient, registry: staticRegistry(`unix:${path}`) })
    closeLater(() => client.close(0))
    return client
  },
}

/** The same, and Dubbo's own wire, which carries calls but neither streams nor cancellations. */
export const callTransports: Readonly<Record<string, Open>> = {
  ...transports,
  dubbo: async (services, options) => {
    const { bound } = await provide(services, options)
    const client = createClient({ registry: staticRegistry(`dubbo://127.0.0.1:${bound.port}`) })
    closeLater(() => client.close(0))
    return client
  },
}

/** Serves these and returns what to call them through; `closeAll` ends both. */
export type Open = (services: ServerOptions['services'], options: Partial<ServerOptions>) => Promise<Invocable>

/** The same implementation, its codecs made of the schema alone: whatever crosses has the same bytes on both sides. */
function withoutGeneratedCode(entry: ServerOptions['services'][number]): Offer {
  const offer = serviceOf in entry ? { service: entry } : entry
  const { schema } = offer.service[serviceOf]
  const codecs = schema.methods.map((method) => dynamicMethod(schema, method))
  Object.defineProperty(offer.service, serviceOf, { value: defineService(schema, codecs), configurable: true })
  return offer
}

let sockets = 0
let made: { readonly authority: Authority; readonly tls: { certFile: string; keyFile: string } } | undefined

/** One authority for the process: making one takes 50 ms. */
function certificates() {
  if (made) return made
  const authority = newAuthority()
  process.once('exit', () => authority.remove())
  made = { authority, tls: authority.issue('server') }
  return made
}
