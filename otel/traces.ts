import {
  type Context,
  context,
  INVALID_TRACEID,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { type Address, type Call, formatServiceKey, type Observer, type RpcError } from 'tsubo'
import { isTraceparent, remoteSpan, saysUnsampled, UnsampledContext } from './remote-context.js'
import { attributesOf, currentTracer } from './tracer.js'

export interface TracesOptions {
  /**
   * What a caller doesn't record isn't recorded here either, and the SDK's sampler is not even asked. Default true, as
   * parent-based samplers have it (the SDK's default is one), and much cheaper. `false` asks it every time.
   */
  readonly parentBased?: boolean
}

export interface ClientTracesOptions extends TracesOptions {
  /**
   * The share of calls that may begin a trace, decided here before the SDK is asked: an SDK takes as long to decide as a small call
   * takes altogether. What it samples of the rest is up to it. Default 1: it decides alone.
   */
  readonly ratio?: number
}

/** What is kept with a call: its span where that is recorded, and the context that a server runs its handler in. */
class Traced {
  readonly span: Span | undefined
  readonly context: Context
  readonly traceId: string

  constructor(traceId: string, context: Context, span: Span | undefined) {
    this.traceId = traceId
    this.context = context
    this.span = span
  }
}

/** The same where the caller records nothing: most calls, so that nothing is made before it is asked for. */
class Unsampled {
  readonly context: UnsampledContext

  constructor(traceparent: string, tracestate: unknown) {
    this.context = new UnsampledContext(traceparent, tracestate)
  }

  get traceId(): string {
    return trace.getSpanContext(this.context)?.traceId ?? INVALID_TRACEID
  }
}

/**
 * An observer for clients: a span for each call, retries included, by OpenTelemetry's conventions for RPC. It is a child of what
 * is under way where the call is made, and goes along with the call as W3C trace context. Does nothing while the process has no
 * OpenTelemetry SDK.
 */
export function clientTraces({ parentBased = true, ratio = 1 }: ClientTracesOptions = {}): Observer {
  return {
    begin(call) {
      const tracer = currentTracer()
      if (!tracer) return
      const parent = parentOf(call)
      const above = trace.getSpanContext(parent)
      if (!above && ratio < 1 && Math.random() >= ratio) {
        sendUnsampled(call)
        return
      }
      if (parentBased && above && (above.traceFlags & 1) === 0) {
        send(call, above, parent)
        return
      }
      const span = tracer.startSpan(call.method.path, { kind: SpanKind.CLIENT, attributes: attributesOf(call) }, parent)
      send(call, span.spanContext(), parent)
      if (!span.isRecording()) return
      span.setAttribute('server.address', formatServiceKey(call.service))
      call.trace = new Traced(span.spanContext().traceId, parent, span)
    },
    attempt(call, to) {
      if (call.attempts < 2 || !(call.trace instanceof Traced)) return
      call.trace.span?.addEvent(call.hedges > 0 ? 'tsubo.hedge' : 'tsubo.retry', {
        'tsubo.attempt': call.attempts,
        ...peerOf(to),
      })
    },
    end,
  }
}

/**
 * An observer for servers: a span for each call, a child of the caller's. What the handler does in turn (calls through a client
 * with `clientTraces()`, spans of its own) are children of it. Does nothing while the process has no OpenTelemetry SDK.
 */
export function serverTraces({ parentBased = true }: TracesOptions = {}): Observer {
  return {
    begin(call) {
      const tracer = currentTracer()
      if (!tracer) return
      const { metadata } = call
      if (parentBased && saysUnsampled(metadata?.traceparent) && metadata.baggage === undefined) {
        call.trace = new Unsampled(metadata.traceparent, metadata.tracestate)
        return
      }
      const parent = sentWith(call)
      const span = tracer.startSpan(call.method.path, { kind: SpanKind.SERVER, attributes: attributesOf(call) }, parent)
      const within = trace.setSpan(parent, span)
      call.trace = new Traced(span.spanContext().traceId, within, span.isRecording() ? span : undefined)
    },
    around(call, run) {
      const { trace: of } = call
      if (of === undefined) return run(call)
      return of instanceof Traced || of instanceof Unsampled
        ? context.with(of.context, run, undefined, call)
        : run(call)
    },
    end,
  }
}

function end(call: Call, error: RpcError | undefined): void {
  if (call.trace === undefined) return
  if (!(call.trace instanceof Traced)) return
  const { span } = call.trace
  if (!span) return
  const status = error ? error.code.toUpperCase() : 'OK'
  span.setAttribute('rpc.status_code', status)
  if (call.peer) span.setAttributes(peerOf(call.peer))
  if (error) {
    span.setAttribute('error.type', error.type ?? status)
    // No message: what it says may come from arguments.
    span.setStatus({ code: SpanStatusCode.ERROR })
  }
  span.end()
}

function peerOf({ host, port }: Address) {
  return { 'network.peer.address': host, 'network.peer.port': port }
}

/** What a client's call is a part of: what is under way, else what came with the call whose handler makes it. */
function parentOf(call: Call): Context {
  const active = context.active()
  if (trace.getSpan(active)) return active
  const traceparent = call.metadata?.traceparent
  if (!isTraceparent(traceparent)) return active
  return trace.setSpanContext(active, remoteSpan(traceparent, call.metadata?.tracestate))
}

/** What came with a call: W3C trace context and baggage. Whatever has no such form is as good as absent. */
function sentWith({ metadata }: Call): Context {
  if (!metadata) return ROOT_CONTEXT
  const { traceparent, tracestate, baggage } = metadata
  const known = isTraceparent(traceparent)
  const parent = known ? trace.setSpanContext(ROOT_CONTEXT, remoteSpan(traceparent, tracestate)) : ROOT_CONTEXT
  if (typeof baggage !== 'string' || baggage.length > 4096) return parent
  const read = propagation.getBaggage(propagation.extract(ROOT_CONTEXT, { baggage }))
  return read ? propagation.setBaggage(parent, read) : parent
}

/** The random part of ids that nothing is recorded under, and how many there were with it. */
let drawn = ''
let count = 0xffff

/** Says that nothing is recorded, so that nobody behind decides anew. The trace has an id all the same: logs tell calls apart by it. */
function sendUnsampled(call: Call): void {
  count = (count + 1) & 0xffff
  if (count === 0)
    drawn = Array.from({ length: 5 }, () => (Math.random() * 2 ** 32 + 2 ** 32).toString(16).slice(1, 9)).join('')
  const number = (count + 0x10000).toString(16).slice(1)
  const traceparent = `00-${drawn.slice(0, 28)}${number}-1${drawn.slice(28, 39)}${number}-00`
  if (call.metadata === undefined) call.metadata = { traceparent }
  else {
    const { tracestate: _, ...rest } = call.metadata
    call.metadata = { ...rest, traceparent }
  }
}

/** Puts a span, and the baggage around it, on a call that goes out. */
function send(call: Call, { traceId, spanId, traceFlags, traceState }: SpanContext, parent: Context): void {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & 1) === 1 ? '01' : '00'}`
  const state = traceState?.serialize()
  const baggage = propagation.getBaggage(parent)
  if (call.metadata === undefined && !state && !baggage) {
    call.metadata = { traceparent }
    return
  }
  const { tracestate: _, ...rest } = call.metadata ?? {}
  const carrier: Record<string, string> = {}
  if (baggage) propagation.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier)
  const written = carrier.baggage && carrier.baggage.length <= 4096 ? { baggage: carrier.baggage } : undefined
  call.metadata = { ...rest, traceparent, ...(state && { tracestate: state }), ...written }
}
