import { formatAddress } from '../address.js'
import { now } from '../clock.js'
import { RpcError } from '../error.js'
import type { Method } from '../method.js'
import { Alarm } from '../protocol/deadline.js'
import { contractParam } from '../registry/registry.js'
import { type Change, compare } from '../schema/compare.js'
import { methodContract } from '../schema/reach.js'
import type { ServiceSchema } from '../schema/schema.js'
import type { Node } from './node.js'

/** Asks a provider for the contract of the service that it is a node of. */
export type AskContract = (node: Node, service: string) => Promise<ServiceSchema>

/** How a provider's contract is to a method's callers. */
export type Verdict =
  /** Compatible, or nothing is known against it. */
  | 'fits'
  /** Its contract is being asked for. */
  | 'asked'
  /** Their calls would fail, or fail for some values. */
  | Change

/** One contract of one service, by the hash that providers registered. */
interface Entry {
  schema: ServiceSchema | undefined
  asking: boolean
  /** When asking failed last; contracts that can't be had are asked for again after a while. */
  failedAt: number | undefined
  readonly verdicts: Map<Method, Verdict>
}

/** Contracts kept per client; the oldest is forgotten. */
const maxEntries = 256
const maxConcurrent = 4
const againMs = 10_000

/**
 * The contracts of the providers that a client has met, each asked for once, and what they mean for the methods that it
 * calls. Nothing is asked where the registered hash equals the client's own, or where none is registered.
 */
export class Contracts {
  /** Rises with every answer: whoever remembers verdicts looks whether they still hold. */
  age = 0
  readonly #ask: AskContract
  readonly #warn: (text: string) => void
  readonly #entries = new Map<string, Entry>()
  readonly #waiting: (() => void)[] = []
  #underWay = 0
  /** Lets verdicts be asked for anew. */
  readonly #again = new Alarm(() => this.age++)
  #closed = false

  constructor(ask: AskContract, warn: (text: string) => void) {
    this.#ask = ask
    this.#warn = warn
  }

  /** `changed` is called when the contract that was asked for has come, or can't be had. */
  verdict(node: Node, method: Method, changed: () => void): Verdict {
    const hash = node.provider.params.get(contractParam)
    if (hash === undefined || hash === method.service.hash || !/^[0-9a-f]{16}$/.test(hash)) return 'fits'
    const entry = this.#entry(`${method.service.name} ${hash}`)
    if (entry.schema) {
      const known = entry.verdicts.get(method) ?? judge(method, entry.schema)
      entry.verdicts.set(method, known)
      return known
    }
    if (entry.asking) return 'asked'
    if (entry.failedAt !== undefined && now() - entry.failedAt < againMs) return 'fits'
    void this.#fetch(entry, node, method.service.name, hash, changed)
    return 'asked'
  }

  close(): void {
    this.#closed = true
    this.#again.stop()
  }

  #entry(key: string): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const [oldest] = this.#entries.keys()
    if (this.#entries.size >= maxEntries && oldest !== undefined) this.#entries.delete(oldest)
    const entry: Entry = { schema: undefined, asking: false, failedAt: undefined, verdicts: new Map() }
    this.#entries.set(key, entry)
    return entry
  }

  async #fetch(entry: Entry, node: Node, name: string, hash: string, changed: () => void): Promise<void> {
    entry.asking = true
    if (this.#underWay >= maxConcurrent) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    this.#underWay++
    try {
      const schema = await this.#ask(node, name)
      if (schema.hash !== hash) throw new RangeError(`it is not the one it registered (${schema.hash} against ${hash})`)
      entry.schema = schema
    } catch (error) {
      entry.failedAt = now()
      if (!this.#closed) this.#again.set(againMs)
      // One that can't be had is no news: the provider may be older, or tell nobody. One that is wrong is.
      if (!(error instanceof RpcError)) {
        const { message } = error as Error
        this.#warn(`the contract of ${name} at ${formatAddress(node.address)} is of no use: ${message}`)
      }
    } finally {
      entry.asking = false
      this.#underWay--
      this.#waiting.shift()?.()
      this.age++
      changed()
    }
  }
}

/** What calls of a method by its client's contract meet at a provider with another one. */
function judge(method: Method, theirs: ServiceSchema): Verdict {
  const other = theirs.methods.find(({ name }) => name === method.schema.name)
  try {
    const ours = methodContract(method.service, method.schema)
    const changes = compare(ours, other ? methodContract(theirs, other) : { ...theirs, methods: [], types: {} })
    return changes.find(({ calls }) => calls.includes('old-calls-new')) ?? 'fits'
  } catch {
    // Two contracts so entangled that comparing them runs out of stack: the wire's own check decides.
    return 'fits'
  }
}
