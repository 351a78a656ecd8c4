/**
 * What `--codec protobufjs` changes: where functions come from, and that nothing is looked for before the loop.
 * @package golden.printed
 */
import type { int32, int53 } from 'tsubo/types'

export interface Printed {
  /** @throws {Gone} */
  find(id: int53, kinds?: Kind[]): Promise<Found>
}

export interface Found {
  name: string
  count: int32
  at: Date
  total: bigint
  scores: number[]
  data?: Uint8Array
  more: Map<string, Found>
}

export enum Kind {
  Big = 'big',
  Small = 'small',
}

export interface Gone extends Error {
  id: int53
}
