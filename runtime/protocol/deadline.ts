import { now } from '../clock.js'

/*
 * All deadlines of the process hang in one coarse wheel behind one timer, because a timer per call costs more than
 * the rest of the call (`setTimeout` + `clearTimeout`: 200 to 350 ns).
 *
 *   buckets: 5 ms each, by number     412: (a <-> b <->)      413: (c <->)      ...      rings, removal is O(1)
 *                                     ^ the timer is set for the nearest
 *
 * A deadline falls into the first bucket that begins at or after it: it fires at most one bucket and one turn of the
 * event loop late (10 ms in an idle process), never early.
 */
const bucketMs = 5

/**
 * Something that is over at some time. Hang it in with `hang`, take it out with `unhang` when it ended before. What is made
 * per call implements it instead of extending it: an object of a derived class takes V8 50 ns more to make.
 */
export abstract class Deadline {
  /** @internal */ next: Deadline | undefined = undefined
  /** @internal */ previous: Deadline | undefined = undefined

  /** The time is up; it no longer hangs. */
  abstract expire(): void
}

/** A deadline that calls a function. What every call makes is a `Deadline` itself: a function for each costs as much as all else. */
export class Alarm extends Deadline {
  readonly #ring: () => void

  constructor(ring: () => void) {
    super()
    this.#ring = ring
  }

  /** Rings so many milliseconds from now, and not when it was set to before. */
  set(ms: number): void {
    unhang(this)
    hang(this, now() + ms)
  }

  stop(): void {
    unhang(this)
  }

  override expire(): void {
    this.#ring()
  }
}

/** The beginning and end of a ring: what hangs between. */
class Bucket extends Deadline {
  readonly number: number

  constructor(number: number) {
    super()
    this.number = number
    this.next = this
    this.previous = this
  }

  get empty(): boolean {
    return this.next === this
  }

  override expire(): void {}
}

const buckets = new Map<number, Bucket>()
const none = new Bucket(-1)
/** The one that was hung into last. Calls made together are over together, so that the next one mostly goes there, too. */
let latest = none
let timer: NodeJS.Timeout | undefined
let timerBucket = Number.POSITIVE_INFINITY

/** `at`: on `now()`'s clock, in milliseconds; `Infinity` never comes and costs nothing. */
export function hang(deadline: Deadline, at: number): void {
  if (at === Number.POSITIVE_INFINITY) return
  const number = Math.ceil(at / bucketMs)
  const bucket = latest.number === number ? latest : open(number)
  const last = bucket.previous as Deadline
  deadline.previous = last
  deadline.next = bucket
  last.next = deadline
  bucket.previous = deadline
}

/** Does nothing for a deadline that isn't hanging. */
export function unhang(deadline: Deadline): void {
  const { next, previous } = deadline
  if (next === undefined || previous === undefined) return
  previous.next = next
  next.previous = previous
  deadline.next = undefined
  deadline.previous = undefined
  // The last one of its bucket: then both neighbours are the bucket itself.
  if (next === previous && next !== latest) forget(next as Bucket)
}

function forget(bucket: Bucket): void {
  if (buckets.get(bucket.number) === bucket) buckets.delete(bucket.number)
  if (latest === bucket) latest = none
}

function open(number: number): Bucket {
  if (latest.empty) forget(latest)
  let bucket = buckets.get(number)
  if (!bucket) {
    bucket = new Bucket(number)
    buckets.set(number, bucket)
    if (number < timerBucket) arm(number)
  }
  latest = bucket
  return bucket
}

function arm(bucket: number): void {
  clearTimeout(timer)
  timerBucket = bucket
  // Not kept alive by it: while a call waits, its socket, its back-off or its registry does that.
  timer = setTimeout(fire, Math.max(1, Math.ceil(bucket * bucketMs - now()))).unref()
}

function fire(): void {
  timer = undefined
  timerBucket = Number.POSITIVE_INFINITY
  const due = Math.floor(now() / bucketMs)
  let nearest = Number.POSITIVE_INFINITY
  for (const bucket of [...buckets.values()]) {
    if (bucket.number > due && !bucket.empty) {
      if (bucket.number < nearest) nearest = bucket.number
      continue
    }
    forget(bucket)
    // Expiring one may end others of its bucket, so the first is looked up anew each time.
    for (let first = bucket.next; first && first !== bucket; first = bucket.next) {
      unhang(first)
      first.expire()
    }
  }
  if (nearest < timerBucket) arm(nearest)
}
