import type { Address } from '../address.js'
import { addressMatches, globMatches } from '../cluster/address-pattern.js'
import { callParameterNames, readCallParameters } from '../cluster/call-parameters.js'
import { parseMock } from '../cluster/fallback.js'
import { limitParameterNames, readLimitParameters } from '../guards/limit-parameters.js'
import { overload } from '../guards/overload.js'
import type { Parameters } from '../parameters.js'
import type { Provider } from '../registry/registry.js'
import { nearest } from '../schema/nearest.js'
import type { ServiceKey } from '../service-key.js'
import type { OverrideConfig } from './forms.js'
import { textMatches } from './text-match.js'

/** Who is governed: its application's name and the addresses of its machine. */
export interface Governed {
  readonly application: string
  readonly hosts: readonly string[]
}

/** A provider where it is called. */
export interface Place {
  readonly address: Address
  readonly provider: Provider
}

/** One item of Dubbo's configurators: what changes for whom. */
export interface Override {
  /** undefined: both. */
  readonly side: 'consumer' | 'provider' | undefined
  /** For whoever consumes this service or provides it, as far as the item says more than which provider? */
  concerns(who: Governed, service: ServiceKey): boolean
  /** How consumers call: all methods (`''`), and single ones by name. */
  readonly calls: ByMethod
  /** How those providers that `of` holds for limit methods. */
  readonly limits: ByMethod
  /** Is it for this provider? */
  of(place: Place): boolean
  /** What changes about those providers; undefined: nothing. */
  readonly provider: ProviderOverride | undefined
  /** Parameters that say nothing here: Java's alone, or the other side's. */
  readonly passedOver: readonly string[]
}

/** Parameters of all methods (`''`) and of single ones by name. */
export type ByMethod = ReadonlyMap<string, Parameters>

export interface ProviderOverride {
  readonly weight: number | undefined
  readonly disabled: boolean | undefined
  readonly warmupMs: number | undefined
}

/** What is about a single provider, as opposed to its methods. */
const ofProviders = ['weight', 'disabled', 'enabled', 'warmup'] as const
/** What Dubbo knows and neither side has a use for, mostly about Java's machinery. Passed over. */
const ofOthers = new Set([
  'accepts',
  'accesslog',
  'async',
  'check',
  'connections',
  'delay',
  'deprecated',
  'dispatcher',
  'dynamic',
  'filter',
  'generic',
  'heartbeat',
  'iothreads',
  'lazy',
  'listener',
  'merger',
  'owner',
  'payload',
  'proxy',
  'queues',
  'reconnect',
  'reference.filter',
  'register',
  'serialization',
  'service.filter',
  'threadpool',
  'threads',
  'token',
  'validation',
])

/**
 * Reads one item. `at` is told the parameter that is looked at. Throws RangeError for what can't be meant: a parameter that
 * nobody knows, a value that isn't one, a method's setting for single providers.
 */
