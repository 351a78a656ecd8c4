/**
 * Generic types: one declaration for each set of type arguments.
 * @package golden.generics
 */
import type { int32 } from 'tsubo/types'
import type { Entry, Wrapped } from './shared.js'

export interface Generics {
  tickets(page: int32): Promise<Page<Ticket>>
  names(): Promise<Page<string>>
  all(value: All): Promise<All>
  results(): AsyncIterable<Result<Ticket, Problem>>
}

/** One page of many things. */
export interface Page<T> {
  items: T[]
  /** Where the next page begins. */
  next?: Cursor<T>
  first: T | null
}

export interface Cursor<T> {
  after: T
  size: int32
}

export interface Ticket {
  id: bigint
}

export interface Problem {
  title: string
}

export type Result<T, E = Problem> = { ok: true; value: T } | { ok: false; error: E }

export type List<T> = T[]

export type Pair<A, B = A> = [A, B]

export interface Node<T> {
  value: T
  children: Node<T>[]
}

export interface Timestamped<T> extends Cursor<T> {
  at: Date
}

export type Patch<T extends { id: bigint }> = Partial<T> & { reason: string }

export interface All {
  pages: Page<Page<Ticket>>
  nullable: Page<Ticket | null>
  undefinable: Cursor<string | undefined>
  lists: Page<List<string>>
  map: Page<Map<string, Ticket>>
  pair: Pair<string>
  pairs: Pair<string, int32>[]
  tree: Node<Ticket>
  result: Result<string>
  at: Timestamped<Ticket>
  patch: Patch<Ticket>
  entry: Entry<Ticket>
  wrapped: Wrapped<'a' | 'b'>
  inline: Cursor<{ x: number }>
  tuple: Cursor<[int32, string]>
}
