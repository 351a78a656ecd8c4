import money, * as everything from './money.js'
import './money.js'
export * from './money.js'
export declare class Ticket {}
export declare function buy(): void
export declare const price: number
export declare namespace inner {
  interface Hidden {}
}
export default interface Default {
  call(): Promise<void>
}
export interface Page<T> {
  items: T[]
}
export interface Base {
  a: string
}
export interface Derived extends Base {
  b: string
}
export interface Twice {
  a: string
}
export interface Twice {
  b: string
}
