import { Call, type Interceptor } from '../call.js'
import type { RpcError } from '../error.js'
import { serviceKey } from '../service-key.js'

/**
 * For clients: calls the service in each of several groups at once and merges the answers (Dubbo's `mergeable`). `merge` gets
 * them in the order of the groups; without it lists are joined, sets and maps united. One group's failure is the call's.
 */
export function mergeable(
  service: string,
  groups: readonly string[],
  merge: (answers: readonly unknown[]) => unknown = united,
): Interceptor {
  if (groups.length === 0) throw new RangeError('mergeable: give at least one group')
  return (next) => async (call) => {
    if (call.service.name !== service || call.method.schema.kind !== 'unary') return next(call)
    const { method, args, metadata, startedAt } = call
    const parts = groups.map((group) => {
      const part = new Call(
        method,
        serviceKey(service, group, call.service.version),
        args,
        undefined,
        metadata,
        startedAt,
      )
      part.deadline = call.deadline
      part.byDefault = call.byDefault
      part.latest = call.latest
      part.unrecorded = call.unrecorded
      return part
    })
    const cancel = (reason?: RpcError) => {
      for (const part of parts) part.cancel(reason)
    }
    call.runBy({ cancel })
    try {
      return merge(await Promise.all(parts.map(next)))
    } catch (error) {
      // Nobody waits for the others any more.
      for (const part of parts) part.cancel()
      throw error
    } finally {
      call.runBy(undefined)
    }
  }
}

function united(answers: readonly unknown[]): unknown {
  const [first] = answers
  if (Array.isArray(first)) return answers.flat()
  if (first instanceof Set) return new Set((answers as Set<unknown>[]).flatMap((set) => [...set]))
  if (first instanceof Map) return new Map((answers as Map<unknown, unknown>[]).flatMap((map) => [...map]))
  throw new TypeError('mergeable: these answers need a function that merges them')
}
