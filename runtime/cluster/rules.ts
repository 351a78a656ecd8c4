import type { Method } from '../method.js'
import type { Parameters } from '../parameters.js'
import type { Provider } from '../registry/registry.js'
import type { Node } from './node.js'
import type { Router } from './router.js'

/** What rules say about one service, now. Told anew by the `changed` that they were followed with. */
export interface Rules {
  /** In the place of tag routing by what providers say of themselves alone; the first ones of all routers. */
  readonly routers: readonly Router[]
  /** How methods are called is known, or waited for long enough; otherwise `changed` comes. */
  readonly settled: boolean
  /**
   * Whether all that could be said about these providers has been read, or waited for long enough; otherwise `changed` comes. The
   * first answer decides for which of them rules are followed.
   */
  know(providers: readonly Provider[]): boolean
  /** What a method goes by, in the place of what code and contract say. */
  parameters(method: Method): Parameters
  /** A provider's weight; undefined: as it published it. */
  weigh(node: Node): number | undefined
  close(): void
}

/** Begins to follow the rules about a service. `changed` is told whether methods have to be set up anew. */
export type FollowRules = (changed: (methodsToo: boolean) => void) => Rules
