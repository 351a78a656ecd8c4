import { context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import {
  AlwaysOnSampler,
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-node'
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

/** tsubo with traces on both sides, by what the SDK in both processes does. */
export const traced: Readonly<Record<string, () => Promise<Peer>>> = {
  'traces, no SDK': async () => peer('no SDK'),
  // With a context once in use, as when spans are exported: from then on Node tracks every promise of the process.
  'SDK, no traces': async () => {
    sdk(new AlwaysOnSampler())
    context.with(ROOT_CONTEXT.setValue(createContextKey('any'), true), () => {})
    return observed('an SDK, and nothing that traces calls', [], [])
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
