import type { Dispatcher, Target } from './dispatcher.js'
import { RpcError } from './error.js'

/** A dispatcher whose calls can be held off for a while. */
export interface Gate extends Dispatcher {
  /** From now on calls go through. */
  open(): void
}

/**
 * Refuses calls until it is opened, but for those of services that are `always` served. They are refused where no
 * handler has seen them, so that callers go elsewhere.
 */
export function gate(to: Dispatcher, always: (target: Target) => boolean): Gate {
  let open = false
  return {
    find: to.find,
    dispatch: (call, sink) => to.dispatch(call, sink),
    admit(target, metadata, peer) {
      if (!open && !always(target)) throw new RpcError('unavailable', 'the provider is not ready yet')
      return to.admit ? to.admit(target, metadata, peer) : peer.principal
    },
    ...(to.unserved && { unserved: to.unserved }),
    open() {
      open = true
    },
  }
}
