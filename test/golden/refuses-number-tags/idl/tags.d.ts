/** @package golden.tags */

export interface Shop {
  /** @field 3 */
  sell(/** @reserved 1 */ item: Item): Promise<void>
}

/** @reserved 8, "secret" */
export interface Item {
  name: string
  /** @field 0 */
  zero: string
  /** @field 19500 */
  theirs: string
  /** @field seven */
  word: string
  /** @field */
  empty: string
  /**
   * @field 20
   * @field 21
   */
  twice: string
  /** @was */
  nobody: string
  /** @was <script> */
  hostile: string
  /** @reserved 4 */
  misplaced: string
  /** @fied 7 */
  misspelt: string
}

/** @reserved 4 to 9 */
export enum Numbers {
  /** @field 3 */
  Three = 3,
  Four = 4,
}
