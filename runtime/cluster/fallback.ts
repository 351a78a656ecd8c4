import type { Call, Interceptor } from '../call.js'
import { RpcError } from '../error.js'
import { type Skeleton, serviceOf } from '../stub.js'

/**
 * Answers a method in the provider's place: when calling it failed, or without even trying. `skeleton` extends the service's
 * generated skeleton, so what it returns has the right type.
 */
export function fallback(skeleton: Skeleton, method: string, force = false): Interceptor {
  const run: unknown = Reflect.get(skeleton, method)
  if (typeof run !== 'function') {
    throw new TypeError(
      `${skeleton.constructor.name} lacks ${method}(), which ${skeleton[serviceOf].schema.name} declares`,
    )
  }
  return instead((call) => Reflect.apply(run, skeleton, [...call.args, call]), force)
}

/** The same from a function. */
export function instead(answer: (call: Call) => unknown, force: boolean): Interceptor {
  const answered = async (call: Call) => answer(call)
  return (next) => {
    if (force) return answered
    return (call) =>
      next(call).catch((thrown: unknown) => {
        const error = RpcError.from(thrown)
        if (!isFailure(error)) throw error
        return answered(call)
      })
  }
}

/** The call failed, as opposed to what was called having said no: Dubbo's RpcException that isn't of business. */
function isFailure({ code, type }: RpcError): boolean {
  if (type !== undefined) return false
  return (
    code === 'unavailable' ||
    code === 'deadline_exceeded' ||
    code === 'resource_exhausted' ||
    code === 'internal' ||
    code === 'data_loss' ||
    code === 'unimplemented'
  )
}

const longest = 65_536

/**
 * Dubbo's `mock` as text: `force:return X` answers without calling, `fail:return X` and `return X` when calling failed, and
 * `throw` in the place of `return` fails as `unavailable` with the text behind it. X is JSON, `null`, `empty` or a bare word,
 * which is text. It is data, nothing in it is run. Throws RangeError for anything else.
 */
export function parseMock(text: string): Interceptor {
  const [, when = 'fail', verb, rest = ''] =
    /^(?:(force|fail):)?\s*(return|throw)\b\s*([\s\S]*)$/.exec(text.trim()) ?? []
  if (!verb || text.length > longest) {
    const shown = JSON.stringify(text.slice(0, 80))
    throw new RangeError(
      `mock: ${shown} is not one of "force:return <JSON>", "fail:return <JSON>", "force:throw <text>"`,
    )
  }
  const force = when === 'force'
  if (verb === 'return') {
    const value = mockValue(rest.trim())
    // A value of its own for each call: who gets it may change it.
    return instead(() => structuredClone(value), force)
  }
  return instead((call) => {
    throw new RpcError('unavailable', rest.trim() || `${call.method.path} is switched off by a rule`)
  }, force)
}

function mockValue(text: string): unknown {
  if (text === '' || text === 'null' || text === 'empty' || text === 'undefined') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
