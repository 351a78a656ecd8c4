import { type Arriving, takeArrived } from '../batches.js'
import type { Call } from '../call.js'
import { RpcError } from '../error.js'
import { streamWindowBytes } from './outflow.js'

/** What an inflow asks of its connection. */
export interface InflowSource {
  /** The consumer has room for this many bytes more. */
  credit(bytes: number): void
  /** The consumer wants no more (`break`, or a cancelled call); called at most once, never after the end. */
  stop(reason: RpcError): void
}

/** Why a connection ends whose other side sends on into a stream that is `full`. */
export function overrun(call: Call): RpcError {
  return new RpcError('resource_exhausted', `more of a stream of ${call.method.path} came than its window allows`)
}

interface Waiting<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: RpcError): void
}

/**
 * A stream as its consumer sees it: items that have arrived wait in a queue, and the sender may go on only as fast as
 * they are taken. The queue holds at most one window of encoded bytes.
 *
 * It can be read once. `break` ends it at the sender, too.
 */
export class Inflow<T = unknown> implements AsyncIterableIterator<T, undefined>, Arriving<T> {
  readonly #source: InflowSource
  /** Those that wait, each with its bytes behind it: one list is cheaper than two. */
  readonly #items: (T | number)[] = []
  /** Where the first of them lies, and where the next one goes. */
  #head = 0
  #tail = 0
  /** Bytes taken by the consumer and not yet given back as credit. */
  #taken = 0
  /** Bytes that have come and were not given back as credit. */
  #unread = 0
  #waiting: Waiting<T>[] = []
  #over = false
  /** Still to be thrown at the consumer. */
  #error: RpcError | undefined
  #reason: RpcError | undefined
  readonly #listeners: ((error: RpcError | undefined) => void)[] = []

  constructor(source: InflowSource) {
    this.#source = source
  }

  get over(): boolean {
    return this.#over
  }

  /** The sender has used up its window: one that sends on all the same keeps no rules, and memory isn't his to fill. */
  get full(): boolean {
    return this.#unread >= streamWindowBytes && !this.#over
  }

  /** Tells once when nothing more will arrive, and why if that isn't the proper end. */
  onOver(listener: (error: RpcError | undefined) => void): void {
    if (this.#over) listener(this.#reason)
    else this.#listeners.push(listener)
  }

  push(item: T, bytes: number): void {
    if (this.#over) return
    this.#unread += bytes
    if (this.#waiting.length > 0) {
      this.give(bytes)
      this.#waiting.shift()?.resolve({ done: false, value: item })
      return
    }
    this.#items[this.#tail] = item
    this.#items[this.#tail + 1] = bytes
    this.#tail += 2
  }

  /** What is queued may still be read; then comes the end, or the error. */
  end(error?: RpcError): void {
    if (this.#over) return
    this.#over = true
    this.#error = error
    this.#reason = error
    for (const waiting of this.#waiting.splice(0)) this.finish(waiting)
    for (const listener of this.#listeners.splice(0)) listener(error)
  }

  /** Nobody wants an answer any more: what is queued isn't worth reading. */
  breakOff(reason: RpcError): void {
    const cutsOff = this.#head < this.#tail
    this.empty()
    if (!this.#over) this.end(reason)
    else if (cutsOff) this.#error ??= reason
  }

  /** Ends it from this side. */
  stop(reason: RpcError): void {
    if (this.#over) return
    this.#source.stop(reason)
    this.end(reason)
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#head < this.#tail) {
      return Promise.resolve({ done: false, value: this.takeFirst() })
    }
    return new Promise((resolve, reject) => {
      if (this.#over) this.finish({ resolve, reject })
      else this.#waiting.push({ resolve, reject })
    })
  }

  [takeArrived](first: T, atMost: number): T[] {
    const items = this.#items
    const batch = new Array<T>(Math.min(1 + (this.#tail - this.#head) / 2, atMost))
    batch[0] = first
    let bytes = 0
    let at = this.#head
    for (let i = 1; i < batch.length; i++, at += 2) {
      batch[i] = items[at] as T
      bytes += items[at + 1] as number
      items[at] = undefined as T
    }
    this.advance(at)
    this.give(bytes)
    return batch
  }

  /** `break` in a `for await`: the sender is told to stop. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.stop(new RpcError('cancelled', 'the consumer of the stream wants no more'))
    this.empty()
    this.#error = undefined
    return Promise.resolve({ done: true, value: undefined })
  }

  private takeFirst(): T {
    const value = this.#items[this.#head] as T
    const bytes = this.#items[this.#head + 1] as number
    this.#items[this.#head] = undefined as T
    this.advance(this.#head + 2)
    this.give(bytes)
    return value
  }

  private advance(head: number): void {
    this.#head = head
    if (head < this.#tail) return
    // Empty, but its room is kept: the next chunk fills it again.
    this.#head = 0
    this.#tail = 0
  }

  private empty(): void {
    this.#items.length = 0
    this.#head = 0
    this.#tail = 0
  }

  /** Room is given back in halves of the window: a frame for each item would cost as much as the item. */
  private give(bytes: number): void {
    this.#taken += bytes
    if (this.#taken < streamWindowBytes / 2 || this.#over) return
    const taken = this.#taken
    this.#unread -= taken
    this.#taken = 0
    this.#source.credit(taken)
  }

  /** The error is thrown once; after it the stream is at its end, as iterators are. */
  private finish(waiting: Waiting<T>): void {
    const error = this.#error
    this.#error = undefined
    if (error) waiting.reject(error)
    else waiting.resolve({ done: true, value: undefined })
  }
}
