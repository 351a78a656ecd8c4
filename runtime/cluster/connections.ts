import { type Address, formatAddress } from '../address.js'
import { RpcError } from '../error.js'
import { connectionGroup } from '../protocol/connection-group.js'
import type { Connection, ConnectOptions, Protocol } from '../protocol/protocol.js'

/** A client's connections: one per address, shared by all services there, closed when the last one lets go. */
export class Connections {
  readonly #protocols: readonly Protocol[]
  readonly #options: ConnectOptions
  readonly #size: number
  readonly #held = new Map<string, { connection: Connection; holders: number }>()
  readonly #closing = new Set<Promise<void>>()

  /** `size`: sockets per address. */
  constructor(protocols: readonly Protocol[], options: ConnectOptions = {}, size = 1) {
    this.#protocols = protocols
    this.#options = options
    this.#size = size
  }

  /** The first of a provider's addresses that a protocol here speaks; they come best first. */
  best(addresses: readonly Address[]): Address | undefined {
    return addresses.find((address) => this.#protocols.some((protocol) => protocol.name === address.protocol))
  }

  hold(address: Address): Connection {
    const key = formatAddress(address)
    const held = this.#held.get(key)
    if (held) {
      held.holders++
      return held.connection
    }
    const protocol = this.#protocols.find((p) => p.name === address.protocol)
    if (!protocol) throw new RpcError('unimplemented', `no protocol here speaks ${address.protocol}://`)
    const connection =
      this.#size === 1
        ? protocol.connect(address, this.#options)
        : connectionGroup(address, this.#size, () => protocol.connect(address, this.#options))
    this.#held.set(key, { connection, holders: 1 })
    return connection
  }

  /** Calls under way on it may end; only then its socket goes. */
  release(address: Address): void {
    const key = formatAddress(address)
    const held = this.#held.get(key)
    if (!held || --held.holders > 0) return
    this.#held.delete(key)
    this.#close(held.connection)
  }

  async close(graceMs: number): Promise<void> {
    for (const { connection } of this.#held.values()) this.#close(connection, graceMs)
    this.#held.clear()
    await Promise.all(this.#closing)
  }

  #close(connection: Connection, graceMs?: number): void {
    const closed = connection.close(graceMs)
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }
}
