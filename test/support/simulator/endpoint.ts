import type { Address } from '../../../runtime/address.js'
import type { Attempt, Call, Sink } from '../../../runtime/call.js'
import { RpcError } from '../../../runtime/error.js'
import type { Guard } from '../../../runtime/guard.js'
import type { Connection } from '../../../runtime/protocol/protocol.js'

/** How a simulated provider behaves. Everything may be changed while the simulation runs. */
export interface Script {
  /** How long a handler works, in milliseconds. Default 10. */
  latencyMs?: number | (() => number)
  /** Handlers that work at once; further calls wait in a queue. Default: any number. */
  capacity?: number
  /** What a call fails with instead of being answered; undefined: it isn't. Runs as long as it would have. */
  error?: (call: Call) => RpcError | undefined
  /** Accepts and never answers. */
  silent?: boolean
  /** Can't be reached. Calls under way are lost when it is set. */
  down?: boolean
  /** Decides over each call when it arrives, as on a real server. */
  guard?: Guard
  /** One way, in milliseconds. Default 0.5. */
  networkMs?: number
  params?: Readonly<Record<string, string>>
  weight?: number
  application?: string
}

/** A provider of the simulator, seen from its consumers through real clusters, policies and balancers. */
export class Endpoint {
  readonly address: Address
  readonly script: Script
  /** Attempts that arrived, those that were refused by its guard, and calls it finished. */
  arrived = 0
  refused = 0
  finished = 0
  working = 0
  readonly #queue: Work[] = []
  readonly #underWay = new Set<Work>()
  #connection: Connection | undefined

  constructor(address: Address, script: Script) {
    this.address = address
    this.script = script
  }

  get queued(): number {
    return this.#queue.length
  }

  /** Dies: what was under way is lost. */
  kill(): void {
    this.script.down = true
    for (const work of [...this.#underWay]) {
      work.fail(new RpcError('unavailable', `the connection to ${this.address.host} was lost`))
    }
    this.#queue.length = 0
    this.working = 0
  }

  /** Between one call and the next a connection keeps nothing, so all consumers share one. */
  connect(): Connection {
    this.#connection ??= this.#connect()
    return this.#connection
  }

  #connect(): Connection {
    const endpoint = this
    return {
      address: this.address,
      get state() {
        return endpoint.script.down ? ('backoff' as const) : ('ready' as const)
      },
      get available() {
        return !endpoint.script.down
      },
      send: (call, sink) => this.#send(call, sink),
      close: () => Promise.resolve(),
    }
  }

  #send(call: Call, sink: Sink): Attempt {
    const work = new Work(this, call, sink)
    if (this.script.down) {
      sink.fail(new RpcError('unavailable', `${this.address.host} can't be reached`, { retryable: true }))
      return work
    }
    this.#underWay.add(work)
    const { networkMs = 0.5 } = this.script
    setTimeout(() => this.#arrive(work), networkMs)
    const leftMs = call.deadline - performance.now()
    if (leftMs < 2 ** 31) setTimeout(() => work.fail(new RpcError('deadline_exceeded', 'no reply in time')), leftMs)
    return work
  }

  #arrive(work: Work): void {
    if (work.over || this.script.down) return
    this.arrived++
    const entry = this.script.guard?.enter(work.call)
    if (entry instanceof RpcError) {
      this.refused++
      const { code, message, retryAfterMs } = entry
      this.#answer(
        work,
        new RpcError(code, message, { retryable: true, ...(retryAfterMs !== undefined && { retryAfterMs }) }),
      )
      return
    }
    work.entered = true
    if (this.working >= (this.script.capacity ?? Number.POSITIVE_INFINITY)) this.#queue.push(work)
    else this.#work(work)
  }

  #work(work: Work): void {
    if (this.script.silent) return
    this.working++
    const { latencyMs = 10 } = this.script
    setTimeout(
      () => {
        if (this.script.down) return
        this.working--
        this.finished++
        const error = this.script.error?.(work.call)
        this.script.guard?.leave?.(work.call, error)
        this.#answer(work, error)
        for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
          // A server doesn't begin what its caller has given up.
          if (!next.over) {
            this.#work(next)
            break
          }
          this.script.guard?.leave?.(next.call, new RpcError('cancelled', 'the caller gave up'))
        }
      },
      typeof latencyMs === 'function' ? latencyMs() : latencyMs,
    )
  }

  #answer(work: Work, error: RpcError | undefined): void {
    setTimeout(() => (error ? work.fail(error) : work.reply()), this.script.networkMs ?? 0.5)
  }

  forget(work: Work): void {
    this.#underWay.delete(work)
  }
}

class Work implements Attempt {
  over = false
  entered = false
  readonly call: Call
  readonly #endpoint: Endpoint
  readonly #sink: Sink

  constructor(endpoint: Endpoint, call: Call, sink: Sink) {
    this.#endpoint = endpoint
    this.call = call
    this.#sink = sink
  }

  reply(): void {
    if (this.#end()) this.#sink.reply(this.#endpoint.address.host)
  }

  fail(error: RpcError): void {
    if (this.#end()) this.#sink.fail(error)
  }

  cancel(): void {
    this.#end()
  }

  #end(): boolean {
    if (this.over) return false
    this.over = true
    this.#endpoint.forget(this)
    return true
  }
}

/** A server measures from when a call came in, as its own Call does; here one Call is used on both sides. */
export function onServer(inner: Guard): Guard {
  const arrivals = new WeakMap<Call, Call>()
  return {
    enter(call) {
      const own = { ...call, method: call.method, startedAt: performance.now(), answeredAt: 0 } as Call
      arrivals.set(call, own)
      return inner.enter(own)
    },
    leave: (call, error) => inner.leave?.(arrivals.get(call) as Call, error),
  }
}
