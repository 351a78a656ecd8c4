/**
 * Unions of literals are enums without a name of their own for each value.
 * @package golden.literals
 */
export interface Literals {
  all(value: All): Promise<All>
  status(of: Status, next: 'yes' | 'no'): Promise<Status>
  one(): Promise<'only'>
  keys(key: keyof Point): Promise<Odd | undefined>
  less(value: Exclude<Status, 'paid'>): Promise<Extract<Status, 'open' | 'lost'>>
  stars(): AsyncIterable<Stars>
}

/** Where an order is. */
export type Status = 'open' | 'paid' | 'in-progress'

export type Stars = 1 | 2 | 3 | 4 | 5

/** Anything a literal may be. */
export type Odd = '' | ' ' | '__proto__' | 'constructor' | "it's" | '*/' | '${x}' | '</script>' | '\u2028' | -1 | 0.5 | 1e21

export interface All {
  status: Status
  stars: Stars
  inline: 'a' | 'b'
  mixed: 'auto' | 1 | 2
  odd: Odd
  optional?: Status
  undefinable: Stars | undefined
  list: Status[]
  stars2: readonly Stars[]
  set: Set<Status>
  byStatus: Map<Status, Stars>
  /** Always the same: it needs no byte. */
  version: 3
  kind: 'all'
  sure: true
  readonly never: false
  maybe?: 'here'
  ofEnum: Color.Red
  someOfEnum: Color.Red | Color.Blue
  code: Code.Two
  together: Status | 'lost'
}

export interface Point {
  x: number
  y: number
}

export enum Color {
  Red = 'red',
  Green = 'green',
  Blue = 'blue',
}

export enum Code {
  One = 1,
  Two = 2,
}
