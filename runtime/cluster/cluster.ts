import { formatAddress } from '../address.js'
import type { Attempt, Call, FullObserver, Invoker, Sink } from '../call.js'
import { maxTimerMs, now } from '../clock.js'
import { type Metadata, RpcError } from '../error.js'
import { isFault } from '../guards/circuit.js'
import type { Method } from '../method.js'
import type { Parameters } from '../parameters.js'
import { Alarm } from '../protocol/deadline.js'
import type { Discovery, Provider, Registry } from '../registry/registry.js'
import type { ServiceKey } from '../service-key.js'
import type { Compatibility } from './compatibility.js'
import type { Connections } from './connections.js'
import { Node } from './node.js'
import type { OutlierEjection } from './outlier-ejection.js'
import { type MethodSettings, Plan, passThrough } from './plan.js'
import type { Route, Router } from './router.js'
import type { FollowRules, Rules } from './rules.js'
import type { ServiceStatus } from './status.js'
import { warmUpOf, warmUpWeight } from './warm-up.js'

/** The caller's own metadata, by what goes in its place to a provider with a token: no other one may see that. */
const ownMetadata = new WeakMap<Metadata, Metadata | undefined>()

/** What the clusters of a client have in common. */
export interface ClusterContext {
  /** The consumer's own name. */
  readonly application: string
  readonly registry: Registry
  readonly connections: Connections
  readonly observer: FullObserver
  /** Behind those of rules; without rules, behind `tagRouter()`. */
  router(byRules: readonly Router[] | undefined): Router
  /** Absent: there are none. */
  readonly rules?: ((service: ServiceKey) => FollowRules) | undefined
  /** Absent: contracts are not compared. */
  readonly compatibility?: Compatibility | undefined
  /** Made anew for each cluster; undefined: nobody is ejected. */
  readonly ejection: ((nodes: () => readonly Node[]) => OutlierEjection) | undefined
  /** How calls of a method go. Asked at a method's first call, and again after `Cluster.replan`. */
  settings(method: Method, rules: Parameters | undefined): MethodSettings
}

/**
 * The providers of one service as this client sees them: a list that follows the registry, and for each method a way to
 * choose from it. One per ServiceKey, made at its first call.
 */
export class Cluster {
  readonly service: ServiceKey
  readonly observer: FullObserver
  readonly #context: ClusterContext
  readonly #registry: Registry
  readonly #connections: Connections
  readonly #ejection: OutlierEjection | undefined
  readonly #stop: () => void
  readonly #rules: Rules | undefined
  /** A list that waits for the rules about it. */
  #held: Discovery | undefined
  #discovery: Discovery = { state: 'pending' }
  #nodes: readonly Node[] = []
  /** Those of them that the registry has lost sight of: kept while they answer. */
  #unconfirmed: ReadonlySet<Node> = new Set()
  #route: Route
  #closed = false
  /** By `Method.index`. */
  #plans: (Plan | undefined)[] = []
  readonly #waiting = new Set<() => void>()
  /** First calls that wait for the rules about their methods; undefined once these are known. */
  #early: Set<() => void> | undefined
  /** Rings when weights have to be looked at again. */
  readonly #warmUp = new Alarm(() => this.weigh())

  /** `registered`: what the registry calls the service, as `registeredKey` says. */
  constructor(service: ServiceKey, registered: ServiceKey, context: ClusterContext) {
    this.service = service
    this.observer = context.observer
    this.#context = context
    this.#registry = context.registry
    this.#connections = context.connections
    this.#ejection = context.ejection?.(() => this.#nodes)
    this.#rules = context.rules?.(registered)((methodsToo) => this.ruled(methodsToo))
    this.#early = this.#rules?.settled === false ? new Set() : undefined
    this.#route = context.router(this.#rules?.routers)(this.#nodes)
    const { application } = context
    this.#stop = this.#registry.watch(registered, { application }, (discovery) => this.found(discovery))
  }

  get discovery(): Discovery {
    return this.#discovery
  }

  get nodes(): readonly Node[] {
    return this.#nodes
  }

