/** Something that looks after itself from time to time. Its heart keeps it in a ring, which takes less memory than a set. */
export interface Beating {
  nextBeating: Beating | undefined
  previousBeating: Beating | undefined
  beat(everyMs: number): void
}

/** One timer for all connections of the same interval: of thousands that are idle, each would keep one of its own. */
export class Heart implements Beating {
  nextBeating: Beating = this
  previousBeating: Beating = this
  readonly #everyMs: number
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  add(one: Beating): void {
    const last = this.previousBeating
    one.previousBeating = last
    one.nextBeating = this
    last.nextBeating = one
    this.previousBeating = one
    // Not kept alive by it: the sockets do that, as long as they are open.
    this.#timer ??= setInterval(() => this.beat(), this.#everyMs).unref()
  }

  /** Does nothing for one that isn't there. */
  remove(one: Beating): void {
    const { nextBeating: next, previousBeating: previous } = one
    if (!next || !previous) return
    previous.nextBeating = next
    next.previousBeating = previous
    one.nextBeating = undefined
    one.previousBeating = undefined
    if (this.nextBeating !== this) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }

  /** Lets all of them beat. */
  beat(): void {
    for (let one = this.nextBeating; one !== this; ) {
      // It may be gone after its beat.
      const next = one.nextBeating ?? this
      one.beat(this.#everyMs)
      one = next
    }
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
