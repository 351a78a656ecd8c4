import { AsyncLocalStorage } from 'node:async_hooks'
import { type Admission, createAdmission } from './admission.js'
import { Call, compose, type Interceptor, type Invoker, joinObservers, type Observer, type Sink } from './call.js'
import { now } from './clock.js'
import { callsAreMade, trackCurrentCall } from './current-call.js'
import type { Dispatcher, Target } from './dispatcher.js'
import { RpcError } from './error.js'
import { type Guard, joinGuards, type Limit } from './guard.js'
import { overallConcurrency } from './guards/concurrency.js'
import { readLimitParameters } from './guards/limit-parameters.js'
import { overload } from './guards/overload.js'
import { streamsOut } from './method.js'
import type { Parameters } from './parameters.js'
import { asStream, type Streamable } from './protocol/outflow.js'
import { javaName } from './schema/java-name.js'
import { contractKey, formatServiceKey, type ServiceKey, serviceKey } from './service-key.js'
import { type Skeleton, serviceOf } from './stub.js'
import { echo } from './wire/dubbo-service.js'

/** A service under the group, version and weight it is offered with. */
export interface Offer {
  readonly service: Skeleton
  readonly group?: string
  readonly version?: string
  /** Share of the traffic against other providers of it; default 100. */
  readonly weight?: number
  /**
   * Slow start: Dubbo's `warmup`, milliseconds in which consumers bring a fresh provider from a first trickle to its full
   * weight. Published for them; default: not said.
   */
  readonly warmupMs?: number
  /**
   * Dubbo's `token`: published with the service, sent along by consumers that found it there, and calls without it are
   * refused. `true` makes a random one per start. It keeps consumers from going past the registry and is no secret:
   * whoever can read the registry knows it.
   */
  readonly token?: string | true
  /** As for the server (`checkConstraints`), for this service alone. */
  readonly checkConstraints?: boolean
  /** Further registry parameters, by Dubbo's names. */
  readonly params?: Readonly<Record<string, string>>
}

export interface DispatchOptions extends Admission {
  readonly interceptors?: readonly Interceptor[]
  /**
   * What may refuse a call before any interceptor or handler sees it, the first one first: `overload()`, `concurrency(10)`,
   * `rateLimit(100)`. Health and metadata are asked past them.
   */
  readonly limits?: readonly Limit[]
  /**
   * Further ones of a service or one of its methods, by `com.acme.TicketService` or `com.acme.TicketService/book`. What the
   * contract and rules say comes on top.
   */
  readonly methods?: Readonly<Record<string, { readonly limits?: readonly Limit[] }>>
  /**
   * How many calls may be with handlers at once, of all services and connections together; a stream is with its handler until it
   * ends. Further ones are refused as by the other limits, and tried elsewhere. Health and metadata don't count. Default: no bound.
   */
  readonly maxConcurrent?: number
  readonly observers?: readonly Observer[]
  /**
   * Hold arguments and streamed items to the contract's constraints (`@maxLength`, `@pattern` ...) before a handler sees
   * them. Default true. Off, they are the handler's to check: where callers are trusted, or old ones still break a new rule.
   */
  readonly checkConstraints?: boolean
  /** Send the text of unexpected errors to callers. Default false: they learn only that the method failed. */
  readonly exposeErrors?: boolean
  /** Hears of every error a handler threw that is no RpcError. Default: `console.error`. */
  readonly onError?: (error: unknown, call: Call) => void
}

type Handler = (call: Call) => unknown

const calls = new AsyncLocalStorage<Call>()
trackCurrentCall(() => calls.getStore())

interface Exported {
  readonly targets: ReadonlyMap<string, Target>
  /** By `Method.index`. */
  readonly handlers: readonly (Handler | undefined)[]
  /** By `Method.index`, made at the first call; null: none. */
  readonly guards: (Guard | null | undefined)[]
  /** What rules say of methods, by their names. */
  rules: ReadonlyMap<string, Parameters>
}

/** A dispatcher whose services are governed by rules. */
export interface GovernedDispatcher extends Dispatcher {
  /** From now on methods of a service are limited as this says. What has not changed goes on counting. */
  govern(service: ServiceKey, limits: (method: string) => Parameters): void
}

