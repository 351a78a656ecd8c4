import type { AppliedRule } from './rule-source.js'

/** So long a consumer waits before it writes again. */
const pauseMs = 5_000
/** A first report is put off by up to this, since all consumers hear of a rule in the same moment. */
const spreadMs = 500

/**
 * Writes down which rules a consumer goes by, as `{"rules":{"shop.tag-router":{"revision":"..."}}}`: nothing before there is
 * one, and at most once in 5 seconds.
 */
export class ConsumerReport {
  readonly #write: (data: Uint8Array) => void
  #text = '{"rules":{}}'
  #written = this.#text
  #writtenAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(write: (data: Uint8Array) => void) {
    this.#write = write
  }

  tell(applied: Readonly<Record<string, AppliedRule>>): void {
    this.#text = JSON.stringify({ rules: applied })
    if (this.#timer || this.#text === this.#written) return
    const waitMs = Math.max(Math.random() * spreadMs, this.#writtenAt + pauseMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      if (this.#text === this.#written) return
      this.#written = this.#text
      this.#writtenAt = performance.now()
      this.#write(Buffer.from(this.#text))
    }, waitMs)
    this.#timer.unref()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }
}
