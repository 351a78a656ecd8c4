import type { ListedService } from '../registry/catalog.js'
import type { RuleReport } from '../registry/rule-store.js'
import { scopeOf } from './dry-run.js'

/** Who goes by a rule. Consumers say so within 5 s of a change. */
export interface Delivery {
  readonly revision: string
  /** Consumers of ours that it is for, and how many of them go by this revision. */
  readonly consumers: number
  readonly applied: number
  readonly refusing: readonly { readonly consumer: string; readonly reason: string }[]
  /** Those of them that haven't said anything yet, or go by another revision. */
  readonly waiting: readonly { readonly consumer: string; readonly revision?: string }[]
  /** Java consumers that it is for: they don't say. */
  readonly silent: number
}

/** Who of all consumers that there are goes by a revision of a rule. */
export function deliveryOf(
  key: string,
  revision: string,
  consumers: readonly RuleReport[],
  services: readonly ListedService[],
): Delivery {
  const { service, application, providers } = scopeOf(key)
  // Of a rule about an application's providers those who call what it provides.
  const provided = new Set(
    services.filter((each) => each.providers.some((one) => one.application === application)).map(({ name }) => name),
  )
  const isFor = (each: RuleReport): boolean => {
    if (providers) return provided.has(each.service.name)
    return service ? each.service === service : each.application === application
  }
  const concerned = consumers.filter(isFor)
  let applied = 0
  const refusing: { consumer: string; reason: string }[] = []
  const waiting: { consumer: string; revision?: string }[] = []
  for (const { application, host, rules } of concerned.filter(({ tells }) => tells)) {
    const consumer = `${application} at ${host}`
    const said = Object.hasOwn(rules, key) ? rules[key] : undefined
    if (said?.refused?.revision === revision) refusing.push({ consumer, reason: said.refused.reason })
    else if (said?.revision === revision) applied++
    else waiting.push({ consumer, ...(said?.revision !== undefined && { revision: said.revision }) })
  }
  const ours = applied + refusing.length + waiting.length
  return { revision, consumers: ours, applied, refusing, waiting, silent: concerned.length - ours }
}
