/** How an iterator of a stream gives what else has arrived to whoever reads in batches. */
export const takeArrived: unique symbol = Symbol('tsubo.takeArrived')

export interface Arriving<T> {
  /** The item that `next` has just brought, and those that are there already: `atMost` so many together. */
  [takeArrived]?(first: T, atMost: number): T[]
}

/**
 * Reads a stream in batches: an array of what has arrived at a time, at least one item and `atMost` so many (default: no bound
 * but the stream's window of 256 KiB). It waits for nothing but the first item of each, so that an item comes as soon as by itself.
 *
 * For streams of many small items it saves a promise and a turn of the loop for each. Like any stream it is read once, ended
 * by `break`, and an error comes behind the items that came before it. Any AsyncIterable will do; one that doesn't know what has
 * arrived comes in batches of one.
 *
 * ```ts
 * for await (const tickets of batches(client.listTickets({ train: 'G1' }), 500)) await db.insert(tickets)
 * ```
 *
 * Throws RangeError for an `atMost` that is no whole number from 1.
 */
export function batches<T>(stream: AsyncIterable<T>, atMost: number = Number.POSITIVE_INFINITY): AsyncIterable<T[]> {
  if (!(atMost >= 1) || (atMost !== Number.POSITIVE_INFINITY && !Number.isInteger(atMost)))
    throw new RangeError(`atMost: ${atMost} is not a whole number from 1`)
  return { [Symbol.asyncIterator]: () => batchesOf(stream, atMost) }
}

async function* batchesOf<T>(stream: AsyncIterable<T>, atMost: number): AsyncGenerator<T[], void> {
  const iterator: AsyncIterator<T> & Arriving<T> = stream[Symbol.asyncIterator]()
  for await (const first of { [Symbol.asyncIterator]: () => iterator }) {
    yield iterator[takeArrived]?.(first, atMost) ?? [first]
  }
}
