import type { int32, uint32 } from 'tsubo/types'

export interface Types {
  all(value: All): Promise<void>
}

export interface All {
  objects: A | B
  sameValue: { kind: 'a'; x: string } | { kind: 'a'; y: string }
  numbers: int32 | uint32
  lists: string[] | int32[]
  anything: string | unknown
  setOfObjects: Set<A>
  setOfJson: Set<unknown>
  keyOfObjects: Map<A, string>
  recordOfBooleans: Record<B['b'], string>
  odd: Record<'in-progress' | 'done', string>
  brand: string & { readonly __brand: 'UserId' }
  conditional: A extends B ? string : number
  mapped: { [K in 'a' | 'b']: string }
  onlyTrue: true[]
  twoTypes: { x: string; y: int32 } & { x: string; y: uint32 }
  restInside: [...string[], int32]
  undefinedInTuple: [string | undefined]
  undefinedInMap: Map<string, string | undefined>
  method: { run(): void }
  mixedIndex: { a: string; [name: string]: string }
  circle: Circle
  tuple: Chain
  endless: Endless<string>
  bigLiteral: 1n | 2n
  both: 1 | '1'
  partialOfList: Partial<string[]>
  a: string
  All_a: { x: string }
  array: Iterator<string>
}

export interface A {
  a: string
}

export interface B {
  b: boolean
}

export type Circle = Circle[]
export type Chain = [string, Chain?]

export interface Endless<T> {
  value: T
  next?: Endless<T[]>
}

export interface GenericService<T> {
  get(): Promise<T>
}

export interface GenericError<T> extends Error {
  of: T
}

export interface ExtendsService extends Types {
  more(): Promise<void>
}

export interface ExtendsList extends Array<string> {
  x: string
}

export interface Clash {
  list: { x: string }
}

export interface Clash_list {
  y: string
}
