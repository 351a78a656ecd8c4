/**
 * Tuples, and lists of lists.
 * @package golden.tuples
 */
import type { int32 } from 'tsubo/types'

export interface Tuples {
  all(value: All): Promise<All>
  swap(pair: [string, int32]): Promise<[int32, string]>
  points(of: AsyncIterable<Point>): AsyncIterable<readonly [Point, Point]>
}

export type Point = [x: number, y: number]

export interface All {
  empty: []
  one: [string]
  pair: [string, bigint]
  labelled: Point
  optional: [string, int32?, Date?]
  rest: [string, ...int32[]]
  everything: [string, boolean?, ...Leaf[]]
  containers: [string[], Set<string>, Map<string, int32>, Record<string, int32>, unknown]
  optionalContainers: [string[]?, Set<string>?]
  literal: ['fixed', 1 | 2]
  undefinable: [string | null]
  nested: [[int32, int32], Leaf]
  frozen: readonly [string, readonly int32[]]
  list: [string, int32][]
  maybe?: [string, int32]
  matrix: int32[][]
  cube: number[][][]
  objects: Leaf[][]
  inline: [{ a: string }, { b: string }]
}

export interface Leaf {
  id: int32
}
