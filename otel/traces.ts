import {
  type Context,
  propagation,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import type { Address, Call, Observer, RpcError } from 'tsubo'
import { isTraceparent } from '../runtime/travelling.js'
import { remoteBaggage, remoteSpan, saysUnsampled, UnsampledContext } from './remote-context.js'
import { activeContext, CallAttributes, currentTracer, hasSdk, runWithin } from './tracer.js'

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

/** What is kept with a call that is recorded: its span, and on a server the context that its handler runs in. */
class Traced {
  readonly span: Span | undefined
  readonly context: Context
  readonly traceId: string
  /** Hedges among its attempts so far. */
  hedges = 0

  constructor(traceId: string, context: Context, span: Span | undefined) {
    this.traceId = traceId
    this.context = context
    this.span = span
  }
}

/**
 * An observer for clients: a span for each call, retries included, by OpenTelemetry's conventions for RPC. It is a child of what
 * is under way where the call is made, and goes along with the call as W3C trace context. Does nothing while the process has no
 * OpenTelemetry SDK.
 */
export function clientTraces(options: ClientTracesOptions = {}): Observer {
  return clientObserver(options, undefined)
}

/** `registry`: where the client finds providers. */
function clientObserver(options: ClientTracesOptions, registry: string | undefined): Observer {
  const { parentBased = true, ratio = 1 } = options
  const attributes = new CallAttributes(registry)
  return {
    forClient: (registry) => clientObserver(options, registry),
    begin(call) {
      if (!hasSdk(call.startedAt)) return
      const active = activeContext()
      // What it belongs to is not recorded, and all there is to say of that was said when the call was made.
      if (parentBased && call.unrecorded && active instanceof UnsampledContext) return
      const parent = parentOf(call, active)
      const above = parent === ROOT_CONTEXT ? undefined : trace.getSpanContext(parent)
      if (parentBased && (above ? !isSampled(above) : call.unrecorded)) {
        // A trace with a name keeps it, recorded or not.
        if (above && !call.unrecorded) send(call, above, parent)
        else sendBaggage(call, parent)
        return
      }
      if (!above && ratio < 1 && Math.random() >= ratio) {
        sendUnrecorded(call, parent)
        return
      }
      const span = currentTracer()?.startSpan(
        call.method.path,
        { kind: SpanKind.CLIENT, attributes: attributes.of(call) },
        parent,
      )
      if (!span) return
      const own = span.spanContext()
      const recording = span.isRecording()
      if (parentBased && !above && !recording && !isSampled(own)) {
        sendUnrecorded(call, parent)
        return
      }
      call.unrecorded = false
      send(call, own, parent)
      if (!recording) return
      call.trace = new Traced(own.traceId, parent, span)
    },
    attempt(call, to) {
      const { attempts, hedges, trace: of } = call
      if (attempts < 2 || !(of instanceof Traced)) return
      // Beside another one that is under way, or after it.
      const name = hedges > of.hedges ? 'tsubo.hedge' : 'tsubo.retry'
      of.hedges = hedges
      of.span?.addEvent(name, { 'tsubo.attempt': attempts, ...peerOf(to) })
    },
    end,
  }
}

/**
 * An observer for servers: a span for each call, a child of the caller's. What the handler does in turn (calls through a client
 * with `clientTraces()`, spans of its own) are children of it. Does nothing while the process has no OpenTelemetry SDK.
 */
export function serverTraces({ parentBased = true }: TracesOptions = {}): Observer {
  const attributes = new CallAttributes()
  return {
    begin(call) {
      if (!hasSdk(call.startedAt)) return
      if (parentBased && (call.unrecorded || saysUnsampled(call.metadata?.traceparent))) {
        call.trace = new UnsampledContext(call)
        return
      }
      const parent = sentWith(call)
      const span = currentTracer()?.startSpan(
        call.method.path,
        { kind: SpanKind.SERVER, attributes: attributes.of(call) },
        parent,
      )
      if (!span) return
      const within = trace.setSpan(parent, span)
      call.trace = new Traced(span.spanContext().traceId, within, span.isRecording() ? span : undefined)
    },
    around(call, run) {
      const { trace: of } = call
      if (of === undefined) return run(call)
      if (of instanceof UnsampledContext) return runWithin(of, run, call)
      return of instanceof Traced ? runWithin(of.context, run, call) : run(call)
    },
    end,
  }
}

function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
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
function parentOf(call: Call, active: Context): Context {
  if (active !== ROOT_CONTEXT && trace.getSpan(active)) return active
  const traceparent = call.metadata?.traceparent
  if (!isTraceparent(traceparent)) return active
  return trace.setSpanContext(active, remoteSpan(traceparent, call.metadata?.tracestate))
}

/** What came with a call: W3C trace context and baggage. Whatever has no such form is as good as absent. */
function sentWith({ metadata }: Call): Context {
  if (!metadata) return ROOT_CONTEXT
  const { traceparent, tracestate } = metadata
  const known = isTraceparent(traceparent)
  const parent = known ? trace.setSpanContext(ROOT_CONTEXT, remoteSpan(traceparent, tracestate)) : ROOT_CONTEXT
  const baggage = remoteBaggage(metadata)
  return baggage ? propagation.setBaggage(parent, baggage) : parent
}

/** Says that a trace which would begin here isn't recorded, so that nobody behind decides anew. It has no name. */
function sendUnrecorded(call: Call, parent: Context): void {
  call.unrecorded = true
  sendBaggage(call, parent)
}

/** Puts the baggage of a context on a call that goes out. */
function sendBaggage(call: Call, parent: Context): void {
  const baggage = baggageIn(parent)
  if (baggage) call.metadata = { ...call.metadata, baggage }
}

function baggageIn(parent: Context): string | undefined {
  const baggage = parent === ROOT_CONTEXT ? undefined : propagation.getBaggage(parent)
  if (!baggage) return undefined
  const carrier: Record<string, string> = {}
  propagation.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier)
  return carrier.baggage && carrier.baggage.length <= 4096 ? carrier.baggage : undefined
}

/** Puts a span, and the baggage around it, on a call that goes out. */
function send(call: Call, { traceId, spanId, traceFlags, traceState }: SpanContext, parent: Context): void {
  const traceparent = `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) !== 0 ? '01' : '00'}`
  const state = traceState?.serialize()
  const baggage = baggageIn(parent)
  if (call.metadata === undefined && !state && !baggage) {
    call.metadata = { traceparent }
    return
  }
  const { tracestate: _, ...rest } = call.metadata ?? {}
  call.metadata = { ...rest, traceparent, ...(state && { tracestate: state }), ...(baggage && { baggage }) }
}
