/*
 * How fast this core is now. A virtual machine's core is often half of a real one, and while somebody else works on the other half
 * it does up to half as much: /proc/stat knows nothing of that. It hits those most who compute all the time, and those least
 * who wait for memory or for the system, so that it is in ratios as well.
 */

const turns = 500_000
/** So many times, for the others come and go within milliseconds. */
const samples = 4

/** Where the result goes: what nobody reads need not be computed. */
const result = new Int32Array(1)

/** Microseconds that a fixed piece of arithmetic takes on this core: the mean of a few milliseconds. */
export function paceUs(): number {
  const startedAt = performance.now()
  for (let i = 0; i < samples; i++) result[0]! ^= arithmetic(turns)
  return ((performance.now() - startedAt) * 1000) / samples
}

/** Steps that don't wait for each other: a core of one's own does several at a time. */
function arithmetic(turns: number): number {
  let a = 1
  let b = 2
  let c = 3
  let d = 4
  for (let i = 0; i < turns; i++) {
    a = (a + i) | 0
    b = (b ^ a) | 0
    c = (c + 3) | 0
    d = (d ^ i) | 0
    a = (a ^ c) | 0
    b = (b + d) | 0
  }
  return a ^ b ^ c ^ d
}

/** The calmer half of these, by how long the same work took meanwhile. */
export function calmerHalf<T>(rounds: readonly T[], paceOf: (round: T) => number): T[] {
  return rounds.toSorted((a, b) => paceOf(a) - paceOf(b)).slice(0, Math.ceil(rounds.length / 2))
}
