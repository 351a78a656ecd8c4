/** @package golden.outputs.paging */
import type { int32 } from 'tsubo/types'

/** Its instances need what needs them, in another package. */
export interface Page<T> {
  items: T[]
  next?: Cursor
}

export interface Cursor {
  after: int32
}
