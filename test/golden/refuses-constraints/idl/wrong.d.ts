import type { decimal, int32 } from 'tsubo/types'

export interface Wrong {
  /**
   * @maxLength 3
   */
  a(/** @minimum x */ b: number): Promise<void>
}

export interface Values {
  /** @maxLength 3 */
  number: int32
  /** @minimum 3 */
  text: string
  /** @minimum 0 */
  amount: decimal
  /** @maxItems 3 */
  single: string
  /** @maxLength -1 */
  negative: string
  /** @maxLength 1.5 */
  half: string
  /** @minimum 0.5 */
  whole: int32
  /** @minLength 3 @maxLength 5 */
  oneLine: string
  /**
   * @minLength 5
   * @maxLength 3
   */
  crossed: string
  /**
   * @maxLength 5
   * @maxLength 3
   */
  twice: string
  /** @format emial */
  mail: string
  /** @format color */
  color: string
  /** @pattern ( */
  broken: string
  /** @pattern (a+)+$ */
  nested: string
  /** @pattern (\w|\d)* */
  overlapping: string
  /** @pattern .*a.*b.*c */
  slow: string
  /** @pattern (a)\1 */
  back: string
  /** @pattern ^(?=a)b */
  around: string
  /** @pattern */
  empty: string
  /** @maxLenght 3 */
  misspelt: string
  /** @maxLength 3 */
  declared: Wrong2
}

export interface Wrong2 {}
