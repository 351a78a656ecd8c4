import { now } from '../clock.js'
import { Deadline, hang, unhang } from '../protocol/deadline.js'
import type { Node } from './node.js'

export interface OutlierOptions {
  /** So many failures of a node in a row eject it. Default 5. */
  readonly consecutive?: number
  /** So large a share of failures ejects it, once it had 20 calls within 10 s. Default 0.2. */
  readonly failureShare?: number
  /** How long the first ejection lasts, in milliseconds; each further one that long again, up to 10 times. Default 10,000. */
  readonly ejectionMs?: number
  /** The floor: no larger share of the nodes is ejected at once. Default 0.5. */
  readonly maxEjectedShare?: number
}

const windowMs = 10_000
const fewestCalls = 20

/**
 * Leaves out a provider that fails notably more than its peers, for a while, without waiting for the registry. Where all
 * fail alike nobody is ejected: it isn't the provider then. An ejected one is still called when no other is left.
 */
export class OutlierEjection {
  readonly #nodes: () => readonly Node[]
  readonly #options: Required<OutlierOptions>
  readonly #records = new WeakMap<Node, Record>()
  readonly #ejected = new Set<Record>()

  constructor(nodes: () => readonly Node[], options: OutlierOptions = {}) {
    this.#nodes = nodes
    this.#options = {
      consecutive: options.consecutive ?? 5,
      failureShare: options.failureShare ?? 0.2,
      ejectionMs: options.ejectionMs ?? 10_000,
      maxEjectedShare: options.maxEjectedShare ?? 0.5,
    }
  }

  /** A node has failed, at `at`; its own counters have it already. Successes cost nothing here. */
  failed(node: Node, at: number): void {
    const record = this.#recordOf(node)
    record.failed(at)
    if (node.ejected) return
    const { consecutive, failureShare } = this.#options
    const inARow = record.inARow >= consecutive
    if (!inARow && (record.calls < fewestCalls || record.share < failureShare)) return
    const share = inARow ? 1 : record.share
    if (share < 1.5 * this.#shareOfPeers(node, at) + 0.1) return
    this.#eject(record, at)
  }

  close(): void {
    for (const record of this.#ejected) unhang(record)
  }

  #eject(record: Record, at: number): void {
    const nodes = this.#nodes()
    const { maxEjectedShare, ejectionMs } = this.#options
    const out = nodes.filter((node) => node.ejected).length
    if (out + 1 > Math.floor(nodes.length * maxEjectedShare)) return
    this.#ejected.add(record)
    record.eject(at, ejectionMs)
  }

  #shareOfPeers(node: Node, at: number): number {
    let calls = 0
    let failures = 0
    for (const peer of this.#nodes()) {
      if (peer === node || peer.ejected) continue
      const record = this.#recordOf(peer)
      record.roll(at)
      calls += record.calls
      failures += record.failures
    }
    return calls === 0 ? 0 : failures / calls
  }

  #recordOf(node: Node): Record {
    let record = this.#records.get(node)
    if (!record) {
      record = new Record(node, (ended) => this.#ejected.delete(ended))
      this.#records.set(node, record)
    }
    return record
  }
}

/** What counts against one node: its counters now against those at the beginning of a window of 10 s. */
class Record extends Deadline {
  inARow = 0
  readonly #node: Node
  readonly #ended: (record: Record) => void
  /** Successes when it failed last: as many now means that it has failed in a row. */
  #successes = -1
  #since = Number.NEGATIVE_INFINITY
  #endedBefore = 0
  #failedBefore = 0
  #times = 0
  #returnedAt = 0

  constructor(node: Node, ended: (record: Record) => void) {
    super()
    this.#node = node
    this.#ended = ended
  }

  get calls(): number {
    return this.#node.ended - this.#endedBefore
  }

  get failures(): number {
    return this.#node.failed - this.#failedBefore
  }

  get share(): number {
    return this.calls === 0 ? 0 : this.failures / this.calls
  }

  failed(at: number): void {
    // The failure that begins a window counts in it.
    if (this.roll(at)) {
      this.#endedBefore--
      this.#failedBefore--
    }
    const successes = this.#node.ended - this.#node.failed
    this.inARow = successes === this.#successes ? this.inARow + 1 : 1
    this.#successes = successes
  }

  /** Begins a new window where the old one is over. */
  roll(at: number): boolean {
    if (at - this.#since < windowMs) return false
    this.#since = at
    this.#restart()
    return true
  }

  eject(at: number, ejectionMs: number): void {
    // Forgiven, one by one, by as much time without ejection as one lasts.
    const forgiven = Math.floor((at - this.#returnedAt) / ejectionMs)
    this.#times = Math.min(10, Math.max(0, this.#times - forgiven) + 1)
    this.#node.ejected = true
    this.#returnedAt = at + ejectionMs * this.#times
    hang(this, this.#returnedAt)
  }

  override expire(): void {
    this.#node.ejected = false
    this.#since = now()
    this.inARow = 0
    this.#restart()
    this.#ended(this)
  }

  #restart(): void {
    this.#endedBefore = this.#node.ended
    this.#failedBefore = this.#node.failed
  }
}
