import {
  type Context,
  createContextKey,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'

/** Where OpenTelemetry's API keeps the span of a context; keys of equal description are equal. */
const spanKey = createContextKey('OpenTelemetry Context Key SPAN')

/** Version, trace, span, flags; `ff` is no version, and zeros are no ids. https://www.w3.org/TR/trace-context/#traceparent-header */
const form = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/

/** Is it one, whoever sent it? */
export function isTraceparent(value: unknown): value is string {
  return typeof value === 'string' && value.length === 55 && form.test(value)
}

function isSampled(traceparent: string): boolean {
  return (Number.parseInt(traceparent.slice(53), 16) & TraceFlags.SAMPLED) !== 0
}

/**
 * Does it say that nothing is recorded? Only looked at as far as that goes: what it says otherwise is checked by whoever
 * asks for the span.
 */
export function saysUnsampled(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length === 55 &&
    value.charCodeAt(52) === dash &&
    value.charCodeAt(53) === zero &&
    value.charCodeAt(54) === zero
  )
}

const dash = 45
const zero = 48

/** The span that somebody else called from, by a `traceparent` that is one. */
export function remoteSpan(traceparent: string, tracestate: unknown): SpanContext {
  const state = typeof tracestate === 'string' && tracestate.length <= 512 ? createTraceState(tracestate) : undefined
  return {
    traceId: traceparent.slice(3, 35),
    spanId: traceparent.slice(36, 52),
    traceFlags: isSampled(traceparent) ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote: true,
    ...(state && { traceState: state }),
  }
}

/**
 * The context of a call whose caller records nothing: spans that its handler begins are parts of the caller's trace, and so not
 * recorded either. Most calls are such, and most handlers begin no span: it is read only when somebody looks for it.
 */
export class UnsampledContext implements Context {
  readonly #traceparent: string
  readonly #tracestate: unknown
  #span: Span | undefined

  constructor(traceparent: string, tracestate: unknown) {
    this.#traceparent = traceparent
    this.#tracestate = tracestate
  }

  getValue(key: symbol): unknown {
    if (key !== spanKey) return undefined
    if (this.#span === undefined && isTraceparent(this.#traceparent)) {
      this.#span = trace.wrapSpanContext(remoteSpan(this.#traceparent, this.#tracestate))
    }
    return this.#span
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#whole.setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#whole.deleteValue(key)
  }

  get #whole(): Context {
    const span = this.getValue(spanKey)
    return span === undefined ? ROOT_CONTEXT : ROOT_CONTEXT.setValue(spanKey, span)
  }
}
