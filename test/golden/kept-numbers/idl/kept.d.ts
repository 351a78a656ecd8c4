/** @package golden.kept */
export interface Kept {
  /** Was born with one message parameter and three more that are gone. */
  search(second: string, first: string, added?: string): Promise<Record1>
  bornAsArgs(only: Record1): Promise<void>
  cameBack(again: string): Promise<void>
}

export interface Record1 {
  added: string
  c: string
  a: string
  back: string
  b: string
}

export enum Size {
  New = 'new',
  Small = 'small',
}

export enum Code {
  Ok = 0,
  Back = 7,
}
