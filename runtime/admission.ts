import type { Peer } from './address.js'
import type { Dispatcher, Target } from './dispatcher.js'
import { type Metadata, RpcError } from './error.js'
import type { MethodSchema } from './schema/schema.js'
import { sameSecret } from './secret.js'
import { formatServiceKey, type ServiceKey } from './service-key.js'

/** A method as `authorize` is asked about it: its contract and the full name of its service. */
export interface AuthorizedMethod extends MethodSchema {
  readonly service: string
  readonly group: string | undefined
  readonly version: string | undefined
}

/** Who may call what. Decided for every request before its arguments are decoded; both functions are synchronous. */
export interface Admission {
  /**
   * Says who calls by what it sent along, e.g. a bearer token in `metadata.authorization`; undefined: it didn't say, and
   * its client certificate counts. Without `authorize` a caller whom neither names is refused as `unauthenticated`. An
   * RpcError it throws is the answer; anything else it throws goes to `onError` and refuses the call.
   */
  readonly authenticate?: (metadata: Metadata, peer: Peer) => string | undefined
  /**
   * `true` lets the call go on; a text says why not and is told to the caller: `permission_denied`, or
   * `unauthenticated` where there is no principal. Anything else, a promise for instance, refuses too.
   */
  readonly authorize?: (principal: string | undefined, method: AuthorizedMethod, peer: Peer) => true | string
}

/** Hears of every refused request; returns the error to answer with. */
type Refuse = (
  target: Target,
  metadata: Metadata | undefined,
  peer: Peer,
  principal: string | undefined,
  thrown: unknown,
) => RpcError

const none: Metadata = Object.freeze({})

/**
 * A server's admission, in this order: the service's token, `authenticate`, `authorize`. undefined where there is
 * nothing to decide. Calls within the process need no token: they have gone past no registry.
 */
export function createAdmission(
  { authenticate, authorize }: Admission,
  tokens: ReadonlyMap<ServiceKey, string>,
  refuse: Refuse,
): Dispatcher['admit'] {
  if (!authenticate && !authorize && tokens.size === 0) return undefined
  const asked = new WeakMap<Target, AuthorizedMethod>()
  const ask = (target: Target): AuthorizedMethod => {
    const { name, group, version } = target.service
    const method = asked.get(target) ?? { ...target.method.schema, service: name, group, version }
    asked.set(target, method)
    return method
  }

  return (target, metadata = none, peer) => {
    const { path } = target.method
    let principal = peer.principal
    try {
      const token = peer.protocol === 'in-process' ? undefined : tokens.get(target.service)
      if (token !== undefined && !sameSecret(metadata.token, token)) {
        const service = formatServiceKey(target.service)
        throw new RpcError('permission_denied', `${service} takes calls only with the token it has in its registry`)
      }
      if (authenticate) principal = nameOf(authenticate(metadata, peer)) ?? principal
      if (authorize) {
        const answer: unknown = authorize(principal, ask(target), peer)
        if (answer !== true) {
          const code = principal === undefined ? 'unauthenticated' : 'permission_denied'
          throw new RpcError(code, `${path} is refused${typeof answer === 'string' && answer ? `: ${answer}` : ''}`)
        }
      } else if (authenticate && principal === undefined) {
        throw new RpcError('unauthenticated', `${path} is refused: the provider wants to know who calls`)
      }
    } catch (thrown) {
      throw refuse(target, metadata, peer, principal, thrown)
    }
    return principal
  }
}

/** A promise is no name, and taking it for one would let everybody in. */
function nameOf(answer: unknown): string | undefined {
  if (answer === undefined || typeof answer === 'string') return answer || undefined
  throw new TypeError('authenticate must return a string or undefined, and at once')
}
