// tsubo: the numbers of this file are in tsubo.lock.json (owner tsubo-bench)
/**
 * What the benchmarks call. proto/bench.proto says the same to the peers, byte for byte.
 *
 * @package tsubo.bench
 */
import type { int32, int53 } from 'tsubo/types'

export interface BenchService {
  /** Small both ways: about 66 bytes. */
  small(item: Item): Promise<Item>

  /** A small question, a medium answer: about 760 bytes. */
  medium(item: Item): Promise<Page>

  /** Bytes, there and back. */
  echo(payload: Payload): Promise<Payload>

  /** So many items, as fast as they are taken. */
  items(order: Order): AsyncIterable<Item>
}

export interface Item {
  id: int32
  name: string
  tags: string[]
  price: number
  createdAt: int53
}

/** The item that was asked about, and ten like it. */
export interface Page {
  item: Item
  items: Item[]
}

export interface Payload {
  bytes: Uint8Array
}

export interface Order {
  count: int32
}
