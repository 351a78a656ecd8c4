/**
 * Unions: objects told apart by a property, everything else by its JavaScript type.
 * @package golden.unions
 */
import type { int32 } from 'tsubo/types'

export interface Unions {
  all(value: All): Promise<All>
  pay(payment: Payment): Promise<Payment>
  shapes(shapes: Shape[]): AsyncIterable<Shape>
  event(): Promise<Event | undefined>
  either(value: string | int32): Promise<boolean | Date>
  inline(value: { ok: true; value: string } | { ok: false; error: string }): Promise<void>
}

/** How a booking is paid. */
export type Payment = Card | Cash | Voucher

export interface Card {
  kind: 'card'
  number: string
}

export interface Cash {
  kind: 'cash'
}

export interface Voucher {
  kind: 'voucher'
  codes: string[]
  /** A union within a union's member. */
  rest?: Payment
}

export type Shape = { type: 1; radius: number } | { type: 2; width: number; height: number }

export type Event = { on: Kind.Opened; at: Date } | { on: Kind.Closed }

export enum Kind {
  Opened = 'opened',
  Closed = 'closed',
}

/** Everything JavaScript tells apart, in one. */
export type Value = string | number | bigint | boolean | Date | Uint8Array | Value[] | Set<string> | Map<string, int32> | Leaf

export interface Leaf {
  id: int32
}

/** The union's own numbers live on when it grows. */
export type More = Payment | { kind: 'later'; due: Date } | string | 'x'

export interface All {
  payment: Payment
  optional?: Payment
  nullable: Payment | null
  list: Payment[]
  byName: Map<string, Payment>
  record: Record<string, Payment | null>
  pair: [Payment, Shape?]
  shape: Shape
  more: More
  value: Value
  auto: 'auto' | number
  sizes: 'auto' | 'none' | 1 | Date
  off: string | false
  listed: string | string[]
  frozen: int32 | readonly Leaf[]
  dictionary: string | Record<string, int32>
  pairOr: boolean | [int32, int32]
  single: Leaf | string
  level: Kind | int32
}
