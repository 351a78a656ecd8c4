import { networkInterfaces } from 'node:os'
import { conditionRouter } from '../cluster/condition-router.js'
import type { Node } from '../cluster/node.js'
import { joinRouters, type Router } from '../cluster/router.js'
import type { Rules } from '../cluster/rules.js'
import { type TagRule, tagRouter } from '../cluster/tag-router.js'
import type { Parameters } from '../parameters.js'
import type { Stop } from '../registry/registry.js'
import type { AppliedRule, RuleSource } from '../registry/rule-source.js'
import type { ServiceKey } from '../service-key.js'
import { type FollowedRule, FollowedRules, subjectOf } from './followed-rule.js'
import { byMethod, type Governed, type Override, type Place, type ProviderOverride } from './override.js'
import type { RuleKind } from './read-rule.js'

/** Providers of a service come from so many applications at most whose tag rules are followed. */
const maxApplications = 8

/** What rules say about a service where it is provided, now. */
export interface ServedRules extends ProviderOverride {
  /** How calls of a method are limited, in the place of what the contract says. */
  limits(method: string): Parameters
  close(): void
}

/** The rules that a client or a server goes by: follows those about its services, and shows which hold. */
export class Governance {
  readonly #source: RuleSource
  readonly #self: Governed
  readonly #rules: FollowedRules

  /** `hosts`: the addresses of the machine; by default this one's. */
  constructor(source: RuleSource, application: string, hosts: readonly string[] = ownHosts()) {
    this.#source = source
    this.#self = { application, hosts }
    this.#rules = new FollowedRules(source)
  }

  /** For a consumer of a service. */
  follow(service: ServiceKey, changed: (methodsToo: boolean) => void): Rules {
    const { application, hosts } = this.#self
    const host = hosts[0] ?? '127.0.0.1'
    const stops: Stop[] = []
    const held = new Set<FollowedRule>()
    const hold = (kind: RuleKind, subject: string): FollowedRule => {
      const { rule, stop } = this.#rules.follow(kind, subject, settle)
      held.add(rule)
      stops.push(stop)
      return rule
    }
    const applications = new Set<string>()
    let state: Compiled
    let closed = false

    const settle = (): void => {
      if (closed) return
      const before = state.methods
      state = compiled(held, this.#self, { application, host }, service)
      this.#source.report(service, { application }, appliedOf(held))
      changed(before !== state.methods)
    }
    // The general before the special, which wins.
    const overrides = [hold('configurators', application), hold('configurators', subjectOf(service))]
    for (const subject of [application, subjectOf(service)]) hold('condition-router', subject)
    state = compiled(held, this.#self, { application, host }, service)

    return {
      get routers() {
        return state.routers
      },
      get settled() {
        return overrides.every((rule) => rule.settled)
      },
      know: (providers) => {
        for (const { application } of providers) {
          if (!isKey(application) || applications.has(application) || applications.size >= maxApplications) continue
          applications.add(application)
          hold('tag-router', application)
          state = compiled(held, this.#self, { application, host }, service)
        }
        return [...held].every((rule) => rule.settled)
      },
      parameters: (method) => state.parameters(method.schema.name),
      weigh: (node) => state.weigh(node),
      close() {
        closed = true
        for (const stop of stops) stop()
      },
    }
  }

  /** For the provider of a service at a place. */
  serve(service: ServiceKey, place: Place, changed: () => void): ServedRules {
    const followed = [this.#self.application, subjectOf(service)].map((subject) =>
      this.#rules.follow('configurators', subject, () => {
        const before = mine
        mine = concerning()
        if (before.length + mine.length > 0) changed()
      }),
    )
    const concerning = () =>
      overridesOf(followed.map(({ rule }) => rule)).filter(
        (each) => each.side !== 'consumer' && each.concerns(this.#self, service) && each.of(place),
      )
    let mine = concerning()
    const last = <K extends keyof ProviderOverride>(what: K): ProviderOverride[K] | undefined =>
      mine.findLast(({ provider }) => provider?.[what] !== undefined)?.provider?.[what]
    return {
      limits: (method) => byMethod(mine.map(({ limits }) => limits))(method),
      get weight() {
        return last('weight')
      },
      get disabled() {
        return last('disabled')
      },
      get warmupMs() {
        return last('warmupMs')
      },
      close() {
        for (const { stop } of followed) stop()
      },
    }
  }
}

interface Compiled {
  readonly routers: readonly Router[]
  /** Equal for equal settings of methods. */
  readonly methods: string
  parameters(method: string): Parameters
  weigh(node: Node): number | undefined
}

/** What a consumer makes of the rules that hold, in the order in which they are followed: the later one wins. */
function compiled(
  held: ReadonlySet<FollowedRule>,
  consumer: Governed,
  consumerParameters: Readonly<Record<string, string>>,
  service: ServiceKey,
): Compiled {
  const rules = [...held].flatMap(({ rule }) => rule ?? [])
  const mine = overridesOf(held).filter((override) => override.concerns(consumer, service))
  const calls = mine.map((override) => override.calls)
  const tags = rules.flatMap((rule) => (rule.kind === 'tag-router' ? [rule.tag] : []))
  const conditions = rules.flatMap((rule) => (rule.kind === 'condition-router' ? [rule] : []))
  const providers = mine.filter(({ provider }) => provider)
  const says = <K extends keyof ProviderOverride>(node: Node, what: K): ProviderOverride[K] | undefined =>
    providers.findLast(({ provider, of }) => provider?.[what] !== undefined && of(node))?.provider?.[what]
  const enabled: Router = (nodes) => {
    const left = nodes.filter((node) => says(node, 'disabled') !== true)
    return () => (left.length === nodes.length ? nodes : left)
  }
  const first = [...conditions].sort((a, b) => b.priority - a.priority)
  return {
    routers: [
      ...(providers.some(({ provider }) => provider?.disabled !== undefined) ? [enabled] : []),
      tagRouter(joinedTags(tags)),
      ...(first.length > 0
        ? [joinRouters(first.map(({ condition }) => conditionRouter(condition, consumerParameters)))]
        : []),
    ],
    methods: JSON.stringify(calls.map((each) => [...each].map(([method, all]) => [method, Object.entries(all)]))),
    parameters: byMethod(calls),
    weigh: (node) => (providers.length === 0 ? undefined : says(node, 'weight')),
  }
}

function overridesOf(rules: Iterable<FollowedRule>): Override[] {
  return [...rules].flatMap(({ rule }) => (rule?.kind === 'configurators' ? rule.overrides : []))
}

/** The tags of several applications' rules, of which nearly always there is one. */
function joinedTags(rules: readonly TagRule[]): TagRule | undefined {
  const enabled = rules.filter((rule) => rule.enabled !== false)
  if (enabled.length < 2) return enabled[0]
  return { force: enabled.some((rule) => rule.force), tags: enabled.flatMap((rule) => rule.tags) }
}

function appliedOf(held: ReadonlySet<FollowedRule>): Record<string, AppliedRule> {
  const all = [...held].flatMap(({ key, applied }) => (applied ? [[key, applied] as const] : []))
  return Object.fromEntries(all.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** An application's name comes from strangers, and is about to be part of a path. */
function isKey(name: string): boolean {
  return /^[^/\p{Cc}\p{Cs}]{1,200}$/u.test(name)
}

function ownHosts(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
  const outside = all.filter(({ internal }) => !internal).sort((a, b) => (a.family < b.family ? -1 : 1))
  return [...outside.map(({ address }) => address), '127.0.0.1']
}
