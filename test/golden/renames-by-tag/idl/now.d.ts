/**
 * @package golden.now
 * @was golden.before
 */
import type { int32 } from 'tsubo/types'

/** @was OldDesk */
export interface Desk {
  /** @was find */
  search(
    /** @was text */ words: string,
    /** @field 9 */ limit?: int32,
    next?: string,
  ): Promise<Paper>
  move(only: Paper): Promise<void>
}

/**
 * @was golden.older.Sheet
 * @reserved 12, 3, gone
 */
export interface Paper {
  /** @was header */
  title: string
  /** @field 7 */
  pinned: string
  added: string
  /**
   * Its tombstone says so.
   * @field 4
   */
  back: string
  /** @was lost */
  found: string
}

export enum Size {
  /** @was Tiny */
  Small = 'small',
  /** @field 40 */
  Large = 'large',
  Huge = 'huge',
}

export enum Code {
  /** @was Old */
  New = 3,
}

/**
 * The name of an error travels, so the old one stays taken.
 * @was Failed
 */
export interface Broken extends Error {
  reason: string
}
