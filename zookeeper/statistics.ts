/** What a server has done since it started. */
export class Statistics {
  /** Requests and connects. */
  received = 0
  /** Replies and events. */
  sent = 0
  minLatencyMs = 0
  maxLatencyMs = 0
  readonly since = Date.now()
  #requests = 0
  #sumMs = 0

  get meanLatencyMs(): number {
    return this.#requests === 0 ? 0 : this.#sumMs / this.#requests
  }

  /** A request was answered. */
  took(ms: number): void {
    this.minLatencyMs = this.#requests === 0 ? ms : Math.min(this.minLatencyMs, ms)
    this.maxLatencyMs = Math.max(this.maxLatencyMs, ms)
    this.#requests++
    this.#sumMs += ms
  }
}
