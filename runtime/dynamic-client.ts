import type { Invocable } from './call.js'
import { type Client, type ClientOptions, createClient } from './client.js'
import { dynamicMethod } from './codec/dynamic.js'
import { RpcError } from './error.js'
import type { Service } from './method.js'
import type { Registry } from './registry/registry.js'
import type { ServiceSchema } from './schema/schema.js'
import type { ServiceKey } from './service-key.js'
import { askSchema } from './services/ask-contract.js'
import { type CallOptions, defineService, Stub, type StubOptions } from './stub.js'

/**
 * Calls a service by its schema alone: for tools and gateways, which have no generated code. Methods go by their names,
 * values are those of generated code.
 */
export class DynamicClient {
  readonly schema: ServiceSchema
  readonly #stub: Stub

  /** `schema`: one's own, or what `fetchSchema` or `readSchema` made of a stranger's. */
  constructor(to: Invocable, schema: ServiceSchema, options?: StubOptions) {
    this.schema = schema
    this.#stub = new Stub(bound(schema), to, options)
  }

  /** Calls a method that answers once. `args` hold one value per parameter. Throws RangeError for an unknown method. */
  call(method: string, args: readonly unknown[], options?: CallOptions): Promise<unknown> {
    return this.#stub.call(this.#index(method), args, options)
  }

  /** The same for one that streams out. */
  stream(method: string, args: readonly unknown[], options?: CallOptions): AsyncIterable<unknown> {
    return this.#stub.stream(this.#index(method), args, options)
  }

  #index(method: string): number {
    const index = this.schema.methods.findIndex(({ name }) => name === method)
    if (index < 0) throw new RangeError(`${this.schema.name} has no method ${JSON.stringify(method.slice(0, 200))}`)
    return index
  }
}

/** Methods are numbered process-wide, so a schema is bound once. */
const services = new WeakMap<ServiceSchema, Service>()

function bound(schema: ServiceSchema): Service {
  const known = services.get(schema)
  if (known) return known
  const service = defineService(
    schema,
    schema.methods.map((method) => dynamicMethod(schema, method)),
  )
  services.set(schema, service)
  return service
}

/** A client of those who provide `service`, whatever is called through it: it leads to their own services. */
export function besideProviders(registry: Registry, service: ServiceKey, options: Partial<ClientOptions> = {}): Client {
  const beside: Registry = {
    name: registry.name,
    loopback: registry.loopback,
    publish: (instance) => registry.publish(instance),
    watch: (_asked, as, found) => registry.watch(service, as, found),
    close: async () => {},
  }
  return createClient({ ...options, registry: beside, onIncompatible: 'ignore' })
}

/**
 * The schema of a service, asked of a provider that the registry knows, and read as a stranger's. Throws RpcError where none
 * is there or tells it, with a reason; RangeError where what it tells is no contract.
 */
export async function fetchSchema(
  registry: Registry,
  service: ServiceKey,
  options: Partial<ClientOptions> = {},
): Promise<ServiceSchema> {
  const client = besideProviders(registry, service, options)
  const exact = (part: string | undefined) => (part !== undefined && /[*,]/.test(part) ? undefined : (part ?? ''))
  const query = { name: service.name, group: exact(service.group), version: exact(service.version) }
  try {
    return await askSchema(client, query, options.timeoutMs ?? 3000)
  } catch (error) {
    if (!(error instanceof RpcError))
      throw new RangeError(`the contract of ${service.name} is none: ${(error as Error).message}`)
    // Said of the service that was asked for, not of the one that should tell about it.
    throw new RpcError(
      error.code,
      error.message.replaceAll('tsubo.MetadataService', `the metadata of ${service.name}`),
      { cause: error },
    )
  } finally {
    await client.close(0)
  }
}
