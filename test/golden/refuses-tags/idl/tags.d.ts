/**
 * @package not a package
 * @idempotent
 */

/** @package twice.declared */

/** @idempotnt */
export interface Tags {
  /** @idempotnt */
  misspelt(): Promise<void>
  /** @nonsense */
  unknown(): Promise<void>
  /** @idempotent yes */
  text(): Promise<void>
  /** @timeout soon */
  timeout(): Promise<void>
  /** @oneway */
  oneway(): Promise<string>
  /**
   * @oneway
   * @throws {Broken}
   */
  silent(): void
  /** @throws Broken */
  braces(): Promise<void>
  /** @throws {Broke} */
  misspeltError(): Promise<void>
  /** @throws {Message} */
  noError(): Promise<void>
  /** @java 1.2 */
  java(): Promise<void>
}

/** @throws {Broken} */
export interface Message {
  /** @idempotent */
  a: string
  /** @package here */
  b: string
}

export interface Broken extends Error {}
