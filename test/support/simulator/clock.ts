/**
 * A virtual clock for a whole test file: time stands still until it is run, timers come in order and exactly at their time,
 * and chance is a seeded sequence, so that what is simulated comes out the same on every run and every machine. The code
 * under test reads `performance.now()`, `Date.now()` and timers as always: nothing in it knows.
 *
 * It stays installed until the process of the test file ends, because the runtime keeps its deadlines in one place for the
 * whole process, where those of one clock can't be mixed with those of another.
 */
export interface VirtualClock {
  readonly now: number
  /** Lets `ms` milliseconds pass, with everything that falls due in them and what follows from that. */
  run(ms: number): Promise<void>
  /** Starts the sequence of random numbers anew. */
  seed(seed: number): void
  /** Sets the wall clock forward or back, as an administrator does; the other one doesn't notice. */
  setWallClock(byMs: number): void
}

interface Timer {
  at: number
  readonly order: number
  run: (() => void) | undefined
}

export function installVirtualClock(seed = 1): VirtualClock {
  const settle = globalThis.setImmediate
  /** A binary heap: the earliest first, at the same time in the order they were set. */
  const heap: Timer[] = []
  let now = 1_000_000
  let wallClock = 1_800_000_000_000 - now
  let order = 0
  let state = seed

  const before = (a: Timer, b: Timer) => a.at < b.at || (a.at === b.at && a.order < b.order)
  function push(timer: Timer): void {
    let hole = heap.length
    heap.push(timer)
    while (hole > 0) {
      const parent = (hole - 1) >> 1
      if (!before(timer, heap[parent] as Timer)) break
      heap[hole] = heap[parent] as Timer
      hole = parent
    }
    heap[hole] = timer
  }
  function pop(): Timer {
    const first = heap[0] as Timer
    const last = heap.pop() as Timer
    if (heap.length === 0) return first
    let hole = 0
    for (let child = 1; child < heap.length; child = 2 * hole + 1) {
      if (child + 1 < heap.length && before(heap[child + 1] as Timer, heap[child] as Timer)) child++
      if (!before(heap[child] as Timer, last)) break
      heap[hole] = heap[child] as Timer
      hole = child
    }
    heap[hole] = last
    return first
  }

  function setVirtualTimeout(run: (...args: unknown[]) => void, ms = 0, ...args: unknown[]): unknown {
    const timer: Timer = { at: now + Math.max(0, ms), order: order++, run: () => run(...args) }
    push(timer)
    return Object.assign(timer, {
      unref: () => timer,
      ref: () => timer,
      refresh: () => timer,
      hasRef: () => true,
      close: () => clear(timer),
      [Symbol.toPrimitive]: () => timer.order,
    })
  }
  function clear(timer: unknown): void {
    if (timer && typeof timer === 'object' && 'run' in timer) timer.run = undefined
  }
  function replace(target: object, name: string, value: unknown): void {
    Object.defineProperty(target, name, { value, configurable: true, writable: true })
  }
  replace(globalThis, 'setTimeout', setVirtualTimeout)
  replace(globalThis, 'clearTimeout', clear)
  replace(performance, 'now', () => now)
  replace(Date, 'now', () => now + wallClock)
  // mulberry32
  replace(Math, 'random', () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  })

  return {
    get now() {
      return now
    },
    async run(ms) {
      const end = now + ms
      // What was begun before, and hangs in promises only.
      await new Promise((resolve) => settle(resolve))
      while (heap.length > 0 && (heap[0] as Timer).at <= end) {
        const timer = pop()
        if (!timer.run) continue
        now = Math.max(now, timer.at)
        timer.run()
        // Everything that follows from one event happens before the next: promises settle at no cost of time.
        if (heap[0]?.at !== now) await new Promise((resolve) => settle(resolve))
      }
      now = end
    },
    seed(value) {
      state = value
    },
    setWallClock(byMs) {
      wallClock += byMs
    },
  }
}
