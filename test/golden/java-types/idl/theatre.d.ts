/** @package com.theatre */
import type { int32 } from 'tsubo/types'

/**
 * Known to Java under a name of its own.
 * @java com.theatre.api.Theatre
 */
export interface Theatre {
  /**
   * @java findSeats
   * @javaResult Set<com.theatre.api.Seat>
   */
  seats(/** @java Map<Integer, List<Instant>> */ wanted: Map<int32, Date[]>): Promise<Seat[]>
  reserve(/** @java long[] */ seats: int32[], /** @java Integer */ guests?: int32): Promise<void>
}

/** @java com.theatre.api.Seat */
export interface Seat {
  /** @java short */
  row: int32
  /**
   * The day only.
   * @java LocalDate
   */
  on?: string | null
}
