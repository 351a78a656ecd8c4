import type { Topology, TopologyEdge, TopologyNode } from './api.js'
import type { FigureSource } from './figures.js'
import type { KnownService } from './inventory.js'
import type { Processes } from './processes.js'
import { kindsOf } from './rows.js'

const maxNodes = 200
const maxEdges = 1000
const maxServices = 20

/** Who calls whom, as far as it is registered; of much the part with the most traffic. */
export function topologyOf(
  services: readonly KnownService[],
  { applications }: Processes,
  figures: FigureSource,
  only: { readonly application?: string | undefined; readonly service?: string | undefined },
): Topology {
  const links = new Map<string, { readonly from: string; readonly to: string; readonly services: Set<string> }>()
  for (const { name, applications: providing, consumers } of services) {
    if (only.service !== undefined && name !== only.service) continue
    for (const from of new Set(consumers.map(({ application }) => application))) {
      for (const to of providing) {
        if (only.application !== undefined && from !== only.application && to !== only.application) continue
        const key = JSON.stringify([from, to])
        const link = links.get(key) ?? { from, to, services: new Set<string>() }
        links.set(key, link)
        link.services.add(name)
      }
    }
  }
  const edges = [...links.values()]
    .map((link) => ({ ...link, figures: figures.edge(link.from, link.to) }))
    .sort((a, b) => (b.figures?.rate ?? 0) - (a.figures?.rate ?? 0) || b.services.size - a.services.size)
  const named = new Set<string>()
  const shown: TopologyEdge[] = []
  for (const { from, to, services: of, figures: told } of edges) {
    const more = Number(!named.has(from)) + Number(!named.has(to))
    if (shown.length >= maxEdges || named.size + more > maxNodes) continue
    named.add(from).add(to)
    shown.push({ from, to, services: [...of].sort().slice(0, maxServices), ...(told && { figures: told }) })
  }
  // Who calls nobody and is called by nobody is there as well.
  const alone = [...applications.keys()].filter((name) => {
    if (named.has(name)) return false
    if (only.application !== undefined) return name === only.application
    return only.service === undefined
  })
  for (const name of alone) if (named.size < maxNodes) named.add(name)
  const nodes = [...named].flatMap((name): TopologyNode[] => {
    const known = applications.get(name)
    if (!known) return []
    const { processes, provides, consumes } = known
    return [
      {
        application: name,
        instances: processes.length,
        provides: provides.size,
        consumes: consumes.size,
        kinds: kindsOf(processes),
      },
    ]
  })
  const truncated = shown.length < edges.length || alone.some((name) => !named.has(name))
  return { nodes, edges: shown, truncated }
}
