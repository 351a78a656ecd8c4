import { formatAddress } from '../address.js'
import type { Call } from '../call.js'
import { RpcError } from '../error.js'
import type { Method } from '../method.js'
import { contractParam } from '../registry/registry.js'
import type { Change } from '../schema/compare.js'
import { formatServiceKey } from '../service-key.js'
import { type AskContract, Contracts } from './contracts.js'
import type { Node } from './node.js'
import type { Router } from './router.js'

/**
 * What a client does about providers whose contract isn't compatible for the method it calls:
 *
 * - `prefer`: calls others while there are any, and says which field differs and why, once. With none left it calls all
 *   the same, and says so.
 * - `refuse`: never calls them; with none left a call fails with `failed_precondition`, naming the field. A provider whose
 *   contract is another one is waited for until that is known.
 * - `ignore`: asks for no contract.
 *
 * Whatever it says here, a provider refuses what its own contract would misread.
 */
export type OnIncompatible = 'prefer' | 'refuse' | 'ignore'

const maxSaid = 1000

/** Keeps calls away from providers that would not understand them. */
export class Compatibility {
  /** Called when a contract that was asked for is known. */
  onNews: () => void = () => {}
  /** Called once for each contract that calls of a service can't use: its hash, and the first reason. */
  onMisfit: (call: Call, contract: string, reason: string) => void = () => {}
  readonly #contracts: Contracts
  readonly #refuses: boolean
  readonly #warn: (text: string) => void
  /** What was said already, and told of. */
  readonly #said = new Set<string>()
  readonly #told = new Set<string>()

  constructor(mode: Exclude<OnIncompatible, 'ignore'>, ask: AskContract, warn: (text: string) => void = warning) {
    this.#contracts = new Contracts(ask, warn)
    this.#refuses = mode === 'refuse'
    this.#warn = warn
  }

  close(): void {
    this.#contracts.close()
  }

  /** Narrows a list down to what fits; the list itself where all do. Remembered per method until a contract comes. */
  readonly router: Router = (nodes) => {
    let age = this.#contracts.age
    let byMethod: (readonly Node[] | undefined)[] = []
    return (call) => {
      const { method } = call
      if (age !== this.#contracts.age) {
        age = this.#contracts.age
        byMethod = []
      }
      const known = byMethod[method.index]
      if (known) return known
      const chosen = this.#choose(nodes, call)
      byMethod[method.index] = chosen
      return chosen
    }
  }

  /** Whether a call has to wait for contracts that were asked for. */
  undecided(nodes: readonly Node[], { method }: Call): boolean {
    return this.#refuses && nodes.some((node) => this.#verdict(node, method) === 'asked')
  }

  /** Why a call is refused; undefined where that isn't because of contracts. */
  refusal(nodes: readonly Node[], { method }: Call): RpcError | undefined {
    if (!this.#refuses) return undefined
    for (const node of nodes) {
      const verdict = this.#verdict(node, method)
      if (typeof verdict === 'string') continue
      const text = `no provider of ${method.path} has a contract that its caller can use: ${difference(node, verdict)}`
      return new RpcError('failed_precondition', text, { details: { path: verdict.path, kind: verdict.kind } })
    }
    return undefined
  }

  #verdict(node: Node, method: Method) {
    return this.#contracts.verdict(node, method, () => this.onNews())
  }

  #choose(nodes: readonly Node[], call: Call): readonly Node[] {
    const { method } = call
    const fit: Node[] = []
    const asked: Node[] = []
    let other: { readonly node: Node; readonly change: Change } | undefined
    for (const node of nodes) {
      const verdict = this.#verdict(node, method)
      if (verdict === 'fits') fit.push(node)
      else if (verdict === 'asked') asked.push(node)
      else {
        other ??= { node, change: verdict }
        this.#tell(call, node, verdict)
      }
    }
    if (this.#refuses) return fit.length === nodes.length ? nodes : fit
    if (!other) return nodes
    if (fit.length + asked.length > 0) {
      this.#say(`${method.path}: others are preferred to ${difference(other.node, other.change)}`)
      return [...fit, ...asked]
    }
    this.#say(
      `${method.path} is called though no provider has a contract that fits (onIncompatible: 'prefer'): ${difference(other.node, other.change)}`,
    )
    return nodes
  }

  #tell(call: Call, { provider }: Node, { path, message }: Change): void {
    const contract = provider.params.get(contractParam) ?? ''
    const what = `${formatServiceKey(call.service)} ${contract}`
    if (this.#told.has(what) || this.#told.size >= maxSaid) return
    this.#told.add(what)
    this.onMisfit(call, contract, `${call.method.schema.name}: ${path}: ${message}`)
  }

  #say(text: string): void {
    // Addresses come and go, what differs doesn't.
    const what = text.replace(/ at \S+ /, ' ')
    if (this.#said.has(what) || this.#said.size >= maxSaid) return
    this.#said.add(what)
    this.#warn(text)
  }
}

/** `the provider at tsubo://10.0.0.4:20880 (a.Money.amount: it was int32 and is string; caller against provider)` */
function difference(node: Node, { path, message }: Change): string {
  return `the provider at ${formatAddress(node.address)} (${path}: ${message}; caller against provider)`
}

function warning(text: string): void {
  process.emitWarning(text, { type: 'TsuboWarning', code: 'TSUBO_INCOMPATIBLE' })
}
