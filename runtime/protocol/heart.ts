/** Something that looks after itself from time to time. */
export interface Beating {
  beat(everyMs: number): void
}

/** One timer for all connections of the same interval: of thousands that are idle, each would keep one of its own. */
export class Heart {
  readonly #everyMs: number
  readonly #beating = new Set<Beating>()
  #timer: NodeJS.Timeout | undefined = undefined

  constructor(everyMs: number) {
    this.#everyMs = everyMs
  }

  add(one: Beating): void {
    this.#beating.add(one)
    // Not kept alive by it: the sockets do that, as long as they are open.
    this.#timer ??= setInterval(() => {
      for (const each of this.#beating) each.beat(this.#everyMs)
    }, this.#everyMs).unref()
  }

  remove(one: Beating): void {
    this.#beating.delete(one)
    if (this.#beating.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
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
