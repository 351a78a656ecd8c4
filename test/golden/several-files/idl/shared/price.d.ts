/** @package golden.shared */

import type { Order } from '../orders/order.js'

export interface Price {
  amount: bigint
  currency: Currency
  /** Files may refer to each other in a circle. */
  of?: Order
}

export enum Currency {
  CNY = 'CNY',
  EUR = 'EUR',
}

export interface Broken extends Error {
  price: Price
}
