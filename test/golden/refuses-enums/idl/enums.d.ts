export interface Enums {
  call(value: Empty): Promise<void>
}

export enum Empty {}

export enum Mixed {
  A = 'a',
  B = 1,
}

export enum Twice {
  A = 'a',
  B = 'a',
}

export enum Numbers {
  Unnamed,
  Fraction = 1.5,
  Large = 4294967296,
  Computed = 'abc'.length,
}
