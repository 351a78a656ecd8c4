import { MetadataServiceClient } from '../../generated/tsubo/metadata.js'
import type { Invocable } from '../call.js'
import { javaName } from '../schema/java-name.js'
import { readSchema } from '../schema/read-schema.js'
import type { ServiceSchema } from '../schema/schema.js'
import type { ServiceKey } from '../service-key.js'

/** The most text of a schema that is looked at, in characters: a contract of 1,000 messages has 900,000. */
export const maxSchemaLength = 2 * 1024 * 1024

/** What a consumer asks for: a key, or a name alone where group and version don't matter. */
export type ContractQuery = Pick<ServiceKey, 'name'> & { readonly [K in 'group' | 'version']?: string | undefined }

/**
 * Asks a provider for a service's schema, and reads it as a stranger's. `to` leads to that provider. Throws RpcError where it
 * can't be had (`unimplemented`: the provider tells no contracts), RangeError where what came is none.
 */
export async function askSchema(to: Invocable, query: ContractQuery, timeoutMs = 3000): Promise<ServiceSchema> {
  const text = await new MetadataServiceClient(to, { timeoutMs }).schema({
    name: query.name,
    ...(query.group !== undefined && { group: query.group }),
    ...(query.version !== undefined && { version: query.version }),
  })
  if (text.length > maxSchemaLength) throw new RangeError(`its text has more than ${maxSchemaLength} characters`)
  const schema = readSchema(parsed(text))
  if (schema.name !== query.name && javaName(schema.name, schema) !== query.name)
    throw new RangeError(`it is of ${schema.name}`)
  return schema
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new RangeError('its text is no JSON')
  }
}
