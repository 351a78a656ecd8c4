import { HealthServiceSchema } from '../../generated/tsubo/health.schema.js'
import {
  type ContractFile,
  MetadataServiceClient,
  MetadataServiceSkeleton,
  type ServiceListing,
  type ServiceQuery,
} from '../../generated/tsubo/metadata.js'
import { MetadataServiceSchema } from '../../generated/tsubo/metadata.schema.js'
import type { ContractText } from '../contract-text.js'
import { RpcError } from '../error.js'
import { javaName } from '../schema/java-name.js'
import { contractKey, formatServiceKey, type ServiceKey } from '../service-key.js'
import { contractOf, type Skeleton, serviceOf } from '../stub.js'

export { MetadataServiceClient }

/** Its full name: `tsubo.MetadataService`. */
export const metadataServiceName = MetadataServiceSchema.name

/** What every provider offers besides its own services. */
export const ownServices: readonly string[] = [HealthServiceSchema.name, metadataServiceName]

/** A service as a server offers it. */
interface Offered {
  readonly key: ServiceKey
  readonly service: Skeleton
}

/** Tells the contracts of a provider. Every server offers it, unless told otherwise. */
export class MetadataService extends MetadataServiceSkeleton {
  readonly #offered: readonly Offered[]
  /** Those of the runtime: told to who knows their names. */
  readonly #own: readonly Offered[]

  constructor(offered: readonly Offered[], own: readonly Skeleton[] = []) {
    super()
    this.#offered = offered
    this.#own = [...own, this].map((service) => ({ key: contractKey(service[serviceOf].schema, {}), service }))
  }

  services(): ServiceListing[] {
    return this.#offered.map(({ key: { name, group, version }, service }) => ({
      name,
      ...(group !== undefined && { group }),
      ...(version !== undefined && { version }),
      hash: service[serviceOf].schema.hash,
    }))
  }

  schema(query: ServiceQuery): string {
    return JSON.stringify(this.#find(query).service[serviceOf].schema)
  }

  async contract(query: ServiceQuery): Promise<ContractFile[]> {
    const { key, service } = this.#find(query)
    const load = service[contractOf]
    if (!load) {
      const why = 'its code was generated without the contract: run codegen of this release on the provider'
      throw new RpcError('unimplemented', `${formatServiceKey(key)} can't show its contract; ${why}`)
    }
    const { contract } = await load()
    return [...withImports(contract)].map(({ file, text, owner, lock }) => ({
      path: file,
      text: text.join('\n'),
      owner,
      lock: lock.join('\n'),
    }))
  }

  #find({ name, group, version }: ServiceQuery): Offered {
    const found = [...this.#offered, ...this.#own].find(
      ({ key, service }) =>
        (key.name === name || javaName(key.name, service[serviceOf].schema) === name) &&
        (group === undefined || group === (key.group ?? '')) &&
        (version === undefined || version === (key.version ?? '')),
    )
    if (found) return found
    const there = this.#offered.map(({ key }) => formatServiceKey(key)).join(', ')
    const asked = formatServiceKey({
      name: name.slice(0, 200),
      group: group?.slice(0, 200),
      version: version?.slice(0, 200),
    })
    throw new RpcError('not_found', `${asked} is not offered here; there is ${there || 'nothing'}`)
  }
}

/** A contract and all that it imports, itself first. */
function withImports(contract: ContractText): ReadonlySet<ContractText> {
  const found = new Set([contract])
  for (const each of found) for (const other of each.imports()) found.add(other)
  return found
}
