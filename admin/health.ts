import { HealthServiceClient, ServingStatus } from '../generated/tsubo/health.js'
import { HealthServiceSchema } from '../generated/tsubo/health.schema.js'
import { RpcError } from '../runtime/error.js'
import { serviceKey } from '../runtime/service-key.js'
import type { InstanceDetail } from './api.js'
import type { Process } from './processes.js'
import { clientOf } from './provider-access.js'

type Health = NonNullable<InstanceDetail['health']>

/** What a provider says of itself; undefined for one that can't be asked: a consumer, Java's, a link-local address. */
export type AskHealth = (process: Process) => Promise<Health | undefined>

const timeoutMs = 1_000
/** So long an answer is good for everybody who looks. */
const freshMs = 2_000
const maxRemembered = 1_000

const words: Readonly<Record<ServingStatus, Health>> = {
  [ServingStatus.Unknown]: 'unknown',
  [ServingStatus.Serving]: 'serving',
  [ServingStatus.NotServing]: 'not_serving',
  [ServingStatus.ServiceUnknown]: 'unknown',
}

/** Asks the health service of providers, each once for all who look at the same time. */
export function createHealth(): AskHealth {
  /** The oldest first. */
  const remembered = new Map<string, { readonly at: number; readonly health: Promise<Health | undefined> }>()
  return (process) => {
    const { address, kind, role } = process
    if (role !== 'provider' || kind !== 'tsubo') return Promise.resolve(undefined)
    const known = remembered.get(address)
    if (known && performance.now() - known.at < freshMs) return known.health
    remembered.delete(address)
    for (const oldest of remembered.keys()) if (remembered.size >= maxRemembered) remembered.delete(oldest)
    const health = ask(process)
    remembered.set(address, { at: performance.now(), health })
    return health
  }
}

async function ask({ provides: [provider] }: Process): Promise<Health | undefined> {
  if (!provider) return undefined
  // Every provider has it beside its own services, unregistered.
  const own = { ...provider, service: serviceKey(HealthServiceSchema.name), params: new Map<string, string>() }
  try {
    const client = clientOf([own])
    try {
      const { status } = await new HealthServiceClient(client, { timeoutMs }).check({})
      return words[status] ?? 'unknown'
    } finally {
      await client.close(0)
    }
  } catch (error) {
    if (!(error instanceof RpcError)) return undefined
    return error.code === 'unavailable' || error.code === 'deadline_exceeded' ? 'unreachable' : 'unknown'
  }
}
