import { type Address, formatHostPort, formatServiceUrl, parseServiceUrl, type ServiceUrl } from '../address.js'
import { isForJava, javaName } from '../schema/java-name.js'
import { type ServiceKey, serviceKey } from '../service-key.js'
import type { Instance, InstanceService, Provider } from './registry.js'
import { sharedText } from './shared-text.js'

/** Version of the native protocol, as `dubbo://...&tsubo=<version>` says that it is spoken there as well. */
export const nativeVersion = '1'

/** Who publishes and since when: Dubbo's `pid` and `timestamp` (Unix milliseconds). */
export interface Origin {
  readonly pid: number
  readonly timestamp: number
}

let lastTimestamp = 0

/** From now on. No two of a process are alike: their nodes would have one name, and be taken for the same consumer. */
export function newOrigin(): Origin {
  lastTimestamp = Math.max(Date.now(), lastTimestamp + 1)
  return { pid: process.pid, timestamp: lastTimestamp }
}

/** What a URL's own fields or Provider's fields say already, and what only says what kind of node it is. */
const consumed = new Set([
  'application',
  'category',
  'dynamic',
  'enabled',
  'group',
  'interface',
  'side',
  'version',
  'weight',
])

/** Nodes that Dubbo keeps in the same place but that name no address to call. */
const notProviders = new Set([
  'absent',
  'condition',
  'consumer',
  'empty',
  'override',
  'provider',
  'route',
  'script',
  'tag',
])

/** Longer lists of methods are left out as `*`: the node's name has to stay far below ZooKeeper's limit of 1 MB. */
const maxMethodsLength = 8_192
const defaultWeight = 100

/**
 * What Java's consumers want to know of a provider that speaks Dubbo's protocol: the version of its frames, not of a release;
 * the one serialization that is spoken here, for those that choose from a list and those that go by the first.
 */
const dubboParams = {
  deprecated: 'false',
  dubbo: '2.0.2',
  generic: 'false',
  'prefer.serialization': 'hessian2',
  serialization: 'hessian2',
} as const

/**
 * 127.0.0.1, for Java. Its consumers take that for a mistake, like all of 127.x.x.x and `localhost`, and call the machine's
 * outside address in its place, where nobody listens (NetUtils.filterLocalHost); the same address as one number they call.
 */
const javaLoopback = '2130706433'

/**
 * The URL texts under which a service of an instance is registered, with Dubbo's parameter names: one per place and
 * protocol, but a place that speaks both Dubbo's and the native protocol has one, `dubbo://...&tsubo=1`, because Java
 * consumers complain about every scheme that they don't know. A service that isn't for Java (`@java`) is registered for
 * the native protocol alone there.
 *
 * Throws RangeError for a name that such a URL can't carry.
 */
export function providerUrls(instance: Instance, service: InstanceService, origin: Origin): string[] {
  const { key, schema, weight, enabled } = service
  const methods = schema.methods.map((method) => javaName(method.name, method)).join(',')
  const params = new Map(service.params)
  const own = {
    application: instance.application,
    dynamic: 'true',
    enabled: enabled ? undefined : 'false',
    group: key.group,
    interface: key.name,
    methods: methods.length > maxMethodsLength ? '*' : methods,
    pid: String(origin.pid),
    side: 'provider',
    timestamp: String(origin.timestamp),
    version: key.version,
    weight: weight === defaultWeight ? undefined : String(weight),
  }
  for (const [name, value] of Object.entries(own)) if (value) params.set(name, value)
  checkParams(params)

  return groupBy(instance.addresses, ({ host, port }) => formatHostPort(host, port)).flatMap((addresses) => {
    const protocols = new Set(addresses.map((address) => address.protocol))
    if (protocols.has('tsubo') && !isForJava(schema)) protocols.delete('dubbo')
    const both = protocols.has('dubbo') && protocols.delete('tsubo')
    return [...protocols].map((protocol) => {
      const { host, port } = addresses[0]
      const own =
        protocol === 'dubbo'
          ? new Map([...Object.entries(dubboParams), ...params, ...(both ? [['tsubo', nativeVersion] as const] : [])])
          : params
      const called = protocol === 'dubbo' && host === '127.0.0.1' ? javaLoopback : host
      return formatServiceUrl({ protocol, host: called, port, path: key.name, params: own })
    })
  })
}

/** The URL text under which a consumer shows itself: `consumer://<host>/com.miao.server.TicketService?...` */
export function consumerUrl(service: ServiceKey, application: string, host: string, origin: Origin): string {
  const params = new Map<string, string>([
    ['application', application],
    ['category', 'consumers'],
    ['check', 'false'],
    ['dubbo', dubboParams.dubbo],
    ['group', service.group ?? ''],
    ['interface', service.name],
    ['pid', String(origin.pid)],
    ['side', 'consumer'],
    ['timestamp', String(origin.timestamp)],
    // That it goes by rules and says so: Java's don't say.
    ['tsubo', '1'],
    ['version', service.version ?? ''],
  ])
  checkParams(params)
  const bracketed = host.includes(':') ? `[${host}]` : host
  return formatServiceUrl({ protocol: 'consumer', host: bracketed, port: 0, path: service.name, params })
}

