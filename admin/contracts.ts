import { RpcError } from '../runtime/error.js'
import type { ListedProvider } from '../runtime/registry/catalog.js'
import { contractParam } from '../runtime/registry/registry.js'
import type { ServiceSchema } from '../runtime/schema/schema.js'
import { formatServiceKey } from '../runtime/service-key.js'
import { askSchema } from '../runtime/services/ask-contract.js'
import { MetadataServiceClient } from '../runtime/services/metadata.js'
import type { Contract } from './api.js'
import { docComments } from './doc-comments.js'
import { addressOf, kindOf } from './inventory.js'
import { clientOf } from './provider-access.js'

const askMs = 3_000
/** Of texts that are remembered, in characters. */
const maxRemembered = 16 << 20
const maxFilesLength = 4 << 20

type Found = Extract<Contract, { state: 'found' }>

/** Contracts, asked of providers and remembered by their hash. */
export interface Contracts {
  /** Of a service as these providers, of one key, serve it. Why not is an answer, too. */
  of(providers: readonly ListedProvider[]): Promise<Contract>
}

export function createContracts(): Contracts {
  /** The one longest unused first. */
  const remembered = new Map<string, { readonly contract: Promise<Found>; size: number }>()
  let size = 0
  const forget = (key: string): void => {
    size -= remembered.get(key)?.size ?? 0
    remembered.delete(key)
  }
  return {
    async of(providers) {
      const ours = providers.filter((provider) => kindOf(provider) === 'tsubo')
      const [first] = ours
      const methods = methodsOf(providers)
      if (!first) {
        const reason = providers.length > 0 ? 'its providers are Java: they tell no contract' : 'nobody provides it'
        return { state: 'unknown', reason, methods }
      }
      const hash = first.params.get(contractParam) ?? ''
      const key = `${formatServiceKey(first.service)} ${hash}`
      const known = remembered.get(key)
      // Those of one contract answer alike; without a hash nobody knows.
      const same = ours.filter((provider) => (provider.params.get(contractParam) ?? '') === hash)
      const asked = known ?? { contract: ask(same), size: 0 }
      remembered.delete(key)
      remembered.set(key, asked)
      try {
        const contract = await asked.contract
        if (!known && remembered.get(key) === asked) {
          asked.size = JSON.stringify(contract).length
          size += asked.size
          for (const oldest of remembered.keys()) if (size > maxRemembered && oldest !== key) forget(oldest)
          if (hash === '') forget(key)
        }
        return contract
      } catch (error) {
        if (remembered.get(key) === asked) forget(key)
        if (!(error instanceof RpcError || error instanceof RangeError)) throw error
        return { state: 'unknown', reason: error.message.slice(0, 500), methods }
      }
    },
  }
}

async function ask(providers: readonly ListedProvider[]): Promise<Found> {
  const [{ service }] = providers as [ListedProvider]
  const query = { name: service.name, group: service.group ?? '', version: service.version ?? '' }
  const client = clientOf(providers)
  try {
    const schema: ServiceSchema = await askSchema(client, query, askMs)
    const told = await new MetadataServiceClient(client, { timeoutMs: askMs }).contract(query).catch(() => [])
    const whole = told.reduce((sum, { text }) => sum + text.length, 0) <= maxFilesLength
    const files = whole ? told.map(({ path, text }) => ({ path, text })) : []
    const comments = Object.fromEntries(files.flatMap(({ text }) => [...docComments(text)]))
    return { state: 'found', schema, files, comments, from: providers.map(addressOf).slice(0, 3).join(', ') }
  } finally {
    await client.close(0)
  }
}

/** Names of methods as they stand in the registry. */
function methodsOf(providers: readonly ListedProvider[]): string[] {
  const names = providers.flatMap(({ params }) => params.get('methods')?.split(',') ?? [])
  return [...new Set(names)]
    .filter((name) => name !== '*' && name !== '')
    .slice(0, 1000)
    .sort()
}
