export interface RetryBudgetOptions {
  /** Retries and hedges per call, over the last 10 to 20 seconds. Default 0.2. */
  readonly share?: number
  /** So many are always allowed in that time, for clients that call rarely. Default 10. */
  readonly reserve?: number
}

const windowMs = 10_000

/**
 * Bounds what a client adds to an overload: over 10 to 20 seconds no more retries than a share of the calls. Counted in two
 * windows, of which the older is dropped as a new one begins.
 */
export class RetryBudget {
  readonly #share: number
  readonly #reserve: number
  #since = Number.NEGATIVE_INFINITY
  #calls = 0
  #retries = 0
  #callsBefore = 0
  #retriesBefore = 0

  constructor({ share = 0.2, reserve = 10 }: RetryBudgetOptions = {}) {
    this.#share = share
    this.#reserve = reserve
  }

  /** A call begins. */
  call(at: number): void {
    if (at - this.#since >= windowMs) this.turn(at)
    this.#calls++
  }

  /** May one of them be tried once more? If so, it counts. */
  take(at: number): boolean {
    if (at - this.#since >= windowMs) this.turn(at)
    const allowed = this.#reserve + this.#share * (this.#calls + this.#callsBefore)
    if (this.#retries + this.#retriesBefore + 1 > allowed) return false
    this.#retries++
    return true
  }

  private turn(at: number): void {
    const follows = at - this.#since < 2 * windowMs
    this.#callsBefore = follows ? this.#calls : 0
    this.#retriesBefore = follows ? this.#retries : 0
    this.#calls = 0
    this.#retries = 0
    this.#since = at
  }
}
