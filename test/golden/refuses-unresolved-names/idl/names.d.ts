import type { int23, uint32 } from 'tsubo/types'
import type { Mony } from './money.js'
import type { Lost } from './nowhere.js'
import type { readFile } from 'node:fs'

export interface Names {
  name(value: Strng): Promise<Bol>
  flavour(id: int32): Promise<Money>
  promise(): Promisse<string>
  far(value: Xyzzyx): Promise<void>
  ok(value: uint32): Promise<Lost>
  file(value: readFile): Promise<void>
  mony(value: Mony): Promise<int23>
}
