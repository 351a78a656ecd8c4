/** Something that looks after itself from time to time. Its heart keeps it in a ring, which takes less memory than a set. */
export interface Beating {
  nextBeating: Beating | undefined
  previousBeating: Beating | undefined
  beat(everyMs: number): void
}

/** Of thousands of connections not all shall beat in the same turn: each of so many groups has its own, where there is time for it. */
const mostGroups = 16
const leastTickMs = 50

/** The beginning and end of a ring: who beats together hangs between. */
class Group implements Beating {
  nextBeating: Beating = this
  previousBeating: Beating = this

  get empty(): boolean {
    return this.nextBeating === this
  }

  add(one: Beating): void {
    const last = this.previousBeating
    one.previousBeating = last
    one.nextBeating = this
    last.nextBeating = one
    this.previousBeating = one
  }

  /** Lets each beat that is here now. Any of them may be gone after any beat. */
  beat(everyMs: number): void {
    const end = new Group()
    this.add(end)
    for (let one = this.nextBeating; one !== end; one = this.nextBeating) {
      unlink(one)
      this.add(one)
      one.beat(everyMs)
    }
    unlink(end)
  }
}

/** Takes it out of its group, if it is in one. True: nobody else is left there. */
function unlink(one: Beating): boolean {
  const { nextBeating: next, previousBeating: previous } = one
  if (!next || !previous) return false
  previous.nextBeating = next
  next.previousBeating = previous
  one.nextBeating = undefined
  one.previousBeating = undefined
  return next === previous
}

/** One timer for all connections of the same interval: of thousands that are idle, each would keep one of its own. */
export class Heart {
  readonly #everyMs: number
  readonly #groups: readonly Group[]
  /** Whose turn it is, and who gets the next one that comes. */
  #beats = 0
  #joins = 0
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
    const groups = Math.min(Math.max(Math.floor(everyMs / leastTickMs), 1), mostGroups)
    this.#groups = Array.from({ length: groups }, () => new Group())
  }

  add(one: Beating): void {
    this.#group(this.#joins++).add(one)
    // Not kept alive by it: the sockets do that, as long as they are open.
    this.#timer ??= setInterval(() => this.#tick(), this.#everyMs / this.#groups.length).unref()
  }

  /** Does nothing for one that isn't there. */
  remove(one: Beating): void {
    if (unlink(one)) this.#stopIfEmpty()
  }

  #tick(): void {
    this.#group(this.#beats++).beat(this.#everyMs)
    this.#stopIfEmpty()
  }

  #stopIfEmpty(): void {
    if (!this.#groups.every((group) => group.empty)) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  #group(number: number): Group {
    return this.#groups[number % this.#groups.length] as Group
  }
}

const hearts = new Map<number, Heart>()

export function heartOf(everyMs: number): Heart {
  let heart = hearts.get(everyMs)
  if (!heart) {
    heart = new Heart(everyMs)
    hearts.set(everyMs, heart)
  }
  return heart
}