function checkParams(params: ReadonlyMap<string, string>): void {
  for (const [name, value] of params) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this must refuse
    if (/[&=\u0000-\u001f\u007f]/.test(name) || /[&\u0000-\u001f\u007f]/.test(value)) {
      throw new RangeError(
        `${name}=${JSON.stringify(value.slice(0, 100))} can't be registered: no "&" and no control characters`,
      )
    }
  }
}

/** One registered URL, read: a provider with all addresses that the URL names, or why it is none. */
export type Entry =
  | { readonly provider: Provider; readonly enabled: boolean; readonly timestamp: number }
  | { readonly skipped: string }

/**
 * Reads one registered URL. It is foreign input: whatever is wrong with it makes an entry that says why it is skipped.
 * `name` is the service in whose directory it was found; the URL's `interface`, or else its path, has to agree.
 */
export function readProviderUrl(text: string, name: string): Entry {
  const url = parseServiceUrl(text)
  if (!url) return { skipped: 'is not a URL' }
  const { protocol, port, params } = url
  const host = url.host === javaLoopback ? '127.0.0.1' : url.host
  if (notProviders.has(protocol)) return { skipped: `is a ${protocol} URL` }
  const category = params.get('category')
  if (category && category !== 'providers') return { skipped: `is of category ${category.slice(0, 40)}` }
  if ((params.get('interface') || url.path) !== name) return { skipped: 'is of another service' }
  if (port < 1 || !isHost(host)) return { skipped: 'has no usable host and port' }
  const weight = readWeight(params.get('weight'))
  if (weight === undefined) return { skipped: `has a weight of ${params.get('weight')?.slice(0, 20)}` }

  const provider: Provider = {
    service: serviceKey(name, params.get('group'), params.get('version')),
    addresses: addressesOf({ ...url, host }),
    weight,
    application: sharedText(params.get('application') ?? ''),
    params: paramsOf(params),
  }
  const enabled = params.get('enabled') !== 'false' && params.get('disabled') !== 'true'
  const timestamp = Number(params.get('timestamp'))
  return { provider, enabled, timestamp: Number.isFinite(timestamp) ? timestamp : 0 }
}

function paramsOf(params: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const own = new Map<string, string>()
  for (const [key, value] of params) if (!consumed.has(key)) own.set(sharedText(key), sharedText(value))
  return own
}

function addressesOf({ protocol, host: text, port, params }: ServiceUrl): readonly Address[] {
  const host = sharedText(text)
  const own = { protocol, host, port }
  return protocol !== 'tsubo' && params.get('tsubo') ? [{ protocol: 'tsubo', host, port }, own] : [own]
}

/** Names and addresses only: nothing that a resolver or a log would stumble over, and not "every interface". */
function isHost(host: string): boolean {
  return host.length <= 253 && /^[\w.:-]+$/.test(host) && host !== '0.0.0.0' && host !== '::'
}

/** Dubbo's weights are Java ints; below zero counts as zero. */
function readWeight(text: string | undefined): number | undefined {
  if (!text) return defaultWeight
  const weight = Number(text)
  return Number.isFinite(weight) && weight <= 0x7fffffff ? Math.max(0, Math.trunc(weight)) : undefined
}

/**
 * Makes one Provider of all entries with equal host, port, group and version: the same process, registered once per
 * protocol, or again before the node of its last life was gone. The youngest entry says weight and parameters, the
 * native protocol comes first. A provider that stands alone is handed on as the object that it is.
 */
export function foldProviders<P extends Provider>(
  entries: Iterable<{ readonly provider: P; readonly timestamp: number }>,
): P[] {
  const places = groupBy(entries, ({ provider: { service, addresses } }) => {
    const { host, port } = addresses[0] as Address
    return JSON.stringify([host, port, service.name, service.group, service.version])
  })
  return places.map((same) => {
    const youngest = same.reduce((a, b) => (b.timestamp >= a.timestamp ? b : a)).provider
    if (same.length === 1) return youngest
    const byProtocol = new Map(
      same.flatMap(({ provider }) => provider.addresses.map((address) => [address.protocol, address])),
    )
    const addresses = [...byProtocol.values()].sort((a, b) => rank(a) - rank(b))
    return { ...youngest, addresses }
  })
}

function rank({ protocol }: Address): number {
  return protocol === 'tsubo' ? 0 : protocol === 'dubbo' ? 1 : 2
}

function groupBy<T>(items: Iterable<T>, keyOf: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group) group.push(item)
    else groups.set(key, [item])
  }
  return [...groups.values()]
}

/** Dubbo's match rule: equal, unset only to unset, `*` to any, `a,b` to each of them. */
export function matches(wanted: ServiceKey, offered: ServiceKey): boolean {
  const agree = (want: string | undefined, offer: string | undefined) =>
    want === '*' || want === offer || (offer !== undefined && want?.split(',').includes(offer) === true)
  return wanted.name === offered.name && agree(wanted.group, offered.group) && agree(wanted.version, offered.version)
}
