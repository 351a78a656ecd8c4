import {
  type Baggage,
  type Context,
  createContextKey,
  createTraceState,
  INVALID_TRACEID,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Call, Metadata } from 'tsubo'
import { isTraceparent } from '../runtime/travelling.js'

/** Where OpenTelemetry's API keeps the span and the baggage of a context; keys of equal description are equal. */
const spanKey = createContextKey('OpenTelemetry Context Key SPAN')
const baggageKey = createContextKey('OpenTelemetry Baggage Key')

/** Is it a `traceparent` that says that nothing is recorded? Its whole form is looked at only where it ends like one. */
export function saysUnsampled(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value.length === 55 &&
    value.charCodeAt(52) === dash &&
    value.charCodeAt(53) === zero &&
    value.charCodeAt(54) === zero &&
    isTraceparent(value)
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
    traceFlags: Number.parseInt(traceparent.slice(53), 16) & TraceFlags.SAMPLED,
    isRemote: true,
    ...(state && { traceState: state }),
  }
}

/** One that is recorded nowhere, and was named by nobody so far. */
function unnamedSpan(): SpanContext {
  return { traceId: drawn(4), spanId: drawn(2), traceFlags: TraceFlags.NONE, isRemote: true }
}

/** So many times eight hexadecimal digits, none of those all zeros. */
function drawn(times: number): string {
  let digits = ''
  for (let i = 0; i < times; i++)
    digits += Math.ceil((1 - Math.random()) * 0xffffffff)
      .toString(16)
      .padStart(8, '0')
  return digits
}

/** The baggage that came with a call. */
export function remoteBaggage(metadata: Metadata | undefined): Baggage | undefined {
  const baggage = metadata?.baggage
  if (typeof baggage !== 'string' || baggage.length > 4096) return undefined
  return propagation.getBaggage(propagation.extract(ROOT_CONTEXT, { baggage }))
}

/**
 * The context of a call whose caller records nothing: spans that its handler begins are parts of the caller's trace, and so not
 * recorded either. Most calls are such, and most handlers begin no span: what it holds is made when somebody looks for it.
 */
export class UnsampledContext implements Context {
  readonly #metadata: Metadata | undefined
  /** Did the trace get its name from the caller? */
  readonly #named: boolean
  #span: Span | undefined

  constructor({ metadata, unrecorded }: Call) {
    this.#metadata = metadata
    this.#named = !unrecorded
  }

  get traceId(): string {
    return this.#spanOf()?.spanContext().traceId ?? INVALID_TRACEID
  }

  getValue(key: symbol): unknown {
    if (key === spanKey) return this.#spanOf()
    return key === baggageKey ? remoteBaggage(this.#metadata) : undefined
  }

  setValue(key: symbol, value: unknown): Context {
    return this.#whole.setValue(key, value)
  }

  deleteValue(key: symbol): Context {
    return this.#whole.deleteValue(key)
  }

  #spanOf(): Span | undefined {
    if (this.#span) return this.#span
    const { traceparent, tracestate } = this.#metadata ?? {}
    if (!this.#named) this.#span = trace.wrapSpanContext(unnamedSpan())
    else if (isTraceparent(traceparent)) this.#span = trace.wrapSpanContext(remoteSpan(traceparent, tracestate))
    return this.#span
  }

  get #whole(): Context {
    const span = this.#spanOf()
    const baggage = remoteBaggage(this.#metadata)
    const whole = span ? ROOT_CONTEXT.setValue(spanKey, span) : ROOT_CONTEXT
    return baggage ? whole.setValue(baggageKey, baggage) : whole
  }
}
