// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo)
/**
 * A shop beside the ticket office: what contracts can say besides texts and numbers.
 *
 * @package com.miao.shop
 */
import type { decimal, int32, uint32 } from 'tsubo/types'

/** Takes orders, and says what becomes of them. */
export interface OrderService {
  /**
   * What an order would cost. Nothing is kept.
   * @idempotent
   */
  quote(order: Order): Promise<Quote>

  /**
   * Places an order.
   * @throws {PaymentRefused} when the payment is not taken
   */
  place(order: Order, note?: string): Promise<Receipt>

  /** What happens to an order, as it happens. */
  track(orderNumber: bigint): AsyncIterable<OrderEvent>

  /** Puts articles into stock, one after the other. */
  restock(deliveries: AsyncIterable<Delivery>): Promise<uint32>
}

/** What is bought, by whom, and how it is paid. */
export interface Order {
  /** The customer's own number, of any size. */
  reference: bigint
  /** How many of each article. */
  articles: Map<string, int32>
  payment: Payment
  /** When it has to be there; as soon as possible if left out. */
  dueBy?: Date
  /** Null: whoever opens the door. */
  recipient: string | null
  /** Where it goes: latitude and longitude. */
  place: [number, number]
  labels: Set<string>
}

/** One of several ways to pay. */
export type Payment = Card | Voucher | Invoice

export interface Card {
  kind: 'card'
  /** @pattern ^[0-9]{12,19}$ */
  number: string
  expires: Date
}

export interface Voucher {
  kind: 'voucher'
  codes: string[]
}

export interface Invoice {
  kind: 'invoice'
  /** Days until it is due. */
  days: uint32
}

export interface Quote {
  reference: bigint
  total: decimal
  /** What each article costs. */
  prices: Map<string, decimal>
  validUntil: Date
  payment: Payment
  /** Whatever else is worth knowing, by topic. */
  remarks: Record<string, Remark>
}

/** A text, a point in time, or a number of any size. */
export type Remark = string | Date | bigint

export interface Receipt {
  orderNumber: bigint
  quote: Quote
  placedAt: Date
}

export enum OrderState {
  Placed = 'placed',
  Packed = 'packed',
  Shipped = 'shipped',
  Delivered = 'delivered',
}

export interface OrderEvent {
  orderNumber: bigint
  state: OrderState
  at: Date
}

export interface Delivery {
  article: string
  count: uint32
}

/** The payment was not taken. */
export interface PaymentRefused extends Error {
  reason: string
}
