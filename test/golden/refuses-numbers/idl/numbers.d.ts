/** @package golden.tags */

export interface Shop {
  /** @was find */
  search(text: string): Promise<Item>
  sell(/** @field 1 */ item: string, /** @field 1 */ price: string): Promise<void>
  /** @was search */
  gone(a: string): Promise<void>
}

/** @reserved 8, secret */
export interface Item {
  name: string
  /** @field 9 */
  moved: string
  /** @field 1 */
  taken: string
  /** @field 2 */
  buried: string
  /** @field 8 */
  kept: string
  secret: string
  /** @was name */
  title: string
  /** @was csot */
  price: string
  /** @field 536870911 */
  last: string
  behind: string
}

/** @reserved 4 */
export enum Numbers {
  Three = 3,
  Four = 4,
}

/** @was Twin */
export interface One {
  a: string
}

/** @was Twin */
export interface Two {
  a: string
}
