import { type Balancer, bestFrom, isFit, type Node } from './node.js'

/**
 * In turn, in proportion to the weights and spread out: with weights 3 and 1 the order is a b a a, not a a a b (Dubbo's and
 * nginx's `roundrobin`). A pick costs the same at any number of nodes: see `Turns`.
 */
export function roundRobin(): Balancer {
  return (nodes) => {
    const turns = new Turns(nodes.map((node) => node.weight))
    // Where it begins is up to chance, lest all clients begin at the same provider.
    for (let turn = Math.floor(Math.random() * nodes.length); turn > 0; turn--) turns.next()
    return (_call, tried) => {
      if (nodes.length === 0) return undefined
      for (let skipped = 0; skipped < 8; skipped++) {
        const node = nodes[turns.next()] as Node
        if (isFit(node, tried)) return node
      }
      return bestFrom(nodes, Math.floor(Math.random() * nodes.length), tried)
    }
  }
}

/** What is kept of an index, side by side in one line of the cache: its weight, its turns so far plus a half, when its next turn is, who follows it in its bucket. */
const weightAt = 0
const turnsAt = 1
const timeAt = 2
const nextAt = 3
const stride = 4
const none = -1

/**
 * Indexes in the order of their turns: the k-th turn of an index is at the time (k + 0.5) / weight. A calendar queue: as many
 * days as indexes, each as long as a turn takes on average, and after the last day the first one follows again.
 *
 *   day   0        1     2        3            each day's queue is sorted by time; of turns at the same time that which
 *       | 7 -> 2 |  -  | 4 |  0 -> 9 -> 1 |    was entered first is first. Its head may be a turn of a later year:
 *                  today                       then the day is over.
 *
 * Times are quotients and not sums, so that turns of different weights that fall on the same time are found to do so.
 */
class Turns {
  readonly #entries: Float64Array
  /** Head and tail of each day's queue. */
  readonly #days: Int32Array
  readonly #sum: number
  readonly #size: number
  /** Days since the beginning, and where that is in `#days`. */
  #day = 0
  #today = 0

  /** Weights that are all zero count as equal. */
  constructor(weights: readonly number[]) {
    const equal = weights.every((weight) => weight === 0)
    const order = [...weights.keys()].filter((i) => equal || (weights[i] as number) > 0)
    const weightOf = (i: number) => (equal ? 1 : (weights[i] as number))
    this.#size = order.length
    this.#sum = order.reduce((sum, i) => sum + weightOf(i), 0)
    this.#entries = new Float64Array(weights.length * stride)
    const days = 2 ** Math.ceil(Math.log2(Math.max(2, order.length)))
    this.#days = new Int32Array(days * 2).fill(none)
    for (const i of order.sort((a, b) => weightOf(b) - weightOf(a) || a - b)) {
      this.#entries[i * stride + weightAt] = weightOf(i)
      this.#entries[i * stride + turnsAt] = -0.5
      this.#enter(i)
    }
  }

  /** The index whose turn it is; it then waits for its next one. 0 where there are none. */
  next(): number {
    if (this.#size === 0) return 0
    const days = this.#days
    for (;;) {
      const index = days[this.#today] as number
      if (index !== none && (this.#entries[index * stride + timeAt] as number) * this.#sum < this.#day + 1) {
        days[this.#today] = this.#entries[index * stride + nextAt] as number
        this.#enter(index)
        return index
      }
      this.#day++
      this.#today = (this.#today + 2) & (days.length - 1)
    }
  }

  /** Enters the next turn of an index. */
  #enter(index: number): void {
    const entries = this.#entries
    const days = this.#days
    const at = index * stride
    const turns = (entries[at + turnsAt] as number) + 1
    const time = turns / (entries[at + weightAt] as number)
    entries[at + turnsAt] = turns
    entries[at + timeAt] = time
    // A turn is never before today, but rounding may say so.
    const ahead = Math.max(0, Math.floor(time * this.#sum) - this.#day)
    const day = (this.#today + ((2 * ahead) % days.length)) & (days.length - 1)
    const head = days[day] as number
    const tail = days[day + 1] as number
    if (head === none || time < (entries[head * stride + timeAt] as number)) {
      entries[at + nextAt] = head
      days[day] = index
      if (head === none) days[day + 1] = index
      return
    }
    let before = tail
    if (time < (entries[tail * stride + timeAt] as number)) {
      before = head
      for (
        let next = entries[head * stride + nextAt] as number;
        (entries[next * stride + timeAt] as number) <= time;
      ) {
        before = next
        next = entries[next * stride + nextAt] as number
      }
    } else {
      days[day + 1] = index
    }
    entries[at + nextAt] = entries[before * stride + nextAt] as number
    entries[before * stride + nextAt] = index
  }
}
