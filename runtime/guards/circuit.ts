import type { RpcError } from '../error.js'

export interface CircuitOptions {
  /** So large a share of failures opens it, once there were `fewestCalls` within `windowMs`. Default 0.5. */
  readonly failureShare?: number
  /** Default 20. */
  readonly fewestCalls?: number
  /** Default 10,000. */
  readonly windowMs?: number
  /** How long it stays open before it lets a probe through, in milliseconds; doubled after each that fails, up to 8 times. Default 5000. */
  readonly openMs?: number
  /** So many probes in a row have to succeed, one after the other, before it closes. Default 3. */
  readonly probes?: number
}

export type BreakerState = 'closed' | 'open' | 'half-open'

/**
 * A circuit breaker's state.
 *
 *   closed --- too many failures ---> open --- openMs later ---> half-open --- probes succeed ---> closed
 *                                       ^------- a probe fails ------'
 *
 * Times are on `now()`'s clock and come from whoever uses it: it sets no timer.
 */
export class Circuit {
  readonly #options: Required<CircuitOptions>
  #calls = 0
  #failures = 0
  #since = Number.NEGATIVE_INFINITY
  /** When it opened last; undefined while it is closed. */
  #openUntil: number | undefined
  #reopened = 0
  #probing = false
  #succeeded = 0

  constructor(options: CircuitOptions = {}) {
    this.#options = {
      failureShare: options.failureShare ?? 0.5,
      fewestCalls: options.fewestCalls ?? 20,
      windowMs: options.windowMs ?? 10_000,
      openMs: options.openMs ?? 5000,
      probes: options.probes ?? 3,
    }
  }

  state(at: number): BreakerState {
    if (this.#openUntil === undefined) return 'closed'
    return at < this.#openUntil ? 'open' : 'half-open'
  }

  /** May a call go through? If it does, say so with `begin`. */
  admits(at: number): boolean {
    return this.#openUntil === undefined || (at >= this.#openUntil && !this.#probing)
  }

  /** How long until it may, in milliseconds; 0: a probe is on its way, or it may already. */
  waitMs(at: number): number {
    return Math.max(0, (this.#openUntil ?? at) - at)
  }

  begin(): void {
    if (this.#openUntil !== undefined) this.#probing = true
  }

  /** A call that went through is over. `failed` undefined: it says nothing, its caller gave up. */
  end(failed: boolean | undefined, at: number): void {
    if (this.#openUntil === undefined) {
      if (failed !== undefined) this.#count(failed, at)
      return
    }
    this.#probing = false
    // What was under way when it opened ends meanwhile, and is no probe.
    if (failed === undefined || at < this.#openUntil) return
    if (failed) {
      this.#reopened = Math.min(3, this.#reopened + 1)
      this.#open(at)
    } else if (++this.#succeeded >= this.#options.probes) {
      this.#openUntil = undefined
      this.#reopened = 0
      this.#since = at
      this.#calls = 0
      this.#failures = 0
    }
  }

  #count(failed: boolean, at: number): void {
    const { windowMs, fewestCalls, failureShare } = this.#options
    if (at - this.#since >= windowMs) {
      this.#since = at
      this.#calls = 0
      this.#failures = 0
    }
    this.#calls++
    if (!failed) return
    this.#failures++
    if (this.#calls >= fewestCalls && this.#failures >= failureShare * this.#calls) this.#open(at)
  }

  #open(at: number): void {
    this.#openUntil = at + this.#options.openMs * 2 ** this.#reopened
    this.#succeeded = 0
  }
}

/**
 * Does a failure speak against the provider? Declared errors and what the caller did wrong don't, and overload is no fault.
 * undefined: it says nothing.
 */
export function isFault(error: RpcError | undefined): boolean | undefined {
  if (error === undefined || error.type !== undefined) return false
  switch (error.code) {
    case 'unavailable':
    case 'deadline_exceeded':
    case 'internal':
    case 'unknown':
    case 'data_loss':
      return true
    case 'cancelled':
    case 'resource_exhausted':
      return undefined
    default:
      return false
  }
}
