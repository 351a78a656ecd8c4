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
  /**
   * @timeout 1m
   * @http GET /items/{name}
   */
  patient(value: Item): Promise<Item>
  /**
   * @timeout 250
   * @http DELETE /items/{name}/copies/{count}
   */
  hasty(name: string, count: int32): Promise<void>
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
 * A second service in one file, known by a group and a version.
 * @java com.example.Second
 * @group beijing
 * @version 1.2.0
 */
export interface Second {
  prose(): Promise<boolean>
}
