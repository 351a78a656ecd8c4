// A licence, say. The package may stand in any comment above the first statement.

/*
 * @package golden.orders
 */
import type { Price } from '../shared/price.js'
import type { Currency } from '../shared/price'

export interface Orders {
  /** @throws {Broken} */
  total(order: Order): Promise<Price>
  refund(price: Price): Promise<void>
  currencies(): Promise<Currency[]>
}
import type { Broken } from '../shared/price.d.ts'

export interface Order {
  prices: Price[]
  paidIn?: Currency
}
