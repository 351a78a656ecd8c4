import type { ApiError } from './api.js'

type Code = ApiError['error']['code']

const statuses = {
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
  invalid: 400,
  conflict: 409,
  too_large: 413,
  too_many: 429,
  unavailable: 503,
  internal: 500,
} as const satisfies Record<Code, number>

/** What else an answer may say of a problem. */
export interface ProblemDetails {
  readonly field?: string
  readonly line?: number
  readonly revision?: string
  /** For `too_many`: when to come back. */
  readonly retryAfterMs?: number
}

/** Why a request is refused: becomes an ApiError with the code's status. */
export class Problem extends Error {
  readonly code: Code
  readonly details: ProblemDetails

  constructor(code: Code, message: string, details: ProblemDetails = {}) {
    super(message)
    this.name = 'Problem'
    this.code = code
    this.details = details
  }

  get status() {
    return statuses[this.code]
  }

  toJSON(): ApiError {
    const { retryAfterMs: _, ...details } = this.details
    return { error: { code: this.code, message: this.message, ...details } }
  }
}
