import { context, createContextKey, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
import type { Observer } from 'tsubo'
import { clientTraces, serverTraces } from 'tsubo/otel'
import type { Peer } from './peer.js'
import { observed } from './tsubo.js'

/** Takes spans and forgets them: what sending them costs isn't ours. */
const forget: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
}

function sdk(root: Sampler): void {
  const sampler = new ParentBasedSampler({ root })
  new NodeTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(forget)] }).register()
}

const peer = (setup: string, ratio = 1): Peer => observed(setup, [serverTraces()], [clientTraces({ ratio })])

/** All that `bareSpans` keeps with a call. */
class BareSpan {
  readonly span: Span
  readonly traceId: string

  constructor(span: Span) {
    this.span = span
    this.traceId = span.spanContext().traceId
  }
}

function bareSpans(): Observer {
  const tracer = trace.getTracer('bench')
  return {
    begin(call) {
      if (Math.random() < 0.01) call.trace = new BareSpan(tracer.startSpan(call.method.path, undefined, ROOT_CONTEXT))
    },
    end(call) {
      if (call.trace instanceof BareSpan) call.trace.span.end()
    },
  }
}

/** tsubo with traces on both sides, by what the SDK in both processes does. */
export const traced: Readonly<Record<string, () => Promise<Peer>>> = {
  'traces, no SDK': async () => peer('no SDK'),
  // With a context once in use, as when spans are exported: from then on Node tracks every promise of the process.
  'SDK, no traces': async () => {
    sdk(new AlwaysOnSampler())
    context.with(ROOT_CONTEXT.setValue(createContextKey('any'), true), () => {})
    return observed('an SDK, and nothing that traces calls', [], [])
  },
  // The least that 1 % can cost: a span on each side, of no context, with no attribute, that goes nowhere.
  'SDK, bare spans': async () => {
    sdk(new AlwaysOnSampler())
    context.with(ROOT_CONTEXT.setValue(createContextKey('any'), true), () => {})
    return observed('an SDK, and for 1 % of calls a span that knows nothing', [bareSpans()], [bareSpans()])
  },
  'traces, 1 %': async () => {
    sdk(new TraceIdRatioBasedSampler(0.01))
    return peer('an SDK that samples 1 %, parent-based')
  },
  'traces, ratio 1 %': async () => {
    sdk(new AlwaysOnSampler())
    return peer('1 % by `ratio`, of which an SDK records all', 0.01)
  },
  'traces, all': async () => {
    sdk(new AlwaysOnSampler())
    return peer('an SDK that records all')
  },
}
