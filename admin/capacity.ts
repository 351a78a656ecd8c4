import type { CapacityRow } from './api.js'
import type { FigureSource } from './figures.js'
import type { KnownService } from './inventory.js'
import type { RuleBook } from './rule-book.js'

/** A service is to be used up to here. */
const comfortable = 0.6

/**
 * How full services are, the fullest first: the most calls that were in hand at once in the last minute, against what the providers take
 * together (Dubbo's `executes`, by a rule or as providers register it). `needed`: with so many instances like these it would be under 60 %.
 */
export function capacityOf(
  services: readonly KnownService[],
  figures: FigureSource,
  { effectOf }: Pick<RuleBook, 'effectOf'>,
): CapacityRow[] {
  const rows = services.flatMap(({ name, providers }): CapacityRow[] => {
    const inUse = figures.service(name)?.concurrent
    if (inUse === undefined) return []
    const effects = providers.flatMap((provider) => (provider.enabled ? [effectOf(provider)] : []))
    const takers = effects.filter(({ disabled }) => !disabled)
    if (takers.length === 0) return []
    const limit = takers.reduce((sum, taker) => sum + (taker.limit ?? Number.NaN), 0)
    if (Number.isNaN(limit)) return [{ service: name, instances: takers.length, inUse }]
    // Strictly under: at exactly 60 % one more is needed.
    const needed = Math.floor(inUse / comfortable / (limit / takers.length)) + 1
    return [{ service: name, instances: takers.length, inUse, limit, usage: inUse / limit, needed }]
  })
  return rows.sort((a, b) => (b.usage ?? -1) - (a.usage ?? -1) || b.inUse - a.inUse)
}
