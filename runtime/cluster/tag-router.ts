import type { Call } from '../call.js'
import { addressMatches } from './address-pattern.js'
import type { Node } from './node.js'
import type { Router } from './router.js'

/** Dubbo's tag rule (TagRouterRule): which addresses have which tag, beside those that say so themselves. */
export interface TagRule {
  /** Default true. */
  readonly enabled?: boolean
  /** A tag that the rule knows, but of which no provider is there, gets none instead of those without a tag. Default false. */
  readonly force?: boolean
  readonly tags: readonly RuledTag[]
}

/** With neither addresses nor `match`, its providers are those that say the tag themselves. */
export interface RuledTag {
  readonly name: string
  readonly addresses?: readonly string[] | undefined
  /** Whether a provider's parameters give it the tag; goes before addresses. */
  readonly match?: ((params: ReadonlyMap<string, string>) => boolean) | undefined
}

const none: readonly Node[] = []

/**
 * Calls with the tag `dubbo.tag` go to providers of that tag, and where there are none to those without one, unless
 * `dubbo.force.tag` is `true`; calls without a tag go to providers without one (Dubbo's TagStateRouter). Providers have a tag
 * by their parameter `dubbo.tag` or by the rule. In one thing it is kinder than Dubbo: providers that are all down count
 * as none.
 */
export function tagRouter(rule?: TagRule): Router {
  const tags = rule?.enabled === false ? [] : (rule?.tags ?? [])
  const ruled = new Map(tags.map((tag) => [tag.name, deciderOf(tag)]))
  return (nodes) => {
    const byRule = (node: Node) => [...ruled.values()].some((decides) => decides?.(node))
    const ownTag = (node: Node) => node.provider.params.get('dubbo.tag') ?? ''
    const untagged = nodes.filter((node) => ownTag(node) === '' && !byRule(node))
    const tagged = new Map<string, Node[]>()
    for (const node of nodes) {
      const tag = ownTag(node)
      // A tag whose providers the rule names is the rule's alone.
      if (tag !== '' && !ruled.get(tag)) tagged.set(tag, [...(tagged.get(tag) ?? []), node])
    }
    for (const [name, decides] of ruled) if (decides) tagged.set(name, nodes.filter(decides))
    const base = untagged.length === nodes.length ? nodes : untagged
    return (call) => {
      const tag = call.metadata?.['dubbo.tag']
      if (typeof tag !== 'string' || tag === '') return base
      const own = tagged.get(tag)
      if (own && own.length > 0 && (isForced(call) || own.some((node) => node.available))) return own
      return isForced(call) || (rule?.force === true && ruled.get(tag)) ? (own ?? none) : base
    }
  }
}

/** Tells the providers of a tag by the rule; undefined: the rule leaves that to them. */
function deciderOf(tag: RuledTag): ((node: Node) => boolean) | undefined {
  return tag.match || tag.addresses ? (node) => isTagged(tag, node) : undefined
}

/** Whether a provider has a rule's tag. */
export function isTagged({ name, addresses, match }: RuledTag, node: Pick<Node, 'address' | 'provider'>): boolean {
  if (match) return match(node.provider.params)
  return addresses ? addressMatches(addresses, node.address) : node.provider.params.get('dubbo.tag') === name
}

function isForced({ metadata }: Call): boolean {
  return metadata?.['dubbo.force.tag'] === 'true'
}
