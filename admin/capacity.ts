import type { CapacityRow } from './api.js'
import type { FigureSource } from './figures.js'
import type { KnownService } from './inventory.js'

/** A service is to be used up to here. */
const comfortable = 0.6

/**
 * How full services are, the fullest first: the most calls that were in hand at once in the last minute, against what the providers take
 * together (Dubbo's `executes`). `needed`: with so many instances like these it would be under 60 %.
 */
export function capacityOf(services: readonly KnownService[], figures: FigureSource): CapacityRow[] {
  const rows = services.flatMap(({ name, providers }): CapacityRow[] => {
    const inUse = figures.service(name)?.concurrent
    const takers = providers.filter(({ enabled }) => enabled)
    if (inUse === undefined || takers.length === 0) return []
    const limits = takers.map(({ params }) => Number(params.get('executes')))
    const told = limits.every((limit) => Number.isInteger(limit) && limit > 0 && limit < 1e9)
    if (!told) return [{ service: name, instances: takers.length, inUse }]
    const limit = limits.reduce((sum, each) => sum + each, 0)
    // Strictly under: at exactly 60 % one more is needed.
    const needed = Math.floor(inUse / comfortable / (limit / takers.length)) + 1
    return [{ service: name, instances: takers.length, inUse, limit, usage: inUse / limit, needed }]
  })
  return rows.sort((a, b) => (b.usage ?? -1) - (a.usage ?? -1) || b.inUse - a.inUse)
}
