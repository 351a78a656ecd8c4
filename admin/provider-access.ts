import { type Client, type ClientOptions, createClient } from '../runtime/client.js'
import type { ListedProvider } from '../runtime/registry/catalog.js'
import type { Registry } from '../runtime/registry/registry.js'
import { addressOf } from './inventory.js'
import { Problem } from './problem.js'

/**
 * A client of these providers and of nobody else, whatever is called through it: so the console reaches no address but those that are
 * registered, and shows up in no list of consumers.
 */
export function clientOf(providers: readonly ListedProvider[], options: Partial<ClientOptions> = {}): Client {
  for (const provider of providers) refuseLinkLocal(provider)
  const registry: Registry = {
    name: 'the providers that are registered',
    loopback: false,
    publish() {
      throw new Error('nothing is published by the console')
    },
    watch(_service, _as, found) {
      let stopped = false
      queueMicrotask(() => stopped || found({ state: 'found', providers, stale: false }))
      return () => {
        stopped = true
      }
    },
    async close() {},
  }
  return createClient({ application: 'tsubo-admin', ...options, registry, onIncompatible: 'ignore' })
}

/** No provider is there, but in clouds what hands out a machine's credentials. */
function refuseLinkLocal(provider: ListedProvider): void {
  const wrong = provider.addresses.some(({ host }) => /^(?:::ffff:)?169\.254\.|^fe[89ab][0-9a-f]:/i.test(host))
  if (wrong) throw new Problem('forbidden', `${addressOf(provider)} is a link-local address: the console calls none`)
}
