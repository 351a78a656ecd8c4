import { networkInterfaces } from 'node:os'
import { conditionRouter } from '../cluster/condition-router.js'
import type { Node } from '../cluster/node.js'
import type { Parameters } from '../cluster/parameters.js'
import { joinRouters, type Router } from '../cluster/router.js'
import type { Rules } from '../cluster/rules.js'
import { type TagRule, tagRouter } from '../cluster/tag-router.js'
import type { Stop } from '../registry/registry.js'
import type { AppliedRule, RuleSource, RuleText } from '../registry/rule-source.js'
import type { ServiceKey } from '../service-key.js'
import type { Governed, Override } from './override.js'
import { type Rule, type RuleKind, readRule } from './read-rule.js'
import { revisionOf } from './revision.js'

/** So long first calls wait for rules that the registry doesn't answer about. */
const patienceMs = 1_000
/** Providers of a service come from so many applications at most whose tag rules are followed. */
const maxApplications = 8

/** The rules that a client goes by: follows those about its services, and shows which hold. */
export class Governance {
  readonly #source: RuleSource
  readonly #consumer: Governed
  readonly #warn: (text: string) => void
  readonly #keys = new Map<string, RuleKey>()

  constructor(source: RuleSource, application: string, warn: (text: string) => void = warning) {
    this.#source = source
    this.#consumer = { application, hosts: ownHosts() }
    this.#warn = warn
  }

