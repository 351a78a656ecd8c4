import { formatHostPort } from '../address.js'
import { allows, parseCondition } from '../cluster/condition-router.js'
import { isTagged } from '../cluster/tag-router.js'
import type { ListedConsumer, ListedProvider, ListedService } from '../registry/catalog.js'
import { matches } from '../registry/provider-url.js'
import { serviceKey } from '../service-key.js'
import type { Override, Place } from './override.js'
import { type Rule, ruleKindOf } from './read-rule.js'

/** What one part of a rule would match among those that are registered. */
export interface Match {
  /** `tag gray`, `conditions[0]`, `configs[1]` */
  readonly part: string
  readonly of: 'providers' | 'consumers'
  /** Addresses of providers, names of consumers. */
  readonly matched: readonly string[]
  readonly among: number
  /** What follows from it that isn't seen at once. */
  readonly note?: string
}

/** What a rule governs, by its node's name. */
export interface Scope {
  /** A service's rule; undefined: an application's. */
  readonly service: ReturnType<typeof serviceKey> | undefined
  readonly application: string | undefined
  /** It is about the application's providers, and for whoever calls them; false: about its own calls. */
  readonly providers: boolean
}

export function scopeOf(key: string): Scope {
  const kind = ruleKindOf(key)
  const subject = kind === undefined ? key : key.slice(0, -kind.length - 1)
  const [, name, version, group] = /^([^:]+):([^:]*):([^:]*)$/.exec(subject) ?? []
  if (kind === 'tag-router' || name === undefined)
    return { service: undefined, application: subject, providers: kind === 'tag-router' }
  return { service: serviceKey(name, group, version), application: undefined, providers: false }
}

/** The consumers that a rule is for. */
export function consumersOf(key: string, services: readonly ListedService[]): ListedConsumer[] {
  const { service, application } = scopeOf(key)
  if (ruleKindOf(key) === 'tag-router') {
    // Whoever calls a service that the application provides.
    const provided = services.filter(({ providers }) => providers.some((each) => each.application === application))
    return provided.flatMap(({ consumers }) => consumers)
  }
  const all = services.flatMap(({ consumers }) => consumers)
  return all.filter((each) => (service ? each.service === service : each.application === application))
}

/** Says what a rule would match. Nothing is written and nobody is called. */
export function dryRun(key: string, rule: Rule, services: readonly ListedService[]): readonly Match[] {
  const { service, application } = scopeOf(key)
  const consumers = consumersOf(key, services)
  const providers = services.flatMap((each) => each.providers)
  const concerned = providers.filter((each) => {
    if (rule.kind === 'tag-router') return each.application === application
    if (service) return matches(service, each.service)
    // What an application provides goes by its configurators, and what it calls by those that are about calling.
    if (rule.kind === 'configurators' && each.application === application) return true
    return consumers.some((consumer) => matches(consumer.service, each.service))
  })
  const places = concerned.flatMap((provider) => placeOf(provider))
  const found = (
    part: string,
    holds: (place: Place) => boolean,
    note?: (count: number) => string | undefined,
  ): Match => {
    const matched = places.filter(holds).map(({ address: { host, port } }) => formatHostPort(host, port))
    const said = note?.(matched.length)
    return { part, of: 'providers', matched, among: places.length, ...(said && { note: said }) }
  }

  switch (rule.kind) {
    case 'tag-router':
      return rule.tag.tags.map((tag) => {
        const without = rule.tag.force ? 'its calls fail' : 'its calls go to providers without a tag'
        return found(
          `tag ${tag.name}`,
          (place) => isTagged(tag, place),
          (count) => (count === 0 ? without : undefined),
        )
      })
    case 'condition-router': {
      const { conditions, force } = rule.condition
      return conditions.map((text, i) => {
        const condition = parseCondition(text)
        const nobody = force || condition.to === 'nobody' ? 'calls that it is for fail' : 'so it does not hold'
        const me = { application: application ?? consumers[0]?.application ?? '', host: consumers[0]?.host ?? '' }
        return found(
          `conditions[${i}] ${text}`,
          (place) => allows(condition, place, me),
          (count) => (count === 0 ? nobody : undefined),
        )
      })
    }
    case 'configurators':
      return rule.overrides.flatMap((override, i) => {
        const part = `configs[${i}]`
        const { provider, limits, calls } = override
        const note = passedOver(override)
        const those = consumers.filter((each) =>
          override.concerns({ application: each.application, hosts: [each.host] }, each.service),
        )
        const matched = those.map((each) => `${each.application} at ${each.host}`)
        const called: Match = { part, of: 'consumers', matched, among: consumers.length, ...(note && { note }) }
        // Limits are the provider's own business; of weights those hear as well who call it.
        const own = (place: Place) => provider || service || place.provider.application === application
        const provided = (holds: (place: Place) => boolean) => found(part, holds, () => note)
        if (provider || limits.size > 0) {
          return [...(calls.size > 0 ? [called] : []), provided((place) => Boolean(own(place)) && override.of(place))]
        }
        return calls.size > 0 ? [called] : [provided(() => false)]
      })
  }
}

function passedOver({ passedOver, side }: Override): string | undefined {
  if (passedOver.length === 0) return undefined
  const whose =
    side === 'provider' ? 'for consumers, or for Java' : side === 'consumer' ? 'for providers, or for Java' : 'for Java'
  return `passed over, as they are ${whose}: ${passedOver.join(', ')}`
}

function placeOf(provider: ListedProvider): Place[] {
  const [address] = provider.addresses
  return address ? [{ address, provider }] : []
}