export function readOverride(config: OverrideConfig, at: (parameter: string) => void): Override {
  const { side, match } = config
  const calls = new Map<string, Parameters>()
  const limits = new Map<string, Parameters>()
  const own: Record<string, string> = {}
  const passedOver: string[] = []
  // Where the addresses say which providers, and where which consumers.
  const places = side === 'consumer' ? config.providerAddresses : [...config.providerAddresses, ...config.addresses]
  const patterns = [
    ...places,
    ...patternsOf(match?.providerAddress),
    ...(side === 'consumer' ? [] : patternsOf(match?.address)),
  ]
  const consumers = side === 'consumer' ? [...config.addresses, ...patternsOf(match?.address)] : []
  const everywhere = patterns.length === 0 || patterns.some((each) => each === '0.0.0.0' || each === '*')
  const single = !everywhere || match?.param !== undefined

  for (const [name, value] of Object.entries(config.parameters)) {
    at(name)
    const text = String(value)
    const [method, parameter] = split(name)
    if (ofProviders.some((each) => each === name)) own[name] = text
    else if (isLimit(parameter, side)) {
      // Each by itself, so that the fault is told where it stands.
      readLimitParameters({ [parameter]: text }, overload())
      limits.set(method, { ...limits.get(method), [parameter]: text })
    } else if (ofOthers.has(name) || (parameter && (side === 'provider' || !callParameterNames.includes(parameter)))) {
      passedOver.push(name)
    } else if (parameter) {
      if (single) {
        const limits = limitParameterNames.includes(parameter)
        const hint = side
          ? ''
          : limits
            ? '; with "side: provider" it limits those'
            : '; addresses of consumers take "side: consumer"'
        throw new RangeError(
          `${parameter} holds for a method, not for single providers, which have ${ofProviders.join(', ')}${hint}`,
        )
      }
      readCallParameters({ [parameter]: text })
      if (parameter === 'mock') parseMock(text)
      calls.set(method, { ...calls.get(method), [parameter]: text })
    } else {
      const known = [...new Set([...callParameterNames, ...limitParameterNames, ...ofProviders])]
      const meant = nearest(name, [...known, ...ofOthers])
      throw new RangeError(
        `there is no such parameter; ${meant ? `did you mean "${meant}"?` : `there are ${known.join(', ')}`}`,
      )
    }
  }
  const weight = numberOf(own, 'weight', at)
  const warmupMs = numberOf(own, 'warmup', at)
  const disabled = flag(own, 'disabled', at) ?? negated(flag(own, 'enabled', at))
  const services = [...config.services]
  const applications = match?.application ?? match?.app

  return {
    side,
    concerns(who, service) {
      if (!config.enabled) return false
      // What is for providers concerns all their consumers.
      const isMe = (each: string) => each === '*' || each === who.application
      if (side !== 'provider' && config.applications.length > 0 && !config.applications.some(isMe)) return false
      if (side !== 'provider' && applications && !applications.oneof.some((one) => textMatches(one, who.application))) {
        return false
      }
      if (services.length > 0 && !services.some((each) => serviceMatches(each, service))) return false
      if (match?.service && !match.service.oneof.some((one) => textMatches(one, service.name))) return false
      const { hosts } = who
      return (
        consumers.length === 0 ||
        hosts.some((host) => addressMatches(consumers, { protocol: 'consumer', host, port: 0 }))
      )
    },
    calls,
    limits,
    of: ({ address, provider }) =>
      (everywhere || addressMatches(patterns, address)) &&
      (side !== 'provider' || config.applications.length === 0 || config.applications.includes(provider.application)) &&
      (match?.param ?? []).every(({ key, value }) => textMatches(value, provider.params.get(key))),
    provider:
      weight === undefined && disabled === undefined && warmupMs === undefined
        ? undefined
        : { weight, disabled, warmupMs },
    passedOver,
  }
}

/** All that items say about methods, the later one before the earlier. */
export function byMethod(all: readonly ByMethod[]): (method: string) => Parameters {
  const joined = new Map<string, Parameters>()
  for (const each of all) {
    for (const [method, parameters] of each) joined.set(method, { ...joined.get(method), ...parameters })
  }
  return (method) => ({ ...joined.get(''), ...joined.get(method) })
}

/** What limits a method on its provider. `tps` limits a consumer, too, and does where nobody says whom. */
function isLimit(parameter: string, side: Override['side']): boolean {
  if (!limitParameterNames.includes(parameter)) return false
  return side === 'provider' || (side === undefined && !callParameterNames.includes(parameter))
}

/** `timeout` is for all methods, `book.timeout` for one. The parameter is empty where it isn't known. */
function split(name: string): readonly [method: string, parameter: string] {
  const isKnown = (each: string) => callParameterNames.includes(each) || limitParameterNames.includes(each)
  if (isKnown(name)) return ['', name]
  const dot = name.indexOf('.')
  const parameter = name.slice(dot + 1)
  return dot > 0 && isKnown(parameter) ? [name.slice(0, dot), parameter] : ['', '']
}

function patternsOf(
  match: { readonly exact?: string | undefined; readonly wildcard?: string | undefined } | undefined,
): string[] {
  return [match?.exact, match?.wildcard].filter((each) => each !== undefined)
}

/** `com.acme.Users`, with a group before it and a version behind it where they are said: `g1/com.acme.Users:1.0.0`. */
function serviceMatches(pattern: string, { name, group, version }: ServiceKey): boolean {
  const [, wantedGroup, wantedName = pattern, wantedVersion] = /^(?:([^/:]*)\/)?([^/:]*)(?::(.*))?$/.exec(pattern) ?? []
  return (
    globMatches(wantedName, name) &&
    (!wantedGroup || wantedGroup === group) &&
    (!wantedVersion || wantedVersion === version)
  )
}

function numberOf(
  own: Readonly<Record<string, string>>,
  name: string,
  at: (parameter: string) => void,
): number | undefined {
  const text = own[name]
  if (text === undefined) return undefined
  at(name)
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is not a whole number from 0`)
}

function flag(
  own: Readonly<Record<string, string>>,
  name: string,
  at: (parameter: string) => void,
): boolean | undefined {
  const text = own[name]
  if (text === undefined) return undefined
  at(name)
  if (text === 'true' || text === 'false') return text === 'true'
  throw new RangeError(`${JSON.stringify(text.slice(0, 40))} is neither true nor false`)
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}