  get status(): ServiceStatus {
    const at = now()
    const { state } = this.#discovery
    return {
      service: this.service,
      discovery: this.#discovery.state === 'found' && this.#discovery.stale ? 'stale' : state,
      providers: this.#nodes.map((node) => ({
        address: node.address,
        connection: node.connection.state,
        pending: node.pending,
        ejected: node.ejected,
        weight: node.weight,
        latencyMs: node.latencyMs(at),
      })),
      breakers: this.#plans.flatMap((plan) => plan?.breakers(at) ?? []),
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Runs a call as the settings of its method say. */
  readonly invoke: Invoker = (call) =>
    this.#early === undefined ? this.run(call) : this.invokeOnceRuled(call, this.#early)

  private run(call: Call): Promise<unknown> {
    let plan: Plan
    try {
      plan = this.planOf(call.method)
    } catch (cause) {
      return noPlan(call, cause)
    }
    return plan.invoke(call)
  }

  /** The node for a call's next attempt; undefined when there is none: `absence` says why. */
  pick(call: Call, tried?: readonly Node[]): Node | undefined {
    return this.planOf(call.method).pick(this.#route(call), call, tried)
  }

  /** Runs a call by `run`, if the guards of its method let it pass. */
  guarded(call: Call, run: Invoker): Promise<unknown> {
    const { guard } = this.planOf(call.method)
    return guard ? passThrough(guard, this, call, run) : run(call)
  }

  /** Those that routers leave to a call. */
  candidates(call: Call): readonly Node[] {
    return this.#route(call)
  }

  /** Starts an attempt at a node. When it is over, however that came, `over` has to be told. */
  send(node: Node, call: Call, sink: Sink): Attempt {
    call.peer = node.address
    call.attempts++
    call.answeredAt = 0
    node.pending++
    this.#plans[call.method.index]?.circuits?.begin(node)
    if (call.metadata !== undefined || node.token !== undefined) showToken(node, call)
    this.observer.attempt(call, node.address)
    return node.connection.send(call, sink)
  }

  /** An attempt of a call is over: it succeeded, or failed with `error`. `startedAt`: where it didn't begin with the call. */
  over(node: Node, call: Call, error: RpcError | undefined, startedAt = call.startedAt): void {
    node.pending--
    const plan = this.#plans[call.method.index]
    plan?.circuits?.end(node, call, error)
    // The clock was read when the answer came, if one did.
    const endedAt = call.answeredAt === 0 ? now() : call.answeredAt
    if (error === undefined) {
      node.observe(endedAt - startedAt, endedAt, false)
    } else {
      this.failed(node, error, endedAt, endedAt - startedAt, plan?.ejects !== false)
    }
  }

  private failed(node: Node, error: RpcError, endedAt: number, elapsedMs: number, ejects: boolean): void {
    if (this.#unconfirmed.has(node) && isDown(node)) this.drop(node)
    if (error.retryAfterMs !== undefined) node.rest(error.retryAfterMs)
    // What never reached it says nothing about its speed: the connection knows whether it can be reached.
    if (error.retryable) return
    if (error.code === 'cancelled') {
      node.observeAtLeast(elapsedMs, endedAt)
      return
    }
    const failed = isFault(error) === true
    node.observe(elapsedMs, endedAt, failed)
    if (failed && ejects) this.#ejection?.failed(node, endedAt)
  }

  /** A call is over. */
  end(call: Call, error: RpcError | undefined): void {
    call.guard?.leave?.(call, error)
    this.observer.end(call, error)
  }

  /** Settings have changed: every method asks for its own anew at its next call. */
  replan(): void {
    this.#plans = []
  }

  /** Whether a call that finds no node has to wait for news, from the registry or about the providers' contracts. */
  undecided(call: Call): boolean {
    return this.#discovery.state === 'pending' || (this.#context.compatibility?.undecided(this.#nodes, call) ?? false)
  }

  /**
   * Waits until it is decided which nodes a call may go to, then calls `decided`; `outOfTime` where the call's deadline comes
   * first. Returns how to give up waiting.
   */
  whenDecided(call: Call, decided: () => void, outOfTime: () => void): () => void {
    const again = (): void => {
      if (this.undecided(call)) return
      stop()
      decided()
    }
    // Never early: Node's timers may fire up to 1 ms before their time.
    const leftMs = Math.min(call.deadline - now() + 1, maxTimerMs)
    // A timer of its own is fine here: nothing is under way that would keep the process alive, and it is rare.
    const timer = setTimeout(() => {
      stop()
      outOfTime()
    }, leftMs)
    const stop = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(again)
    }
    this.#waiting.add(again)
    return stop
  }

  /** Why there is no node: what was asked for, where, and what was found there instead. */
  absence(call?: Call): RpcError {
    const { name, group, version } = this.service
    const asked = `no provider of ${name} (group: ${group ?? 'none'}, version: ${version ?? 'none'}) in ${this.#registry.name}`
    const discovery = this.#discovery
    if (discovery.state === 'failed') {
      return new RpcError('unavailable', `${asked}: ${discovery.cause.message}`, {
        retryable: true,
        cause: discovery.cause,
      })
    }
    if (call && this.candidates(call).length > 0) {
      const text = `${call.method.path} is not called: too many calls failed at each of ${this.candidates(call).length} providers, and they are tried by single probes only`
      return new RpcError('unavailable', text)
    }
    if (call && this.#nodes.length > 0) {
      const refusal = this.#context.compatibility?.refusal(this.#nodes, call)
      if (refusal) return refusal
      const tag = call.metadata?.['dubbo.tag']
      const tagged = typeof tag === 'string' ? ` with the tag ${JSON.stringify(tag.slice(0, 80))}` : ''
      const text = `${asked} is left to ${call.method.path}${tagged}: routing leaves none of the ${this.#nodes.length} that there are`
      return new RpcError('unavailable', text)
    }
    const seen =
      discovery.state === 'pending'
        ? 'it has not answered yet'
        : discovery.providers.length > 0
          ? `none of its ${discovery.providers.length} providers speaks a protocol that this client has`
          : (discovery.reason ?? 'it knows of none; is a provider running, and registered there?')
    return new RpcError('unavailable', `${asked}: ${seen}`, { retryable: true })
  }

  close(): void {
    this.#closed = true
    this.#stop()
    this.#rules?.close()
    for (const node of this.#nodes) this.#connections.release(node.address)
    this.#nodes = []
    this.#unconfirmed = new Set()
    this.#warmUp.stop()
    this.#ejection?.close()
    this.prepare()
    this.begin()
    this.news()
  }

  private found(discovery: Discovery): void {
    this.#held = undefined
    if (discovery.state === 'found' && this.#rules && !this.#rules.know(discovery.providers)) {
      // Before its first list a cluster waits, so that no call passes by a rule; later ones are taken at once.
      if (this.#discovery.state === 'pending') {
        this.#held = discovery
        return
      }
    }
    this.#discovery = discovery
    if (discovery.state === 'found') this.list(discovery.providers, discovery.unconfirmed)
    else if (discovery.state === 'failed' && discovery.last) this.list(discovery.last)
    this.news()
  }

  /** Rules have changed, or the first of them are known. */
  private ruled(methodsToo: boolean): void {
    if (this.#closed) return
    if (methodsToo) this.replan()
    if (this.#rules?.settled) this.begin()
    if (this.#held) this.found(this.#held)
    else this.weigh()
    this.news()
  }

  /** Takes over a new list: nodes at addresses that stay are kept, with their connections and figures. */
  private list(providers: readonly Provider[], unconfirmed: readonly Provider[] = []): void {
    const before = new Map(this.#nodes.map((node) => [formatAddress(node.address), node]))
    const after = new Map<string, Node>()
    const take = (provider: Provider): void => {
      const address = this.#connections.best(provider.addresses)
      if (!address) return
      const key = formatAddress(address)
      if (after.has(key)) return
      const node = before.get(key) ?? new Node(provider, address, this.#connections.hold(address))
      node.provider = provider
      before.delete(key)
      after.set(key, node)
    }
    const answers = (provider: Provider): boolean => {
      const address = this.#connections.best(provider.addresses)
      return address !== undefined && before.get(formatAddress(address))?.connection.state === 'ready'
    }
    const answering = unconfirmed.filter(answers)
    providers.forEach(take)
    // The registry has lost sight of them, this client hasn't; and before there is nobody at all, anybody is tried.
    const kept = answering.length > 0 || after.size > 0 ? answering : unconfirmed
    kept.forEach(take)
    this.#nodes = [...after.values()]
    const doubted = new Set(kept)
    this.#unconfirmed = new Set(this.#nodes.filter((node) => doubted.has(node.provider)))
    this.weigh()
    for (const gone of before.values()) this.#connections.release(gone.address)
  }

  /** Neither the registry nor a connection vouches for it any more: should it come back, the registry will say so. */
  private drop(gone: Node): void {
    this.#nodes = this.#nodes.filter((node) => node !== gone)
    this.#unconfirmed = new Set(this.#nodes.filter((node) => this.#unconfirmed.has(node)))
    this.#connections.release(gone.address)
    this.weigh()
  }

  /** Rules decide over all of a call, its deadline too: it begins when they are known, its own time is over, or it is given up. */
  private invokeOnceRuled(call: Call, early: Set<() => void>): Promise<unknown> {
    return new Promise((resolve) => {
      const begin = (): void => {
        clearTimeout(timer)
        early.delete(begin)
        call.runBy(undefined)
        resolve(this.run(call))
      }
      const endsAt = Math.min(call.deadline || Number.POSITIVE_INFINITY, call.latest ?? Number.POSITIVE_INFINITY)
      const timer =
        endsAt === Number.POSITIVE_INFINITY ? undefined : setTimeout(begin, Math.min(endsAt - now(), maxTimerMs))
      early.add(begin)
      call.runBy({ cancel: begin })
    })
  }

  /** The rules are known, or aren't waited for any more. */
  private begin(): void {
    const early = this.#early
    this.#early = undefined
    for (const begin of [...(early ?? [])]) begin()
  }

  private planOf(method: Method): Plan {
    return this.#plans[method.index] ?? this.plan(method)
  }

  private plan(method: Method): Plan {
    const plan = new Plan(this, method, this.#context.settings(method, this.#rules?.parameters(method)))
    this.#plans[method.index] = plan
    return plan
  }

  /** Routers and balancers prepare themselves anew, each when it is next asked. */
  private prepare(): void {
    this.#route = this.#context.router(this.#rules?.routers)(this.#nodes)
    for (const plan of this.#plans) plan?.forget(this.#nodes)
  }

  /** Weights as they are now; while a provider warms up, they are looked at a hundred times on its way. */
  private weigh(): void {
    const time = Date.now()
    let againMs = Number.POSITIVE_INFINITY
    for (const node of this.#nodes) {
      const { provider } = node
      const warmUp = warmUpOf(provider)
      const weight = this.#rules?.weigh(node) ?? provider.weight
      node.weight = warmUp ? warmUpWeight(weight, warmUp.timestamp, warmUp.warmUpMs, time) : weight
      const warming = warmUp !== undefined && time < warmUp.timestamp + warmUp.warmUpMs
      if (warming) againMs = Math.min(againMs, Math.max(100, warmUp.warmUpMs / 100))
    }
    this.prepare()
    this.#warmUp.set(againMs)
  }

  /** Something that calls may wait for has happened. */
  news(): void {
    for (const again of [...this.#waiting]) again()
  }
}

/** A node with a token gets it beside the caller's own metadata; another one gets these alone. */
function showToken(node: Node, call: Call): void {
  const { metadata } = call
  if (metadata && ownMetadata.has(metadata)) call.metadata = ownMetadata.get(metadata)
  if (node.token === undefined) return
  const own = call.metadata
  call.metadata = { ...own, token: node.token }
  ownMetadata.set(call.metadata, own)
}

function noPlan(call: Call, cause: unknown): Promise<never> {
  const text = `${call.method.path} can't be called as it is set up: ${RpcError.from(cause).message}`
  return Promise.reject(new RpcError('failed_precondition', text, { cause }))
}

/** Its connection was lost, can't be made, or is being given up by the other side. */
function isDown({ connection: { state } }: Node): boolean {
  return state === 'backoff' || state === 'draining' || state === 'closed'
}

/** Makes a call's one promise: chooses nodes, sends, decides what a failure means. */
export type Policy = (cluster: Cluster) => (call: Call) => Promise<unknown>
