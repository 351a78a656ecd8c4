import type { Call } from './call.js'

/**
 * The call that the code running now works on: what a handler's own calls inherit their deadline from. How it is
 * tracked differs by platform (AsyncLocalStorage on Node, nothing in a browser), so a server sets it up.
 */
let current: () => Call | undefined = () => undefined

export function currentCall(): Call | undefined {
  return current()
}

export function trackCurrentCall(tracker: () => Call | undefined): void {
  current = tracker
}

/**
 * Does anything here make calls? Until then nobody asks for the current one, and a server needn't track it: on Node that
 * makes every promise of the process dearer.
 */
export let callsAreMade = false

/** A client is there. Handlers that begin from now on are tracked. */
export function expectCalls(): void {
  callsAreMade = true
}
