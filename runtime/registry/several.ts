import { placeOf } from './doubt.js'
import { foldProviders } from './provider-url.js'
import type { Discovery, Provider, Publication, Registry } from './registry.js'

/**
 * Several registries as one: published to all, found in any. One that fails or is away hides nothing of the others.
 * A publication is live as soon as one registry has it, because then it can be found.
 */
export function several(registries: readonly Registry[]): Registry {
  const [first] = registries
  if (!first) throw new RangeError('no registry given')
  // Rules of two registries could contradict each other.
  const { rules, ruleStore } = registries.find((registry) => registry.rules) ?? first
  const routeTo = registries.find((registry) => !registry.loopback && registry.routeTo)?.routeTo ?? first.routeTo
  return {
    name: registries.map((registry) => registry.name).join(' + '),
    loopback: registries.every((registry) => registry.loopback),
    ...(routeTo && { routeTo }),
    ...(rules && { rules }),
    ...(ruleStore && { ruleStore }),
    reportIncompatible(...report) {
      for (const registry of registries) registry.reportIncompatible?.(...report)
    },
    publish(instance) {
      const all = registries.map((registry) => registry.publish(instance))
      const ready = Promise.any(all.map((publication) => publication.ready)).catch((error: AggregateError) => {
        throw error.errors[0]
      })
      ready.catch(() => {})
      return {
        get state(): Publication['state'] {
          const states = all.map((publication) => publication.state)
          return states.includes('live') ? 'live' : states.includes('pending') ? 'pending' : 'failed'
        },
        ready,
        update(next) {
          for (const publication of all) publication.update(next)
        },
        async close() {
          await Promise.all(all.map((publication) => publication.close()))
        },
      }
    },
    watch(service, as, found) {
      const known: Discovery[] = registries.map(() => ({ state: 'pending' }))
      const stops = registries.map((registry, index) =>
        registry.watch(service, as, (discovery) => {
          known[index] = discovery
          found(unite(registries, known))
        }),
      )
      return () => {
        for (const stop of stops) stop()
      }
    },
    async close() {
      await Promise.all(registries.map((registry) => registry.close()))
    },
  }
}

function unite(registries: readonly Registry[], known: readonly Discovery[]): Discovery {
  const reasons: string[] = []
  const providers: Provider[] = []
  const vanished: Provider[] = []
  let [pending, stale] = [false, false]
  const causes: Error[] = []
  known.forEach((discovery, index) => {
    const name = registries[index]?.name
    if (discovery.state === 'pending') pending = true
    if (discovery.state === 'failed') {
      causes.push(discovery.cause)
      providers.push(...(discovery.last ?? []))
      reasons.push(`${name}: ${discovery.cause.message}`)
    }
    if (discovery.state === 'found') {
      stale ||= discovery.stale
      providers.push(...discovery.providers)
      vanished.push(...(discovery.unconfirmed ?? []))
      if (discovery.reason) reasons.push(`${name}: ${discovery.reason}`)
    }
  })
  const union = fold(providers)
  // Who is listed anywhere is confirmed.
  const listed = new Set(union.map(placeOf))
  const unconfirmed = fold(vanished.filter((provider) => !listed.has(placeOf(provider))))
  const [cause] = causes
  if (cause && causes.length === known.length) {
    const all = causes.length === 1 ? cause : new AggregateError(causes, causes.map((each) => each.message).join('; '))
    return { state: 'failed', cause: all, ...(union.length > 0 && { last: union }) }
  }
  // "Nothing" is an answer only when everybody has been heard.
  if (union.length === 0 && pending) return { state: 'pending' }
  return {
    state: 'found',
    providers: union,
    ...(unconfirmed.length > 0 && { unconfirmed }),
    stale,
    ...(reasons.length > 0 && { reason: reasons.join('; ') }),
  }
}

function fold(providers: readonly Provider[]): Provider[] {
  return foldProviders(
    providers.map((provider) => ({ provider, timestamp: Number(provider.params.get('timestamp')) || 0 })),
  )
}
