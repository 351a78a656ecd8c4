/**
 * Every kind of type, as protobuf and as zod.
 * A comment may hold anything: a line  break, *\/, ``, ${}, </script>.
 *
 * @package golden.outputs
 */
import type { decimal, float, int32, int53, sint64, uint64 } from 'tsubo/types'
import type { Page } from './paging.js'

export interface Outputs {
  containers(value: Containers): Promise<Containers>
  unions(value: Unions): Promise<Unions>
  nested(value: Nested): Promise<Nested>
  words(value: Words): Promise<Words>
  scalars(value: Scalars): Promise<Scalars>
  page(value: Page<Words>): Promise<Page<Words>>
  /** @throws {Failed} */
  shape(of: Shape | null, more: Shape[], when?: Date): Promise<Mixed>
  /** @deprecated */
  watch(since: Date, changes: AsyncIterable<string>): AsyncIterable<Shape>
}

export interface Scalars {
  double: number
  float: float
  int32: int32
  int53: int53
  int64: bigint
  uint64: uint64
  boolean: boolean
  string: string
  bytes: Uint8Array
  date: Date
  decimal: decimal
  json: unknown
  maybeJson?: unknown
  color: Color
  level: Level
}

export interface Containers {
  list: int32[]
  table: string[][]
  maybe?: string[]
  set: Set<string>
  dates: Set<Date>
  byName: Map<string, Point>
  byNumber: Map<int32, string[]>
  byBigint: Map<bigint, bigint>
  byFlag: Map<boolean, Date | null>
  byDate: Map<Date, string>
  byColor: Map<Color, int32>
  record: Record<string, Point[]>
  numbered: Record<int32, string>
  maybeMap?: Map<string, int32>
  pair: [string, int32]
  path: [start: Point, ...rest: Point[]]
  loose: [string, Date?]
}

export interface Nested {
  nullable: string | null
  maybeNullable?: int32 | null
  nullableList: (string | null)[] | null
  absent: string | undefined
  both?: string | undefined
  left?: Nested
  children: Nested[]
}

export interface Unions {
  shape: Shape
  shapes: Shape[]
  byName: Map<string, Shape>
  mixed: Mixed
  mixes: Mixed[]
  maybe?: Shape | null
}

export type Shape = Circle | Square

export interface Circle {
  kind: 'circle'
  at: Point
  radius: number
}

export interface Square {
  kind: 'square'
  at: Point
  side: int32
}

export type Mixed = string | number | bigint | boolean | Date | Uint8Array | string[]

export interface Point {
  x: sint64
  y: sint64
}

export type Color = 'red' | 'dark-green' | ''

export enum Level {
  Low = -1,
  None = 0,
  High = 100,
}

/** Names that protobuf uses itself, or takes for equal. */
export interface Words {
  message: message
  option: string
  reserved: string
  _reserved: string
  orderNumber: string
  order_number: string
  ordernumber: string
  userID: string
  value: Map<string, ValueEntry>
  true: boolean
  listOfString: ListOfString
  lists: string[][]
}

export interface message {
  int32: int32
}

export interface ValueEntry {
  seat: string
}

export interface ListOfString {
  items: string[]
}

/** Its values are alike without case and underscores. */
export enum Alike {
  First = 'first',
  FIRST = 'FIRST',
  first_ = 'first_',
  UNSPECIFIED = 'unspecified',
}

/** Went wrong. */
export interface Failed extends Error {
  attempts: int32
  how?: Alike
}
