import { type Attributes, type ProxyTracerProvider, type Tracer, type TracerProvider, trace } from '@opentelemetry/api'
import type { Call } from 'tsubo'

/** What OpenTelemetry calls whoever makes spans. */
const scope = 'tsubo'

/** Where the API, of any 1.x, keeps what an SDK registers: looked at here first, for most processes never have one. */
const registered = Symbol.for('opentelemetry.js.api.1')

/** Has the process an SDK? Nothing is worth doing while it hasn't. Asked per call, since SDKs come when they like. */
export function hasSdk(): boolean {
  return (globalThis as { [registered]?: { readonly trace?: unknown } })[registered]?.trace !== undefined
}

let provider: TracerProvider | undefined
let tracer: Tracer | undefined

/** The tracer of the SDK that the process has; undefined while there is none. */
export function currentTracer(): Tracer | undefined {
  const current = trace.getTracerProvider()
  if (current === provider && tracer) return tracer
  provider = current
  // The API's own stands in until there is one. Another kind of provider is a real one.
  const delegate = 'getDelegateTracer' in current ? (current as ProxyTracerProvider).getDelegateTracer(scope) : current
  tracer = delegate && current.getTracer(scope)
  return tracer
}

/** By `Method.index`: what all spans of a method have from their beginning. */
const attributes: (Attributes | undefined)[] = []

export function attributesOf({ method }: Call): Attributes {
  let known = attributes[method.index]
  if (!known) {
    known = { 'rpc.system.name': 'tsubo', 'rpc.method': method.path }
    attributes[method.index] = known
  }
  return known
}
