import {
  type Attributes,
  type Context,
  type ContextManager,
  type ProxyTracerProvider,
  ROOT_CONTEXT,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api'
import type { Call, ServiceKey } from 'tsubo'
import { formatServerAddress } from '../runtime/service-key.js'

/** What OpenTelemetry calls whoever makes spans. */
const scope = 'tsubo'

/**
 * Where the API, of any 1.x, keeps what an SDK registers. Looked at here first, for most processes never have one; and asked
 * directly for what every call needs, since the API compares versions each time.
 */
const registryKey = Symbol.for('opentelemetry.js.api.1')

interface Registry {
  readonly trace?: unknown
  readonly context?: ContextManager
}

/** The API makes it once, when the first SDK comes, and never another one. */
let registry: Registry | undefined
let lookAgainAt = 0
/** Looking for what isn't there takes as long as the other steps of a small call's observers together. */
const lookEveryMs = 1

/**
 * Has the process an SDK? Nothing is worth doing while it hasn't. Asked per call, since SDKs come when they like; one that does is
 * noticed within a millisecond. `at`: when the call began.
 */
export function hasSdk(at: number): boolean {
  if (!registry) {
    if (at < lookAgainAt) return false
    lookAgainAt = at + lookEveryMs
    registry = (globalThis as { [registryKey]?: Registry })[registryKey]
  }
  return registry?.trace !== undefined
}

/** The context that is under way. */
export function activeContext(): Context {
  return registry?.context?.active() ?? ROOT_CONTEXT
}

/** Runs a call's handler with `context` under way. */
export function runWithin(context: Context, run: (call: Call) => unknown, call: Call): unknown {
  const manager = registry?.context
  return manager ? manager.with(context, run, undefined, call) : run(call)
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

/** What spans have from their beginning. Made once a method: most processes call few, and those under one group and version. */
export class CallAttributes {
  readonly #registry: string | undefined
  /** By `Method.index`. */
  readonly #known: ({ readonly service: ServiceKey; readonly attributes: Attributes } | undefined)[] = []

  /** `registry`: where a client finds providers, without secrets. */
  constructor(registry?: string) {
    this.#registry = registry
  }

  of({ method, service }: Call): Attributes {
    const known = this.#known[method.index]
    if (known?.service === service) return known.attributes
    const attributes: Attributes = { 'rpc.system.name': 'tsubo', 'rpc.method': method.path }
    if (this.#registry !== undefined) attributes['server.address'] = formatServerAddress(this.#registry, service)
    this.#known[method.index] = { service, attributes }
    return attributes
  }
}
