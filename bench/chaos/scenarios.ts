import { setTimeout as sleep } from 'node:timers/promises'
import { type Stage, type StageOptions, sessionMs } from './stage.js'

/** Something that goes wrong under load. */
export interface Scenario extends StageOptions {
  readonly about: string
  /** Brings the fault about, ends it, and says how long it took from there until all was well: `stage.whole()`. */
  run(stage: Stage): Promise<number>
  /** How long recovery may take; default 10,000 ms. */
  readonly recoveryMs?: number
  /** The share of the calls that may fail. Default 0. */
  readonly mayFail?: number
  /** Calls are refused on purpose: being shed (`resource_exhausted`) is no failure then. Default: it is one. */
  readonly sheds?: boolean
}

const safe = ['getTicket'] as const

/** By name, in the order in which they run. A new one is a new entry. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'rolling-restart': {
    about: 'three providers end by SIGTERM and start again, one after the other; half of the calls are not idempotent',
    zookeeper: 'one',
    methods: ['getTicket', 'book'],
    async run(stage) {
      for (const index of stage.providers) {
        await stage.restart(index)
        await sleep(1_500)
      }
      return stage.whole()
    },
  },
  'provider-killed': {
    about:
      'one of three providers is killed with SIGKILL and comes back; ZooKeeper learns of it by the end of the session only',
    zookeeper: 'one',
    methods: safe,
    async run(stage) {
      const address = await stage.kill(0)
      await sleep(1_000)
      const { attempts: then } = await stage.sight()
      await sleep(1_500)
      const { attempts, listed } = await stage.sight()
      if (listed < 3) throw new Error('ZooKeeper knew of it too early to show anything')
      const more = (attempts[address] ?? 0) - (then[address] ?? 0)
      if (more > 0) throw new Error(`${more} attempts at ${address} more than 1 s after it was killed`)
      await stage.start(0)
      return stage.whole()
    },
  },
  'half-failing': {
    about: 'one of five providers fails half of its calls; 99.9 % succeed, for at most 10 % more attempts',
    zookeeper: 'one',
    methods: safe,
    providers: 5,
    conduct: { waitMs: 5 },
    mayFail: 0.001,
    async run(stage) {
      await stage.phase()
      await stage.conduct(0, { waitMs: 5, failing: 0.5 })
      await sleep(6_000)
      const { calls, succeeded, attempts } = await stage.phase()
      await stage.conduct(0, { waitMs: 5 })
      const success = succeeded / calls
      const more = attempts / calls - 1
      stage.tell(
        `${percent(success)} of ${calls} calls succeeded with ${percent(more)} more attempts`,
        success >= 0.999 && more <= 0.1,
      )
      return stage.whole()
    },
  },
  'slow-endpoint': {
    about: 'one of five providers is ten times slower; with p2c the p99 stays below 1.5 times the healthy one',
    zookeeper: 'one',
    methods: safe,
    providers: 5,
    conduct: { waitMs: 5 },
    balancer: 'p2c',
    // What is known of a slow provider fades within 10 s.
    recoveryMs: 15_000,
    async run(stage) {
      await stage.phase()
      await sleep(4_000)
      const healthy = await stage.phase()
      await stage.conduct(0, { waitMs: 50 })
      await sleep(6_000)
      const slow = await stage.phase()
      await stage.conduct(0, { waitMs: 5 })
      stage.tell(
        `p99 ${ms(slow.p99Ms)}, healthy ${ms(healthy.p99Ms)}: ${(slow.p99Ms / healthy.p99Ms).toFixed(2)} times`,
        slow.p99Ms <= 1.5 * healthy.p99Ms,
      )
      return stage.whole()
    },
  },
  'overload-5x': {
    about: 'a provider that answers 50 calls at once, each after 5 ms, is offered five times what that makes a second',
    zookeeper: 'one',
    methods: safe,
    providers: 1,
    conduct: { waitMs: 5 },
    limit: 50,
    callsPerSecond: 5_000,
    sheds: true,
    async run(stage) {
      const capacity = 50 / 0.005
      // What the engine compiles in the first second of an overload isn't what is measured.
      const before = [await stage.phase(5 * capacity)]
      await sleep(1_500)
      before.push(await stage.phase(capacity / 2))
      await sleep(3_000)
      const normal = await stage.phase(5 * capacity)
      await sleep(5_000)
      const loaded = await stage.phase(capacity / 2)
      const goodput = loaded.succeeded / loaded.seconds
      stage.tell(
        `${Math.round(goodput)} calls a second answered of ${Math.round(loaded.calls / loaded.seconds)}: ${percent(goodput / capacity)} of the capacity`,
        goodput >= 0.8 * capacity,
      )
      stage.tell(
        `p99 of the accepted ${ms(loaded.acceptedP99Ms)}, at half the capacity ${ms(normal.acceptedP99Ms)}: ${(loaded.acceptedP99Ms / normal.acceptedP99Ms).toFixed(2)} times; ${ms(loaded.p99Ms)} with the tries before`,
        loaded.acceptedP99Ms <= 2 * normal.acceptedP99Ms,
      )
      // The budget counts the calls of the last 10 to 20 s, those before the overload too.
      const phases = [...before, normal, loaded]
      const calls = phases.reduce((sum, phase) => sum + phase.calls, 0)
      const retries = phases.reduce((sum, phase) => sum + phase.attempts, 0) / calls - 1
      stage.tell(`${percent(retries)} of the calls were tried again`, retries <= 0.2 + 20 / calls)
      return stage.whole()
    },
  },
  'zookeeper-down': {
    about: 'ZooKeeper is killed and started again after twice the session timeout',
    zookeeper: 'one',
    methods: safe,
    async run(stage) {
      const [server] = stage.servers
      await server?.kill()
      await sleep(2 * sessionMs)
      await server?.start()
      return stage.whole()
    },
  },
  'leader-killed': {
    about: 'the leader of three ZooKeepers is killed, and comes back 4 s after the others have recovered',
    zookeeper: 'ensemble',
    methods: safe,
    async run(stage) {
      const leader = await stage.ensemble?.leader()
      await leader?.kill()
      const recoveryMs = await stage.whole()
      await sleep(4_000)
      await leader?.start()
      return Math.max(recoveryMs, await stage.whole())
    },
  },
  'session-expired': {
    about: "sessions end behind their clients' backs: everybody's, then the providers', then the consumer's",
    zookeeper: 'one',
    proxied: true,
    methods: safe,
    // Every node back within one session timeout and 2 s.
    recoveryMs: sessionMs + 2_000,
    async run(stage) {
      const consumer = stage.proxies.at(-1)
      let recoveryMs = 0
      for (const proxies of [stage.proxies, stage.proxies.slice(0, -1), consumer ? [consumer] : []]) {
        await Promise.all(proxies.map((proxy) => proxy.expireSession()))
        recoveryMs = Math.max(recoveryMs, await stage.whole())
        await sleep(3_000)
      }
      return recoveryMs
    },
  },
  'zookeeper-blackhole': {
    about: 'connections to ZooKeeper stay open and nothing passes, for twice the session timeout',
    zookeeper: 'one',
    proxied: true,
    methods: safe,
    async run(stage) {
      for (const proxy of stage.proxies) proxy.mode = 'blackhole'
      await sleep(2 * sessionMs)
      for (const proxy of stage.proxies) proxy.mode = 'ok'
      return stage.whole()
    },
  },
  'ensemble-rolling': {
    about: 'three ZooKeepers are killed and started again, one after the other',
    zookeeper: 'ensemble',
    methods: safe,
    async run(stage) {
      let recoveryMs = 0
      for (const server of stage.servers) {
        await server.kill()
        await sleep(2_000)
        await server.start()
        recoveryMs = Math.max(recoveryMs, await stage.whole())
        await sleep(1_000)
      }
      return recoveryMs
    },
  },
}

function percent(share: number): string {
  return `${(share * 100).toFixed(2)} %`
}

function ms(value: number): string {
  return `${value.toFixed(1)} ms`
}
