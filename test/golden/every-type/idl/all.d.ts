/**
 * Every type there is, in every position.
 * @package golden
 */
import type {
  decimal,
  double,
  fixed32,
  fixed64,
  float,
  int32,
  int53,
  int64,
  sfixed32,
  sfixed64,
  sint32,
  sint64,
  uint32,
  uint64,
} from 'tsubo/types'

export interface Echo {
  scalars(value: Scalars): Promise<Scalars>
  optionals(value: Optionals): Promise<Optionals>
  arrays(value: Arrays): Promise<Arrays>
  nested(value: Tree): Promise<Tree>
}

export interface Scalars {
  number: number
  double: double
  float: float
  int32: int32
  uint32: uint32
  sint32: sint32
  fixed32: fixed32
  sfixed32: sfixed32
  int53: int53
  bigint: bigint
  int64: int64
  uint64: uint64
  sint64: sint64
  fixed64: fixed64
  sfixed64: sfixed64
  boolean: boolean
  string: string
  bytes: Uint8Array
  date: Date
  decimal: decimal
  level: Level
  grade: Grade
}

export interface Optionals {
  double?: number
  float?: float
  int32?: int32
  uint32?: uint32
  sint32?: sint32
  fixed32?: fixed32
  sfixed32?: sfixed32
  int53?: int53
  int64?: int64
  uint64?: uint64
  sint64?: sint64
  fixed64?: fixed64
  sfixed64?: sfixed64
  boolean?: boolean
  string?: string
  bytes?: Uint8Array
  date?: Date
  decimal?: decimal
  level?: Level
  grade?: Grade
  message?: Empty
  strings?: string[]
  numbers?: int32[]
  messages?: Empty[]
  present: string | undefined
  both?: string | undefined
}

export interface Arrays {
  double: number[]
  float: float[]
  int32: int32[]
  uint32: uint32[]
  sint32: sint32[]
  fixed32: fixed32[]
  sfixed32: sfixed32[]
  int53: int53[]
  int64: int64[]
  uint64: uint64[]
  sint64: sint64[]
  fixed64: fixed64[]
  sfixed64: sfixed64[]
  boolean: boolean[]
  string: Array<string>
  bytes: Uint8Array[]
  date: Date[]
  decimal: readonly decimal[]
  level: ReadonlyArray<Level>
  grade: Grade[]
  readonly message: Leaf[]
  matrix: int32[][]
  words: readonly (readonly string[])[]
}

/** Refers to itself. */
export interface Tree {
  label: Label
  left?: Tree
  right?: Tree
  children: Tree[]
}

export interface Leaf {
  id: int32
}

export interface Empty {}

/** Aliases are looked through. */
export type Label = string

export enum Level {
  Low = 'low',
  High = 'high',
}

/** Numbers of its own. */
export enum Grade {
  Worst = -1,
  None = 0,
  Best = 100,
}
