/**
 * Objects without a name get one from where they stand.
 * @package golden.inline
 */
import type { int32 } from 'tsubo/types'

export interface Inline {
  search(filter: { from: string; to?: { city: string } }, limit?: int32): Promise<{ hits: { id: int32 }[]; more: boolean }>
  stream(of: AsyncIterable<{ at: Date }>): AsyncIterable<{ sum: int32 } | null>
  any(value: unknown, more?: unknown): Promise<unknown>
}

export interface Order {
  buyer: { name: string; readonly phones: string[] }
  lines: { sku: string; options: { [name: string]: { price: number } } }[]
  /** JSON as it comes. */
  extra: unknown
  extras: unknown[]
  notes?: unknown
}

/** An alias gives its name. */
export type Address = {
  street: string
  geo: { lat: number; lon: number } | null
}

export interface Customer {
  order: Order
  home: Address
}
