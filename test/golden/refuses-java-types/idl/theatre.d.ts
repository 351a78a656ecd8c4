/** @package com.theatre */
import type { int32 } from 'tsubo/types'

export interface Theatre {
  /** @javaResult Set< */
  seats(/** @java String */ row: int32): Promise<string[]>
  /** @javaResult int */
  close(/** @java int */ row?: int32): Promise<void>
  /** @javaResult int */
  next(/** @java byte[] */ rows: int32[], /** @java List<String> */ dates: Date[]): Promise<int32 | null>
}

export interface Seat {
  /** @java int */
  open: boolean
  /** @java */
  row: int32
  /** @java String */
  pairs: Map<int32, string>
  /** @javaResult int */
  end: int32
}
