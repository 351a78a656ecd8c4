import type { Instance, Publication } from './registry.js'
import type { OwnNode, OwnNodes } from './zookeeper-own-nodes.js'

export interface PublicationOptions {
  readonly own: OwnNodes
  /** The registry's, for messages. */
  readonly name: string
  /** The nodes of an instance: by what stays the same of each when the instance changes, its path. May throw. */
  readonly nodesOf: (instance: Instance) => ReadonlyMap<string, string>
  readonly onEnd: (publication: NodePublication) => void
}

/** A published instance: one node for each of its services, per place and protocol. */
export class NodePublication implements Publication {
  readonly ready: Promise<void>
  readonly #options: PublicationOptions
  readonly #nodes = new Map<string, OwnNode>()
  #resolveReady: () => void = () => {}
  #rejectReady: (error: Error) => void = () => {}
  #settled = false
  #ended = false

  /** Throws RangeError for an instance that can't be written as URLs. */
  constructor(instance: Instance, options: PublicationOptions) {
    this.#options = options
    this.ready = new Promise((done, fail) => {
      this.#resolveReady = done
      this.#rejectReady = fail
    })
    this.ready.catch(() => {}) // Whoever doesn't ask for it isn't to die of it.
    this.#apply(instance)
  }

  get state(): Publication['state'] {
    const states = [...this.#nodes.values()].map((node) => node.state)
    if (states.includes('failed')) return 'failed'
    return states.every((each) => each === 'live') && !this.#ended ? 'live' : 'pending'
  }

  update(instance: Instance): void {
    if (!this.#ended) this.#apply(instance)
  }

  async close(): Promise<void> {
    this.end()
    const leaving = [...this.#nodes.values()]
    this.#nodes.clear()
    await Promise.all(leaving.map((node) => node.remove()))
  }

  /** The registry takes the nodes back itself. */
  end(): void {
    this.#ended = true
    this.#options.onEnd(this)
    if (!this.#settled) this.#rejectReady(new Error(`${this.#options.name}: closed before it was registered`))
    this.#settled = true
  }

  /** A node that changes is replaced in one transaction; what is new comes before what is old goes. */
  #apply(instance: Instance): void {
    const { own, nodesOf } = this.#options
    const paths = nodesOf(instance)
    for (const [id, path] of paths) {
      const node = this.#nodes.get(id)
      if (node) node.rename(path)
      else
        this.#nodes.set(
          id,
          own.keep(
            () => path,
            () => this.#changed(),
          ),
        )
    }
    for (const [id, node] of this.#nodes) {
      if (paths.has(id)) continue
      this.#nodes.delete(id)
      void node.remove()
    }
    this.#changed()
  }

  #changed(): void {
    if (this.#settled || this.state !== 'live') return
    this.#settled = true
    this.#resolveReady()
  }
}
