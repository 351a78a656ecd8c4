import type { Call } from '../call.js'
import { now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Guard, Limit } from '../guard.js'

export interface OverloadOptions {
  /** The limit of running calls before anything is known. Default 8. */
  readonly startAt?: number
  /** It is never lower than this. Default 4. */
  readonly atLeast?: number
  /** How much slower than unloaded calls may become on average, as a factor. Default 1.5. */
  readonly tolerance?: number
}

const windowMs = 100
const fewestSamples = 10
/** So many windows after the last look at it, a window at half the limit shows anew how fast calls are without load. */
const windowsBetweenProbes = 50

/**
 * Sheds load on a server before it drowns: at most so many calls run at once as keep their time near to what it is without
 * load. It finds that out as it goes: the limit grows while calls stay quick and shrinks as they become slow, as TCP's window
 * does (a gradient limit, as Netflix's concurrency-limits). All methods share it. What is refused reached no handler: callers
 * try another provider, and leave this one alone for as long as it advises.
 */
export function overload(options: OverloadOptions = {}): Limit {
  const shedder = new Shedder(options)
  return () => shedder
}

/** Calls of a method take their own time: it is compared with what they take unloaded. */
interface Pace {
  unloadedMs: number | undefined
  samples: number
  elapsedMs: number
}

class Shedder implements Guard {
  readonly #atLeast: number
  readonly #tolerance: number
  #limit: number
  #running = 0
  /** By `Method.index`. */
  readonly #paces = new Map<number, Pace>()
  /** Of the window under way: when it began, calls that ended, and the most that ran at once. */
  #since = now()
  #samples = 0
  #most = 0
  #averageMs = 1
  /** Until calls became slow for the first time it grows by half a window. */
  #slowStart = true
  /** The limit to return to from a probe; undefined: there is none. */
  #probedFrom: number | undefined
  #untilProbe = windowsBetweenProbes

  constructor({ startAt = 8, atLeast = 4, tolerance = 1.5 }: OverloadOptions) {
    this.#limit = startAt
    this.#atLeast = atLeast
    this.#tolerance = tolerance
  }

  enter(): RpcError | undefined {
    if (this.#running >= Math.floor(this.#limit)) return this.#refusal()
    if (++this.#running > this.#most) this.#most = this.#running
    return undefined
  }

  leave(call: Call, error: RpcError | undefined): void {
    this.#running--
    // What failed at once, or was given up, says nothing about how long work takes.
    if (error && error.type === undefined) return
    const at = call.answeredAt || now()
    const elapsedMs = Math.max(0.05, at - call.startedAt)
    let pace = this.#paces.get(call.method.index)
    if (!pace) {
      pace = { unloadedMs: undefined, samples: 0, elapsedMs: 0 }
      this.#paces.set(call.method.index, pace)
    }
    pace.samples++
    pace.elapsedMs += elapsedMs
    this.#averageMs += (elapsedMs - this.#averageMs) / 16
    this.#samples++
    if (at - this.#since >= windowMs && this.#samples >= fewestSamples) this.#adapt(at)
  }

  #adapt(at: number): void {
    const slowdown = this.#slowdown(this.#probedFrom !== undefined)
    if (this.#probedFrom !== undefined) {
      this.#limit = this.#probedFrom
      this.#probedFrom = undefined
    } else {
      // It grows only where it was what held calls back.
      const busy = this.#most >= this.#limit * 0.8
      if (slowdown > this.#tolerance) {
        this.#slowStart = false
        const wanted = this.#limit * Math.max(0.5, this.#tolerance / slowdown)
        this.#limit = Math.max(this.#atLeast, (this.#limit + wanted) / 2)
      } else if (busy) {
        this.#limit += this.#slowStart ? this.#limit / 2 : Math.sqrt(this.#limit) / 4
      }
      if (busy && --this.#untilProbe <= 0 && this.#limit > this.#atLeast) {
        this.#untilProbe = windowsBetweenProbes
        this.#probedFrom = this.#limit
        this.#limit = Math.max(this.#atLeast, this.#limit / 2)
      }
    }
    this.#since = at
    this.#samples = 0
    this.#most = this.#running
  }

  /** How much longer calls took in this window than they do unloaded, over all methods. */
  #slowdown(unloaded: boolean): number {
    let took = 0
    let expected = 0
    for (const pace of this.#paces.values()) {
      if (pace.samples === 0) continue
      const averageMs = pace.elapsedMs / pace.samples
      const known = pace.unloadedMs ?? averageMs
      took += pace.elapsedMs
      expected += known * pace.samples
      const learns = pace.unloadedMs === undefined || unloaded ? 1 : averageMs < known ? 0.1 : 0
      pace.unloadedMs = known + (averageMs - known) * learns
      pace.samples = 0
      pace.elapsedMs = 0
    }
    return expected === 0 ? 1 : took / expected
  }

  #refusal(): RpcError {
    const text = `the provider is overloaded: ${this.#running} calls are running, more would slow all of them down`
    // Spread out, lest all come again at once.
    const retryAfterMs = Math.max(1, Math.round(this.#averageMs * (0.5 + Math.random())))
    return RpcError.untraced('resource_exhausted', text, { retryable: true, retryAfterMs })
  }
}
