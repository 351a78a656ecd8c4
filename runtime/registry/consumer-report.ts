import type { AppliedRule } from './rule-source.js'

/** So long a consumer waits before it writes again. */
const pauseMs = 5_000
/** A first report is put off by up to this, since all consumers hear of a rule in the same moment. */
const spreadMs = 500
/** More contracts that don't fit are not shown; the oldest make way. */
const maxIncompatible = 20
const maxReasonLength = 300

/**
 * Writes down which rules a consumer goes by, and which contracts of providers it can't use, by their hash:
 * `{"rules":{"shop.tag-router":{"revision":"..."}},"incompatible":{"9f86d081884c7d65":"book: ..."}}`. Nothing before there is
 * something to say, and at most once in 5 seconds.
 */
export class ConsumerReport {
  readonly #write: (data: Uint8Array) => void
  #rules: Readonly<Record<string, AppliedRule>> = {}
  readonly #incompatible = new Map<string, string>()
  #written = '{"rules":{}}'
  #writtenAt = Number.NEGATIVE_INFINITY
  #timer: NodeJS.Timeout | undefined

  constructor(write: (data: Uint8Array) => void) {
    this.#write = write
  }

  applied(rules: Readonly<Record<string, AppliedRule>>): void {
    this.#rules = rules
    this.#tell()
  }

  incompatible(contract: string, reason: string): void {
    const all = this.#incompatible
    if (all.has(contract)) return
    const [oldest] = all.keys()
    if (all.size >= maxIncompatible && oldest !== undefined) all.delete(oldest)
    all.set(contract, reason.slice(0, maxReasonLength))
    this.#tell()
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #tell(): void {
    if (this.#timer || this.#text() === this.#written) return
    const waitMs = Math.max(Math.random() * spreadMs, this.#writtenAt + pauseMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      const text = this.#text()
      if (text === this.#written) return
      this.#written = text
      this.#writtenAt = performance.now()
      this.#write(Buffer.from(text))
    }, waitMs)
    this.#timer.unref()
  }

  #text(): string {
    const incompatible = this.#incompatible
    return JSON.stringify({
      rules: this.#rules,
      ...(incompatible.size > 0 && { incompatible: Object.fromEntries(incompatible) }),
    })
  }
}
