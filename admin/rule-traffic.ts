import { setImmediate as turn } from 'node:timers/promises'
import { formatHostPort } from '../runtime/address.js'
import { Call } from '../runtime/call.js'
import { Node } from '../runtime/cluster/node.js'
import { joinRouters } from '../runtime/cluster/router.js'
import type { Method } from '../runtime/method.js'
import type { Connection } from '../runtime/protocol/protocol.js'
import type { ListedConsumer } from '../runtime/registry/catalog.js'
import { matches } from '../runtime/registry/provider-url.js'
import type { RuleSource } from '../runtime/registry/rule-source.js'
import { scopeOf } from '../runtime/rule/dry-run.js'
import { Governance } from '../runtime/rule/governance.js'
import type { RuleTraffic } from './api.js'
import type { FigureSource } from './figures.js'
import type { Inventory, KnownService } from './inventory.js'
import type { RuleBook } from './rule-book.js'
import type { TrafficOf } from './rule-desk.js'

const maxServices = 10
const maxConsumers = 20
const patienceMs = 1_000
const maxShown = 100

/** Calls a second of a method by a consumer. */
interface Flow {
  readonly service: KnownService
  readonly consumer: ListedConsumer
  readonly method: string
  readonly rate: number
}

/**
 * How a rule would have changed where the last minute's calls went: each consumer's calls are led by the runtime's own routers, once by the
 * rules that there are and once with the new one, and shared out by weight. Warm-up and what balancers know of load are left out.
 */
export function trafficUnder(inventory: Inventory, book: RuleBook, figures: FigureSource): TrafficOf {
  return async (key, _kind, text) => {
    if (figures.status.state !== 'connected') return undefined
    const flows = await flowsFor(key, inventory, figures)
    if (flows.length === 0) return undefined
    const now = sourceOf(book)
    const then = sourceOf(book, key, text)
    const before = new Map<string, number>()
    const after = new Map<string, number>()
    let rate = 0
    let moved = 0
    let failing = 0
    for (const flow of flows) {
      const [was, is] = await Promise.all([sharesOf(flow, now), sharesOf(flow, then)])
      rate += flow.rate
      const lost = [...was].reduce((sum, [place, share]) => sum + Math.max(0, share - (is.get(place) ?? 0)), 0)
      if (is.size === 0 && was.size > 0) failing += flow.rate
      else moved += lost * flow.rate
      for (const [shares, sum] of [
        [was, before],
        [is, after],
      ] as const) {
        for (const [place, share] of shares) sum.set(place, (sum.get(place) ?? 0) + share * flow.rate)
      }
    }
    const providers = [...new Set([...before.keys(), ...after.keys()])]
      .map((address) => ({ address, before: before.get(address) ?? 0, after: after.get(address) ?? 0 }))
      .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before))
      .slice(0, maxShown)
    const traffic: RuleTraffic = { moved: moved / rate, failing: failing / rate, rate, providers }
    return traffic
  }
}

/** What was called by whom, of the services that a rule is about. */
async function flowsFor(key: string, inventory: Inventory, figures: FigureSource): Promise<Flow[]> {
  const { service, application, providers } = scopeOf(key)
  const concerned = inventory.services.filter((each) => {
    if (service) return each.name === service.name
    if (providers) return each.applications.includes(application ?? '')
    return each.consumers.some((consumer) => consumer.application === application)
  })
  const from = String(Date.now() - 3 * 60_000)
  const asked = concerned.slice(0, maxServices).flatMap((each) => {
    const byApplication = new Map<string, ListedConsumer>()
    for (const consumer of each.consumers) {
      const isIts = service ? consumer.service === service : providers || consumer.application === application
      if (isIts && figures.consumer(each.name, consumer.application)) byApplication.set(consumer.application, consumer)
    }
    return [...byApplication.values()].slice(0, maxConsumers).map(async (consumer): Promise<Flow[]> => {
      const only = { service: each.name, application: consumer.application, from }
      const { lines } = await figures.series({ metric: 'calls', by: 'method', ...only })
      return lines.flatMap(({ label, values }) => {
        const rate = Math.max(0, ...values.map((value) => value ?? 0))
        return rate > 0 ? [{ service: each, consumer, method: label, rate }] : []
      })
    })
  })
  return (await Promise.all(asked).catch(() => [])).flat()
}

/** The rules of the book, with another text in the place of one. */
function sourceOf(book: RuleBook, key?: string, text?: Uint8Array): RuleSource {
  return {
    watch(asked, found) {
      const rule = book.get(asked)
      const data = asked === key ? text : rule && Buffer.from(rule.text)
      queueMicrotask(() => found({ state: 'found', data }))
      return () => {}
    },
    report() {},
  }
}

/** Which share of a consumer's calls of a method each provider gets; empty: nobody gets any. */
async function sharesOf({ service, consumer, method }: Flow, source: RuleSource): Promise<ReadonlyMap<string, number>> {
  const governance = new Governance(source, consumer.application, [consumer.host])
  const rules = governance.follow(consumer.service, () => {})
  try {
    const providers = service.providers.filter((each) => each.enabled && matches(consumer.service, each.service))
    const until = performance.now() + patienceMs
    while (!(rules.know(providers) && rules.settled) && performance.now() < until) await turn()
    const nodes = providers.map((provider) => {
      const [address] = provider.addresses as [(typeof provider.addresses)[number]]
      const node = new Node(provider, address, { address, available: true } as Connection)
      node.weight = rules.weigh(node) ?? provider.weight
      return node
    })
    const schema = { name: method } as Method['schema']
    const path = `${service.name}/${method}`
    const call = new Call({ schema, path, service: { name: service.name } } as unknown as Method, consumer.service, [])
    const left = joinRouters(rules.routers)(nodes)(call)
    const sum = left.reduce((total, { weight }) => total + weight, 0)
    const shares = left.map(
      (node) =>
        [formatHostPort(node.address.host, node.address.port), sum > 0 ? node.weight / sum : 1 / left.length] as const,
    )
    return new Map(shares.filter(([, share]) => share > 0))
  } finally {
    rules.close()
  }
}
