import type { ListedProvider } from '../runtime/registry/catalog.js'
import type { Registry, Stop } from '../runtime/registry/registry.js'
import { scopeOf } from '../runtime/rule/dry-run.js'
import { type Rule, type RuleKind, readRule, ruleKindOf } from '../runtime/rule/read-rule.js'
import { revisionOf } from '../runtime/rule/revision.js'
import type { ServiceKey } from '../runtime/service-key.js'
import type { KnownService } from './inventory.js'
import type { Effect } from './rows.js'

/** A rule as it is kept, and as it was read. */
export interface KnownRule {
  readonly key: string
  readonly kind: RuleKind
  readonly service: ServiceKey | undefined
  readonly application: string | undefined
  readonly text: string
  readonly revision: string
  readonly changedAt: Date
  readonly rule: Rule | undefined
  /** Why there is no `rule`. */
  readonly invalid: string | undefined
}

/** All rules that a registry holds, as they were last known. */
export interface RuleBook {
  /** By key. */
  readonly rules: readonly KnownRule[]
  get(key: string): KnownRule | undefined
  /** Those that say something about a service: its own, and those of the applications on both sides. */
  about(service: KnownService): KnownRule[]
  /** Those of an application. */
  of(application: string): KnownRule[]
  /** What holds for a provider with everybody who calls it. */
  effectOf(provider: ListedProvider): Effect
  /** `revision` is `none` for one that was deleted. */
  listen(changed: (key: string, revision: string) => void): Stop
  close(): void
}

/** More are not followed: whoever can write so many can write more. */
const maxRules = 10_000
const everybody = { application: '', hosts: [] }

export function followRules({ rules: source }: Pick<Registry, 'rules'>): RuleBook {
  const known = new Map<string, KnownRule>()
  const watched = new Map<string, Stop>()
  const listeners = new Set<(key: string, revision: string) => void>()
  let sorted: readonly KnownRule[] | undefined
  const put = (key: string, rule: KnownRule | undefined): void => {
    if (!rule && !known.delete(key)) return
    if (rule) known.set(key, rule)
    sorted = undefined
    for (const listener of [...listeners]) listener(key, rule?.revision ?? 'none')
  }
  const follow = (key: string, kind: RuleKind): Stop => {
    let turn = 0
    const { service, application } = scopeOf(key)
    const stop = source?.watch(key, (text) => {
      if (text.state !== 'found') return
      const mine = ++turn
      const { data, changedAt = new Date(0) } = text
      if (!data || data.length === 0) return put(key, undefined)
      const revision = revisionOf(data)
      const read = { key, kind, service, application, text: Buffer.from(data).toString(), revision, changedAt }
      readRule(kind, data)
        .then(
          (rule): KnownRule => ({ ...read, rule, invalid: undefined }),
          (error: Error): KnownRule => ({ ...read, rule: undefined, invalid: error.message.slice(0, 500) }),
        )
        .then((rule) => {
          if (mine === turn) put(key, rule)
        })
    })
    return () => {
      turn = Number.POSITIVE_INFINITY
      stop?.()
    }
  }
  const stop = source?.keys?.((keys) => {
    const there = new Map(
      keys.slice(0, maxRules).flatMap((key): [string, RuleKind][] => {
        const kind = ruleKindOf(key)
        return kind ? [[key, kind]] : []
      }),
    )
    for (const [key, end] of watched) {
      if (there.has(key)) continue
      end()
      watched.delete(key)
      put(key, undefined)
    }
    for (const [key, kind] of there) if (!watched.has(key)) watched.set(key, follow(key, kind))
  })

  return {
    get rules() {
      sorted ??= [...known.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
      return sorted
    },
    get: (key) => known.get(key),
    about({ name, applications, consumers }) {
      const involved = new Set([...applications, ...consumers.map(({ application }) => application)])
      return this.rules.filter(
        ({ service, application }) =>
          service?.name === name || (application !== undefined && involved.has(application)),
      )
    },
    of(name) {
      return this.rules.filter(({ application }) => application === name)
    },
    effectOf(provider) {
      const { service, weight, addresses } = provider
      const rule = known.get(`${service.name}:${service.version ?? ''}:${service.group ?? ''}.configurators`)?.rule
      const [address] = addresses
      const registered = registeredLimit(provider.params)
      if (rule?.kind !== 'configurators' || !address) return { weight, disabled: false, limit: registered }
      const overrides = rule.overrides.filter(
        (override) => override.concerns(everybody, service) && override.of({ address, provider }),
      )
      const changes = overrides.flatMap((override) => override.provider ?? [])
      const limited = overrides.findLast(({ limits }) => limits.get('')?.executes !== undefined)
      return {
        weight: changes.findLast((change) => change.weight !== undefined)?.weight ?? weight,
        disabled: changes.findLast((change) => change.disabled !== undefined)?.disabled ?? false,
        limit: limited ? limitIn(limited.limits.get('')?.executes) : registered,
      }
    },
    listen(changed) {
      listeners.add(changed)
      return () => listeners.delete(changed)
    },
    close() {
      stop?.()
      for (const end of watched.values()) end()
    },
  }
}

/**
 * What a provider registers: the limit of each of its methods added up where they all have one of their own, else the one that holds for
 * every method. That one alone is taken for the whole, since a method that is full is what operators want to see.
 */
function registeredLimit(params: ReadonlyMap<string, string>): number | undefined {
  const own = (params.get('methods') ?? '').split(',').map((name) => limitIn(params.get(`${name}.executes`)))
  const sum = own.reduce<number>((all, limit) => all + (limit ?? Number.NaN), 0)
  return Number.isNaN(sum) ? limitIn(params.get('executes')) : sum
}

/** 0 is Dubbo's "no limit". */
function limitIn(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
