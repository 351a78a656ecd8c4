import type { Method } from '../method.js'
import type { ServiceKey } from '../service-key.js'

/** A method's number; a chain where one method is called under several groups or versions. */
interface Numbered {
  readonly service: ServiceKey
  readonly number: number
  readonly next: Numbered | undefined
}

/**
 * The numbers that a client has given to methods on a connection, in the order of their first calls. Many connections carry one
 * method, and those of the same one have the same `Numbers`; from the second on each has its own.
 */
export class Numbers {
  /** By number. */
  readonly methods: Method[] = []
  /** By `Method.index`. */
  readonly #numbered: (Numbered | undefined)[] = []

  of(method: Method, service: ServiceKey): number | undefined {
    for (let n = this.#numbered[method.index]; n !== undefined; n = n.next) if (n.service === service) return n.number
    return undefined
  }

  /** These, and for `method` the next one. They themselves are not to be used any more where there were two already. */
  with(method: Method, service: ServiceKey): Numbers {
    const { length } = this.methods
    if (length === 0) return first(method, service)
    const more = length === 1 ? this.copy() : this
    more.give(length, method, service)
    return more
  }

  /** @internal */
  static of(method: Method, service: ServiceKey): Numbers {
    const numbers = new Numbers()
    numbers.give(0, method, service)
    return numbers
  }

  private copy(): Numbers {
    const copy = new Numbers()
    copy.methods.push(...this.methods)
    this.#numbered.forEach((numbered, index) => {
      copy.#numbered[index] = numbered
    })
    return copy
  }

  private give(number: number, method: Method, service: ServiceKey): void {
    this.methods[number] = method
    this.#numbered[method.index] = { service, number, next: this.#numbered[method.index] }
  }
}

export const noNumbers = new Numbers()

const firsts = new WeakMap<Method, WeakMap<ServiceKey, Numbers>>()

/** Those that begin with this method. */
function first(method: Method, service: ServiceKey): Numbers {
  let ofMethod = firsts.get(method)
  if (!ofMethod) {
    ofMethod = new WeakMap()
    firsts.set(method, ofMethod)
  }
  let numbers = ofMethod.get(service)
  if (!numbers) {
    numbers = Numbers.of(method, service)
    ofMethod.set(service, numbers)
  }
  return numbers
}
