/**
 * The closed list of outcomes a failed call can have: gRPC's codes as strings, without `ok`
 * (https://grpc.io/docs/guides/status-codes/). The position in this list plus one is the number on the native wire.
 */
export const codes = [
  'cancelled',
  'unknown',
  'invalid_argument',
  'deadline_exceeded',
  'not_found',
  'already_exists',
  'permission_denied',
  'resource_exhausted',
  'failed_precondition',
  'aborted',
  'out_of_range',
  'unimplemented',
  'internal',
  'unavailable',
  'data_loss',
  'unauthenticated',
] as const

export type Code = (typeof codes)[number]

/** Key-value pairs that travel beside a request or a reply. Keys: lower case `[a-z0-9._-]`; `-bin` keys carry bytes. */
export type Metadata = Readonly<Record<string, string | Uint8Array>>

export interface RpcErrorOptions {
  /**
   * True only if this attempt provably never reached a handler, so that any method may be tried again. Decided where
   * the fact is known (the connection, the server's acceptance path) and never sent on to a caller of ours.
   */
  readonly retryable?: boolean
  /** The sender's advice: do not try again before this many milliseconds have passed. */
  readonly retryAfterMs?: number
  /** Full name of a declared error (`@throws`), e.g. `com.miao.server.SoldOut`. */
  readonly type?: string
  /** Free text details for people and tools; string to string. */
  readonly details?: Readonly<Record<string, string>>
  /** What the other side sent beside the error. */
  readonly metadata?: Metadata
  /** The local reason. Never leaves this process. */
  readonly cause?: unknown
}

/**
 * The one error a call can fail with. Declared errors (`@throws {SoldOut}`) are generated subclasses of it.
 *
 * `retryable` answers "is it known that no handler saw this request?". A non-idempotent call that failed with
 * `unavailable` or `deadline_exceeded` and `retryable === false` has an unknown outcome: it may have happened.
 */
export class RpcError extends Error {
  readonly code: Code
  readonly retryable: boolean
  readonly retryAfterMs: number | undefined
  readonly type: string | undefined
  readonly details: Readonly<Record<string, string>> | undefined
  readonly metadata: Metadata | undefined

  constructor(code: Code, message: string, options: RpcErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
    this.retryAfterMs = options.retryAfterMs
    this.type = options.type
    this.details = options.details
    this.metadata = options.metadata
  }

  static {
    // Generated classes carry only `type`: setting a name on each prototype would keep bundlers from leaving them out.
    Object.defineProperty(RpcError.prototype, 'name', {
      configurable: true,
      get(this: RpcError): string {
        const { type } = this.constructor as { readonly type?: unknown }
        return typeof type === 'string' ? type.slice(type.lastIndexOf('.') + 1) : 'RpcError'
      },
      set(this: RpcError, value: string) {
        Object.defineProperty(this, 'name', { value, configurable: true, writable: true })
      },
    })
  }

  /**
   * An error without a stack trace, for what comes in floods and always from the same place: refusals, and failures that
   * the other side reports. Taking the trace is most of what such an error costs.
   */
  static untraced(code: Code, message: string, options?: RpcErrorOptions): RpcError {
    const limit = Error.stackTraceLimit
    // Where intrinsics are frozen the limit stays as it is.
    Reflect.set(Error, 'stackTraceLimit', 0)
    try {
      return new RpcError(code, message, options)
    } finally {
      Reflect.set(Error, 'stackTraceLimit', limit)
    }
  }

  /**
   * The only funnel from "something was thrown" to RpcError.
   * An RpcError stays as it is; an AbortError becomes `cancelled`; everything else becomes `unknown` with the thrown
   * value as `cause`. The text of a foreign error is kept for local use: what leaves the process is up to the wire.
   */
  static from(thrown: unknown, code: Code = 'unknown'): RpcError {
    if (thrown instanceof RpcError) return thrown
    if (thrown instanceof Error) {
      const aborted = thrown.name === 'AbortError' || thrown.name === 'TimeoutError'
      return new RpcError(aborted ? 'cancelled' : code, thrown.message, { cause: thrown })
    }
    return new RpcError(code, String(thrown), { cause: thrown })
  }
}

/** The number of a code on the native wire and in gRPC: 1 to 16. */
export function codeNumber(code: Code): number {
  return codes.indexOf(code) + 1
}

/** The code of a number from the wire; an unknown number is `unknown`, as gRPC prescribes. */
export function codeOf(number: number): Code {
  return codes[number - 1] ?? 'unknown'
}
