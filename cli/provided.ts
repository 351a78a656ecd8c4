import type { ClientOptions, Registry, ServiceKey } from 'tsubo'
import { nearest } from '../runtime/schema/nearest.js'

/** What was typed is wrong; nothing was done. Exit code 2. */
export class UsageError extends Error {}

/** A service and, where the text goes on, a method: what `com.example.TicketService.book` names. */
export interface Target {
  readonly key: ServiceKey
  /** Empty where the text names a service alone. */
  readonly method: string
}

/** The keys under which services are provided, as far as a registry, or the providers of a fixed list, can say. */
export async function providedIn(
  registry: Registry,
  timeoutMs: number,
  options: Partial<ClientOptions> = {},
): Promise<readonly ServiceKey[]> {
  if (!registry.catalog) return told(registry, timeoutMs, options)
  const { listServices } = await import('../runtime/registry/catalog.js')
  const services = await listServices(registry, timeoutMs)
  return [...new Set(services.flatMap(({ providers }) => providers.map(({ service }) => service)))]
}

/** What a fixed list provides only its providers know. */
async function told(
  registry: Registry,
  timeoutMs: number,
  options: Partial<ClientOptions>,
): Promise<readonly ServiceKey[]> {
  const [{ createClient, serviceKey }, { MetadataServiceClient, ownServices }] = await Promise.all([
    import('tsubo'),
    import('../runtime/services/metadata.js'),
  ])
  const client = createClient({ ...options, registry, application: 'tsubo', onIncompatible: 'ignore' })
  try {
    const services = await new MetadataServiceClient(client, { timeoutMs }).services()
    const keys = services.map(({ name, group, version }) => serviceKey(name, group, version))
    return [...keys, ...ownServices.map((name) => serviceKey(name))]
  } finally {
    await client.close(0)
  }
}

/**
 * What a text names among the services that are provided. A service goes by its full name, or by the end of it where that
 * is unambiguous. Throws UsageError with what is there instead.
 */
export function targetOf(
  text: string,
  provided: readonly ServiceKey[],
  wanted: { readonly group?: string | undefined; readonly version?: string | undefined },
): Target {
  const cut = Math.max(text.lastIndexOf('.'), text.lastIndexOf('/'))
  const readings: readonly (readonly [service: string, method: string])[] = [
    [text, ''],
    ...(cut > 0 ? [[text.slice(0, cut), text.slice(cut + 1)] as const] : []),
  ]
  const names = [...new Set(provided.map(({ name }) => name))].sort()
  for (const [service, method] of readings) {
    const found = names.includes(service) ? [service] : names.filter((name) => name.endsWith(`.${service}`))
    if (found.length > 1) throw new UsageError(`${service} is ambiguous: ${found.join(', ')}`)
    const [name] = found
    if (name !== undefined)
      return {
        key: keyOf(
          provided.filter((key) => key.name === name),
          wanted,
        ),
        method,
      }
  }
  if (names.length === 0) throw new UsageError(`no service is provided there`)
  const candidates = names.flatMap((name) => [name, name.slice(name.lastIndexOf('.') + 1)])
  const close = readings.map(([service]) => nearest(service, candidates)).find((name) => name !== undefined)
  const asked = cut > 0 ? text.slice(0, cut) : text
  throw new UsageError(
    `there is no service ${JSON.stringify(asked)}; ${close ? `did you mean ${close}?` : `there is ${shortened(names)}`}`,
  )
}

/** The one key that group and version leave. */
function keyOf(
  keys: readonly ServiceKey[],
  { group, version }: { readonly group?: string | undefined; readonly version?: string | undefined },
): ServiceKey {
  const fits = keys.filter(
    (key) =>
      (group === undefined || (key.group ?? '') === group) &&
      (version === undefined || (key.version ?? '') === version),
  )
  const [only] = fits
  const plain = fits.find((key) => key.group === undefined && key.version === undefined)
  if (only && fits.length === 1) return only
  if (plain) return plain
  const there = keys.map((key) => `--group '${key.group ?? ''}' --version '${key.version ?? ''}'`).join(' or ')
  throw new UsageError(`${keys[0]?.name} is provided under ${there}${fits.length > 1 ? ': say which' : ''}`)
}

function shortened(names: readonly string[]): string {
  return names.length > 20 ? `${names.slice(0, 20).join(', ')} and ${names.length - 20} more` : names.join(', ')
}

/** `500`, `500ms`, `2s` or `1m` in milliseconds. Throws UsageError. */
export function milliseconds(text: string): number {
  const [, digits, unit = 'ms'] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)?$/.exec(text) ?? []
  const ms = Number(digits) * (unit === 'm' ? 60_000 : unit === 's' ? 1000 : 1)
  if (ms > 0 && ms < 2 ** 31) return ms
  throw new UsageError(`--timeout ${text}: write 500ms, 2s or 1m`)
}

/** A stranger's text for a terminal: nothing in it that one acts on. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this takes out
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
