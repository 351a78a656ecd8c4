/**
 * @group two words
 * @version 1,2
 */
export interface Tags {
  /** @http GET */
  noPath(): Promise<void>
  /** @http FETCH /x */
  noVerb(): Promise<void>
  /** @http GET x */
  relative(): Promise<void>
  /** @http GET /a/{b */
  openBrace(b: string): Promise<void>
  /** @http GET /a/{b}/{b} */
  twice(b: string): Promise<void>
  /** @http GET /a/{nam} */
  misspelt(name: string): Promise<void>
  /** @http GET /a/{nam} */
  property(of: Named): Promise<void>
  /** @http GET /items/{items} */
  streamed(items: AsyncIterable<string>): Promise<void>
  /** @timeout 0 */
  noTime(): Promise<void>
  /** @timeout 2d */
  noUnit(): Promise<void>
  /** @timeout 99999m */
  forEver(): Promise<void>
  /** @group beijing */
  wrongPlace(): Promise<void>
}

/** @version 1.0.0 */
export interface Named {
  name: string
}
