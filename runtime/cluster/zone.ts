import type { Router } from './router.js'

export interface ZoneOptions {
  /** Where this consumer is: `hangzhou-b`. */
  readonly zone: string
  /** The parameter by which providers say where they are. Default `zone`. */
  readonly parameter?: string
  /** With fewer available providers than this in its zone, it calls all of them. Default 1. */
  readonly atLeast?: number
}

/** Prefers providers of the consumer's own zone, while there are enough of them. */
export function zone({ zone, parameter = 'zone', atLeast = 1 }: ZoneOptions): Router {
  return (nodes) => {
    const near = nodes.filter((node) => node.weight > 0 && node.provider.params.get(parameter) === zone)
    if (near.length < atLeast || near.length === nodes.length) return () => nodes
    return () => {
      let available = 0
      for (const node of near) if (node.available && ++available >= atLeast) return near
      return nodes
    }
  }
}
