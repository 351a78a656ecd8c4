/*
 * All deadlines of the process hang in one coarse wheel behind one timer, because a timer per call costs more than
 * the rest of the call (`setTimeout` + `clearTimeout`: 200 to 350 ns).
 *
 *   buckets: 5 ms each, keyed by number     412: a <-> b      413: c      ...     (doubly linked, removal is O(1))
 *                                           ^ the timer is set for the nearest
 *
 * A deadline falls into the first bucket that begins at or after it: it fires at most one bucket and one turn of the
 * event loop late (10 ms in an idle process), never early.
 */
const bucketMs = 5

/** Something that is over at some time. Hang it in with `hang`, take it out with `unhang` when it ended before. */
export abstract class Deadline {
  /** @internal */ next: Deadline | undefined = undefined
  /** @internal */ previous: Deadline | undefined = undefined
  /** @internal */ bucket = -1

  /** The time is up; it no longer hangs. */
  abstract expire(): void
}

/** First entry of each bucket. */
const buckets = new Map<number, Deadline>()
let timer: NodeJS.Timeout | undefined
let timerBucket = Number.POSITIVE_INFINITY

/** `at`: on `performance.now()`'s clock, in milliseconds; `Infinity` never comes and costs nothing. */
export function hang(deadline: Deadline, at: number): void {
  if (at === Number.POSITIVE_INFINITY) return
  const bucket = Math.ceil(at / bucketMs)
  const first = buckets.get(bucket)
  deadline.bucket = bucket
  deadline.previous = undefined
  deadline.next = first
  if (first) first.previous = deadline
  buckets.set(bucket, deadline)
  if (bucket < timerBucket) arm(bucket)
}

/** Does nothing for a deadline that isn't hanging. */
export function unhang(deadline: Deadline): void {
  if (deadline.bucket === -1) return
  const { next, previous } = deadline
  if (next) next.previous = previous
  if (previous) previous.next = next
  else if (next) buckets.set(deadline.bucket, next)
  else buckets.delete(deadline.bucket)
  deadline.bucket = -1
  deadline.next = undefined
  deadline.previous = undefined
}

function arm(bucket: number): void {
  clearTimeout(timer)
  timerBucket = bucket
  // Not kept alive by it: while a call waits, its socket, its back-off or its registry does that.
  timer = setTimeout(fire, Math.max(1, Math.ceil(bucket * bucketMs - performance.now()))).unref()
}

function fire(): void {
  timer = undefined
  timerBucket = Number.POSITIVE_INFINITY
  const due = Math.floor(performance.now() / bucketMs)
  let nearest = Number.POSITIVE_INFINITY
  for (const bucket of [...buckets.keys()]) {
    if (bucket > due) {
      if (bucket < nearest) nearest = bucket
      continue
    }
    // Expiring one may end others of its bucket, so the first is looked up anew each time.
    for (let first = buckets.get(bucket); first; first = buckets.get(bucket)) {
      unhang(first)
      first.expire()
    }
  }
  if (nearest < timerBucket) arm(nearest)
}
