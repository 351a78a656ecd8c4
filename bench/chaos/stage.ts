import { type FaultProxy, startFaultProxy } from '../../test/support/zookeeper/fault-proxy.js'
import { ephemeralNodes } from '../../test/support/zookeeper/four-letter.js'
import type { Installation } from '../../test/support/zookeeper/installation.js'
import {
  startEnsemble,
  startZooKeeper,
  type ZooKeeperEnsemble,
  type ZooKeeperServer,
} from '../../test/support/zookeeper/server.js'
import { Child } from './child.js'
import type { LoadTask, Outcome, Phase, Sight } from './load.js'
import type { Conduct, ProviderTask } from './provider.js'

/** What everybody here asks ZooKeeper for. */
export const sessionMs = 4_000

export interface StageOptions {
  readonly zookeeper: 'one' | 'ensemble'
  /** Everybody reaches it through a proxy of his own. */
  readonly proxied?: boolean
  readonly methods: LoadTask['methods']
  /** Default 3. */
  readonly providers?: number
  /** Of all providers at first, and of those that start again. */
  readonly conduct?: Conduct
  /** Calls that a provider answers at once, more are refused. Default: any number. */
  readonly limit?: number
  /** At first. Default 2,000. */
  readonly callsPerSecond?: number
  readonly balancer?: LoadTask['balancer']
}

/** Providers, a consumer that calls them, and their ZooKeeper: everything in processes of its own. */
export class Stage {
  readonly servers: readonly ZooKeeperServer[]
  readonly ensemble: ZooKeeperEnsemble | undefined
  /** One per provider and the consumer's, where the scenario wants them. */
  readonly proxies: readonly FaultProxy[]
  /** Sessions that must own nothing any more when all is well again. */
  readonly dead = new Set<string>()
  /** What is worth telling of the run, and whether it is as it has to be. */
  readonly figures: { readonly text: string; readonly holds: boolean }[] = []
  readonly #options: StageOptions
  readonly #providers: { child: Child; readonly registry: string; port: number }[] = []
  readonly #close: () => Promise<void>
  #load: Child | undefined

  private constructor(
    options: StageOptions,
    servers: readonly ZooKeeperServer[],
    ensemble: ZooKeeperEnsemble | undefined,
    proxies: readonly FaultProxy[],
    close: () => Promise<void>,
  ) {
    this.#options = options
    this.servers = servers
    this.ensemble = ensemble
    this.proxies = proxies
    this.#close = close
  }

