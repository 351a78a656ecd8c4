/** @package golden.constraints */
import type { float, int32, sint64, uint32 } from 'tsubo/types'
import type { Address } from './address.js'

export interface Shop {
  order(order: Order): Promise<string>
  find(
    /** @minLength 2 */
    text: string,
    page: int32,
    /**
     * @minimum 1
     * @maximum 100
     */
    limit?: uint32,
  ): Promise<Order[]>
  /** Nothing to check: costs nothing. */
  ping(note: string, plain: Plain): Promise<Plain>
  upload(name: string, /** @maxLength 16 */ parts: AsyncIterable<Uint8Array>): Promise<void>
  pay(by: Payment): Promise<void>
}

export interface Order {
  /**
   * As printed.
   * @pattern ^[A-Z]{2}-\d+$
   * @maxLength 12
   */
  number: string
  /** @minItems 1 */
  lines: Line[]
  /**
   * Short words.
   * @maxItems 3
   * @maxLength 5
   */
  words?: string[]
  /** @format email */
  mail: string | null
  /** @maxItems 2 */
  flags: Set<string>
  /** @maxItems 2 */
  prices: Map<string, Line>
  /** @maxItems 2 */
  notes: Record<string, string>
  to: Address
  twin?: Order
  place: [string, Line, ...Line[]]
}

export interface Line {
  /**
   * @minimum 0.5
   * @maximum 99.5
   */
  weight: float
  /** @maximum 9007199254740991 */
  count: sint64
  /** @maxLength 2 */
  code?: Uint8Array
}

export interface Plain {
  text: string
}

export type Payment = Card | Invoice

export interface Card {
  kind: 'card'
  /** @pattern ^\d{4}$ */
  last: string
}

export interface Invoice {
  kind: 'invoice'
}
