/**
 * Map, Record and Set, with every kind of key and value.
 * @package golden.maps
 */
import type { decimal, fixed32, fixed64, float, int32, int53, sfixed32, sfixed64, sint32, sint64, uint32, uint64 } from 'tsubo/types'

export interface Maps {
  keys(value: Keys): Promise<Keys>
  values(value: Values): Promise<Values>
  records(value: Records): Promise<Records>
  sets(value: Sets): Promise<Sets>
  count(words: Map<string, int32>, tags: Set<string>): Promise<Record<string, int32>>
  maybe(words?: Map<string, int32>, tags?: ReadonlySet<string>): Promise<Set<Date> | undefined>
  each(maps: AsyncIterable<Map<int32, string>>): AsyncIterable<Set<int32>>
}

export interface Keys {
  double: Map<number, string>
  float: Map<float, string>
  int32: Map<int32, string>
  uint32: Map<uint32, string>
  sint32: Map<sint32, string>
  fixed32: Map<fixed32, string>
  sfixed32: Map<sfixed32, string>
  int53: Map<int53, string>
  int64: Map<bigint, string>
  uint64: Map<uint64, string>
  sint64: Map<sint64, string>
  fixed64: Map<fixed64, string>
  sfixed64: Map<sfixed64, string>
  boolean: Map<boolean, string>
  string: Map<string, string>
  bytes: Map<Uint8Array, string>
  date: Map<Date, string>
  decimal: Map<decimal, string>
  level: Map<Level, string>
  word: Map<'a' | 'b', string>
}

export interface Values {
  double: Map<string, number>
  float: Map<string, float>
  int53: Map<string, int53>
  int64: Map<string, bigint>
  uint64: Map<string, uint64>
  boolean: Map<string, boolean>
  bytes: Map<string, Uint8Array>
  date: Map<string, Date>
  decimal: Map<string, decimal>
  any: Map<string, unknown>
  level: Map<string, Level>
  leaf: Map<string, Leaf>
  list: Map<string, int32[]>
  set: Map<string, Set<string>>
  map: Map<string, Map<int32, Leaf>>
  record: Map<string, Record<string, Leaf>>
  pair: Map<string, [int32, string]>
  union: ReadonlyMap<string, string | int32>
  inline: Map<string, { x: number }>
  optional?: Map<string, int32>
  undefinable: Map<string, int32> | undefined
  list2: Map<string, int32>[]
}

export interface Records {
  strings: Record<string, string>
  decimals: Record<decimal, int32>
  numbers: Record<number, string>
  ints: Record<int32, Leaf>
  nested: Record<string, Record<string, int32[]>>
  index: { [name: string]: Date }
  readonlyIndex: { readonly [name: string]: bigint }
  frozen: Readonly<Record<string, Leaf>>
  alias: Scores
  optional?: Record<string, string>
  list: Record<string, boolean>[]
}

export interface Sets {
  strings: Set<string>
  numbers: Set<number>
  floats: Set<float>
  ints: ReadonlySet<int32>
  bigs: Set<bigint>
  unsigned: Set<uint64>
  flags: Set<boolean>
  dates: Set<Date>
  bytes: Set<Uint8Array>
  decimals: Set<decimal>
  levels: Set<Level>
  words: Set<'a' | 'b'>
  optional?: Set<string>
  list: Set<int32>[]
}

export type Scores = Record<string, int32>

export interface Leaf {
  id: int32
}

export enum Level {
  Low = 'low',
  High = 'high',
}
