/**
 * Draws indexes at random in proportion to weights, at the same cost for any number of them (Vose's alias method): one
 * random number decides the column and which of its two indexes. Weights that are all zero count as equal.
 *
 *   column   0      1      2         weights 1, 4, 1: each column is as wide as the average weight, 2;
 *          | 0 |  | 1 |  | 2 |       what a light index leaves of its column belongs to a heavy one
 *          | 1 |  | 1 |  | 1 |
 */
export class AliasTable {
  /** Column i: which part of it is index i's, and whose the rest is; side by side in one line of the cache. */
  readonly #columns: Float64Array

  constructor(weights: readonly number[]) {
    const n = weights.length
    const sum = weights.reduce((a, b) => a + b, 0)
    const scaled = Float64Array.from(weights, (weight) => (sum > 0 ? (weight * n) / sum : 1))
    const columns = new Float64Array(2 * n)
    const small: number[] = []
    const large: number[] = []
    for (let i = 0; i < n; i++) {
      columns[2 * i] = 1
      columns[2 * i + 1] = i
      ;((scaled[i] as number) < 1 ? small : large).push(i)
    }
    while (small.length > 0 && large.length > 0) {
      const less = small.pop() as number
      const more = large[large.length - 1] as number
      columns[2 * less] = scaled[less] as number
      columns[2 * less + 1] = more
      scaled[more] = (scaled[more] as number) - (1 - (scaled[less] as number))
      if ((scaled[more] as number) < 1) small.push(large.pop() as number)
    }
    this.#columns = columns
  }

  /** An index; 0 for an empty table. */
  draw(): number {
    const columns = this.#columns
    const scaled = (Math.random() * columns.length) / 2
    const column = Math.floor(scaled)
    return scaled - column < (columns[2 * column] as number) ? column : (columns[2 * column + 1] as number)
  }
}
