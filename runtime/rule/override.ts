import type { Address } from '../address.js'
import { addressMatches, globMatches } from '../cluster/address-pattern.js'
import { parseMock } from '../cluster/fallback.js'
import { type Parameters, parameterNames, readParameters } from '../cluster/parameters.js'
import type { Provider } from '../registry/registry.js'
import { nearest } from '../schema/nearest.js'
import type { ServiceKey } from '../service-key.js'
import type { OverrideConfig } from './forms.js'
import { textMatches } from './text-match.js'

/** Who is governed: a consumer's name and the addresses of its machine. */
export interface Governed {
  readonly application: string
  readonly hosts: readonly string[]
}

/** A provider where it is called. */
export interface Place {
  readonly address: Address
  readonly provider: Provider
}

/** One item of Dubbo's configurators, for consumers: what changes for whom. */
export interface Override {
  /** For this consumer and service? */
  concerns(consumer: Governed, service: ServiceKey): boolean
  /** For all methods (`''`) and for single ones by name. */
  readonly parameters: ReadonlyMap<string, Parameters>
  /** What changes about the providers that `of` holds for; undefined: nothing. */
  readonly providers: ProviderOverride | undefined
}

export interface ProviderOverride {
  of(place: Place): boolean
  readonly weight: number | undefined
  readonly disabled: boolean | undefined
}

/** What is about a single provider, as opposed to how a method is called. */
const ofProviders = ['weight', 'disabled', 'enabled'] as const
/** What Dubbo knows and consumers have no use for: providers' own, or about Java's machinery. Passed over. */
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
  'executes',
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
  'warmup',
])

/**
 * Reads one item. `at` is told the parameter that is looked at. Throws RangeError for what can't be meant: a parameter that
 * nobody knows, a value that isn't one, a method's setting for single providers.
 */
export function readOverride(config: OverrideConfig, at: (parameter: string) => void): Override {
  const { side, match } = config
  const byMethod = new Map<string, Record<string, string>>()
  const own: Record<string, string> = {}
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
    const [method, parameter] = split(name)
    if (ofProviders.some((each) => each === name)) own[name] = String(value)
    else if (parameter && side === 'provider') continue
    else if (parameter) {
      if (single) {
        const hint = side ? '' : '; addresses of consumers take "side: consumer"'
        throw new RangeError(
          `${parameter} holds for a method, not for single providers, which have weight and disabled${hint}`,
        )
      }
      const parameters = { ...byMethod.get(method), [parameter]: String(value) }
      // Each by itself, so that the fault is told where it stands.
      readParameters({ [parameter]: String(value) })
      if (parameter === 'mock') parseMock(String(value))
      byMethod.set(method, parameters)
    } else if (!ofOthers.has(name)) {
      const meant = nearest(name, [...parameterNames, ...ofProviders, ...ofOthers])
      throw new RangeError(
        `there is no such parameter; ${meant ? `did you mean "${meant}"?` : `consumers know ${[...parameterNames, ...ofProviders].join(', ')}`}`,
      )
    }
  }
  const weight = own.weight === undefined ? undefined : weightOf(own.weight, at)
  const disabled = flag(own, 'disabled', at) ?? negated(flag(own, 'enabled', at))
  const services = [...config.services]
  const applications = match?.application ?? match?.app

  return {
    concerns(consumer, service) {
      if (!config.enabled) return false
      // What is for providers concerns all their consumers.
      const isMe = (each: string) => each === '*' || each === consumer.application
      if (side !== 'provider' && config.applications.length > 0 && !config.applications.some(isMe)) return false
      if (
        side !== 'provider' &&
        applications &&
        !applications.oneof.some((one) => textMatches(one, consumer.application))
      ) {
        return false
      }
      if (services.length > 0 && !services.some((each) => serviceMatches(each, service))) return false
      if (match?.service && !match.service.oneof.some((one) => textMatches(one, service.name))) return false
      const { hosts } = consumer
      return (
        consumers.length === 0 ||
        hosts.some((host) => addressMatches(consumers, { protocol: 'consumer', host, port: 0 }))
      )
    },
    parameters: byMethod,
    providers:
      weight === undefined && disabled === undefined
        ? undefined
        : {
            weight,
            disabled,
            of: ({ address, provider }) =>
              (everywhere || addressMatches(patterns, address)) &&
              (side !== 'provider' ||
                config.applications.length === 0 ||
                config.applications.includes(provider.application)) &&
              (match?.param ?? []).every(({ key, value }) => textMatches(value, provider.params.get(key))),
          },
  }
}

/** `timeout` is for all methods, `book.timeout` for one. The parameter is empty where it isn't known. */
function split(name: string): readonly [method: string, parameter: string] {
  if (parameterNames.includes(name)) return ['', name]
  const dot = name.indexOf('.')
  const parameter = name.slice(dot + 1)
  return dot > 0 && parameterNames.includes(parameter) ? [name.slice(0, dot), parameter] : ['', '']
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

function weightOf(text: string, at: (parameter: string) => void): number {
  at('weight')
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
