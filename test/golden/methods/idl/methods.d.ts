/** @package golden.methods */
import type { int32 } from 'tsubo/types'

/** Every kind of method. */
export interface Methods {
  nothing(): void
  later(): Promise<void>
  plain(): string
  bare(value: Item): Promise<Item>
  bareOptional(value?: Item): Promise<Item | undefined>
  several(a: string, b: int32, c?: Date, d?: Item[]): Promise<int32[]>
  between(a: string | undefined, b: int32): Promise<Color>
  table(): Promise<string[][]>
  maybeList(): Promise<string[] | undefined>
  /** A tag begins its line: this @deprecated is text. */
  prose(): Promise<boolean>
  /**
   * @idempotent
   * @timeout 2s
   * @deprecated use plain
   * @param a not a parameter, only prose
   */
  tagged(): Promise<bigint>
  /** @oneway */
  fire(value: Item): void
  /**
   * @throws {Failed} now and then
   * @throws {FailedWithoutFields}
   */
  risky(): Promise<Date>
  down(from: Item): AsyncIterable<Item>
  downScalar(): AsyncIterable<int32>
  up(items: AsyncIterable<Item>): Promise<int32>
  upAndMore(name: string, words: AsyncIterable<string>, limit?: int32): Promise<void>
  both(items: AsyncIterable<Item>): AsyncIterable<Color>
}

export interface Item {
  name: string
}

export enum Color {
  Red = 'red',
}

export interface Failed extends Error {
  readonly attempts: int32
  /** Where it stopped. */
  at?: Item
}

export interface FailedWithoutFields extends Error {}

/**
 * A second service in one file.
 * @java com.example.Second
 */
export interface Second {
  prose(): Promise<boolean>
}
