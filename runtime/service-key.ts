import { javaName } from './schema/java-name.js'
import type { ServiceSchema } from './schema/schema.js'

/**
 * What a consumer asks for and a provider offers: a service's full name with Dubbo's optional group and version.
 * Keys are interned, so two equal keys are the same object; compare with `===`, use as a Map key.
 * An unset group or version equals only unset (Dubbo's match rule); the empty string counts as unset.
 */
export interface ServiceKey {
  readonly name: string
  readonly group: string | undefined
  readonly version: string | undefined
}

const interned = new Map<string, WeakRef<ServiceKey>>()
const forget = new FinalizationRegistry<string>((text) => {
  if (interned.get(text)?.deref() === undefined) interned.delete(text)
})

/** The one key for these three; same arguments, same object. Unused keys are collected. */
export function serviceKey(name: string, group?: string, version?: string): ServiceKey {
  const text = JSON.stringify([name, group || null, version || null])
  const known = interned.get(text)?.deref()
  if (known) return known
  const key: ServiceKey = Object.freeze({ name, group: group || undefined, version: version || undefined })
  interned.set(text, new WeakRef(key))
  forget.register(key, text)
  return key
}

/**
 * The key of a contract: group and version as told, else as its `@group` and `@version` say. The empty string is unset, so
 * it takes a tag back.
 */
export function contractKey(
  schema: Pick<ServiceSchema, 'name' | 'tags'>,
  told: { readonly group?: string | undefined; readonly version?: string | undefined },
): ServiceKey {
  return serviceKey(schema.name, told.group ?? schema.tags.group, told.version ?? schema.tags.version)
}

/** The key that a service is registered and looked for under: by its name in Java, where its contract says one (`@java`). */
export function registeredKey(key: ServiceKey, schema: Pick<ServiceSchema, 'tags'>): ServiceKey {
  return serviceKey(javaName(key.name, schema), key.group, key.version)
}

/** Dubbo's service key text, for messages and metrics: `group/name:version`, unset parts left out. */
export function formatServiceKey(key: ServiceKey): string {
  return `${key.group ? `${key.group}/` : ''}${key.name}${key.version ? `:${key.version}` : ''}`
}

/**
 * A service in its registry, as OpenTelemetry's conventions for Dubbo have `server.address`:
 * `zookeeper://127.0.0.1:2181/name:version:group`, unset parts left out, `name::group` without a version.
 */
export function formatServerAddress(registry: string, { name, version, group }: ServiceKey): string {
  return `${registry}/${name}${version || group ? `:${version ?? ''}` : ''}${group ? `:${group}` : ''}`
}