  /** Sets everything up; the calls are running when it resolves. */
  static async open(installation: Installation, options: StageOptions): Promise<Stage> {
    const { providers = 3, callsPerSecond = 2_000, methods, balancer } = options
    const ensemble = options.zookeeper === 'ensemble' ? await startEnsemble(installation) : undefined
    const single = ensemble ? undefined : await startZooKeeper(installation)
    const address = ensemble?.address ?? single?.address ?? ''
    const proxies = options.proxied
      ? await Promise.all(Array.from({ length: providers + 1 }, () => startFaultProxy(address)))
      : []
    const stage = new Stage(options, ensemble?.servers ?? (single ? [single] : []), ensemble, proxies, async () => {
      await Promise.all(proxies.map((proxy) => proxy.close()))
      await (ensemble ?? single)?.close()
    })
    const registry = (index: number) => `zookeeper://${proxies[index]?.address ?? address}?session=${sessionMs}`
    try {
      await Promise.all(Array.from({ length: providers }, (_, index) => stage.#add(registry(index))))
      const task: LoadTask = {
        registry: registry(providers),
        providers,
        callsPerSecond,
        methods,
        balancer,
      }
      stage.#load = new Child('load', task)
      await stage.#load.next()
      return stage
    } catch (error) {
      await stage.close()
      throw error
    }
  }

  get providers(): readonly number[] {
    return this.#providers.map((_, index) => index)
  }

  /** Ends a provider as an operator does, and starts it again at the same address. Resolves when it is registered. */
  async restart(index: number): Promise<void> {
    await this.#provider(index).child.end('SIGTERM')
    await this.start(index)
  }

  /** Ends a provider without a goodbye. Resolves with its address. */
  async kill(index: number): Promise<string> {
    const { child, port } = this.#provider(index)
    await child.end('SIGKILL')
    return `127.0.0.1:${port}`
  }

  /** Starts a provider that has ended, at the same address. Resolves when it is registered. */
  async start(index: number): Promise<void> {
    const provider = this.#provider(index)
    const task = this.#task(provider.registry, provider.port)
    provider.child = new Child('provider', task)
    await provider.child.next()
  }

  /** Changes how a provider behaves; it is so when it resolves. */
  async conduct(index: number, conduct: Conduct): Promise<void> {
    await this.#provider(index).child.ask(conduct)
  }

  /** What became of the calls since the last time that this was asked; from now on so many are made a second. */
  phase(callsPerSecond?: number): Promise<Phase> {
    if (!this.#load) throw new Error('the consumer is not there yet')
    return this.#load.ask({ callsPerSecond })
  }

  /** Something was measured. */
  tell(text: string, holds = true): void {
    this.figures.push({ text, holds })
  }

  /** Who owns the nodes of providers and consumer at this moment, by path. */
  async ephemerals(): Promise<ReadonlyMap<string, string>> {
    const port = this.ensemble ? (await this.ensemble.leader()).port : this.servers[0]?.port
    return ephemeralNodes(port ?? 0)
  }

  sight(): Promise<Sight> {
    if (!this.#load) throw new Error('the consumer is not there yet')
    return this.#load.ask('state')
  }

  /**
   * Waits until all is as it was: the nodes of providers and consumer are there and belong to sessions that live, the
   * consumer's list is fresh and whole, and each provider has got calls since now. Resolves with how long that took,
   * milliseconds; rejects after 30 s with what is missing.
   */
  async whole(): Promise<number> {
    const since = performance.now()
    const { attempts: before } = await this.sight()
    for (;;) {
      const missing = await this.#missing(before)
      if (missing === undefined) return Math.round(performance.now() - since)
      if (performance.now() > since + 30_000) throw new Error(`not recovered after 30 s: ${missing}`)
      await new Promise((next) => setTimeout(next, 20))
    }
  }

  /** Ends the calls and says what became of them. */
  async stop(): Promise<Outcome> {
    if (!this.#load) throw new Error('the consumer is not there yet')
    const outcome = await this.#load.ask<Outcome>('stop')
    await this.#load.gone
    return outcome
  }

  async close(): Promise<void> {
    await this.#load?.end('SIGKILL')
    await Promise.all(this.#providers.map(({ child }) => child.end('SIGKILL')))
    await this.#close()
  }

  #provider(index: number) {
    const provider = this.#providers[index]
    if (!provider) throw new RangeError(`there is no provider ${index}`)
    return provider
  }

  #task(registry: string, port: number): ProviderTask {
    const { conduct = {}, limit } = this.#options
    return { registry, port, conduct, limit }
  }

  async #add(registry: string): Promise<void> {
    const child = new Child('provider', this.#task(registry, 0))
    const provider = { child, registry, port: 0 }
    this.#providers.push(provider)
    provider.port = await child.next<number>()
  }

  async #missing(before: Sight['attempts']): Promise<string | undefined> {
    const count = this.#providers.length
    const { listed, unconfirmed, fresh, attempts } = await this.sight()
    if (!fresh) return "the consumer's list is stale"
    if (listed !== count || unconfirmed > 0) return `${listed} providers listed, ${unconfirmed} unconfirmed`
    const called = this.#providers.filter(({ port }) => {
      const address = `127.0.0.1:${port}`
      return (attempts[address] ?? 0) > (before[address] ?? 0)
    })
    if (called.length !== count) return `${called.length} providers get calls`
    const owners = [...(await this.ephemerals())].filter(([path]) => /\/(providers|consumers)\/[^/]+$/.test(path))
    const alive = owners.filter(([, session]) => !this.dead.has(session))
    if (alive.length !== count + 1 || owners.length !== alive.length) {
      return `${alive.length} nodes of ${count + 1} are there, ${owners.length - alive.length} of dead sessions`
    }
    return undefined
  }
}
