import { setTimeout as sleep } from 'node:timers/promises'
import {
  type Delivery,
  type Order,
  OrderServiceSkeleton,
  OrderState,
  PaymentRefused,
  type Quote,
} from '../../generated/order.js'

export interface OrdersOptions {
  /** How long the work takes, in milliseconds. Default 0. */
  readonly thinkMs?: number
  /** How long an order stays in one state, while somebody tracks it. Default 400. */
  readonly stepMs?: number
}

/** A shop whose prices anybody can check in their head: an article costs as many as its name has letters. */
export class Orders extends OrderServiceSkeleton {
  readonly #options: OrdersOptions
  #nextOrder = 9_007_199_254_740_993n

  constructor(options: OrdersOptions = {}) {
    super()
    this.#options = options
  }

  async quote(order: Order): Promise<Quote> {
    if (this.#options.thinkMs) await sleep(this.#options.thinkMs)
    const { reference, articles, payment, dueBy, labels } = order
    const prices = new Map([...articles].map(([article, count]) => [article, `${article.length * count}.00`]))
    const total = [...prices.values()].reduce((sum, price) => sum + Number(price), 0)
    return {
      reference,
      total: total.toFixed(2),
      prices,
      validUntil: new Date((dueBy?.getTime() ?? Date.UTC(2030, 0)) + 86_400_000),
      payment,
      remarks: { labels: [...labels].join(' '), next: reference + 1n, ...(dueBy && { due: dueBy }) },
    }
  }

  async place(order: Order) {
    const { payment } = order
    if (payment.kind === 'voucher' && payment.codes.length === 0) {
      throw new PaymentRefused({ reason: 'no_codes', message: 'a voucher without codes pays for nothing' })
    }
    return { orderNumber: this.#nextOrder++, quote: await this.quote(order), placedAt: new Date() }
  }

  async *track(orderNumber: bigint) {
    for (const state of Object.values(OrderState)) {
      yield { orderNumber, state, at: new Date() }
      await sleep(this.#options.stepMs ?? 400)
    }
  }

  async restock(deliveries: AsyncIterable<Delivery>) {
    let all = 0
    for await (const { count } of deliveries) all += count
    return all
  }
}
