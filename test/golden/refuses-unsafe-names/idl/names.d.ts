export interface Unsafe {
  then(): Promise<void>
  constructor(): Promise<void>
  __proto__(): Promise<void>
  toString(): Promise<string>
  hasOwnProperty(__proto__: string): Promise<void>
  'quoted name'(): Promise<void>
  ['computed'](): Promise<void>
  größe(): Promise<void>
  $dollar($: string): Promise<void>
}

export interface Properties {
  __proto__: string
  constructor: string
  valueOf: string
  'in quotes': string
  'quoted': string
  1: string
}

export interface 车票 {
  a: string
}

export enum Members {
  'not plain' = 'a',
  __proto__ = 'b',
}

export interface Broken extends Error {
  message: string
  code: number
  stack: string
}