  follow(service: ServiceKey, changed: (methodsToo: boolean) => void): Rules {
    const { application, hosts } = this.#consumer
    const own = `${service.name}:${service.version ?? ''}:${service.group ?? ''}`
    const keys = new Map<RuleKind, string[]>([
      // The general before the special, which wins.
      ['configurators', [`${application}.configurators`, `${own}.configurators`]],
      ['condition-router', [`${application}.condition-router`, `${own}.condition-router`]],
    ])
    const stops: Stop[] = []
    const held = new Set<RuleKey>()
    const hold = (kind: RuleKind, key: string): void => {
      const known = this.#keys.get(key)
      const rule = known ?? new RuleKey(key, kind, this.#source, this.#warn, () => this.#keys.delete(key))
      this.#keys.set(key, rule)
      held.add(rule)
      stops.push(rule.listen(settle))
    }
    const tagKeys = new Map<string, RuleKey | undefined>()
    let state: Compiled
    let closed = false

    const rulesOf = (kind: RuleKind): Rule[] => {
      return (keys.get(kind) ?? []).flatMap((key) => this.#keys.get(key)?.rule ?? [])
    }
    const compile = (): Compiled => {
      const overrides = rulesOf('configurators').flatMap((rule) =>
        rule.kind === 'configurators' ? rule.overrides : [],
      )
      const conditions = rulesOf('condition-router').flatMap((rule) => (rule.kind === 'condition-router' ? [rule] : []))
      const tags = [...tagKeys.values()].flatMap((key) => (key?.rule?.kind === 'tag-router' ? [key.rule.tag] : []))
      return compiled(
        overrides,
        conditions,
        tags,
        this.#consumer,
        { application, host: hosts[0] ?? '127.0.0.1' },
        service,
      )
    }
    const settle = (): void => {
      if (closed) return
      const before = state.methods
      state = compile()
      this.#source.report(service, { application }, appliedOf(held))
      changed(before !== state.methods)
    }
    for (const [kind, each] of keys) for (const key of each) hold(kind, key)
    state = compile()

    return {
      get routers() {
        return state.routers
      },
      know: (providers) => {
        const applications = new Set(providers.map((provider) => provider.application))
        for (const each of applications) {
          if (!isKey(each) || tagKeys.has(each) || tagKeys.size >= maxApplications) continue
          const key = `${each}.tag-router`
          hold('tag-router', key)
          tagKeys.set(each, this.#keys.get(key))
          state = compile()
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
}

/** One rule's node: the last good rule in it. */
class RuleKey {
  rule: Rule | undefined
  /** Its first word has come, or isn't waited for any more. */
  settled = false
  applied: AppliedRule | undefined
  readonly key: string
  readonly #kind: RuleKind
  readonly #warn: (text: string) => void
  readonly #listeners = new Set<() => void>()
  readonly #stop: Stop
  readonly #end: () => void
  readonly #timer: NodeJS.Timeout
  #latest = 0

  constructor(key: string, kind: RuleKind, source: RuleSource, warn: (text: string) => void, end: () => void) {
    this.key = key
    this.#kind = kind
    this.#warn = warn
    this.#end = end
    this.#stop = source.watch(key, (text) => void this.#take(text))
    this.#timer = setTimeout(() => this.#settle(), patienceMs)
    this.#timer.unref()
  }

  listen(listener: () => void): Stop {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size > 0) return
      clearTimeout(this.#timer)
      this.#stop()
      this.#end()
    }
  }

  async #take(text: RuleText): Promise<void> {
    if (text.state === 'pending') return
    // What comes later is newer, however long reading takes.
    const turn = ++this.#latest
    if (text.state === 'found') {
      if (text.data === undefined || text.data.length === 0) {
        this.rule = undefined
        this.applied = undefined
      } else {
        const revision = revisionOf(text.data)
        if (revision === this.applied?.revision && !this.applied.refused) return
        try {
          const rule = await readRule(this.#kind, text.data)
          if (turn !== this.#latest) return
          this.rule = rule
          this.applied = { revision }
        } catch (error) {
          if (turn !== this.#latest) return
          const reason = error instanceof Error ? error.message.slice(0, 500) : 'it can not be read'
          const last = this.applied?.revision
          this.applied = { ...(last !== undefined && { revision: last }), refused: { revision, reason } }
          const holds = last === undefined ? 'no rule holds' : `the one before it, ${last}, goes on holding`
          this.#warn(`the rule ${this.key} (revision ${revision}) is not taken, ${holds}: ${reason}`)
        }
      }
    }
    this.#settle(true)
  }

  #settle(changed = false): void {
    clearTimeout(this.#timer)
    if (this.settled && !changed) return
    this.settled = true
    for (const listener of [...this.#listeners]) listener()
  }
}

interface Compiled {
  readonly routers: readonly Router[]
  /** Equal for equal settings of methods. */
  readonly methods: string
  parameters(method: string): Parameters
  weigh(node: Node): number | undefined
}

function compiled(
  overrides: readonly Override[],
  conditions: readonly Extract<Rule, { kind: 'condition-router' }>[],
  tags: readonly TagRule[],
  consumer: Governed,
  consumerParameters: Readonly<Record<string, string>>,
  service: ServiceKey,
): Compiled {
  const mine = overrides.filter((override) => override.concerns(consumer, service))
  const byMethod = new Map<string, Parameters>()
  for (const { parameters } of mine) {
    for (const [method, each] of parameters) byMethod.set(method, { ...byMethod.get(method), ...each })
  }
  const providers = mine.flatMap((override) => override.providers ?? [])
  const says = (node: Node, what: 'weight' | 'disabled') =>
    providers.findLast((each) => each[what] !== undefined && each.of(node))?.[what]
  const enabled: Router = (nodes) => {
    const left = nodes.filter((node) => says(node, 'disabled') !== true)
    return () => (left.length === nodes.length ? nodes : left)
  }
  const first = [...conditions].sort((a, b) => b.priority - a.priority)
  return {
    routers: [
      ...(providers.some(({ disabled }) => disabled !== undefined) ? [enabled] : []),
      tagRouter(joinedTags(tags)),
      ...(first.length > 0
        ? [joinRouters(first.map(({ condition }) => conditionRouter(condition, consumerParameters)))]
        : []),
    ],
    methods: JSON.stringify([...byMethod].map(([method, each]) => [method, Object.entries(each)])),
    parameters: (method) => ({ ...byMethod.get(''), ...byMethod.get(method) }),
    weigh: (node) => {
      const weight = providers.length === 0 ? undefined : says(node, 'weight')
      return typeof weight === 'number' ? weight : undefined
    },
  }
}

/** The tags of several applications' rules, of which nearly always there is one. */
function joinedTags(rules: readonly TagRule[]): TagRule | undefined {
  const enabled = rules.filter((rule) => rule.enabled !== false)
  if (enabled.length < 2) return enabled[0]
  return { force: enabled.some((rule) => rule.force), tags: enabled.flatMap((rule) => rule.tags) }
}

function appliedOf(held: ReadonlySet<RuleKey>): Record<string, AppliedRule> {
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

function warning(text: string): void {
  process.emitWarning(text, { type: 'TsuboWarning', code: 'TSUBO_RULE' })
}
