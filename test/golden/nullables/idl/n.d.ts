/**
 * null is a value of its own, beside undefined, in every position.
 * @package golden.nullables
 */
import type { int32 } from 'tsubo/types'

export interface Nullables {
  all(value: All): Promise<All>
  params(a: string | null, b?: int32 | null, c?: All | null): Promise<string | null>
  both(): Promise<Leaf | null | undefined>
  items(values: AsyncIterable<int32 | null>): AsyncIterable<Leaf | null>
}

export interface All {
  text: string | null
  number: number | null
  big: bigint | null
  flag: boolean | null
  date: Date | null
  bytes: Uint8Array | null
  level: Level | null
  size: 'small' | 'large' | null
  only: 'only' | null
  leaf: Leaf | null
  any: unknown
  list: string[] | null
  lists: (string[] | null)[] | null
  nullsInList: (int32 | null)[]
  nullsInMap: Map<string, Date | null>
  nullsInRecord: Record<string, Leaf | null>
  set: Set<string> | null
  map: Map<string, int32> | null
  pair: [string | null, (int32 | null)?]
  optional?: string | null
  undefinable: string | null | undefined
  both?: Leaf | null | undefined
  choice: string | int32 | null
  next: All | null
}

export interface Leaf {
  id: int32
}

export enum Level {
  Low = 'low',
  High = 'high',
}

/** An alias says what it says in the contract, null and undefined too. */
export type Choice = 'left' | 'right' | null

export type Figure = Circle | Square | null

export type Note = string | int32 | undefined

export interface Circle {
  kind: 'circle'
  inner: Figure
}

export interface Square {
  kind: 'square'
  choices: Choices
  must: NonNullable<Choice>
  note: Note
  maybe?: Choice
  byName: Record<string, Figure>
}

export type Choices = Choice[]

export interface Figures {
  draw(figure: Figure, choice?: Choice, note?: Note): Promise<Figure>
  note(sure: Circle | Square): Promise<Note>
}
