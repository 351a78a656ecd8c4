import type { Interceptor } from '../call.js'
import { RpcError } from '../error.js'
import { readSecret, type SecretSource } from '../secret.js'

/**
 * For clients: sends a bearer token with every call, as `authorization: Bearer <token>`, where the call doesn't bring an
 * `authorization` of its own. A changed file is taken
 * over within a second. Throws Error if there is none to begin with.
 */
export function bearer(source: SecretSource): Interceptor {
  const read = readSecret(source)
  read()
  return (next) => (call) => {
    if (call.metadata?.authorization !== undefined) return next(call)
    try {
      call.metadata = { ...call.metadata, authorization: `Bearer ${read()}` }
    } catch (cause) {
      const text = `${call.method.path}: there is no bearer token to send: ${(cause as Error).message}`
      return Promise.reject(new RpcError('unauthenticated', text, { cause }))
    }
    return next(call)
  }
}