/** Runs calls on the implementations a server offers. Throws TypeError for an offer that can't be served. */
export function createDispatcher(offers: readonly Offer[], options: DispatchOptions = {}): GovernedDispatcher {
  const exported = new Map<ServiceKey, Exported>()
  const tokens = new Map<ServiceKey, string>()
  /** What Dubbo's wire calls services that have a name of their own in Java. */
  const javaServices = new Map<string, string>()
  for (const offer of offers) {
    const key = offerKey(offer)
    if (exported.has(key))
      throw new TypeError(`${formatServiceKey(key)} is offered twice; give one of them a group or version`)
    exported.set(key, exportOffer(offer, key, offer.checkConstraints ?? options.checkConstraints ?? true))
    const token = tokenOf(offer)
    if (token !== undefined) tokens.set(key, token)
    const { schema } = offer.service[serviceOf]
    javaServices.set(javaName(schema.name, schema), schema.name)
  }
  const { onError = logError, exposeErrors = false } = options
  const observer = joinObservers(options.observers ?? [])
  // Calls of one service mostly come one after the other.
  let lastKey: ServiceKey | undefined
  let last: Exported | undefined
  const exportedOf = (service: ServiceKey): Exported | undefined => {
    if (service !== lastKey) {
      lastKey = service
      last = exported.get(service)
    }
    return last
  }
  const handle: Handler = (call) => {
    const handler = exportedOf(call.service)?.handlers[call.method.index]
    if (handler === undefined) throw new RpcError('unimplemented', `${call.method.path} is not provided here`)
    return handler(call)
  }
  const interceptors = options.interceptors ?? []
  const answer: Handler =
    interceptors.length === 0
      ? handle
      : compose(interceptors, ((call) => {
          try {
            return Promise.resolve(handle(call))
          } catch (thrown) {
            return Promise.reject(thrown)
          }
        }) satisfies Invoker)
  const { limits = [], methods = {}, maxConcurrent } = options
  const overall = maxConcurrent === undefined ? [] : [overallConcurrency(maxConcurrent)]
  // All methods that shed by tags or rules do it together: they share one machine.
  const shedding = overload()
  const guardOf = ({ method, service }: Call): Guard | null => {
    const own = exportedOf(service)
    if (own === undefined) return null
    const known = own.guards[method.index]
    if (known !== undefined) return known
    const { executes, overload: sheds } = { ...method.service.tags, ...method.schema.tags }
    const parameters = {
      ...(executes !== undefined && { executes }),
      ...(sheds !== undefined && { overload: sheds }),
      ...own.rules.get(method.schema.name),
    }
    const inCode = methods[method.path]?.limits ?? methods[method.service.name]?.limits ?? []
    // The overall one last: who waits at another one is with no handler yet.
    const all = [...limits, ...inCode, ...readLimitParameters(parameters, shedding), ...overall]
    const guard = joinGuards(all.map((limit) => limit(method))) ?? null
    own.guards[method.index] = method.service.name.startsWith('tsubo.') ? null : guard
    return own.guards[method.index] as Guard | null
  }
  /** Tells whoever watches that a call is over; only those that were let in leave. */
  const end = (call: Call, error: RpcError | undefined): void => {
    call.guard?.leave?.(call, error)
    observer.end(call, error)
  }
  const around = (options.observers ?? []).filter((each) => each.around)
  const inside = around.reduceRight<Handler>((inner, each) => (call) => each.around?.(call, inner), answer)
  // A handler's own calls find the one they belong to here.
  const run: Handler = (call) => (callsAreMade ? calls.run(call, inside, call) : inside(call))
  /** The same for a stream, which runs the handler while it is read. */
  const runStream = (call: Call, read: () => void): void => {
    const inner = around.reduceRight<Handler>((next, each) => (call) => each.around?.(call, next), read)
    if (callsAreMade) calls.run(call, inner, call)
    else inner(call)
  }

  /** The error a caller may see of what was thrown. */
  function toAnswer(call: Call, thrown: unknown): RpcError {
    if (thrown instanceof RpcError) return thrown
    tell(onError, thrown, call)
    const text = exposeErrors ? RpcError.from(thrown).message : `${call.method.path} failed on the provider`
    return new RpcError('unknown', text, { cause: thrown })
  }

  function fail(call: Call, sink: Sink, thrown: unknown): void {
    const error = toAnswer(call, thrown)
    call.answeredAt = now()
    sink.fail(error)
    end(call, call.cancelled ?? error)
  }

  function reply(call: Call, sink: Sink, value: unknown): void {
    if (streamsOut(call.method)) {
      replyStream(call, sink, value)
      return
    }
    call.answeredAt = now()
    const unsent = sink.reply(value, call.replyMetadata)
    // Who was cancelled meanwhile, or came too late, wasn't answered by this.
    end(call, unsent ?? call.cancelled)
  }

  // What makes closures is a function of its own: in one that every call passes they would cost each of them their scope.
  function replyStream(call: Call, sink: Sink, value: unknown): void {
    runStream(call, () => stream(call, sink, value))
  }

  function stream(call: Call, sink: Sink, value: unknown): void {
    let items: Streamable
    try {
      items = asStream(value, `${call.method.path} must return a stream`)
    } catch (error) {
      fail(call, sink, new TypeError(RpcError.from(error).message))
      return
    }
    sink.reply(items, call.replyMetadata, (thrown) => {
      const error = thrown === undefined ? undefined : toAnswer(call, thrown)
      call.answeredAt = now()
      end(call, error)
      return error
    })
  }

  /** Refusals that observers have heard of as calls. */
  const told = new WeakSet<RpcError>()
  const admit = createAdmission(options, tokens, (target, metadata, peer, principal, thrown) => {
    const call = new Call(target.method, target.service, [], Number.POSITIVE_INFINITY, metadata)
    call.peer = peer
    call.principal = principal
    observer.begin(call)
    if (!(thrown instanceof RpcError)) tell(onError, thrown, call)
    const error =
      thrown instanceof RpcError
        ? thrown
        : new RpcError('unauthenticated', `${call.method.path}: the provider could not tell who calls`)
    observer.end(call, error)
    told.add(error)
    return error
  })

  return {
    ...(admit && { admit }),
    unserved(error, peer) {
      if (!told.has(error)) observer.unserved(error, peer)
    },
    find(name, methodName, group, version) {
      const service =
        exported.get(serviceKey(name, group, version)) ??
        exported.get(serviceKey(javaServices.get(name) ?? name, group, version))
      return service?.targets.get(methodName) ?? notProvided(exported, name, methodName, group, version)
    },
    dispatch(call, sink) {
      observer.begin(call)
      const guard = guardOf(call)
      const entry = guard?.enter(call)
      if (entry === undefined) start(call, sink, guard)
      else if (entry instanceof Promise) startOnceLetIn(call, sink, guard, entry)
      else refuse(call, sink, entry)
    },
    govern(service, limits) {
      const own = exported.get(service)
      if (!own) return
      const before = own.rules
      own.rules = new Map([...own.targets.keys()].map((method) => [method, limits(method)]))
      for (const [name, { method }] of own.targets) {
        const same = JSON.stringify(before.get(name) ?? {}) === JSON.stringify(own.rules.get(name))
        if (!same) own.guards[method.index] = undefined
      }
    },
  }

  function refuse(call: Call, sink: Sink, error: RpcError): void {
    call.refused = true
    fail(call, sink, error)
  }

  function start(call: Call, sink: Sink, guard: Guard | null): void {
    // Its method may have another one by the time it is over.
    if (guard !== null) call.guard = guard
    let result: unknown
    try {
      result = run(call)
    } catch (thrown) {
      fail(call, sink, thrown)
      return
    }
    if (isThenable(result)) replyOnceThere(call, sink, result)
    else reply(call, sink, result)
  }

  function startOnceLetIn(call: Call, sink: Sink, guard: Guard | null, entry: Promise<RpcError | undefined>): void {
    void entry.then((refusal) => (refusal ? refuse(call, sink, refusal) : start(call, sink, guard)))
  }

  function replyOnceThere(call: Call, sink: Sink, result: PromiseLike<unknown>): void {
    result.then(
      (value) => reply(call, sink, value),
      (thrown: unknown) => fail(call, sink, thrown),
    )
  }
}

