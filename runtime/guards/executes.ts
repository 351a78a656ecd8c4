import type { Limit } from '../guard.js'
import { javaName } from '../schema/java-name.js'
import type { ServiceSchema } from '../schema/schema.js'

/** Limits by the path of a method (`com.miao.server.TicketService/buyTicket`), or the full name of a service. */
type LimitsByName = Readonly<Record<string, { readonly limits?: readonly Limit[] }>>

/** Longer ones are left out: they are part of a node's name in the registry. */
const maxLength = 4_096

/**
 * How many calls of a method a provider takes at once, as it registers that with Dubbo's parameters: `executes` for what holds for the whole
 * service, `<method>.executes` for methods that have one of their own. By the contract's `@executes` and by `concurrency` in code; the lower
 * one counts. What rules say isn't there: who reads them knows it.
 */
export function executesParams(
  schema: ServiceSchema,
  limits: readonly Limit[] = [],
  byName: LimitsByName = {},
): Readonly<Record<string, string>> {
  const least = (tag: string | undefined, own: readonly Limit[] = []): number => {
    const inCode = [...limits, ...own].map(({ executes }) => executes ?? none)
    return Math.min(Number(tag) || none, ...inCode)
  }
  const forAll = byName[schema.name]?.limits
  const general = least(schema.tags.executes, forAll)
  const own = schema.methods.flatMap((method): [string, string][] => {
    const { name, tags } = method
    const inCode = byName[`${schema.name}/${name}`]?.limits
    if (!inCode && tags.executes === undefined) return []
    const executes = least(tags.executes ?? schema.tags.executes, inCode ?? forAll)
    if (executes === none && general === none) return []
    return [[`${javaName(name, method)}.executes`, textOf(executes)]]
  })
  return {
    ...(general !== none && { executes: textOf(general) }),
    ...(JSON.stringify(own).length <= maxLength && Object.fromEntries(own)),
  }
}

/** No limit: Dubbo's 0. */
const none = Number.POSITIVE_INFINITY

function textOf(executes: number): string {
  return executes === none ? '0' : String(executes)
}
