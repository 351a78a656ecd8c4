import { RpcError } from '../error.js'

/** How much of a stream may be under way unread, in bytes of whole frames: what both sides start with. */
export const streamWindowBytes = 256 * 1024

/** How an outflow writes to its connection. */
export interface OutflowTarget {
  /** Sends one item; returns the bytes of its frame. Throws RpcError for one that can't be encoded. */
  item(value: unknown): number
  /** The stream is over: its proper end, or the error its producer ended with. Called once, unless it was stopped. */
  end(error: unknown): void
}

/**
 * Sends what an AsyncIterable yields, no faster than the other side reads: it starts with one window and goes on with
 * the credit it gets. The next item is asked for only when there is room for it.
 */
export class Outflow {
  readonly #iterator: AsyncIterator<unknown>
  readonly #target: OutflowTarget
  #credit = streamWindowBytes
  #resume: (() => void) | undefined
  #stopped = false

  constructor(items: AsyncIterable<unknown>, target: OutflowTarget) {
    this.#iterator = items[Symbol.asyncIterator]()
    this.#target = target
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<void> {
    try {
      for (;;) {
        if (this.#credit <= 0) await this.#room()
        if (this.#stopped) return
        const { done, value } = await this.#iterator.next()
        if (this.#stopped) return
        if (done) break
        this.#credit -= this.#target.item(value)
      }
      this.#stopped = true
      this.#target.end(undefined)
    } catch (thrown) {
      if (this.#stopped) return
      this.#stopped = true
      void this.#close()
      this.#target.end(thrown)
    }
  }

  /** The other side has read so many bytes. More than a window at a time is no credit but an attack or a bug. */
  add(bytes: number): void {
    this.#credit = Math.min(this.#credit + bytes, streamWindowBytes)
    if (this.#credit > 0) {
      this.#resume?.()
      this.#resume = undefined
    }
  }

  /** The other side wants no more, or is gone: the producer's `finally` runs. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#resume?.()
    void this.#close()
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  async #close(): Promise<void> {
    try {
      await this.#iterator.return?.()
    } catch {
      // Its stream is over already; there is nobody left to tell.
    }
  }
}

/** Refuses what a handler or caller gives in place of a stream. Throws RpcError `invalid_argument`. */
export function asStream(value: unknown, what: string): AsyncIterable<unknown> {
  if (value !== null && typeof value === 'object' && Symbol.asyncIterator in value)
    return value as AsyncIterable<unknown>
  throw new RpcError(
    'invalid_argument',
    `${what}: expected an AsyncIterable, got ${value === null ? 'null' : typeof value}`,
  )
}
