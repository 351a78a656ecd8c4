/** A request before it is looked at. */
export interface ScriptedRequest {
  /** `0x...`, as `ServerSession.id`; undefined for a `connect` that asks for a new one. */
  readonly session: string | undefined
  /** `connect`, `create`, `getChildren2`, `ping`, `closeSession` ...: ZooKeeper's names. */
  readonly op: string
  /** Where the request has one. */
  readonly path: string | undefined
}

/**
 * How a server misbehaves with one request.
 *
 * - `{ answer }`: answers with this error code and does nothing.
 * - `{ delayMs }`: does it that much later; what follows on the connection waits.
 * - `hang`: this connection is never answered again, but stays open.
 * - `drop`: ends the connection; nothing is done.
 * - `lose`: does it and ends the connection without an answer.
 */
export type Misbehaviour = { readonly answer: number } | { readonly delayMs: number } | 'hang' | 'drop' | 'lose'

/** Asked before each request, in order. Undefined: as it should be. */
export type Script = (request: ScriptedRequest) => Misbehaviour | undefined
