import type { Attempt, Call, Sink } from '../call.js'
import { now } from '../clock.js'
import { type Metadata, RpcError } from '../error.js'
import type { Cluster } from './cluster.js'
import type { Node } from './node.js'

/** Hears of trials that are over. */
export interface TrialOwner {
  replied(trial: Trial, value: unknown, metadata: Metadata | undefined): void
  failed(trial: Trial, error: RpcError): void
}

/** One of several attempts of a call that may be under way at once. */
export class Trial implements Sink {
  readonly node: Node
  readonly #cluster: Cluster
  readonly call: Call
  readonly #owner: TrialOwner
  readonly startedAt = now()
  #attempt: Attempt | undefined
  #over = false

  constructor(cluster: Cluster, call: Call, node: Node, owner: TrialOwner) {
    this.#cluster = cluster
    this.call = call
    this.node = node
    this.#owner = owner
  }

  start(): void {
    const attempt = this.#cluster.send(this.node, this.call, this)
    if (!this.#over) this.#attempt = attempt
  }

  reply(value: unknown, metadata?: Metadata): undefined {
    if (this.#end(undefined)) this.#owner.replied(this, value, metadata)
  }

  fail(error: RpcError): void {
    if (this.#end(error)) this.#owner.failed(this, error)
  }

  cancel(reason: RpcError): void {
    if (this.#end(reason)) this.#attempt?.cancel(reason)
  }

  #end(error: RpcError | undefined): boolean {
    if (this.#over) return false
    this.#over = true
    this.#cluster.over(this.node, this.call, error, this.startedAt)
    return true
  }
}

/** Why the slower ones of several attempts are given up. */
export function outrun(call: Call): RpcError {
  return new RpcError('cancelled', `${call.method.path} was answered elsewhere`)
}

/** A policy of several attempts at once: what the ways to do so have in common. Made per call. */
export abstract class ParallelCall implements TrialOwner, Attempt {
  protected readonly cluster: Cluster
  protected readonly call: Call
  /** Attempts under way. */
  protected readonly trials = new Set<Trial>()
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: RpcError) => void
  #settled = false
  /** Ends a wait for providers. */
  #stopWaiting: (() => void) | undefined = undefined

  constructor(cluster: Cluster, call: Call, resolve: (value: unknown) => void, reject: (error: RpcError) => void) {
    this.cluster = cluster
    this.call = call
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Starts the first attempts, once it is known what providers there are. */
  protected abstract start(): void
  abstract replied(trial: Trial, value: unknown, metadata: Metadata | undefined): void
  abstract failed(trial: Trial, error: RpcError): void

  begin(): void {
    this.cluster.observer.begin(this.call)
    this.call.runBy(this)
    if (this.#settled) return
    if (this.cluster.candidates(this.call).length === 0 && this.cluster.undecided(this.call)) this.#waitForProviders()
    else this.start()
  }

  cancel(reason: RpcError): void {
    this.settle(reason)
  }

  protected try(node: Node): void {
    const trial = new Trial(this.cluster, this.call, node, this)
    if (this.trials.size > 0) this.call.hedges++
    this.trials.add(trial)
    trial.start()
  }

  /** The call is over: with an error, or else with a value. What is still under way is given up. */
  protected settle(error: RpcError | undefined, value?: unknown, metadata?: Metadata): void {
    if (this.#settled) return
    this.#settled = true
    this.#stopWaiting?.()
    this.call.runBy(undefined)
    for (const trial of [...this.trials]) trial.cancel(error ?? outrun(this.call))
    this.trials.clear()
    this.call.replyMetadata = metadata
    this.cluster.end(this.call, error)
    if (error) this.#reject(error)
    else this.#resolve(value)
  }

  protected get settled(): boolean {
    return this.#settled
  }

  #waitForProviders(): void {
    this.#stopWaiting = this.cluster.whenDecided(
      this.call,
      () => this.start(),
      () => this.settle(this.cluster.absence(this.call)),
    )
  }
}
