/** Something that looks after itself from time to time. Its heart keeps it in a ring, which takes less memory than a set. */
export interface Beating {
  nextBeating: Beating | undefined
  previousBeating: Beating | undefined
  beat(everyMs: number): void
}

/** So many beat in one turn at most; with more, the others follow within half of the interval. */
const mostInTurn = 256

/** A place in the ring that nobody hears of: where it begins, and where a round of it ends. */
class Mark implements Beating {
  nextBeating: Beating | undefined = this
  previousBeating: Beating | undefined = this
  beat(): void {}
}

/** One timer for all connections of the same interval: of thousands that are idle, each would keep one of its own. */
export class Heart {
  readonly #everyMs: number
  readonly #begin: Beating = new Mark()
  #size = 0
  #rounds: NodeJS.Timeout | undefined = undefined
  /** Of the round that is under way, while others have their turn. */
  #rest: NodeJS.Timeout | undefined = undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  add(one: Beating): void {
    put(one, this.#begin)
    this.#size++
    // Not kept alive by it: the sockets do that, as long as they are open.
    this.#rounds ??= setInterval(() => this.#round(), this.#everyMs).unref()
  }

  /** Does nothing for one that isn't there. */
  remove(one: Beating): void {
    if (!one.nextBeating) return
    take(one)
    if (--this.#size > 0) return
    clearInterval(this.#rounds)
    this.#rounds = undefined
  }

  /** Lets each beat that is here now. */
  #round(): void {
    if (this.#rest) return
    const end = new Mark()
    put(end, this.#begin)
    this.#goOn(end, this.#everyMs / 2 / Math.ceil(this.#size / mostInTurn))
  }

  /** Who has beaten goes behind the end. Any of them may be gone after any beat. */
  #goOn(end: Beating, pauseMs: number): void {
    this.#rest = undefined
    for (let left = mostInTurn; left > 0; left--) {
      const one = this.#begin.nextBeating as Beating
      take(one)
      if (one === end) return
      put(one, this.#begin)
      one.beat(this.#everyMs)
    }
    this.#rest = setTimeout(() => this.#goOn(end, pauseMs), pauseMs).unref()
  }
}

/** Puts one into a ring, behind all others. */
function put(one: Beating, begin: Beating): void {
  const last = begin.previousBeating as Beating
  one.previousBeating = last
  one.nextBeating = begin
  last.nextBeating = one
  begin.previousBeating = one
}

function take(one: Beating): void {
  const next = one.nextBeating as Beating
  const previous = one.previousBeating as Beating
  previous.nextBeating = next
  next.previousBeating = previous
  one.nextBeating = undefined
  one.previousBeating = undefined
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