/** The token of an offer that is to be published and checked. Throws TypeError for one that can't travel. */
function tokenOf({ service, token, params }: Offer): string | undefined {
  const text = token === true ? undefined : (token ?? params?.token)
  if (text !== undefined && !/^[!-%'-~]{1,256}$/.test(text)) {
    throw new TypeError(`${service[serviceOf].schema.name}: a token is 1 to 256 visible ASCII characters without "&"`)
  }
  return text
}

/** The key an offer is found under. */
export function offerKey(offer: Offer): ServiceKey {
  const service = offer.service?.[serviceOf]
  if (!service)
    throw new TypeError(
      'services: give instances of classes that extend a generated skeleton, or { service, group, version }',
    )
  return contractKey(service.schema, offer)
}

function exportOffer({ service: implementation }: Offer, key: ServiceKey, check: boolean): Exported {
  const targets = new Map<string, Target>()
  const handlers: (Handler | undefined)[] = []
  for (const method of implementation[serviceOf].methods) {
    const run: unknown = Reflect.get(implementation, method.schema.name)
    if (typeof run !== 'function') {
      throw new TypeError(
        `${implementation.constructor.name} lacks ${method.schema.name}(), which ${key.name} declares`,
      )
    }
    const unchecked = check ? undefined : method.codec.unchecked
    targets.set(method.schema.name, { method: unchecked ? { ...method, codec: unchecked } : method, service: key })
    handlers[method.index] = handlerOf(
      implementation,
      run as (...args: unknown[]) => unknown,
      method.schema.params.length,
    )
  }
  for (const { schema } of implementation[serviceOf].methods) {
    const java = javaName(schema.name, schema)
    const target = targets.get(schema.name)
    if (java === schema.name || !target) continue
    if (targets.has(java)) throw new TypeError(`${key.name} has two methods that Java would call ${java} (@java)`)
    targets.set(java, target)
  }
  // Dubbo's health checks ask any service for it.
  const [echoMethod] = echo.methods
  if (echoMethod && !targets.has(echoMethod.schema.name)) {
    targets.set(echoMethod.schema.name, { method: echoMethod, service: key })
    handlers[echoMethod.index] = (call) => call.args[0]
  }
  return { targets, handlers, guards: [], rules: new Map() }
}

/** The call comes behind the arguments. Few of them are the rule, and a list of them is not made for that. */
function handlerOf(implementation: Skeleton, run: (...args: unknown[]) => unknown, params: number): Handler {
  if (params === 0) return (call) => run.call(implementation, call)
  if (params === 1) return (call) => run.call(implementation, call.args[0], call)
  if (params === 2) return (call) => run.call(implementation, call.args[0], call.args[1], call)
  return (call) => run.apply(implementation, [...call.args, call])
}

/** Says what is missing: the service, this group and version of it, or the method. Names come from outside: cut short. */
function notProvided(
  exported: ReadonlyMap<ServiceKey, Exported>,
  name: string,
  method: string,
  group: string | undefined,
  version: string | undefined,
): RpcError {
  const short = (text: string) => (text.length > 200 ? `${text.slice(0, 200)}...` : text)
  const asked = short(formatServiceKey({ name, group, version }))
  const there = [...exported.keys()].filter((key) => key.name === name)
  if (there.some((key) => key === serviceKey(name, group, version))) {
    return new RpcError('unimplemented', `${asked} has no method ${short(method)} here that this provider can run`)
  }
  const others = there.length > 0 ? `; it is provided here as ${there.map(formatServiceKey).join(', ')}` : ''
  return new RpcError('unimplemented', `${asked} is not provided here${others}`)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return value !== null && typeof value === 'object' && typeof (value as { then?: unknown }).then === 'function'
}

function logError(error: unknown, call: Call): void {
  console.error(`${call.method.path} threw`, error)
}

/** A reporter that throws must not cost the caller his answer. */
function tell(onError: (error: unknown, call: Call) => void, thrown: unknown, call: Call): void {
  try {
    onError(thrown, call)
  } catch (error) {
    console.error('onError threw', error)
  }
}
