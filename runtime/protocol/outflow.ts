import { RpcError } from '../error.js'

/** How much of a stream may be under way unread, in bytes of whole frames: what both sides start with. */
export const streamWindowBytes = 256 * 1024

/** What can be streamed: items that come in time, or that are there for the asking. */
export type Streamable = AsyncIterable<unknown> | Iterable<unknown>

/** How many items are taken in one go from a producer that has them at once, before others have their turn. */
const turnItems = 1024

/** How an outflow writes to its connection. */
export interface OutflowTarget {
  /** Sends one item; returns the bytes of its frame. Throws RpcError for one that can't be encoded. */
  item(value: unknown): number
  /** The stream is over: its proper end, or the error its producer ended with. Called once, unless it was stopped. */
  end(error: unknown): void
}

/**
 * Sends what an iterable yields, no faster than the other side reads: it starts with one window and goes on with
 * the credit it gets. The next item is asked for only when there is room for it. One that yields without promises costs
 * the provider a third less than an async one.
 */
export class Outflow {
  readonly #iterator: AsyncIterator<unknown> | undefined
  readonly #atOnce: Iterator<unknown> | undefined
  readonly #target: OutflowTarget
  #credit = streamWindowBytes
  #resume: (() => void) | undefined
  #stopped = false

  constructor(items: Streamable, target: OutflowTarget) {
    if (Symbol.asyncIterator in items) this.#iterator = items[Symbol.asyncIterator]()
    else this.#atOnce = items[Symbol.iterator]()
    this.#target = target
  }

  /** Runs to the end; never rejects. */
  async run(): Promise<void> {
    try {
      if (this.#iterator) await this.sendAsTheyCome(this.#iterator)
      else if (this.#atOnce) await this.sendAtOnce(this.#atOnce)
      if (this.#stopped) return
      this.#stopped = true
      this.#target.end(undefined)
    } catch (thrown) {
      if (this.#stopped) return
      this.#stopped = true
      void this.close()
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
    void this.close()
  }

  /** To the producer's end, or until it is stopped. */
  private async sendAsTheyCome(iterator: AsyncIterator<unknown>): Promise<void> {
    for (;;) {
      if (this.#credit <= 0) await this.room()
      if (this.#stopped) return
      const { done, value } = await iterator.next()
      if (this.#stopped || done) return
      this.#credit -= this.#target.item(value)
    }
  }

  private async sendAtOnce(iterator: Iterator<unknown>): Promise<void> {
    // Like any other stream it begins when whoever opened it is done.
    await undefined
    while (!this.#stopped && !this.burst(iterator)) {
      if (this.#credit <= 0) await this.room()
      else await nextTurn()
    }
  }

  /** Sends while there is room, and no longer than a turn may take. True at the producer's end. */
  private burst(iterator: Iterator<unknown>): boolean {
    for (let left = turnItems; left > 0 && this.#credit > 0; left--) {
      const { done, value } = iterator.next()
      if (done) return true
      if (this.#stopped) {
        // By the producer itself: while it ran it couldn't be ended.
        iterator.return?.()
        return false
      }
      this.#credit -= this.#target.item(value)
      if (this.#stopped) return false
    }
    return false
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  private async close(): Promise<void> {
    try {
      await (this.#iterator ?? this.#atOnce)?.return?.()
    } catch {
      // Its stream is over already; there is nobody left to tell.
    }
  }
}

/** Ends a stream that nobody wants any more before it began: its producer's `return` is called. */
export function discard(items: Streamable): void {
  new Outflow(items, nowhere).stop()
}

const nowhere: OutflowTarget = { item: () => 0, end() {} }

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** Refuses what a handler or caller gives in place of a stream. Throws RpcError `invalid_argument`. */
export function asStream(value: unknown, what: string): Streamable {
  if (value !== null && typeof value === 'object' && (Symbol.asyncIterator in value || Symbol.iterator in value))
    return value as Streamable
  throw new RpcError(
    'invalid_argument',
    `${what}: expected an AsyncIterable or Iterable, got ${value === null ? 'null' : typeof value}`,
  )
}
